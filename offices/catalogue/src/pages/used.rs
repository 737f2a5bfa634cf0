//! From a decision to the data behind it: which resources a case used, how and when. Whoever handles cases of its organ sees
//! it, and who watches; an organ whose data it used sees those.

use access::{Over, authorise};
use axum::extract::Query;
use base::Day;
use frame::parts::{
    Column, Crumb, Heading, Row, SearchField, SummaryRow, Table, empty, moment_said, section,
    summary_list,
};
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::desk::TITLE;
use crate::store::{self as rows, Use};
use crate::terms::{SEE, TRACE};

const HERE: &str = catalogue_contract::USED;
const PAGE: &str = "办件用了哪些数据";
/// So many uses are listed.
const USES: i64 = 100;

/// Where the page about a case is.
pub(super) fn address_of(case_no: &str) -> String {
    super::address(HERE, &[("case", case_no)])
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    case: String,
}

/// `GET /desk/data-used`
pub(crate) async fn look(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (no, actor) = (wanted.case.trim().to_owned(), cx.actor().clone());
    let own = cx.permit()?.organ().to_owned();
    let found = cx
        .read(move |r| {
            if no.is_empty() {
                return Ok(None);
            }
            let none = || frame::not_found("这个办件");
            let case = flow::case_by_no(r, &no)?.ok_or_else(none)?;
            let mut uses = rows::used_by(r, &case.no, USES)?;
            if authorise(r, &actor, &TRACE, Over::Organ(case.organ.clone())).is_err() {
                // The other side's cases are for who answers for the data, not for each window of its organ.
                authorise(r, &actor, &SEE, Over::Organ(own.clone())).map_err(|_| none())?;
                uses.retain(|one| one.provider == own);
                if uses.is_empty() {
                    return Err(none().into());
                }
            }
            Ok(Some((case, uses)))
        })
        .await?;
    let today = cx.now().day();
    let body = html! {
        (Heading::new(PAGE).lead("按办件编号，看办理时用过哪些部门的哪些数据。"))
        (SearchField::new(HERE, "办件编号").name("case").value(&wanted.case).id("case-no"))
        @if let Some((case, uses)) = &found {
            (summary_list(&[
                SummaryRow::of("办件", html! { span class="number" { (case.no) } }),
                SummaryRow::new("事项", &case.item_name),
                SummaryRow::new("办理单位", &case.organ_name),
            ]))
            (section("used", "用过的数据", table(uses, today)))
        }
    };
    page::desk(&cx, PAGE, &[Crumb::new(TITLE, super::desk::HERE)], body).await
}

fn table(uses: &[Use], today: Day) -> Markup {
    let rows = uses.iter().map(|one| {
        Row::new([
            html! { (one.resource_name) },
            html! { (one.provider_name) },
            html! { (one.how.title()) @if one.times > 1 { "，" (one.times) " 次" } },
            moment_said(one.at, today),
            moment_said(one.last_at, today),
            html! { a href={ "/receipts/" (one.act) } { "回执" } },
        ])
        .href(format!("/data/{}", one.key))
    });
    let table = Table::new("用过的数据和用途").caption_hidden().columns([
        Column::new("数据资源"),
        Column::new("提供部门"),
        Column::new("怎么用的").narrow(),
        Column::new("第一次").narrow(),
        Column::new("最近一次").narrow(),
        Column::new("记录").narrow(),
    ]);
    let nothing = empty("没有用过目录里的数据", html! { p { "申请人自己填写、提交的不算。" } });
    html! { (table.rows(rows).empty(nothing).stacked()) }
}
