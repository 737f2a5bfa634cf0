//! What auditors see: the search, the life of a case, the day of an official, the acts of auditors.

pub(crate) mod auditors;
pub(crate) mod case;
pub(crate) mod events;
pub(crate) mod person;
pub(crate) mod search;

use frame::Cx;
use frame::parts::{Column, Entry, Row, Table, Tone, details, moment, tag};
use ledger::Recorded;
use maud::{Markup, html};

use crate::rules::between;
use crate::terms::subject_title;

/// Acts on a page.
const ROWS: usize = 50;
/// Acts of a day or of a case.
const ENTRIES: usize = 500;

/// The kind of act of a look at what the city knows of a person.
const LOOKED: &str = "ask.answered";

/// Where the lines of a list lead.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    /// To the day of who did it, and to the life of the case.
    Deeper,
    /// Nowhere: the reader may not follow.
    None,
}

/// A list of acts.
fn table(cx: &Cx, caption: &str, acts: &[Recorded], links: Links, empty: Markup) -> Table {
    Table::new(caption)
        .columns([
            Column::new("时间").narrow(),
            Column::new("做了什么"),
            Column::new("谁"),
            Column::new("对象"),
            Column::new("依据").minor(),
            Column::new("来源地址").narrow(),
            Column::new("回执").narrow(),
        ])
        .rows(acts.iter().map(|act| {
            Row::new([
                moment(act.at),
                html! { (cx.hall().act_title(&act.kind)) (deferred(act, links)) },
                html! { (who(act, links)) @if act.signed().is_some() { " " (tag(Tone::Good, "本人签名")) } },
                subject(act, links),
                html! { (act.authority()) },
                html! { (act.address.as_deref().unwrap_or_default()) },
                html! { a href={ "/receipts/" (act.id) } { "回执" } },
            ])
        }))
        .empty(empty)
        .stacked()
}

/// Of a look of which the person concerned is told afterwards: by which deferral.
fn deferred(act: &Recorded, links: Links) -> Markup {
    let content = act.content();
    let one = content.get("deferral").into_iter();
    // What takes many people's data out says by which ones some of them are told afterwards.
    let many = content.get("deferrals").and_then(|ids| ids.as_array()).into_iter().flatten();
    let ids: Vec<&str> = one.chain(many).filter_map(|id| id.as_str()).collect();
    html! {
        @if !ids.is_empty() && act.subject_kind != "record" {
            " " (tag(Tone::Soon, "依法暂不告知本人"))
            @if links == Links::Deeper {
                @for id in ids { " " a href={ "/desk/deferrals/" (id) } { "看依据" } }
            }
        }
    }
}

/// Who did it, in which post of which organ; the name leads to that person's day.
fn who(act: &Recorded, links: Links) -> Markup {
    let Some(who) = act.who() else { return erased(act, links) };
    html! {
        @match &who.account {
            Some(account) if links == Links::Deeper => {
                a href={ "/desk/audit/people/" (account) "?day=" (act.at.day()) } { (who.name) }
            }
            _ => (who.name),
        }
        @if !who.post.is_empty() { " · " (who.post_said()) }
        @if !who.organ_name.is_empty() { " · " (who.organ_name) }
    }
}

/// What stands for who did it where the content was erased; whoever did it in a post stays known by the account.
fn erased(act: &Recorded, links: Links) -> Markup {
    html! {
        (act.erased_words())
        @if let Some(account) = act.account().filter(|_| act.in_a_post() && links == Links::Deeper) {
            " · " a href={ "/desk/audit/people/" (account) "?day=" (act.at.day()) } { "经办人" }
        }
    }
}

/// What it was done to: its number or title, or its id where it has neither. A case leads to its life.
fn subject(act: &Recorded, links: Links) -> Markup {
    let kind = subject_title(&act.subject_kind);
    let content = act.content();
    let named = ["title", "no", "login", "name"]
        .iter()
        .find_map(|key| content.get(*key)?.as_str().map(str::to_owned));
    let id = || act.subject_id.chars().take(26).collect();
    html! {
        (kind) " "
        @if act.subject_kind == flow::SUBJECT && links == Links::Deeper {
            @let no = content.get("no").and_then(|no| no.as_str()).unwrap_or("全过程");
            a href={ "/desk/audit/cases/" (act.subject_id) } { (no) }
        } @else if act.subject_kind != "record" {
            @let words = named.unwrap_or_else(id);
            span class="meta" { (words) }
        }
    }
}

/// Acts along a line of time, with the time that lies between one and the next.
fn entries(cx: &Cx, acts: &[Recorded], with_subject: bool) -> Vec<Entry> {
    let before = std::iter::once(None).chain(acts.iter().map(|act| Some(act.at)));
    acts.iter()
        .zip(before)
        .map(|(act, before)| {
            let waited = before.and_then(|before| between(before, act.at));
            let body = html! {
                @if with_subject { p { (subject(act, Links::Deeper)) } }
                @if act.kind == LOOKED && !with_subject {
                    p class="meta" { "填写申请的时候查询，那时还没有办件" }
                }
                @if !act.is_erased() { (deferred(act, Links::Deeper)) }
                @if let Some(waited) = waited { p class="meta" { "距上一步 " (waited) } }
                @if let Some(address) = &act.address { p class="meta" { "来源地址 " (address) } }
                @if let Some(signed) = act.signed() { p class="meta" { "本人签名：" (signed.whose()) } }
                @if !act.is_erased() { (details("记录原文", html! { pre { (original(act)) } })) }
            };
            let entry = Entry::new(act.at, cx.hall().act_title(&act.kind))
                .who(who_said(act))
                .body(body)
                .receipt(format!("/receipts/{}", act.id));
            match act.authority() {
                basis if basis.is_empty() => entry,
                basis => entry.basis(basis),
            }
        })
        .collect()
}

fn original(act: &Recorded) -> String {
    serde_json::to_string_pretty(&act.json()).unwrap_or_default()
}

fn who_said(act: &Recorded) -> String {
    let Some(who) = act.who() else { return act.erased_words() };
    let post = who.post_said();
    let words = [who.name, post, who.organ_name];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ")
}
