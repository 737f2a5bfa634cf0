//! A mandate on paper for a case that runs, for programs of windows.

use std::borrow::Cow;

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use base::{Outcome, Refusal, Stop};
use frame::{ActCx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts::{self, KNOWN_ALREADY, Photograph};
use crate::terms::window::Brought;

/// A mandate on paper, as the clerk reads it. Whatever is wrong is told at once, each beside the field of this name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaperBody<'b> {
    /// The agent's name.
    agent_name: String,
    /// The agent's citizen number, as on the card.
    agent_number: String,
    /// That the clerk has compared the agent's identity card: must be true.
    #[serde(default)]
    compared: bool,
    /// The id of a mandate that a window has taken in before, in the place of a photograph.
    #[serde(default)]
    known: String,
    /// `this` for this case alone, `items` or `all`.
    scope: String,
    /// For `items`: codes or whole names.
    #[serde(default)]
    items: Vec<String>,
    /// `apply`, `supplement`, `withdraw`, `papers`, `look_up`.
    powers: Vec<String>,
    /// First day, `YYYY-MM-DD`.
    from: String,
    /// Last day, `YYYY-MM-DD`.
    until: String,
    /// The firm in whose name it is given.
    #[serde(default)]
    firm_name: String,
    /// Its unified social credit code.
    #[serde(default)]
    firm_code: String,
    /// The photograph of the paper.
    #[serde(borrow)]
    photograph: Option<PhotographBody<'b>>,
}

/// A photograph of a paper.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotographBody<'b> {
    /// File name.
    name: String,
    /// The file in base 64.
    #[serde(borrow)]
    #[schema(value_type = String)]
    content: Cow<'b, str>,
}

/// What a mandate on paper became.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaperTaken {
    /// The mandate's id: what `known` names where the same paper serves another case.
    mandate: String,
    /// The act: `GET /api/v1/receipts/{act}` proves it.
    act: String,
}

/// Takes a mandate on paper in for a case that runs, or holds the case to one that a window has taken in before. From
/// then on the agent is named in the steps of the case as `came`: `agent`.
#[utoipa::path(post, path = "/api/v1/cases/{no}/paper", request_body = PaperBody,
    params(("no" = String, Path)),
    responses((status = 201, body = PaperTaken), (status = 401), (status = 403), (status = 404),
        (status = 409), (status = 422)))]
pub(crate) async fn take_in(
    cx: ActCx,
    Path(no): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    // Whoever may not take in here learns nothing of the case, whatever they have sent.
    acts::case_here(&cx, &no).await?;
    let body = super::json_of(&headers, body)?;
    let (brought, photograph) = paper_of(&body)?;
    drop(body);
    let taken = match acts::take_in_later(&cx, &no, &brought, photograph).await {
        Err(Stop::Refused(refusal)) if refusal.code == KNOWN_ALREADY => {
            return Err(with_ids(&cx, &no, &brought, *refusal).await?.into());
        }
        taken => taken?,
    };
    let taken = PaperTaken { mandate: taken.mandate.to_string(), act: taken.act.to_string() };
    Ok((StatusCode::CREATED, Json(taken)).into_response())
}

/// The paper that a body says.
fn paper_of(body: &[u8]) -> Result<(Brought, Option<Photograph>), Refusal> {
    let body: PaperBody<'_> =
        serde_json::from_slice(body).map_err(|error| frame::not_our_json(&error.to_string()))?;
    let photograph = match body.photograph {
        Some(one) => Some((super::file_of(&one.name, &one.content)?, one.name)),
        None => None,
    };
    let brought = Brought {
        came: "agent".into(),
        known: body.known,
        agent_name: body.agent_name,
        agent_number: body.agent_number,
        scope: body.scope,
        items: body.items.join("\n"),
        powers: body.powers,
        from: body.from,
        until: body.until,
        firm_name: body.firm_name,
        firm_code: body.firm_code,
        compared: body.compared.to_string(),
    };
    Ok((brought, photograph.map(|(bytes, name)| (name, bytes))))
}

/// The same refusal with the ids of the mandates that a page would offer to choose.
async fn with_ids(cx: &ActCx, no: &str, brought: &Brought, refusal: Refusal) -> Outcome<Refusal> {
    let seen = acts::case_here(cx, no).await?;
    let known = acts::known_for_case(cx, &seen, &brought.agent_number).await?;
    let ids: Vec<String> = known.iter().map(|one| one.id.to_string()).collect();
    Ok(refusal.remedy(format!("known 填写已经登记的委托书的编号：{}", ids.join("、"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"agent_name":"王建国","agent_number":"42070419851231001X","compared":true,
        "scope":"items","items":["a","b"],"powers":["withdraw"],"from":"2026-03-01","until":"2026-04-30",
        "photograph":{"name":"委托书.pdf","content":"aGVsbG8="}}"#;

    #[test]
    fn a_paper_is_read_with_its_photograph() {
        let (brought, photograph) = paper_of(BODY.as_bytes()).unwrap();
        assert_eq!((brought.items.as_str(), brought.compared.as_str()), ("a\nb", "true"));
        assert_eq!(photograph, Some(("委托书.pdf".to_owned(), b"hello".to_vec())));
    }

    #[test]
    fn a_photograph_that_is_no_base_64_is_refused_by_its_name() {
        let broken = BODY.replace("aGVsbG8=", "@");
        let refusal = paper_of(broken.as_bytes()).unwrap_err();
        assert_eq!(refusal.code, "api.bad_base64");
        let more = BODY.replace("\"scope\"", "\"strange\":1,\"scope\"");
        assert_eq!(paper_of(more.as_bytes()).unwrap_err().code, "api.bad_json");
    }
}
