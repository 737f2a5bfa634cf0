//! Complaints at the desk of who protects personal information.

use axum::extract::{Path, Query};
use base::{Day, Refusal};
use flow::{CaseHead, Command, Cursor, Finding, Manner, Scope};
use frame::parts::{
    Button, Choice, Column, Crumb, Entry, Field, Heading, NoticeKind, Pager, Row, SummaryRow,
    Table, banner, button_row, day_said, empty, hidden, legal_basis, link_button, moment_said,
    notice, post_form, section, summary_list, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page, said_in, steps};
use maud::{Markup, html};
use serde::Deserialize;

use super::mine::{finding, seen_by, state};
use super::{Wrong, may, shown_again};
use crate::acts::{self, Seen};
use crate::rules;
use crate::terms::{ANSWER, OFFICE, SEE_COMPLAINTS};

const HERE: &str = "/desk/complaints";
pub(crate) const TITLE: &str = "对查看的投诉";
const PAGE: i64 = 30;

/// Those of this office, of the whole city.
fn scope() -> Scope {
    Scope { office: Some(OFFICE.into()), ..Scope::city() }
}

/// How many complaints are not answered.
pub(crate) fn waiting(
    reader: &::store::Reader<'_>,
    _permit: &access::Permit,
    permits: &[access::Permit],
    _now: base::Moment,
) -> base::Outcome<i64> {
    if !permits.iter().any(|permit| permit.permission() == ANSWER.name) {
        return Ok(0);
    }
    flow::waiting(reader, &scope())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    view: String,
    after: String,
    done: String,
}

/// `GET /desk/complaints`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let today = cx.now().day();
    let after: Option<Cursor> = wanted.after.parse().ok();
    let (closed, inside) = (wanted.view == "closed", after.is_some());
    let found = cx
        .read(move |r| match closed {
            true => flow::closed(r, &scope(), after.as_ref(), PAGE),
            false => flow::queue(r, &scope(), after.as_ref(), PAGE),
        })
        .await?;
    let here = if closed { format!("{HERE}?view=closed") } else { HERE.to_owned() };
    let mark = if closed { "&" } else { "?" };
    let next = found.next.map(|next| format!("{here}{mark}after={next}"));
    let rows = found.rows.iter().map(|case| row(case, today));
    let nothing = empty(
        if closed { "还没有答复过的投诉" } else { "没有等待答复的投诉" },
        html! { p { "市民在“谁看过我的信息”里提出投诉，会出现在这里。" } },
    );
    let body = html! {
        (Heading::new(TITLE).lead("市民认为对自己信息的查看没有道理的，在这里核查、答复。查看的人不能核查自己。"))
        @if closed { p { (link_button("看等待答复的", HERE)) } }
        @else { p { (link_button("看已经答复的", &format!("{HERE}?view=closed"))) } }
        (Table::new(if closed { "已经答复的投诉" } else { "等待答复的投诉，先到期的在前" }).columns([
            Column::new("编号"), Column::new("投诉人"), Column::new("提出时间").narrow(),
            Column::new("状态").narrow(), Column::new("最迟答复").narrow(),
        ]).rows(rows).empty(nothing).stacked())
        (Pager::new(next).first(inside.then(|| here.clone())))
    };
    page::desk(&cx, TITLE, &[], body).await
}

fn row(case: &CaseHead, today: Day) -> Row {
    Row::new([
        html! { span class="number" { (case.no) } },
        html! { (case.applicant_name) },
        moment_said(case.received_at, today),
        state(case),
        html! { @match case.due { Some(due) => (day_said(due, today)), None => "—" } },
    ])
    .href(format!("{HERE}/{}", case.no))
}

/// What was typed into the form of a step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    version: Option<i64>,
    finding: String,
    opinion: String,
    receipt: String,
}

