//! Disputes of values at the desk of the organ that checks them.

use access::{Permit, Reach};
use axum::extract::{Path, Query};
use base::{Refusal, RefusalKind};
use flow::{CaseHead, Command, Cursor, Finding, Manner, Organs, Scope};
use frame::parts::{
    Button, Choice, Column, Crumb, Entry, Field, Heading, NoticeKind, Pager, Row, SummaryRow,
    Table, banner, button_row, day_said, empty, hidden, legal_basis, link_button, moment_said,
    post_form, section, summary_list, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, Wrong, page, said_in, shown_again, steps};
use maud::{Markup, html};
use serde::Deserialize;

use super::requests::state;
use crate::acts::disputes::{self as acts, Seen};
use crate::terms::{Disputed, OFFICE};

pub(crate) const HERE: &str = "/desk/data-disputes";
pub(crate) const TITLE: &str = "数据校核";
const PAGE: i64 = 30;

fn scope(permit: &Permit) -> Scope {
    let organs = match permit.reach() {
        Reach::City => Organs::City,
        _ => Organs::These(vec![permit.organ().to_owned()]),
    };
    // What requests never are in: their states have other codes.
    let states = vec!["10".into(), "31".into()];
    Scope { organs, office: Some(OFFICE.into()), states, ..Scope::city() }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
    done: String,
}

/// `GET /desk/data-disputes`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (scope, today) = (scope(cx.permit()?), cx.now().day());
    let after: Option<Cursor> = wanted.after.parse().ok();
    let inside = after.is_some();
    let found = cx.read(move |r| flow::queue(r, &scope, after.as_ref(), PAGE)).await?;
    let row = |case: &CaseHead| {
        Row::new([
            html! { span class="number" { (case.no) } },
            html! { (case.title) },
            html! { (case.applicant_name) },
            moment_said(case.received_at, today),
            state(case, false),
            html! { @match case.due { Some(due) => (day_said(due, today)), None => "—" } },
        ])
        .href(format!("{HERE}/{}", case.no))
    };
    let nothing = empty(
        "没有等待核查的异议",
        html! { p { "市民或者别的部门认为数据有误的，在资源的页面上提出，会出现在这里。" } },
    );
    let next = found.next.as_ref().map(|next| format!("{HERE}?after={next}"));
    let body = html! {
        (Heading::new(TITLE).lead("别人认为我们提供的数据有误的，在这里核查、更正、答复。"))
        p { (link_button("看已经答复的", &format!("{}?view=closed", super::requests::HERE))) }
        (Table::new("等待核查的异议，先到期的在前").columns([
            Column::new("编号"), Column::new("对什么"), Column::new("谁提出的"),
            Column::new("提出时间").narrow(), Column::new("状态").narrow(), Column::new("最迟答复").narrow(),
        ]).rows(found.rows.iter().map(row)).empty(nothing).stacked())
        (Pager::new(next).first(inside.then(|| HERE.to_owned())))
    };
    page::desk(&cx, TITLE, &[], body).await
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    version: Option<i64>,
    finding: String,
    opinion: String,
    receipt: String,
}

