//! The public side: what data there is, narrowed by theme, organ and openness, and each resource.

use std::collections::BTreeMap;

use ::store::Reader;
use access::Organ;
use axum::extract::{Path, Query};
use base::{Cursor, Outcome};
use frame::parts::{
    Choice, Crumb, Filter, Filters, Heading, Pager, SearchField, Tone, button_row, empty, inset,
    link_button, section, tag,
};
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{address, facts};
use crate::acts::{self, compile, sets};
use crate::api::found;
use crate::store::{self as rows, Arrival, Head, Narrowed, Tally, Version};
use crate::terms::{Classes, REQUEST, Resource, SetLoad, Share};

const HERE: &str = "/data";
const TITLE: &str = "用数据";
const PAGE: i64 = 20;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    q: String,
    organ: String,
    subject: String,
    open: String,
    share: String,
    after: String,
}

impl Wanted {
    fn narrowed(&self) -> Narrowed {
        Narrowed {
            provider: self.organ.clone(),
            subject: self.subject.clone(),
            share: self.share.clone(),
            open: self.open == "yes",
            ..Narrowed::public()
        }
    }

    fn is_whole(&self) -> bool {
        [&self.q, &self.organ, &self.subject, &self.open, &self.share]
            .iter()
            .all(|one| one.is_empty())
    }

    fn address(&self, after: &str) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("organ", &self.organ),
            ("subject", &self.subject),
            ("open", &self.open),
            ("share", &self.share),
            ("after", after),
        ];
        address(HERE, &pairs)
    }
}

struct Shown {
    heads: Vec<Head>,
    summaries: BTreeMap<String, String>,
    next: Option<String>,
    tallies: Vec<Tally>,
}

/// `GET /data`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (shown, classes) = (look(&cx, &wanted).await?, acts::classes()?);
    let whole = wanted.is_whole() && wanted.after.is_empty();
    let all: i64 = shown.tallies.iter().map(|tally| tally.count).sum();
    let open: i64 = shown.tallies.iter().filter(|tally| tally.open).map(|tally| tally.count).sum();
    let title = if wanted.q.is_empty() {
        TITLE.to_owned()
    } else {
        format!("与“{}”有关的数据", wanted.q.trim())
    };
    let lead = format!("全市政务数据目录：{all} 个资源，其中 {open} 个向社会开放。");
    let body = html! {
        (Heading::new(&title).lead(lead))
        (SearchField::new(HERE, "搜索数据").value(&wanted.q).example("例如：空气质量、学校、公交")
            .id("data-search"))
        @if whole { (themes(&shown.tallies, &classes)) }
        @if wanted.q.is_empty() { (filters(&wanted, &shown.tallies, &classes)) }
        (results(&wanted, &shown))
        @if whole { (for_programs()) }
    };
    let mut crumbs = vec![Crumb::new("首页", "/")];
    if !whole {
        crumbs.push(Crumb::new(TITLE, HERE));
    }
    Ok(page::wide(&cx, &title, &crumbs, body))
}

async fn look(cx: &Cx, wanted: &Wanted) -> Outcome<Shown> {
    if !wanted.q.trim().is_empty() {
        let (keys, next) = found(cx, &wanted.q, &wanted.after)?;
        return cx
            .read(move |r| {
                let heads = rows::published_among(r, &keys)?;
                let summaries = summaries(r, &heads)?;
                Ok(Shown { heads, summaries, next: next.clone(), tallies: rows::tallies(r)? })
            })
            .await;
    }
    let narrowed = wanted.narrowed();
    let after = Cursor::decode(&wanted.after).and_then(|keys| keys.into_iter().next());
    cx.read(move |r| {
        let after = after.clone().unwrap_or_default();
        let mut heads = rows::list(r, &narrowed, &after, PAGE + 1)?;
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = heads.len() > page;
        heads.truncate(page);
        let next = heads.last().filter(|_| more).map(|last| Cursor::encode(&[&last.key]));
        let summaries = summaries(r, &heads)?;
        Ok(Shown { heads, summaries, next, tallies: rows::tallies(r)? })
    })
    .await
}

/// What each resource of a page holds, in its own words: one query for all of them.
fn summaries(reader: &Reader<'_>, heads: &[Head]) -> Outcome<BTreeMap<String, String>> {
    let found = rows::resources_of(reader, heads)?;
    Ok(found.into_iter().map(|one| (one.key, one.resource.summary)).collect())
}

fn themes(tallies: &[Tally], classes: &Classes) -> Markup {
    let count = |code: &str| -> i64 {
        tallies.iter().filter(|tally| tally.subject == code).map(|tally| tally.count).sum()
    };
    let subjects: Vec<(String, &str, i64)> = classes
        .subjects()
        .map(|(code, name)| (code.clone(), name, count(&code)))
        .filter(|(_, _, count)| *count > 0)
        .collect();
    let body = html! {
        ul class="grid" {
            @for (code, name, count) in &subjects {
                li { a href={ (HERE) "?subject=" (code) } { (name) } " " span class="meta" { (count) " 个" } }
            }
        }
    };
    html! { @if !subjects.is_empty() { (section("themes", "按主题找", body)) } }
}

