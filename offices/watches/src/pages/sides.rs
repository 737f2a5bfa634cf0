//! What each side says of what was found, beside one another, with where each value comes from.

use base::{Day, mask};
use frame::parts::{Column, Row, Table, day, masked, moment_said};
use maud::{Markup, html};

use crate::acts::Seen;
use crate::terms::{Facts, Other};

/// Both sides of a hit.
pub(super) fn shown(seen: &Seen, today: Day) -> Markup {
    let table = match &seen.facts.other {
        Some(other) => two_lines(seen, other, today),
        None => line_and_death(seen, today),
    };
    html! {
        (table)
        @if seen.register.is_some() {
            p class="hint" { "您看了这个人的人口信息，已经留下查询记录。" }
        }
    }
}

/// What the list says, and what the register says.
fn line_and_death(seen: &Seen, today: Day) -> Markup {
    let facts = &seen.facts;
    let died = match &seen.register {
        Some(answer) => answer.value.as_ref().and_then(|person| person.died),
        None => facts.died,
    };
    let died = html! { @match died { Some(died) => (day(died)), None => "没有登记" } };
    let source = match &seen.register {
        Some(_) => asked(seen, today),
        None => html! {
            "人口基础信息的公告"
            @if !facts.told.is_empty() { "，" a href={ "/receipts/" (facts.told) } { "看回执" } }
        },
    };
    let nothing = || html! { "—" };
    let rows = [
        ("公民身份号码", number(facts), number(facts)),
        ("姓名", html! { (facts.name) }, name(seen)),
        ("发放项目", html! { (facts.pays) }, nothing()),
        ("发放期间", period(facts.since, facts.until), nothing()),
        ("死亡日期", nothing(), died),
        ("从哪里来", own(seen), source),
    ];
    let rows = rows.map(|(title, list, register)| Row::new([html! { (title) }, list, register]));
    html! {
        (Table::new("两边的记载").caption_hidden().columns([
            Column::new("项目").narrow(), Column::new("部门的名单"), Column::new("人口基础信息"),
        ]).rows(rows).stacked())
    }
}

/// What two lists say, and what the register says.
fn two_lines(seen: &Seen, other: &Other, today: Day) -> Markup {
    let facts = &seen.facts;
    let theirs = of_list(&other.organ, &other.list, &other.file, other.line);
    let rows = [
        ("公民身份号码", [number(facts), number(facts), number(facts)]),
        ("姓名", [html! { (facts.name) }, html! { (other.name) }, name(seen)]),
        ("发放项目", [html! { (facts.pays) }, html! { (other.pays) }, html! { "—" }]),
        ("从哪里来", [own(seen), theirs, asked(seen, today)]),
    ];
    let rows =
        rows.map(|(title, [one, two, register])| Row::new([html! { (title) }, one, two, register]));
    let columns = ["项目", "这份名单", "另一份名单", "人口基础信息"].map(Column::new);
    html! { (Table::new("各处的记载").caption_hidden().columns(columns).rows(rows).stacked()) }
}

fn number(facts: &Facts) -> Markup {
    masked(&mask::citizen_number(&facts.number))
}

/// The name in the register, for who may verify what is open.
fn name(seen: &Seen) -> Markup {
    let person = seen.register.as_ref().map(|answer| answer.value.as_ref());
    html! {
        @match person {
            Some(person) => (person.and_then(|one| one.name.as_deref()).unwrap_or("没有登记")),
            None => (unasked(seen)),
        }
    }
}

fn asked(seen: &Seen, today: Day) -> Markup {
    html! {
        @match &seen.register {
            Some(answer) => {
                (answer.source) "，" (moment_said(answer.as_of, today)) "查询，查询记录 " (answer.ask_id)
            }
            None => (unasked(seen)),
        }
    }
}

fn unasked(seen: &Seen) -> &'static str {
    if seen.case.open { "核实的部门打开时查询" } else { "—" }
}

fn own(seen: &Seen) -> Markup {
    let facts = &seen.facts;
    of_list(&facts.organ, &facts.list, &facts.file, seen.hit.line)
}

fn of_list(organ: &str, list: &str, file: &str, line: i64) -> Markup {
    html! { (organ) "“" (list) "”，" (file) " 第 " (line) " 行" }
}

/// Since when, until when.
pub(super) fn period(since: Option<Day>, until: Option<Day>) -> Markup {
    html! {
        @match since { Some(since) => { (day(since)) "起" } None => "起始日期没有填" }
        "，"
        @match until { Some(until) => { "到" (day(until)) } None => "没有截止日期" }
    }
}
