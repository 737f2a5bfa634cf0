//! One hit: both sides beside one another, with where each value comes from; what is to be done, and what was.

use axum::extract::{Path, Query};
use base::Day;
use flow::Event;
use frame::parts::{
    Button, Choice, Column, Crumb, Entry, Field, Heading, NoticeKind, Row, SummaryRow, Table,
    banner, button_row, day_said, empty, hidden, legal_basis, moment_said, notice, post_form,
    section, summary_list, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, Wrong, page, said_in, shown_again, steps};
use maud::{Markup, html};
use serde::Deserialize;

use super::hits::{HERE, due, state};
use super::sides;
use super::{HERE as DESK, TITLE};
use crate::acts::{self, Seen, Step};
use crate::store::Paid;
use crate::terms::{Deed, Kind, Standing};

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
        @if let Some(earlier) = &seen.facts.earlier { (again(earlier)) }
        (summary_list(&[
            SummaryRow::of("哪项监测", html! {
                a href={ (DESK) "/" (seen.hit.watch) } { (case.item_name) } "（第 " (seen.hit.version) " 版）"
            }),
            SummaryRow::new("负责核实", &case.organ_name),
            SummaryRow::of("发现时间", moment_said(case.received_at, today)),
            SummaryRow::of("最迟核实", html! {
                @match seen.hit.due { Some(day) if !case.open => (day_said(day, today)), _ => (due(case, today)) }
            }),
            SummaryRow::new("核实的人", match case.handler_name.as_str() {
                "" if case.open => "还没有人",
                "" => "见办理经过",
                name => name,
            }),
        ]))
        (legal_basis(&case.limits.basis))
        @match &case.erased {
            Some(document) => p { (base::erased_words(document)) },
            None => {
                (section("sides", "两边的记载", sides::shown(&seen, today)))
                @if seen.hit.kind.is_of_lists() {
                    (section("still", "名单现在的内容", still(&seen.still)))
                }
            }
        }
        @if case.open && seen.handles { (step_forms(&seen, typed, wrong)) }
        (section("history", "办理经过", timeline(&history(cx, &seen), today)))
        p { a href={ (catalogue_contract::USED) "?case=" (case.no) } { "这条线索用了哪些部门的数据" } }
    };
    let crumbs = [Crumb::new(TITLE, DESK), Crumb::new("线索", HERE)];
    let response = page::desk(cx, &case.title, &crumbs, body).await?;
    Ok(wrong.status(response))
}

/// It was confirmed before, and has come again since.
fn again(earlier: &str) -> Markup {
    let words = html! { p {
        a href={ (HERE) "/" (earlier) } { (earlier) }
        " 已经核实属实并处理，以后上传的名单里又有同样的记录。请核对当时的处理是否落实。"
    } };
    notice(NoticeKind::Warning, "以前核实过，又出现了", words)
}

/// What was done rests on what is not so any more.
fn corrected(seen: &Seen, at: base::Moment, today: Day) -> Markup {
    let (title, words, undo) = match seen.hit.kind {
        Kind::DiedOnList | Kind::TwoNames => {
            ("死亡登记已经更正", "登记机关更正了死亡登记。", "请核对是否应当恢复发放。")
        }
        Kind::EndedFirm => {
            ("单位登记已经更正", "登记机关更正了这家单位的登记。", "请核对是否应当恢复许可。")
        }
        Kind::TwoPeople => (
            "号码的登记已经改回",
            "这个号码的登记又改回了原来的人。",
            "当时认定号码是后来登记的人的，请再核对登记。",
        ),
    };
    let confirmed = seen.hit.standing == Standing::Confirmed;
    notice(
        NoticeKind::Warning,
        title,
        html! { p {
            (moment_said(at, today)) "："
            @if confirmed { "核实属实以后，" (words) (undo) } @else { (words) }
        } },
    )
}

/// What counts of the same person on the same list now: whether it goes on.
fn still(paid: &[Paid]) -> Markup {
    let row = |one: &Paid| {
        Row::new([
            html! { (one.pays) },
            sides::period(one.since, one.until),
            html! { (one.file) " 第 " (one.line) " 行" },
        ])
    };
    let nothing =
        empty("在用的名单里已经没有这个人", html! { p { "停发以前多发的，仍然要核实、处理。" } });
    html! {
        (Table::new("在用名单里的记录").caption_hidden().columns([
            Column::new("发放项目"), Column::new("发放期间"), Column::new("在哪里"),
        ]).rows(paid.iter().map(row)).empty(nothing).stacked())
    }
}

fn step_forms(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let case = &seen.case;
    let to = |verb: &str| format!("{HERE}/{}/{verb}", case.no);
    let version = || hidden("version", &case.version.to_string());
    let deeds = Deed::of(seen.hit.kind).iter();
    let deeds = deeds.map(|deed| Choice::new(deed.as_str(), deed.title())).collect();
    let how = match seen.hit.kind {
        Kind::DiedOnList => "核实的经过、停发的时间、多发的数额",
        Kind::TwoNames => "核实的经过、更正或者停发的时间",
        Kind::EndedFirm => "核实的经过、注销或者变更的日期和文号",
        Kind::TwoPeople => "核实的经过、号码是谁的、怎样更正",
    };
    html! {
        @if case.state == "10" {
            (section("take", "开始核实", post_form(&to("take"), None, html! {
                (version())
                (button_row(html! { (Button::new("由我核实").consequence("这条线索记在您名下")) }))
            })))
        }
        (section("confirm", "属实", post_form(&to("confirm"), None, html! {
            (version())
            (Field::radios("deed", "做了什么", deeds).value(&typed.deed).error(wrong.with("deed")))
            (Field::area("done", how, 4).value(&typed.done).error(wrong.with("done")))
            (button_row(html! { (Button::new("核实属实，已经处理").consequence("结案，不能再改")) }))
        })))
        (section("not-so", "不属实", post_form(&to("not-so"), None, html! {
            (version())
            (Field::area("why", "核实的经过和理由", 4).value(&typed.why).error(wrong.with("why")))
            (button_row(html! { (Button::secondary("核实不属实").consequence(not_so_ends(seen.hit.kind))) }))
        })))
    }
}

/// What follows when it is not so.
fn not_so_ends(kind: Kind) -> &'static str {
    match kind {
        Kind::TwoPeople => "结案，不能再改；是同一个人改名的，选这一项",
        _ => "结案，不能再改；登记有误的，请到数据目录提出异议",
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