fn filters(wanted: &Wanted, tallies: &[Tally], classes: &Classes) -> Markup {
    let mut organs: Vec<(&str, &str)> = tallies
        .iter()
        .map(|tally| (tally.provider.as_str(), tally.provider_name.as_str()))
        .collect();
    organs.sort_unstable();
    organs.dedup();
    let organs = organs.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    let known = |code: &String| tallies.iter().any(|tally| tally.subject == *code);
    let subjects = classes.subjects().filter(|(code, _)| known(code));
    let subjects = subjects.map(|(code, name)| Choice::new(code, name)).collect();
    let shares = Share::ALL.iter().map(|one| Choice::new(one.word(), one.word())).collect();
    html! {
        (Filters::new(HERE, [
            Filter::one("subject", "主题", &wanted.subject, subjects),
            Filter::one("organ", "部门", &wanted.organ, organs),
            Filter::one("open", "开放", &wanted.open, vec![Choice::new("yes", "向社会开放")]),
            Filter::one("share", "部门之间", &wanted.share, shares),
        ]))
    }
}

fn results(wanted: &Wanted, shown: &Shown) -> Markup {
    let first = (!wanted.after.is_empty()).then(|| wanted.address(""));
    let next = shown.next.as_deref().map(|next| wanted.address(next));
    let body = html! {
        @if shown.heads.is_empty() {
            (empty("没有找到这样的数据", html! { p { "换一个说法试试，或者 " a href=(HERE) { "看全部数据" } "。" } }))
        } @else {
            ul class="stack" {
                @for head in &shown.heads {
                    li {
                        h3 { a href={ (HERE) "/" (head.key) } { (head.name) } }
                        p { (shown.summaries.get(&head.key).map_or("", String::as_str)) }
                        p class="meta" {
                            (head.provider_name) " · " (head.cycle) "更新 · " (head.share) " "
                            @if head.open { (tag(Tone::Good, "向社会开放")) }
                        }
                    }
                }
            }
            (Pager::new(next).first(first))
        }
    };
    section("resources", "数据资源", body)
}

/// Where programs read the same.
fn for_programs() -> Markup {
    section(
        "programs",
        "给程序用",
        html! {
            p { "目录可以由程序读取：" a href="/catalogue.jsonld" { "DCAT（JSON-LD）" } "，以及与 CKAN 兼容的只读接口，例如 "
                a href="/api/3/action/package_search?q=空气" { "/api/3/action/package_search" } "。" }
        },
    )
}

struct One {
    head: Head,
    provider: Option<Organ>,
    version: Version,
    arrival: Option<Arrival>,
    /// The rows that stand, where everybody may see them.
    load: Option<SetLoad>,
}

/// `GET /data/{key}`
pub(crate) async fn one(cx: Cx, Path(key): Path<String>) -> Reply {
    let seen = cx
        .read(move |r| {
            let head = compile::found(r, &key)?;
            let version = compile::in_force(r, &head)?;
            let arrival = rows::last_arrival(r, &head.key, &version.resource.register)?;
            let load = sets::open_load(r, &head.key, &version.resource)?;
            let provider = access::organ_by_id(r, &head.provider)?;
            Ok(Box::new(One { head, provider, version, arrival, load }))
        })
        .await?;
    let One { head, provider, version, arrival, load } = *seen;
    let resource = &version.resource;
    let asks = cx.permitted(&REQUEST, access::Over::Any).await?;
    let asks = asks.is_some_and(|permit| permit.organ() != head.provider);
    let preview = match &load {
        Some(load) => super::rows::preview(&cx, load).await?,
        None => how_to_ask(&head, resource),
    };
    let body = html! {
        (Heading::new(&resource.name).caption(head.provider_name.clone()))
        p { (resource.summary) }
        @if asks && resource.share != Share::Refused {
            (button_row(link_button("申请共享", &address("/desk/data-requests/new", &[("resource", &head.key)]))))
        }
        (preview)
        (facts::metadata(&head, resource, provider.as_ref())?)
        (facts::items(&head, resource))
        (facts::fresh(&head, resource, arrival.as_ref(), cx.now().day()))
        (inset(html! {
            p { "程序读取这一页："
                a href={ "/api/3/action/package_show?id=" (head.key) } { "/api/3/action/package_show?id=" (head.key) } }
        }))
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new(TITLE, HERE)];
    Ok(page::wide(&cx, &resource.name, &crumbs, body))
}

/// What can be done about data that are open on a condition; nothing where none are open.
fn how_to_ask(head: &Head, resource: &Resource) -> Markup {
    if !resource.open || resource.open_condition.is_empty() {
        return html! {};
    }
    section(
        "rows",
        "怎样取得数据",
        html! {
            p { "这些数据有条件开放：" (resource.open_condition) "。" }
            p { "请向" (head.provider_name) "提出，说明用途；部门之间用的，由数据专员在工作台申请共享。" }
        },
    )
}
