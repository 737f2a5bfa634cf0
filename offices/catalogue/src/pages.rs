//! What people see: the catalogue at the desk and in public, requests, disputes.

pub(crate) mod bring;
pub(crate) mod desk;
pub(crate) mod disputes;
mod facts;
mod form;
mod jsonld;
pub(crate) mod mine;
mod one;
pub(crate) mod public;
mod request;
pub(crate) mod requests;
mod routes;
pub(crate) mod rows;
mod sheet;
mod typed;
mod used;

pub use routes::ROUTES;
use typed::Typed;

use access::{Over, Permission, Permit};
use base::Outcome;
use frame::Cx;
use frame::parts::{Tone, tag};
use maud::{Markup, html};

use crate::store::Head;
use crate::terms::State;

/// The permit of who asks over what belongs to an organ, if they have one: for what a page shows, never for deciding.
async fn permit(cx: &Cx, permission: &'static Permission, organ: &str) -> Outcome<Option<Permit>> {
    cx.permitted(permission, Over::Organ(organ.to_owned())).await
}

/// How far a resource is, in a word.
fn state(head: &Head) -> Markup {
    let stands = match head.state {
        State::Published => tag(Tone::Good, "已发布"),
        State::Withdrawn => tag(Tone::Closed, "已撤回"),
        State::Draft | State::Review => html! {},
    };
    let pending = match head.pending {
        Some(State::Review) => tag(Tone::Soon, "审核中"),
        Some(State::Draft) => {
            tag(Tone::Active, if head.version == 0 { "草稿" } else { "新版草稿" })
        }
        _ => html! {},
    };
    html! { (stands) " " (pending) }
}

/// A filter's value, as an address has it.
fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = filled
        .map(|(name, value)| format!("{name}={}", frame::held::query_escape(value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
