//! Written mandates for programs: one's own, those that name one, and what may be done with them.

use access::Mandate;
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
use crate::acts::{self, Move, Side};
use crate::terms::mandates::MandateWish;

/// A mandate to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMandate {
    /// The agent's name.
    agent_name: String,
    /// The agent's citizen number. Whether anybody has it here is not told.
    agent_number: String,
    /// The firm in whose name it is given.
    #[serde(default)]
    firm_name: String,
    /// Its unified social credit code.
    #[serde(default)]
    firm_code: String,
    /// `all`, `items` or `case`.
    scope: String,
    /// For `items`: codes or names in addresses.
    #[serde(default)]
    items: Vec<String>,
    /// For `case`: its number.
    #[serde(default)]
    case: String,
    /// `apply`, `supplement`, `withdraw`, `papers`, `look_up`.
    powers: Vec<String>,
    /// First day, `YYYY-MM-DD`; today if empty.
    #[serde(default)]
    from: String,
    /// Last day, `YYYY-MM-DD`.
    until: String,
    /// The present password.
    password: String,
}

/// What writing one gives back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Given {
    /// Its id.
    id: String,
}

/// A mandate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MandateBody {
    id: String,
    /// `principal` or `agent`: on which side of it you are.
    side: &'static str,
    /// In whose name the agent acts.
    principal: String,
    firm_code: Option<String>,
    agent: String,
    /// `online`, or `paper`: taken in at a window, and used at windows alone.
    kind: &'static str,
    /// `all`, `items` or `case`, and in words.
    scope: &'static str,
    scope_said: String,
    powers: Vec<&'static str>,
    from: String,
    until: String,
    /// `offered`, `standing`, `refused`, `revoked`, `given_up`, `closed`.
    state: &'static str,
    /// By what it ended where neither side ended it: `closed`, `erased`, `died`.
    ended_why: Option<&'static str>,
    /// Whether it gives a right today, as far as it itself goes.
    in_force: bool,
}

impl MandateBody {
    fn of(mandate: &Mandate, side: Side, today: Day) -> Self {
        Self {
            id: mandate.id.to_string(),
            side: if side == Side::Principal { "principal" } else { "agent" },
            principal: mandate.whose().to_owned(),
            firm_code: mandate.firm.as_ref().map(|firm| firm.code.clone()),
            agent: mandate.agent_name.clone(),
            kind: mandate.kind.as_str(),
            scope: mandate.scope.as_str(),
            scope_said: mandate.scope.said(),
            powers: mandate.powers.iter().map(|power| power.as_str()).collect(),
            from: mandate.from.to_string(),
            until: mandate.until.to_string(),
            state: mandate.state.as_str(),
            ended_why: (mandate.state == access::MandateState::Closed)
                .then_some(mandate.why.as_str()),
            in_force: mandate.stands(today),
        }
    }
}

/// One's own mandates and those that name one, the newest first, a hundred of each at most.
#[utoipa::path(get, path = "/api/v1/me/mandates",
    responses((status = 200, body = Vec<MandateBody>), (status = 401), (status = 403)))]
pub(crate) async fn list(cx: Cx) -> Reply {
    let (given, naming) = acts::mandates_of(&cx).await?;
    let today = cx.now().day();
    let given = given.iter().map(|one| MandateBody::of(one, Side::Principal, today));
    let naming = naming.iter().map(|one| MandateBody::of(one, Side::Agent, today));
    Ok(Json(given.chain(naming).collect::<Vec<_>>()).into_response())
}

/// Writes a mandate.
#[utoipa::path(post, path = "/api/v1/me/mandates", request_body = NewMandate,
    responses((status = 201, body = Given), (status = 401), (status = 403), (status = 422),
        (status = 429)))]
pub(crate) async fn give(cx: ActCx, body: Result<Json<NewMandate>, JsonRejection>) -> Reply {
    let given = sent(body)?;
    let wish = MandateWish {
        agent_name: given.agent_name,
        agent_number: given.agent_number,
        firm_name: given.firm_name,
        firm_code: given.firm_code,
        scope: given.scope,
        items: given.items.join("\n"),
        case: given.case,
        powers: given.powers,
        from: given.from,
        until: given.until,
    };
    let id = acts::give_mandate(&cx, &wish, &given.password).await?;
    Ok((StatusCode::CREATED, Json(Given { id: id.to_string() })).into_response())
}

/// Takes a mandate on (`accept`) or not (`refuse`), takes it back (`revoke`), gives it up (`give-up`).
#[utoipa::path(post, path = "/api/v1/me/mandates/{id}/{verb}",
    params(("id" = String, Path), ("verb" = String, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn moved(cx: ActCx, Path((id, verb)): Path<(String, String)>) -> Reply {
    let id: Id<Mandate> = id.parse().map_err(|_| not_found("这份委托"))?;
    let to_do = Move::parse(&verb).ok_or_else(|| not_found("这一步"))?;
    acts::move_mandate(&cx, id, to_do).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
