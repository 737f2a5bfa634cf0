//! Signing in to other systems: what people see of it, and what programs ask.

pub(crate) mod authorize;
pub(crate) mod clients;
pub(crate) mod connected;
pub(crate) mod leave;
pub(crate) mod programs;

use access::Kind;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use base::Fault;
use frame::parts::{Heading, button_row, link_button};
use frame::{Cx, page};
use maud::{Markup, html};

use crate::terms::openid::SCOPES;

/// A page that goes on by itself. Browsers hold what a form leads to against the page's policy, which
/// allows nothing elsewhere: so a form leads to this page, and this page onward.
pub(super) fn going_on(cx: &Cx, title: &str, to: &str) -> Result<Response, Fault> {
    let body = html! {
        (Heading::new(title))
        p { "页面会自动前往；没有动的，请点下面的按钮。" }
        (button_row(link_button("继续", to)))
    };
    let mut response = page::site(cx, title, &[], body);
    let refresh = HeaderValue::from_str(&format!("0; url={to}")).map_err(Fault::from)?;
    response.headers_mut().insert(header::REFRESH, refresh);
    Ok(response)
}

/// What a system is told, line by line. To whom a scope tells nothing, it is not shown.
fn told(scopes: &[String], kind: Kind) -> Markup {
    let shown = SCOPES.iter().filter(|scope| scopes.iter().any(|asked| asked == scope.name));
    let shown = shown.filter(|scope| kind == Kind::Staff || scope.name != "posts");
    html! { div class="prose" { ul { @for scope in shown { li { (scope.told) } } } } }
}
