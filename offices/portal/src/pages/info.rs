//! The columns, and the documents of one.

use axum::extract::{Path, Query};
use base::Day;
use frame::parts::{Crumb, Heading, Pager, day, empty, legal_basis, section};
use frame::{Cx, Reply, not_found, page};
use serde::Deserialize;

use super::{PAGE, by_day, heading_list, next_by_day};
use crate::store;
use crate::terms::Shelf;
use maud::{Markup, html};

/// `GET /info`
pub(crate) async fn columns(cx: Cx) -> Reply {
    let (shelves, latest) =
        cx.read(|r| Ok((store::shelves(r)?, store::latest(r, None, 8)?))).await?;
    let classes = shelves.chunk_by(|a, b| a.column.class == b.column.class);
    let body = html! {
        (Heading::new("看信息").lead("市政府和各部门公开的政策、消息和数据，按栏目查看；记得题目或者几个字的，直接搜索更快。"))
        @for (place, class) in classes.enumerate() {
            @if let Some(first) = class.first() {
                (section(&format!("class-{place}"), &first.column.class, html! {
                    div class="grid" { @for shelf in class { (line(shelf)) } }
                }))
            }
        }
        @if !latest.is_empty() {
            (section("latest", "最近发布", heading_list(&latest)))
        }
    };
    Ok(page::wide(&cx, "看信息", &[Crumb::new("首页", "/")], body))
}

fn line(shelf: &Shelf) -> Markup {
    let column = &shelf.column;
    html! {
        a class="card-link" href={ "/info/" (column.slug) } {
            strong { (column.title) }
            span { (column.about) }
            span {
                @if shelf.shown == 0 { "还没有内容" } @else { (shelf.shown) " 篇" }
                @if let Some(on) = shelf.latest_on { "，" (day(on)) "更新" }
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct From {
    before: String,
}

/// `GET /info/{column}`
pub(crate) async fn column(cx: Cx, Path(slug): Path<String>, Query(from): Query<From>) -> Reply {
    let before = by_day(&from.before);
    let sought = slug.clone();
    let (shelf, lines) = cx
        .read(move |r| {
            let shelf = store::shelf(r, &sought)?.ok_or_else(|| not_found("这个栏目"))?;
            let lines = store::shown(r, &sought, before, PAGE)?;
            Ok((shelf, lines))
        })
        .await?;
    let here = format!("/info/{slug}");
    let next = next_by_day(&lines).map(|key| format!("{here}?before={key}"));
    let column = &shelf.column;
    let body = html! {
        (Heading::new(&column.title).lead(&column.about))
        @if lines.is_empty() {
            (empty("这个栏目还没有内容", html! {
                p { "需要某项政府信息的，可以" a href="/search" { "搜索全站" } "，也可以向有关部门申请公开。" }
            }))
        } @else {
            (heading_list(&lines))
        }
        (Pager::new(next)
            .first(before.map(|_: (Day, _)| here.clone()))
            .words(format!("本栏目共 {} 篇", shelf.shown)))
        (promise(&shelf))
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("看信息", "/info")];
    Ok(page::wide(&cx, &column.title, &crumbs, body))
}

/// What the city promises about the column, and the rule that demands it.
fn promise(shelf: &Shelf) -> Markup {
    html! {
        footer class="meta" {
            @if let Some(days) = shelf.column.freshness_days {
                p { "这个栏目最多 " (days) " 天有一次更新。" }
            }
            @if !shelf.column.ground.is_empty() { (legal_basis(&shelf.column.ground)) }
        }
    }
}
