//! What people see: the list of what one can have done, and the guide to each.

mod guide;
mod list;
mod table;

pub(crate) use guide::guide;
pub(crate) use list::services;

use frame::Cx;
use frame::axum::response::Response;
use frame::parts::{Crumb, html};
use maud::Markup;

use crate::terms::{Codes, Source};

/// The mark 演示 beside what is invented.
pub(crate) fn demo_mark() -> Markup {
    html! { span class="meta demo-mark" title="凭一般知识编写，正式使用前由主管部门核对" { "演示" } }
}

/// The list's page; a part of the list stands under the whole.
pub(crate) fn list_page(cx: &Cx, title: &str, whole: bool, body: Markup) -> Response {
    let mut crumbs = vec![Crumb::new("首页", "/")];
    if !whole {
        crumbs.push(Crumb::new("办事情", "/services"));
    }
    frame::page::wide(cx, title, &crumbs, body)
}

/// A guide's page, under the list of its organ.
pub(crate) fn guide_page(cx: &Cx, title: &str, organ: Crumb, body: Markup) -> Response {
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("办事情", "/services"), organ];
    frame::page::wide(cx, title, &crumbs, body)
}

/// Where a value comes from: links to its articles, the organ itself, or the mark 演示.
pub(crate) fn sourced(source: &Source, codes: &Codes) -> Markup {
    html! {
        @if source.is_demo() { (demo_mark()) }
        @if *source == Source::Organ { span class="meta" { "实施机构公布" } }
        @for (place, reference) in source.articles().iter().enumerate() {
            @if place > 0 { "、" }
            @let words = codes.article(reference);
            a href=(law_search(&reference.law, codes)) { (words) }
        }
    }
}

/// Where a law can be read: the search of the whole site finds it by its title, and is told that it
/// is a law that is looked for, so that it can say where else to read one that the site has not.
fn law_search(law: &str, codes: &Codes) -> String {
    let title = codes.law(law).unwrap_or(law);
    format!("/search?q={}&for=law", frame::held::query_escape(title))
}
