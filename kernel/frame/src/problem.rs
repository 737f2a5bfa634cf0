//! How a refusal or a fault reaches the person: as words on a page, or as JSON for a program.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::{Fault, FieldError, Refusal, RefusalKind, Stop};
use serde::Serialize;
use utoipa::ToSchema;

/// What a handler gives back.
pub type Reply = Result<Response, Problem>;

/// A stop on its way to the person. The outer layer, which knows who asks and how, writes it out.
#[derive(Debug)]
pub struct Problem(pub Stop);

/// Carries the stop through the response to the layer that writes it.
#[derive(Clone)]
pub(crate) struct Carried(pub(crate) Arc<Stop>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = status_of(&self.0);
        let mut response = status.into_response();
        response.extensions_mut().insert(Carried(Arc::new(self.0)));
        response
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        Self(stop)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault.into())
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self(error.into())
    }
}

/// What a page can do without: where it fails, the fault goes to the log and the page goes on.
pub fn spared<T>(doing: &'static str, result: Result<T, impl Into<Fault>>) -> Option<T> {
    result
        .map_err(|fault| {
            tracing::error!(doing, fault = fault.into().chain(), "a page goes on without")
        })
        .ok()
}

/// The status of a stop.
pub(crate) fn status_of(stop: &Stop) -> StatusCode {
    let Stop::Refused(refusal) = stop else { return StatusCode::INTERNAL_SERVER_ERROR };
    match refusal.kind {
        RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::SignIn => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Method => StatusCode::METHOD_NOT_ALLOWED,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The refusal for a body that is not the JSON of its route, or more than its route takes in.
pub fn bad_json(rejection: &JsonRejection) -> Refusal {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let words = "请求太大，没有收下";
        return Refusal::new(RefusalKind::TooLarge, "api.too_large", words)
            .remedy("每个接口收多少，见 /api/openapi.json 和使用说明");
    }
    not_our_json(&rejection.body_text())
}

/// The same for a body that was read by other means.
pub fn not_our_json(what: &str) -> Refusal {
    let words = format!("请求不是这个接口要的 JSON：{what}");
    Refusal::new(RefusalKind::Invalid, "api.bad_json", words).remedy("写法见 /api/openapi.json")
}

/// The code of what is not there. Pages add to it that there is a search box.
pub(crate) const NOT_FOUND: &str = "not_found";

/// The refusal for a thing that is not there, or not for this person.
pub fn not_found(what: &str) -> Refusal {
    Refusal::new(RefusalKind::NotFound, NOT_FOUND, format!("没有找到{what}"))
        .remedy("请核对名称、编号或网址")
}

/// What a program is told in place of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    error: Told,
}

/// What a program is told of a decisive act that is not signed yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unsigned {
    error: Told,
    signing: ToldToSign,
}

impl Unsigned {
    pub(crate) fn new(refusal: &Refusal, signing: ToldToSign, request: &str) -> Self {
        Self { error: told(refusal, request), signing }
    }
}

/// What is to be signed. The same request is sent again with the headers `CityHall-Signing` (the token) and
/// `CityHall-Signature` (base 64).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldToSign {
    /// Brings the same act back; good for five minutes.
    pub(crate) token: String,
    /// The act's canonical bytes, to be signed with SM2 and SM3 by the key of a certificate on record.
    pub(crate) text: String,
    /// SM3 over them, in hex.
    pub(crate) digest: String,
    /// Until when the signed request may come, in milliseconds since 1970.
    pub(crate) until: i64,
}

/// Why it was not done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    /// Stable, for programs: `approvals.not_yours`; `fault` when the city itself is at fault.
    code: String,
    /// What was wrong, in words for people.
    message: String,
    /// The rule it follows from, where there is one.
    ground: Option<String>,
    /// What can be done now.
    remedy: Option<String>,
    /// Words beside single fields.
    fields: Vec<ToldField>,
    /// The number of this request in the program's log.
    request: String,
}

/// Words beside one field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldField {
    /// The field's name.
    field: String,
    /// What is wrong with it and what to do.
    message: String,
}

/// The stop as a program reads it.
pub(crate) fn json_of(stop: &Stop, request: &str) -> Response {
    let request = request.to_owned();
    let error = match stop {
        Stop::Refused(refusal) => told(refusal, &request),
        Stop::Failed(_) => Told {
            code: "fault".to_owned(),
            message: "系统出了问题，已经记录下来。再次提交前，请先查看刚才的操作是否已经办成"
                .to_owned(),
            ground: None,
            remedy: None,
            fields: Vec::new(),
            request,
        },
    };
    (status_of(stop), Json(ProblemBody { error })).into_response()
}

fn told(refusal: &Refusal, request: &str) -> Told {
    Told {
        code: refusal.code.to_owned(),
        message: refusal.message.clone(),
        ground: refusal.ground.clone(),
        remedy: refusal.remedy.clone(),
        fields: refusal.fields.iter().map(told_field).collect(),
        request: request.to_owned(),
    }
}

fn told_field(error: &FieldError) -> ToldField {
    ToldField { field: error.field.clone(), message: error.message.clone() }
}
