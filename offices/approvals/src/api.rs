//! What programs see: applications for citizens, cases for staff.

use std::borrow::Cow;

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use base::{Id, Refusal, RefusalKind};
use data_encoding::BASE64;
use flow::Command;
use frame::{ActCx, Cx, Problem, Reply};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use crate::acts::{self, NewApplication, Seen};
use crate::terms::Draft;
use crate::terms::window::Came;

pub(crate) mod cancel;
pub(crate) mod paper;
mod permits;

/// What other offices are answered.
pub(crate) const ANSWERS: &[ask::Answerer] = &[
    ask::Answerer { kind: "approvals.permits_of", source: TITLE, answer: permits::permits_of },
    ask::Answerer { kind: "approvals.holders", source: TITLE, answer: permits::holders },
];
/// The office's title, as others read it.
pub(crate) const TITLE: &str = "行政审批";

/// The approvals part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(
    paths(apply, look_up, own, paper::take_in, cancel::cancel, command),
    components(schemas(
        LookUp,
        ApplicationBody,
        MaterialBody,
        Created,
        CaseBody,
        Step,
        paper::PaperBody,
        paper::PhotographBody,
        paper::PaperTaken,
        cancel::CancelBody,
        cancel::CancelledBody
    ))
)]
struct Api;

/// The approvals part of the OpenAPI description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// A new application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationBody<'b> {
    /// The item's code or slug.
    item: String,
    /// The entries of the item's form.
    form: Map<String, Value>,
    /// The version of the item that the form was read in, as `GET /api/v1/items/{code}/form` gives it: refused
    /// if another is in force by now.
    version: Option<i64>,
    /// Files.
    #[serde(default, borrow)]
    materials: Vec<MaterialBody<'b>>,
    /// An id of 26 characters: the same token again is the same application.
    #[schema(min_length = 26, max_length = 26)]
    token: Option<String>,
    /// The id of the mandate by which you apply for who has given it.
    mandate: Option<String>,
}

/// One file of an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaterialBody<'b> {
    /// The material's key in the item.
    key: String,
    /// File name.
    name: String,
    /// The file in base 64: read where it lies in the body, which can have 110 MB.
    #[serde(borrow)]
    #[schema(value_type = String)]
    content: Cow<'b, str>,
}

/// What a submission gives back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Created {
    /// The case's number.
    no: String,
    /// The query code; null for an agent, since it is the applicant's.
    query_code: Option<String>,
    /// The receipt, as `cityhall verify receipt` takes it.
    receipt: Value,
}