/// `GET /desk/data-disputes/{no}`
pub(crate) async fn one(cx: Cx, Path(no): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &no, &wanted.done, &Typed::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, no: &str, done: &str, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let (seen, today) = (acts::seen(cx, no).await?, cx.now().day());
    let (case, words) = (&seen.case, seen.words(&cx.hall().keys)?);
    let body = html! {
        @if done == "done" { (banner(NoticeKind::Success, html! { "已经记下。" })) }
        (Heading::new(&case.title).caption(case.no.clone()).state(state(case, false)))
        (wrong.head())
        (summary_list(&[
            SummaryRow::new("谁提出的", &case.applicant_name),
            SummaryRow::of("提出时间", moment_said(case.received_at, today)),
            SummaryRow::of("最迟答复", case.due.map_or_else(|| html! { "—" }, |due| html! { (day_said(due, today)) })),
        ]))
        (legal_basis(&case.limits.basis))
        (said(case, &words))
        @if case.open { (step_form(&seen, typed, wrong)) }
        (section("history", "办理经过", timeline(&history(cx, &seen), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// What somebody says of a value.
pub(super) fn said(case: &CaseHead, words: &Disputed) -> Markup {
    if let Some(document) = &case.erased {
        return html! { p { (base::erased_words(document)) } };
    }
    section(
        "words",
        "异议的内容",
        summary_list(&[
            SummaryRow::new("谁的、哪一条", &words.row),
            SummaryRow::new("现在写的是", if words.shown.is_empty() { "—" } else { &words.shown }),
            SummaryRow::new("应当是", &words.right),
            SummaryRow::new("为什么", &words.why),
        ]),
    )
}

fn step_form(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let case = &seen.case;
    let version = hidden("version", &case.version.to_string());
    if case.state == "10" {
        let findings = vec![
            Choice::new("approve", "数据有误").hint("已经更正，或者正在更正"),
            Choice::new("decline", "数据没有错"),
        ];
        let form = post_form(
            &format!("{HERE}/{}/examine", case.no),
            None,
            html! {
                (version)
                (Field::radios("finding", "核查结果", findings).value(&typed.finding).error(wrong.with("finding")))
                (Field::area("opinion", "核查经过", 4).value(&typed.opinion).error(wrong.with("opinion")))
                (button_row(html! { (Button::new("记下核查结果")) }))
            },
        );
        return section("step", "核查", form);
    }
    let form = post_form(
        &format!("{HERE}/{}/deliver", case.no),
        None,
        html! {
            (version)
            (Field::area("receipt", "答复", 5).hint("提出的人看到的就是这段话").value(&typed.receipt)
                .error(wrong.with("receipt")))
            (button_row(html! { (Button::new("答复").consequence("答复以后不能改")) }))
        },
    );
    section("step", "答复", form)
}

/// What was found, in words.
pub(super) fn finding(seen: &Seen) -> Option<&'static str> {
    match seen.said("examine", "finding")?.as_str() {
        "approve" => Some("数据有误"),
        "decline" => Some("数据没有错"),
        _ => None,
    }
}

fn history(cx: &Cx, seen: &Seen) -> Vec<Entry> {
    let title = |event: &flow::Event| match event.command.as_str() {
        "submit" => "提出异议".to_owned(),
        "examine" => "核查".to_owned(),
        "deliver" => "答复".to_owned(),
        other => cx.hall().act_title(other).to_owned(),
    };
    steps(&seen.events, title, |event| said_in(event, &["opinion", "receipt"]))
}

/// `POST /desk/data-disputes/{no}/{verb}`
pub(crate) async fn step(
    cx: ActCx,
    Path((no, verb)): Path<(String, String)>,
    Filled(typed): Filled<Typed>,
) -> Reply {
    let outcome = match ordered(&verb, &typed) {
        Ok(command) => acts::handle(&cx, &no, typed.version, command).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{no}?done=done"))),
        Err(stop) => shown(&cx, &no, "", &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}

fn ordered(verb: &str, typed: &Typed) -> Result<Command, Refusal> {
    match verb {
        "examine" => Ok(Command::Examine {
            finding: match typed.finding.as_str() {
                "approve" => Finding::Approve,
                "decline" => Finding::Decline,
                _ => {
                    let words = "请选择核查结果";
                    let refusal = Refusal::new(RefusalKind::Invalid, "catalogue.no_finding", words);
                    return Err(refusal.field("finding", words));
                }
            },
            opinion: typed.opinion.trim().to_owned(),
            inspectors: Vec::new(),
        }),
        "deliver" => Ok(Command::Deliver {
            manner: Manner::Electronic,
            receipt: typed.receipt.trim().to_owned(),
        }),
        _ => {
            Err(Refusal::new(RefusalKind::NotFound, "catalogue.no_such_step", "没有这样的办理步骤"))
        }
    }
}
