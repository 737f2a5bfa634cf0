//! One document as people read it.

use access::Organ;
use axum::body::to_bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::Fault;
use frame::parts::{Crumb, Heading, NoticeKind, SummaryRow, day, notice, summary_list};
use frame::{Cx, Reply, not_found, page};

use super::kept::{self, Key, Page};
use super::{id_of, text_of};
use crate::rules::manuscript::Block;
use crate::store;
use crate::terms::{Column, Document, State};
use maud::{Markup, html};

/// From so many headings on, a table of contents stands above the text.
const CONTENTS_MIN: usize = 3;
/// No page is larger than this: two million characters of text and their marks.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// `GET /info/{column}/{id}`
pub(crate) async fn show(
    cx: Cx,
    Path((column, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Reply {
    let id = id_of(&id)?;
    let key = Key::of(&cx, id);
    let found = key.as_ref().and_then(kept::find);
    if let Some(page) = found.as_ref().filter(|page| page.is_fresh()) {
        return Ok(ready(page, &headers));
    }
    if let (Some(page), Some(key)) = (found, &key) {
        let version = cx.read(move |r| store::published_version(r, id)).await?;
        if version == Some(page.version) {
            kept::keep(key.clone(), &page);
            return Ok(ready(&page, &headers));
        }
    }
    let seen = cx
        .read(move |r| {
            let Some(document) = store::published(r, id)? else {
                return Ok(Err(store::after(r, id)?));
            };
            let column = store::column(r, &document.column)?;
            let organ = access::organ_by_id(r, &document.organ)?;
            Ok(Ok((document, column, organ)))
        })
        .await?;
    let (document, shelf, organ) = match seen {
        Ok(seen) => seen,
        // Who kept the address of a text that was corrected, once or several times, is led on.
        Err(Some(kin)) if kin.state == State::Published || kin.state.is_ended() => {
            return Ok(frame::serve::see_other(&kin.url()));
        }
        Err(_) => return Err(not_found("这份信息").into()),
    };
    if document.column != column {
        return Ok(frame::serve::see_other(&document.url()));
    }
    let response = written(&cx, &document, shelf.as_ref(), organ.as_ref());
    let Some(key) = key else { return Ok(response) };
    let bytes = to_bytes(response.into_body(), PAGE_BYTES_MAX)
        .await
        .map_err(|error| Fault::while_doing("keeping a page", error))?;
    let kept = Page::new(bytes, document.version)
        .map_err(|error| Fault::while_doing("keeping a page", error))?;
    kept::keep(key, &kept);
    Ok(ready(&kept, &headers))
}

/// A kept page, compressed if the reader takes it so.
fn ready(page: &Page, headers: &HeaderMap) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let vary = HeaderValue::from_static("accept-encoding");
    let about = [(header::CONTENT_TYPE, kind), (header::VARY, vary)];
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    // A coding with a weight, `gzip;q=0`, is left to the layer that reads weights.
    if accepted.is_some_and(|accepted| accepted.split(',').any(|one| one.trim() == "gzip")) {
        let coding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (about, [coding], page.gzip.clone()).into_response();
    }
    (about, page.plain.clone()).into_response()
}

fn written(
    cx: &Cx,
    document: &Document,
    column: Option<&Column>,
    organ: Option<&Organ>,
) -> Response {
    let title = column.map_or(document.column.as_str(), |column| column.title.as_str());
    let crumbs = [
        Crumb::new("首页", "/"),
        Crumb::new("看信息", "/info"),
        Crumb::new(title, format!("/info/{}", document.column)),
    ];
    page::site(cx, &document.title, &crumbs, body(document, organ))
}

/// The document: head, contents, text. Also what a reviewer looks at.
pub(super) fn body(document: &Document, organ: Option<&Organ>) -> Markup {
    html! {
        article class="prose document" {
            (Heading::new(&document.title))
            (summary_list(&facts(document, organ)))
            @if let Some(note) = &document.note {
                (notice(NoticeKind::Info, "关于本文", html! { p { (note) } }))
            }
            @if !document.history.is_empty() {
                ul class="meta" aria-label="制定和修改经过" {
                    @for line in &document.history { li { (line) } }
                }
            }
            (contents(&document.blocks))
            (text_of(&document.blocks))
        }
    }
}

fn facts(document: &Document, organ: Option<&Organ>) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    let mut row = |key: &str, value: Markup| rows.push(SummaryRow::of(key, value));
    if let Some(number) = &document.number {
        row("发文字号", html! { (number) });
    }
    if let Some(maker) = &document.maker {
        row("制定机关", html! { (maker) });
    }
    if let Some(on) = document.written_on {
        row("成文日期", day(on));
    }
    if let Some(on) = document.effective_on {
        row("施行日期", day(on));
    }
    if let Some(organ) = organ {
        row("发布机构", html! { (organ.name) });
    }
    if let Some(at) = document.published_at {
        row("发布日期", day(at.day()));
    }
    rows
}

/// The headings as links.
fn contents(blocks: &[Block]) -> Markup {
    let headings: Vec<(u8, &str)> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading { level, text } => Some((*level, text.as_str())),
            _ => None,
        })
        .collect();
    html! {
        @if headings.len() >= CONTENTS_MIN {
            nav class="contents" aria-labelledby="contents-title" {
                h2 id="contents-title" { "目录" }
                ol {
                    @for (place, (level, words)) in headings.iter().enumerate() {
                        li class=[(*level > 1).then_some("contents-lower")] {
                            a href={ "#s" (place + 1) } { (words) }
                        }
                    }
                }
            }
        }
    }
}