/// Files an application.
#[utoipa::path(post, path = "/api/v1/applications", request_body = ApplicationBody,
    responses((status = 201, body = Created), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn apply(
    cx: ActCx,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let body = json_of(&headers, body)?;
    let new = new_application(&body)?;
    drop(body);
    let submitted = acts::apply(&cx, new).await?;
    let receipt = receipt_of(&cx, &submitted.act).await?;
    let created = Created { no: submitted.no, query_code: submitted.code, receipt };
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// The body as it lies there: files in it are read without being copied.
fn json_of(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refusal> {
    let body = body.map_err(|rejection| frame::not_our_json(&rejection.body_text()))?;
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.starts_with("application/json") {
        true => Ok(body),
        false => Err(frame::not_our_json("Content-Type 要是 application/json")),
    }
}

/// The file of this name, from its base 64.
fn file_of(name: &str, content: &str) -> Result<Vec<u8>, Refusal> {
    BASE64.decode(content.as_bytes()).map_err(|_| {
        let words = format!("「{name}」的内容不是 base64");
        Refusal::new(RefusalKind::Invalid, "api.bad_base64", words)
    })
}

/// The application that a body says.
fn new_application(body: &[u8]) -> Result<NewApplication, Refusal> {
    let body: ApplicationBody<'_> =
        serde_json::from_slice(body).map_err(|error| frame::not_our_json(&error.to_string()))?;
    let token = match &body.token {
        Some(token) => Some(token.parse::<Id<Draft>>().map_err(|_| {
            Refusal::new(RefusalKind::Invalid, "api.bad_token", "token 要是 26 位的编号")
        })?),
        None => None,
    };
    let mut materials = Vec::new();
    for material in body.materials {
        let bytes = file_of(&material.name, &material.content)?;
        materials.push((material.key, material.name, bytes));
    }
    let mandate = match &body.mandate {
        Some(id) => Some(id.parse().map_err(|_| frame::not_found("这份委托"))?),
        None => None,
    };
    let (item, form) = (body.item, Value::Object(body.form));
    Ok(NewApplication { item, form, version: body.version, materials, token, mandate })
}

async fn receipt_of(cx: &Cx, act: &str) -> Result<Value, Problem> {
    let Ok(id) = act.parse() else { return Ok(Value::Null) };
    let receipt = cx.hall().ledger.receipt(id).await?;
    Ok(serde_json::to_value(receipt).unwrap_or_default())
}

/// A case as it can be looked up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseBody {
    no: String,
    /// Two digits; see the states of the permit flow.
    state: String,
    state_title: String,
    item: Value,
    organ: String,
    received_at: String,
    /// The day by which the law obliges the next answer.
    due: Option<String>,
    due_promised: Option<String>,
    due_legal: Option<String>,
    /// The article the dates follow from.
    due_basis: String,
    /// What stands in the place of what was handed in, where that was erased by law.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<String>,
    /// The permit that the case has led to, where it was cancelled since.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<cancel::CancelledBody>,
    timeline: Vec<Step>,
}

/// One step of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Step {
    at: String,
    step: String,
    organ: String,
    /// The post in which it was done.
    post: String,
    /// The act: `GET /api/v1/receipts/{act}` proves it, and names who did it.
    act: String,
}

impl CaseBody {
    fn of(seen: &Seen) -> Self {
        let case = &seen.case;
        let day = |day: Option<base::Day>| day.map(|day| day.to_string());
        Self {
            no: case.no.clone(),
            state: case.state.clone(),
            state_title: case.public_title.clone(),
            item: json!({ "code": case.item_code, "name": case.item_name }),
            organ: case.organ_name.clone(),
            received_at: case.received_at.iso(),
            due: day(case.due),
            due_promised: day(case.due_promised),
            due_legal: day(case.due_legal),
            due_basis: flow::due_basis(case, &flow::marks_of(&seen.events)),
            erased: case.erased.as_deref().map(base::erased_words),
            cancelled: seen.cancelled.as_ref().map(cancel::CancelledBody::of),
            timeline: seen
                .events
                .iter()
                .filter(|event| crate::rules::is_public_step(&event.command))
                .map(|event| Step {
                    at: event.at.iso(),
                    step: Command::title_of(&event.command).to_owned(),
                    organ: case.organ_name.clone(),
                    post: event.post.clone(),
                    act: event.act.to_string(),
                })
                .collect(),
        }
    }
}

/// What a case is looked up by, without signing in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookUp {
    /// The case's number.
    no: String,
    /// The code that the applicant was given with it.
    query_code: String,
}

/// Looks a case up by its number and its query code, which so stands in no address and no log of addresses.
#[utoipa::path(post, path = "/api/v1/look-ups", request_body = LookUp,
    responses((status = 200, body = CaseBody), (status = 404), (status = 422), (status = 429)))]
pub(crate) async fn look_up(cx: Cx, body: Result<Json<LookUp>, JsonRejection>) -> Reply {
    let Json(sought) = body.map_err(|rejection| frame::bad_json(&rejection))?;
    let seen = acts::by_code(&cx, &sought.no, &sought.query_code).await?;
    Ok(Json(CaseBody::of(&seen)).into_response())
}

