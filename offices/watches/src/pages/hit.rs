//! One hit: both sides beside one another, with where each value comes from; what is to be done, and what was.

use axum::extract::{Path, Query};
use base::{Day, mask};
use flow::Event;
use frame::parts::{
    Button, Choice, Column, Crumb, Entry, Field, Heading, NoticeKind, Row, SummaryRow, Table,
    banner, button_row, day, empty, hidden, legal_basis, masked, moment_said, notice, post_form,
    section, summary_list, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, Wrong, page, said_in, shown_again, steps};
use maud::{Markup, html};
use serde::Deserialize;

use super::hits::{HERE, due, state};
use super::{HERE as DESK, TITLE};
use crate::acts::{self, Seen, Step};
use crate::store::Paid;
use crate::terms::{Deed, Standing};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// What was typed into the form of a step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    version: Option<i64>,
    deed: String,
    done: String,
    why: String,
}

/// `GET /desk/watches/hits/{no}`
pub(crate) async fn one(cx: Cx, Path(no): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &no, &wanted.done, &Typed::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, no: &str, done: &str, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let (seen, today) = (acts::seen(cx, no).await?, cx.now().day());
    let case = &seen.case;
    let body = html! {
        @if done == "done" { (banner(NoticeKind::Success, html! { "已经记下。" })) }
        (Heading::new(&case.title).caption(case.no.clone()).state(state(case)))
        (wrong.head())
        @if let Some(at) = seen.hit.taken_back { (corrected(&seen, at, today)) }
        (summary_list(&[
            SummaryRow::of("哪项监测", html! {
                a href={ (DESK) "/" (seen.hit.watch) } { (case.item_name) } "（第 " (seen.hit.version) " 版）"
            }),
            SummaryRow::new("负责核实", &case.organ_name),
            SummaryRow::of("发现时间", moment_said(case.received_at, today)),
            SummaryRow::of("最迟核实", due(case, today)),
            SummaryRow::new("正在核实的人", if case.handler_name.is_empty() { "还没有人" } else { &case.handler_name }),
        ]))
        (legal_basis(&case.limits.basis))
        @match &case.erased {
            Some(document) => p { (base::erased_words(document)) },
            None => {
                (section("sides", "两边的记载", sides(&seen, today)))
                (section("still", "名单现在的内容", still(&seen.still)))
            }
        }
        @if case.open && seen.handles { (step_forms(&seen, typed, wrong)) }
        (section("history", "办理经过", timeline(&history(cx, &seen), today)))
    };
    let crumbs = [Crumb::new(TITLE, DESK), Crumb::new("线索", HERE)];
    let response = page::desk(cx, &case.title, &crumbs, body).await?;
    Ok(wrong.status(response))
}

/// What was done rests on what is not so any more.
fn corrected(seen: &Seen, at: base::Moment, today: Day) -> Markup {
    let words = match seen.hit.standing {
        Standing::Confirmed => "核实属实以后，登记机关更正了死亡登记。请核对是否应当恢复发放。",
        _ => "登记机关后来更正了死亡登记。",
    };
    notice(
        NoticeKind::Warning,
        "死亡登记已经更正",
        html! { p { (moment_said(at, today)) "：" (words) } },
    )
}

/// Both sides: what the list says, and what the register says.
fn sides(seen: &Seen, today: Day) -> Markup {
    let facts = &seen.facts;
    let answer = seen.register.as_ref();
    let person = answer.and_then(|answer| answer.value.as_ref());
    let died = match answer {
        Some(_) => person.and_then(|person| person.died),
        None => facts.died,
    };
    let said = |known: Option<Day>| html! { @match known { Some(known) => (day(known)), None => "没有登记" } };
    let number = || masked(&mask::citizen_number(&facts.number));
    let known = match answer {
        Some(_) => {
            person.and_then(|person| person.name.clone()).unwrap_or_else(|| "没有登记".into())
        }
        None => "核实的部门打开时查询".into(),
    };
    let source = html! {
        @match answer {
            Some(answer) => {
                (answer.source) "，" (moment_said(answer.as_of, today)) "查询，查询记录 " (answer.ask_id)
            }
            None => {
                "人口基础信息的公告" @if !facts.told.is_empty() { "，" a href={ "/receipts/" (facts.told) } { "看回执" } }
            }
        }
    };
    let row =
        |name: &str, list: Markup, register: Markup| Row::new([html! { (name) }, list, register]);
    let rows = [
        row("公民身份号码", number(), number()),
        row("姓名", html! { (facts.name) }, html! { (known) }),
        row("发放项目", html! { (facts.pays) }, html! { "—" }),
        row("发放期间", period(facts.since, facts.until), html! { "—" }),
        row("死亡日期", html! { "—" }, said(died)),
        row(
            "从哪里来",
            html! { (facts.organ) "“" (facts.list) "”，" (facts.file) " 第 " (seen.hit.line) " 行" },
            source,
        ),
    ];
    html! {
        (Table::new("两边的记载").caption_hidden().columns([
            Column::new("项目").narrow(), Column::new("部门的名单"), Column::new("人口基础信息"),
        ]).rows(rows).stacked())
        @if answer.is_some() {
            p class="hint" { "您看了这个人的人口信息，已经留下查询记录，本人可以看到。" }
        }
    }
}

