//! What each side says of what was found, beside one another, with where each value comes from.

mod people;

use base::{Day, mask};
use frame::parts::{Column, Row, Table, day, masked, moment_said};
use maud::{Markup, html};

use crate::acts::Seen;
use crate::terms::{Facts, Kind, Other, PermitFacts};

/// Both sides of a hit.
pub(super) fn shown(seen: &Seen, today: Day) -> Markup {
    let facts = &seen.facts;
    let table = match (&facts.permit, &facts.other) {
        _ if seen.hit.kind == Kind::TwoPeople => people::shown(seen, today),
        (Some(permit), _) => permit_and_end(seen, permit, today),
        (None, Some(other)) => two_lines(seen, other, today),
        (None, None) => line_and_death(seen, today),
    };
    html! {
        (table)
        @if facts.status == "吊销" {
            p class="hint" {
                "被吊销营业执照的单位，完成清算、注销登记以后才终止（民法典第六十八条、第七十二条）。请先核实现在的情况。"
            }
        }
        @if seen.register.is_some() {
            p class="hint" { "您看了这个人的人口信息，已经留下查询记录。" }
        }
        @if seen.people.is_some() {
            p class="hint" { "您看了这个号码下登记的人，已经留下查询记录。" }
        }
        @if seen.firm.is_some() {
            p class="hint" { "您查询了这家单位的登记和许可，已经留下查询记录。" }
        }
    }
}

/// What the permit says, and what the register of legal entities says.
fn permit_and_end(seen: &Seen, permit: &PermitFacts, today: Day) -> Markup {
    let (facts, nothing) = (&seen.facts, || html! { "—" });
    let entity = seen.firm.as_ref().map(|firm| firm.register.value.clone().unwrap_or_default());
    let (name, status, ended) = match entity {
        Some(entity) => (entity.name, entity.status, entity.ended),
        None => (None, Some(facts.status.clone()), facts.ended),
    };
    let said =
        |text: Option<String>, none: &'static str| html! { (text.as_deref().unwrap_or(none)) };
    let unnamed = if seen.firm.is_some() { "没有登记" } else { unasked(seen) };
    let stands = match &seen.firm {
        Some(firm) => {
            firm.permit.value.as_ref().map_or("没有这项许可", |one| one.state.title())
        }
        None => unasked(seen),
    };
    let from =
        |source: &str, asked_at| html! { (source) "，" (moment_said(asked_at, today)) "查询" };
    let (permits, register) = match &seen.firm {
        Some(firm) => (
            html! { (from(&firm.permit.source, firm.permit.as_of)) "，查询记录 " (firm.permit.ask_id) },
            html! { (from(&firm.register.source, firm.register.as_of)) "，查询记录 " (firm.register.ask_id) },
        ),
        None => {
            (html! { (facts.organ) "，办件 " (permit.no) }, announced("法人基础信息的公告", facts))
        }
    };
    let code = || html! { span class="number" { (facts.number) } };
    let rows = [
        ("统一社会信用代码", code(), code()),
        ("名称", html! { (facts.name) }, said(name, unnamed)),
        ("登记状态", nothing(), said(status, "没有登记")),
        (
            "吊销、注销日期",
            nothing(),
            html! { @match ended { Some(ended) => (day(ended)), None => "没有登记" } },
        ),
        ("许可事项", html! { (permit.item) }, nothing()),
        (
            "许可证件",
            html! { (permit.certificate) "，" span class="number" { (permit.number) } },
            nothing(),
        ),
        ("颁发部门", html! { (facts.organ) }, nothing()),
        ("有效期", valid(permit), nothing()),
        ("许可现在", html! { (stands) }, nothing()),
        ("从哪里来", permits, register),
    ];
    let rows =
        rows.map(|(title, permit, register)| Row::new([html! { (title) }, permit, register]));
    html! {
        (Table::new("两边的记载").caption_hidden().columns([
            Column::new("项目").narrow(), Column::new("审批的许可"), Column::new("法人基础信息"),
        ]).rows(rows).stacked())
    }
}

/// From when until when a permit is valid.
fn valid(permit: &PermitFacts) -> Markup {
    html! {
        (day(permit.issued)) "发证，"
        @match permit.until { Some(until) => { "有效期到" (day(until)) } None => "没有截止日期" }
    }
}

/// By which announcement it was found.
fn announced(source: &str, facts: &Facts) -> Markup {
    html! {
        (source)
        @if !facts.told.is_empty() { "，" a href={ "/receipts/" (facts.told) } { "看回执" } }
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
        None => announced("人口基础信息的公告", facts),
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