/// A case, for its applicant, for an agent of theirs whose mandate says so, or for one who handles it.
#[utoipa::path(get, path = "/api/v1/applications/{no}", params(("no" = String, Path)),
    responses((status = 200, body = CaseBody), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn own(cx: Cx, Path(no): Path<String>) -> Reply {
    let seen = match cx.signed_in()?.kind {
        access::Kind::Citizen => acts::own_case(&cx, &no).await?,
        access::Kind::Staff => acts::staff_case(&cx, &no).await?,
    };
    Ok(Json(CaseBody::of(&seen)).into_response())
}

/// Does a step of a case. Where somebody acts for the applicant and the step is done for one of them at a window
/// (`supplement`, `withdraw`, `deliver` by `counter`), the body says in `came` who came: `self` or `agent`; of an agent
/// `agent_number`, as on the card, and `agent_compared`: true.
#[utoipa::path(post, path = "/api/v1/cases/{no}/{verb}", request_body = Value,
    params(("no" = String, Path), ("verb" = String, Path)),
    responses((status = 200), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn command(
    cx: ActCx,
    Path((no, verb)): Path<(String, String)>,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Reply {
    let Json(mut body) = body.map_err(|rejection| frame::bad_json(&rejection))?;
    let version = body.remove("version").and_then(|version| version.as_i64());
    let came = came_of(&mut body)?;
    let command = order_of(&verb, body)?;
    let applied = acts::command(&cx, &no, version, (command, &came)).await?;
    Ok(Json(json!({
        "no": applied.case.no,
        "state": applied.case.state,
        "state_title": applied.case.state_title,
        "version": applied.case.version,
        "due": applied.case.due,
        "act": applied.act,
    }))
    .into_response())
}

/// Who came to the window, taken out of the body.
fn came_of(body: &mut Map<String, Value>) -> Result<Came, Refusal> {
    let mut text = |name: &str| match body.remove(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Bool(said)) => Ok(said.to_string()),
        Some(_) => {
            let words = format!("{name} 的写法不对");
            let refusal = Refusal::new(RefusalKind::Invalid, "api.bad_command", words.clone());
            Err(refusal.field(name, words).remedy("写法见 /api/openapi.json"))
        }
    };
    Ok(Came {
        who: text("came")?,
        agent_number: text("agent_number")?,
        compared: text("agent_compared")?,
    })
}

/// `accept`, `correct` … and the fields of the body, as an order to a case. `extend` asks for the
/// extension, or answers it when the body says `granted`.
fn order_of(verb: &str, mut body: Map<String, Value>) -> Result<Command, Refusal> {
    let name = match (verb, body.remove("granted").and_then(|granted| granted.as_bool())) {
        ("extend", None) => "request_extension",
        ("extend", Some(true)) => "grant_extension",
        ("extend", Some(false)) => "deny_extension",
        (verb, _) => verb,
    };
    for (field, empty) in [
        ("name", json!("")),
        ("inspectors", json!([])),
        ("remedy", Value::Null),
        ("other_organ", Value::Null),
        ("reply_by", Value::Null),
        ("valid_until", Value::Null),
    ] {
        body.entry(field).or_insert(empty);
    }
    body.insert("command".into(), name.into());
    serde_json::from_value(Value::Object(body)).map_err(|error| {
        let words = format!("「{verb}」的内容不对：{error}");
        Refusal::new(RefusalKind::Invalid, "api.bad_command", words)
            .remedy("写法见 /api/openapi.json")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_where_it_lies_in_the_body() {
        let body = r#"{"item":"a","form":{},"materials":[
            {"key":"k","name":"n.pdf","content":"aGVs\/bG8="},{"key":"k","name":"m.pdf","content":"aGVsbG8="}]}"#;
        let read: ApplicationBody<'_> = serde_json::from_str(body).unwrap();
        let lies: Vec<bool> =
            read.materials.iter().map(|one| matches!(one.content, Cow::Borrowed(_))).collect();
        assert_eq!(lies, [false, true], "only what is escaped is copied");
        let new = new_application(body.replace("\\/", "").as_bytes()).unwrap();
        assert_eq!(new.materials[1].2, b"hello");
        let more = body.replace("\"item\"", "\"strange\":1,\"item\"");
        assert_eq!(new_application(more.as_bytes()).unwrap_err().code, "api.bad_json");
    }

    #[test]
    fn verbs_become_orders() {
        let accept = order_of("accept", Map::new()).unwrap();
        assert_eq!(accept, Command::Accept);
        let ask = Map::from_iter([("reason".to_owned(), json!("材料多"))]);
        assert_eq!(
            order_of("extend", ask).unwrap(),
            Command::RequestExtension { reason: "材料多".into() }
        );
        assert_eq!(order_of("fly", Map::new()).unwrap_err().code, "api.bad_command");
    }
}
