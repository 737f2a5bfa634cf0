//! Posts that are exercised for their holder (受委托代行), for programs: one's own, and those one exercises.

use access::{Held, Holding, Reach};
use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Day, Id};
use frame::{ActCx, Cx, Reply, not_found};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sent;
use crate::acts::{self, Delegating, Delegation};
use crate::terms::Proposal;

/// A delegation that is proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDelegation {
    /// The post: its id.
    post: String,
    /// By whom it shall be exercised: their login name. They hold a post in the same organ.
    colleague: String,
    /// First day, `YYYY-MM-DD`; the day of agreement if empty.
    #[serde(default)]
    from: String,
    /// Last day, `YYYY-MM-DD`, so many days later at most as `longest_days` says.
    until: String,
    /// Why: a journey, leave.
    reason: String,
}

/// What proposing one gives back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Proposed {
    /// The id of the proposal. It counts once somebody else has agreed.
    id: String,
}

/// One's delegations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DelegationsBody {
    /// So many days a delegation lasts at most.
    longest_days: i64,
    /// The posts one may delegate.
    posts: Vec<Post>,
    /// What was proposed, and what there is; the last given first.
    delegations: Vec<DelegationBody>,
}

/// A post one holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Post {
    id: String,
    post: String,
    organ: String,
    from: String,
    until: Option<String>,
}

/// A post that one exercises for another, or shall.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DelegationBody {
    id: String,
    /// `holder` or `colleague`: on which side of it you are.
    side: &'static str,
    post: String,
    organ: String,
    /// Who is on the other side.
    other: String,
    from: String,
    until: Option<String>,
    /// `proposed`, `coming`, `in_force`, `over`.
    state: &'static str,
}

impl DelegationBody {
    fn proposed(proposal: &Proposal) -> Self {
        Self {
            id: proposal.id.to_string(),
            side: "holder",
            post: proposal.post.clone(),
            organ: proposal.organ.clone(),
            other: proposal.name.clone(),
            from: proposal.from.to_string(),
            until: proposal.until.map(|day| day.to_string()),
            state: "proposed",
        }
    }

    fn of(held: &Held, side: &'static str, other: &str, today: Day) -> Self {
        let post = &held.holding;
        let state = match held.lasts(today) {
            true if post.from <= today => "in_force",
            true => "coming",
            false => "over",
        };
        Self {
            id: post.id.to_string(),
            side,
            post: post.post.clone(),
            organ: post.organ.clone(),
            other: other.to_owned(),
            from: post.from.to_string(),
            until: post.until.map(|day| day.to_string()),
            state,
        }
    }
}

/// The posts one may delegate, and one's delegations on either side.
#[utoipa::path(get, path = "/api/v1/me/delegations",
    responses((status = 200, body = DelegationsBody), (status = 401), (status = 403)))]
pub(crate) async fn list(cx: Cx) -> Reply {
    let today = cx.now().day();
    let Delegating { held, given, waiting } = acts::delegating(&cx).await?;
    let posts = held.iter().filter(|one| acts::offers_for(Reach::City, one, today)).map(|one| {
        let post = &one.holding;
        Post {
            id: post.id.to_string(),
            post: post.post.clone(),
            organ: post.organ.clone(),
            from: post.from.to_string(),
            until: post.until.map(|day| day.to_string()),
        }
    });
    let proposed = waiting.iter().map(DelegationBody::proposed);
    let given = given.iter().map(|one| DelegationBody::of(&one.held, "holder", &one.name, today));
    let exercised = held.iter().filter_map(|one| {
        let whose = one.delegated.as_ref()?;
        Some(DelegationBody::of(one, "colleague", &whose.name, today))
    });
    let body = DelegationsBody {
        longest_days: acts::longest_delegation(today)?,
        posts: posts.collect(),
        delegations: proposed.chain(given).chain(exercised).collect(),
    };
    Ok(Json(body).into_response())
}

/// Proposes that a colleague exercises a post of yours for a time; another person agrees.
#[utoipa::path(post, path = "/api/v1/me/delegations", request_body = NewDelegation,
    responses((status = 201, body = Proposed), (status = 401), (status = 403), (status = 404),
        (status = 409), (status = 422)))]
pub(crate) async fn propose(cx: ActCx, body: Result<Json<NewDelegation>, JsonRejection>) -> Reply {
    let given = sent(body)?;
    let wish = Delegation {
        holding: given.post.parse().map_err(|_| not_found("这个岗位"))?,
        colleague: given.colleague,
        from: given.from,
        until: given.until,
        reason: given.reason,
    };
    let id = acts::propose_delegation(&cx, &wish).await?.to_string();
    Ok((StatusCode::CREATED, Json(Proposed { id })).into_response())
}

/// Takes a proposal of yours back (`withdraw`), or ends a delegation before its day (`end`; either side may).
#[utoipa::path(post, path = "/api/v1/me/delegations/{id}/{verb}",
    params(("id" = String, Path), ("verb" = String, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn moved(cx: ActCx, Path((id, verb)): Path<(String, String)>) -> Reply {
    match verb.as_str() {
        "withdraw" => {
            let id: Id<Proposal> = id.parse().map_err(|_| not_found("这项提议"))?;
            acts::withdraw_post(&cx, id).await?;
        }
        "end" => {
            let id: Id<Holding> = id.parse().map_err(|_| not_found("这项委托"))?;
            acts::end_delegation(&cx, id).await?;
        }
        _ => return Err(not_found("这一步").into()),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
