//! The written papers of a case, to be read and printed: for its applicant, for who has its number and query
//! code, and for those who handle it.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use base::Outcome;
use flow::{CaseHead, Event};
use frame::page;
use frame::parts::{Button, Crumb, Markup, Paper, hidden, icon};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::html;
use serde::Deserialize;

use crate::acts::{self, Seen};
use crate::pages::case::refused;
use crate::rules::papers::{CANCELLATION, title_of};

/// How a page leads to the papers of a case.
#[derive(Clone, Copy)]
pub(crate) enum Fetch<'a> {
    /// By a link that stands under this address of the case.
    Link(&'a str),
    /// By a button that sends number and code again.
    Code(&'a str),
}

/// Leads to the paper of a step; none if it has none.
pub(crate) fn fetched(case: &CaseHead, event: &Event, by: Fetch<'_>) -> Option<Markup> {
    Some(leads(case, (&event.n.to_string(), title_of(case, &event.command)?), by))
}

/// Leads to the paper by which the permit was cancelled.
pub(crate) fn cancellation(case: &CaseHead, by: Fetch<'_>) -> Markup {
    leads(case, (acts::CANCELLED, CANCELLATION), by)
}

fn leads(case: &CaseHead, (n, title): (&str, &'static str), by: Fetch<'_>) -> Markup {
    match by {
        Fetch::Link(case) => html! {
            a href=(format!("{case}/papers/{n}")) { (icon("file-text")) (title) }
        },
        Fetch::Code(code) => html! {
            form method="post" action=(format!("/cases/papers/{n}")) {
                (hidden("no", &case.no)) (hidden("code", code))
                (Button::quiet(title))
            }
        },
    }
}

/// For the applicant.
pub(crate) async fn own_paper(cx: Cx, Path((no, n)): Path<(String, String)>) -> Reply {
    let seen = acts::own_case_to(&cx, &no, access::Power::Papers, "文书").await?;
    Ok(sheet(&cx, &seen, &n, Crumb::new("返回办件", format!("/my/cases/{}", seen.case.no))).await?)
}

/// For those who handle the case.
pub(crate) async fn desk_paper(cx: Cx, Path((no, n)): Path<(String, String)>) -> Reply {
    let seen = acts::staff_case(&cx, &no).await?;
    Ok(sheet(&cx, &seen, &n, Crumb::new("返回办件", format!("/desk/cases/{}", seen.case.no)))
        .await?)
}

/// The address of a paper alone, without number and code, leads to where they are asked for.
pub(crate) async fn paper_by_code(_: Cx) -> Reply {
    Ok(see_other("/cases"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Known {
    no: String,
    code: String,
}

/// For who has number and code, by the same look-up: what it slows down and locks holds here too.
pub(crate) async fn looked_up_paper(
    cx: ActCx,
    Path(n): Path<String>,
    Form(known): Form<Known>,
) -> Reply {
    match acts::by_code(&cx, &known.no, &known.code).await {
        Ok(seen) => {
            let back = Crumb::new("查询办件进度", format!("/cases?no={}", seen.case.no));
            Ok(sheet(&cx, &seen, &n, back).await?)
        }
        Err(stop) => refused(&cx, known.no, stop),
    }
}

async fn sheet(cx: &Cx, seen: &Seen, n: &str, back: Crumb) -> Outcome<Response> {
    let written = acts::written(cx, seen, n).await?;
    let (case, title) = (&seen.case, written.paper.title);
    let mut paper = Paper::new(&case.organ_name, title, &case.applicant_name, written.day)
        .number(format!("办件编号 {}", case.no));
    for part in written.paper.parts {
        paper = paper.part(part.heading, part.words, part.items);
    }
    let proof = format!("{}/receipts/{}", cx.hall().city.url, written.act);
    paper = paper
        .proof(written.act.to_string(), proof)
        .note("未加盖电子印章：以存证凭据核验。需要加盖印章的纸质文书的，请向办理单位领取。");
    Ok(page::paper(cx, &format!("{title}：{}", case.item_name), &back, &paper))
}