/// `GET /desk/complaints/{no}`
pub(crate) async fn one(cx: Cx, Path(no): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &no, &wanted.done, &Typed::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, no: &str, done: &str, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let (seen, today) = (acts::complaint(cx, no, &SEE_COMPLAINTS).await?, cx.now().day());
    let words = seen.words(&cx.hall().keys)?;
    let verdict = rules::may_judge(&cx.account(), None, &seen.lookers());
    let answers = may(cx, &ANSWER).await?;
    let due = seen.case.due.map(|due| html! { (day_said(due, today)) });
    let facts = [
        SummaryRow::new("投诉人", &seen.case.applicant_name),
        SummaryRow::of("提出时间", moment_said(seen.case.received_at, today)),
        SummaryRow::of("最迟答复", due.unwrap_or_else(|| html! { "—" })),
    ];
    let body = html! {
        @if done == "done" { (banner(NoticeKind::Success, html! { "已经记下。" })) }
        (Heading::new(TITLE).caption(seen.case.no.clone()).state(state(&seen.case)))
        (wrong.head())
        (summary_list(&facts))
        (legal_basis(&seen.case.limits.basis))
        @if let Some(document) = &seen.case.erased { p { (base::erased_words(document)) } }
        @if !words.is_empty() { (section("words", "投诉人说的", html! { p { (words) } })) }
        (section("look", "投诉的这次查看", look(cx, &seen)))
        @if seen.case.open && answers {
            @match &verdict {
                Ok(()) => (step_form(&seen, typed, wrong)),
                Err(refusal) => (notice(NoticeKind::Info, &refusal.message, html! {})),
            }
        }
        (section("history", "办理经过", timeline(&entries(cx, &seen), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// The look with who looked, and its act.
fn look(cx: &Cx, seen: &Seen) -> Markup {
    let Some(look) = &seen.look else { return html! { p { "查看记录已经不在了。" } } };
    let fields = look.read.fields.join("、");
    html! {
        (seen_by(cx, look))
        (summary_list(&[
            SummaryRow::new("查看的人", &look.read.name),
            SummaryRow::new("看了哪些", if look.read.found { fields } else { "没有查到登记".into() }),
            SummaryRow::of("办理记录", html! { a href={ "/receipts/" (look.act) } { "回执" } }),
        ]))
    }
}

fn step_form(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let case = &seen.case;
    let version = hidden("version", &case.version.to_string());
    if case.state == "10" {
        let findings = vec![
            Choice::new("approve", "成立").hint("这次查看不当"),
            Choice::new("decline", "不成立").hint("这次查看是正当的"),
        ];
        let form = post_form(
            &format!("{HERE}/{}/examine", case.no),
            None,
            html! {
                (version)
                (Field::radios("finding", "核查结果", findings).value(&typed.finding).error(wrong.with("finding")))
                (Field::area("opinion", "核查经过和理由", 5).value(&typed.opinion).error(wrong.with("opinion")))
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
            p { "核查结果：" (finding(seen)) }
            (Field::area("receipt", "答复", 6).hint("投诉人看到的就是这段话").value(&typed.receipt)
                .error(wrong.with("receipt")))
            (button_row(html! { (Button::new("答复投诉人").consequence("答复以后不能改")) }))
        },
    );
    section("step", "答复", form)
}

fn entries(cx: &Cx, seen: &Seen) -> Vec<Entry> {
    let title = |event: &flow::Event| {
        let kind = match event.command.as_str() {
            "submit" => "privacy.submitted",
            "examine" => "privacy.examined",
            _ => "privacy.delivered",
        };
        cx.hall().act_title(kind).to_owned()
    };
    steps(&seen.events, title, |event| said_in(event, &["opinion", "receipt"]))
}

/// `POST /desk/complaints/{no}/{verb}`
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
                _ => return Err(rules::no_finding()),
            },
            opinion: typed.opinion.trim().to_owned(),
            inspectors: Vec::new(),
        }),
        "deliver" => Ok(Command::Deliver {
            manner: Manner::Electronic,
            receipt: typed.receipt.trim().to_owned(),
        }),
        _ => Err(acts::no_such_step()),
    }
}
