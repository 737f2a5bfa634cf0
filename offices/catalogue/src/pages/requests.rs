//! Requests for data: those of one's own organ, and those that it answers.

use access::{Permit, Reach};
use axum::extract::Query;
use base::Outcome;
use flow::{CaseHead, CaseId, Cursor, Organs, Scope};
use frame::parts::{
    Column, Heading, Pager, Row, Tab, Table, Tone, button_row, day_said, empty, link_button,
    moment_said, tabs, tag,
};
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use crate::store as rows;
use crate::terms::{ANSWER, OFFICE, REQUEST_FLOW, Request};

pub(crate) const HERE: &str = "/desk/data-requests";
pub(crate) const TITLE: &str = "数据共享申请";
const PAGE: i64 = 30;

/// The cases of the office that an organ answers: of the whole city where the permit reaches so far.
fn scope(permit: &Permit) -> Scope {
    let organs = match permit.reach() {
        Reach::City => Organs::City,
        _ => Organs::These(vec![permit.organ().to_owned()]),
    };
    Scope { organs, office: Some(OFFICE.into()), ..Scope::city() }
}

/// How many requests and disputes wait for who answers: the queue lists both.
pub(crate) fn waiting(
    reader: &::store::Reader<'_>,
    _permit: &Permit,
    permits: &[Permit],
    _now: base::Moment,
) -> Outcome<i64> {
    let Some(permit) = permits.iter().find(|permit| permit.permission() == ANSWER.name) else {
        return Ok(0);
    };
    let states = ["20", "41", "10", "31"].map(str::to_owned).to_vec();
    flow::waiting(reader, &Scope { states, ..scope(permit) })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    view: String,
    after: String,
}

/// `GET /desk/data-requests`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let permit = cx.permit()?.clone();
    let city = permit.reach() == Reach::City;
    let view = match wanted.view.as_str() {
        "" if city => "queue",
        "" => "own",
        view => view,
    };
    let tab =
        |words: &str, name: &str| Tab::new(words, format!("{HERE}?view={name}"), view == name);
    let mut views = vec![
        tab(if city { "等待答复的" } else { "要我们答复的" }, "queue"),
        tab("已经办结的", "closed"),
    ];
    if !city {
        views.insert(0, tab("我们提出的", "own"));
    }
    let (table, next) = match view {
        "own" => own(&cx, &permit, &wanted.after).await?,
        "closed" => answered(&cx, scope(&permit), &wanted.after, true).await?,
        _ => answered(&cx, scope(&permit), &wanted.after, false).await?,
    };
    let here = format!("{HERE}?view={view}");
    let next = next.map(|next| format!("{here}&after={next}"));
    let body = html! {
        (Heading::new(TITLE).lead("向别的部门申请数据，答复别的部门的申请。同意以后按约定的条件自动提供，到期自动停止。"))
        (button_row(link_button("查找数据，提出申请", "/data")))
        (tabs("看哪些", &views))
        (table)
        (Pager::new(next).first((!wanted.after.is_empty()).then_some(here)))
    };
    page::desk(&cx, TITLE, &[], body).await
}

async fn own(cx: &Cx, permit: &Permit, after: &str) -> Outcome<(Markup, Option<String>)> {
    let (organ, before) = (permit.organ().to_owned(), after.parse::<CaseId>().ok());
    let (requests, cases) = cx
        .read(move |r| {
            let requests = rows::requests_of(r, &organ, (before, PAGE))?;
            let ids: Vec<CaseId> = requests.iter().map(|one| one.case).collect();
            Ok((requests, flow::cases_by_ids(r, &ids)?))
        })
        .await?;
    let full = i64::try_from(requests.len()).is_ok_and(|count| count >= PAGE);
    let next = requests.last().filter(|_| full).map(|last| last.case.to_string());
    let today = cx.now().day();
    let row = |one: &Request| {
        let case = cases.iter().find(|case| case.id == one.case);
        let cells = [
            html! { span class="number" { (one.no) } },
            html! { (one.resource_name) },
            html! { @if let Some(case) = case { (case.organ_name) } },
            html! { @if let Some(case) = case { (moment_said(case.received_at, today)) } },
            html! { @if let Some(case) = case { (state(case, true)) } },
        ];
        Row::new(cells).href(format!("{HERE}/{}", one.no))
    };
    let nothing =
        empty("还没有提出过申请", html! { p { "在“用数据”里找到需要的资源，点“申请共享”。" } });
    let table = Table::new("我们提出的申请，最近的在前").columns([
        Column::new("编号"),
        Column::new("资源"),
        Column::new("提供部门"),
        Column::new("提出时间").narrow(),
        Column::new("状态").narrow(),
    ]);
    Ok((html! { (table.rows(requests.iter().map(row)).empty(nothing).stacked()) }, next))
}

async fn answered(
    cx: &Cx,
    scope: Scope,
    after: &str,
    closed: bool,
) -> Outcome<(Markup, Option<String>)> {
    let after: Option<Cursor> = after.parse().ok();
    let found = cx
        .read(move |r| match closed {
            true => flow::closed(r, &scope, after.as_ref(), PAGE),
            false => flow::queue(r, &scope, after.as_ref(), PAGE),
        })
        .await?;
    let today = cx.now().day();
    let row = |case: &CaseHead| {
        let kind = if case.definition == REQUEST_FLOW { "共享申请" } else { "数据校核" };
        Row::new([
            html! { span class="number" { (case.no) } },
            html! { (kind) },
            html! { (case.item_name) },
            html! { (case.applicant_name) },
            state(case, false),
            html! { @match case.due { Some(due) => (day_said(due, today)), None => "—" } },
        ])
        .href(format!("{HERE}/{}", case.no))
    };
    let nothing = empty(if closed { "还没有办结的" } else { "没有等待答复的" }, html! {});
    let table =
        Table::new(if closed { "已经办结的" } else { "等待答复的，先到期的在前" }).columns([
            Column::new("编号"),
            Column::new("种类").narrow(),
            Column::new("资源"),
            Column::new("谁提出的"),
            Column::new("状态").narrow(),
            Column::new("最迟").narrow(),
        ]);
    let next = found.next.as_ref().map(ToString::to_string);
    Ok((html! { (table.rows(found.rows.iter().map(row)).empty(nothing).stacked()) }, next))
}

/// How far a case is: as the one who asks reads it, or the one who answers.
pub(super) fn state(case: &CaseHead, asks: bool) -> Markup {
    let words = if asks { &case.public_title } else { &case.state_title };
    let tone = match case.state.as_str() {
        "60" => Tone::Good,
        "42" | "70" | "71" => Tone::Closed,
        "13" => Tone::Paused,
        _ => Tone::Active,
    };
    tag(tone, words)
}
