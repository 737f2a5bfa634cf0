//! The interface as OpenAPI: what the offices say of their routes, and what the gate and the frame answer at
//! every route of such a kind, which no office says again.

use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ComponentsBuilder, Content, OpenApi, Ref, RefOr, Response, ResponseBuilder,
};

use crate::office::{Need, Office, Route};
use crate::problem::{ProblemBody, Told, ToldField, ToldToSign, Unsigned};

/// The status of a decisive act that is not signed yet.
const UNSIGNED: &str = "428";
/// How a program says who it is.
const TOKEN: &str = "token";

/// Puts the offices' parts together with `whole`, and adds what holds for every route of a kind.
pub fn described(mut whole: OpenApi, offices: &[&'static Office]) -> OpenApi {
    for part in offices.iter().filter_map(|office| office.openapi) {
        whole.merge(part());
    }
    whole.components = Some(shared(whole.components.take().unwrap_or_default()));
    for (path, item) in &mut whole.paths.paths {
        for route in offices.iter().flat_map(|office| office.routes) {
            if route.path == path
                && let Some(operation) = operation(item, route.method)
            {
                complete(operation, route);
            }
        }
    }
    whole
}

/// What every answer may refer to.
fn shared(components: Components) -> Components {
    ComponentsBuilder::from(components)
        .schema_from::<ProblemBody>()
        .schema_from::<Unsigned>()
        .schema_from::<ToldToSign>()
        .schema_from::<Told>()
        .schema_from::<ToldField>()
        .security_scheme(TOKEN, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .build()
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "get" => item.get.as_mut(),
        "post" => item.post.as_mut(),
        "delete" => item.delete.as_mut(),
        _ => None,
    }
}

/// Says of an operation what its route makes the gate and the frame answer.
fn complete(operation: &mut Operation, route: &Route) {
    if !matches!(route.need, Need::Anyone) {
        let token = SecurityRequirement::new::<_, [&str; 0], &str>(TOKEN, []);
        operation.security = Some(vec![token]);
    }
    for (status, about) in answers(operation, route) {
        let known = operation.responses.responses.entry(status.to_owned());
        known.or_insert_with(|| ResponseBuilder::new().description(about).build().into());
    }
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            let body = if status == UNSIGNED { "Unsigned" } else { "ProblemBody" };
            told_why(response, body);
        }
    }
}

/// The refusals of the frame itself.
fn answers(operation: &Operation, route: &Route) -> Vec<(&'static str, &'static str)> {
    let has = |place: fn(&ParameterIn) -> bool| {
        let mut all = operation.parameters.iter().flatten();
        all.any(|parameter| matches!(parameter, RefOr::T(one) if place(&one.parameter_in)))
    };
    let mut answers = Vec::new();
    match route.need {
        Need::Anyone => {}
        Need::SignedIn | Need::Owing(_) | Need::May(_) => answers.extend([
            ("401", "没有登录"),
            ("403", "没有权限，或者登录以后还有先要办的（第二种登录方式、更换密码）"),
        ]),
    }
    if route.method != "get" {
        answers.push(("403", "请求来自别的网站，或者没有权限"));
    }
    if route.method != "get" && !matches!(route.need, Need::Anyone) {
        answers.push((UNSIGNED, "作决定、发布、授权要本人签名：signing 里是要签名的内容和令牌"));
    }
    if has(|place| matches!(place, ParameterIn::Path)) {
        answers.push(("404", "没有这个对象，或者不提供给您"));
    }
    if operation.request_body.is_some() {
        answers.push(("413", "请求太大"));
    }
    if operation.request_body.is_some() || operation.parameters.is_some() {
        answers.push(("422", "内容不完整或者不对"));
    }
    answers
}

fn told_why(response: &mut Response, body: &str) {
    if response.content.is_empty() {
        let schema = Ref::from_schema_name(body);
        response.content.insert("application/json".to_owned(), Content::new(Some(schema)).into());
    }
}