fn period(since: Option<Day>, until: Option<Day>) -> Markup {
    html! {
        @match since { Some(since) => { (day(since)) "起" } None => "起始日期没有填" }
        "，"
        @match until { Some(until) => { "到" (day(until)) } None => "没有截止日期" }
    }
}

/// What counts of the same person on the same list now: whether it goes on.
fn still(paid: &[Paid]) -> Markup {
    let row = |one: &Paid| {
        Row::new([
            html! { (one.pays) },
            period(one.since, one.until),
            html! { (one.file) " 第 " (one.line) " 行" },
        ])
    };
    let nothing =
        empty("在用的名单里已经没有这个人", html! { p { "停发以前多发的，仍然要核实、处理。" } });
    html! {
        (Table::new("名单现在的内容").caption_hidden().columns([
            Column::new("发放项目"), Column::new("发放期间"), Column::new("在哪里"),
        ]).rows(paid.iter().map(row)).empty(nothing).stacked())
    }
}

fn step_forms(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let case = &seen.case;
    let to = |verb: &str| format!("{HERE}/{}/{verb}", case.no);
    let version = || hidden("version", &case.version.to_string());
    let deeds = Deed::ALL.map(|deed| Choice::new(deed.as_str(), deed.title()));
    html! {
        @if case.state == "10" {
            (section("take", "开始核实", post_form(&to("take"), None, html! {
                (version())
                (button_row(html! { (Button::new("由我核实").consequence("这条线索记在您名下")) }))
            })))
        }
        (section("confirm", "属实", post_form(&to("confirm"), None, html! {
            (version())
            (Field::radios("deed", "做了什么", deeds.to_vec()).value(&typed.deed).error(wrong.with("deed")))
            (Field::area("done", "核实的经过、停发的时间、多发的数额", 4).value(&typed.done).error(wrong.with("done")))
            (button_row(html! { (Button::new("核实属实，已经处理").consequence("结案，不能再改")) }))
        })))
        (section("not-so", "不属实", post_form(&to("not-so"), None, html! {
            (version())
            (Field::area("why", "核实的经过和理由", 4).value(&typed.why).error(wrong.with("why")))
            (button_row(html! { (Button::secondary("核实不属实").consequence("结案，不能再改；登记有误的，请到数据目录提出异议")) }))
        })))
    }
}

fn history(cx: &Cx, seen: &Seen) -> Vec<Entry> {
    let title = |event: &Event| {
        let kind = match event.command.as_str() {
            "submit" => "watches.submitted",
            "take" => "watches.taken",
            "grant" => "watches.granted",
            "deny" => "watches.denied",
            "withdraw" => "watches.withdrawn",
            _ => "watches.rehomed",
        };
        cx.hall().act_title(kind).to_owned()
    };
    steps(&seen.events, title, |event| said_in(event, &["reason"]))
}

/// `POST /desk/watches/hits/{no}/{verb}`
pub(crate) async fn step(
    cx: ActCx,
    Path((no, verb)): Path<(String, String)>,
    Filled(typed): Filled<Typed>,
) -> Reply {
    let step = match verb.as_str() {
        "take" => Step::Take,
        "confirm" => Step::Confirm { deed: Deed::parse(&typed.deed), words: typed.done.clone() },
        "not-so" => Step::NotSo(typed.why.clone()),
        _ => return Err(acts::no_such_step().into()),
    };
    match acts::handle(&cx, &no, typed.version, step).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{no}?done=done"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &no, "", &typed, Wrong(Some(&refusal))).await
        }
    }
}
