//! Values that somebody disputes themselves: a citizen, or an official for their organ.

use axum::extract::{Path, Query};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, banner, button_row,
    day_said, empty, hidden, legal_basis, moment_said, post_form, section, summary_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, Wrong, page, shown_again};
use maud::html;
use serde::Deserialize;

use super::disputes::{finding, said};
use super::requests::state;
use crate::acts::disputes as acts;
use crate::store as rows;
use crate::terms::Disputed;

const HERE: &str = "/me/data-disputes";
const TITLE: &str = "我对数据的异议";

fn crumbs() -> [Crumb; 2] {
    [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")]
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    resource: String,
    item: String,
    row: String,
    shown: String,
    right: String,
    why: String,
    done: String,
}

/// `GET /me/data-disputes`
pub(crate) async fn list(cx: Cx) -> Reply {
    let (account, today) = (cx.signed_in()?.account, cx.now().day());
    let (disputes, cases) = cx
        .read(move |r| {
            let disputes = rows::disputes_of(r, account)?;
            let ids: Vec<flow::CaseId> = disputes.iter().map(|one| one.case).collect();
            Ok((disputes, flow::cases_by_ids(r, &ids)?))
        })
        .await?;
    let rows = disputes.iter().map(|one| {
        let case = cases.iter().find(|case| case.id == one.case);
        Row::new([
            html! { span class="number" { (one.no) } },
            html! { (one.resource_name) "：" (one.item_name) },
            html! { @if let Some(case) = case { (moment_said(case.received_at, today)) } },
            html! { @if let Some(case) = case { (state(case, true)) } },
        ])
        .href(format!("{HERE}/{}", one.no))
    });
    let nothing = empty(
        "还没有提出过异议",
        html! { p { "在" a href="/data" { "数据目录" } "里找到资源，在有误的信息项旁边点“有误”。" } },
    );
    let body = html! {
        (Heading::new(TITLE))
        (Table::new("我提出的异议，最近的在前").columns([
            Column::new("编号"), Column::new("对什么"), Column::new("提出时间").narrow(),
            Column::new("状态").narrow(),
        ]).rows(rows).empty(nothing).stacked())
    };
    Ok(page::site(&cx, TITLE, &crumbs(), body))
}

/// `GET /me/data-disputes/new?resource=&item=`
pub(crate) async fn new(cx: Cx, Query(typed): Query<Typed>) -> Reply {
    form(&cx, &typed, Wrong::default()).await
}

async fn form(cx: &Cx, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let (provider, resource, item) = acts::disputable(cx, &typed.resource, &typed.item).await?;
    let title = "对数据提出异议";
    let lead =
        format!("“{}”里的“{}”有误的，由{provider}核查以后答复您。", resource.name, item.name);
    let body = html! {
        (Heading::new(title).lead(lead))
        (wrong.head())
        (post_form(HERE, None, html! {
            (hidden("resource", &typed.resource))
            (hidden("item", &typed.item))
            (Field::text("row", "谁的、哪一条").hint("例如姓名和公民身份号码，或者证书编号。加密保存，只给核查的人看")
                .value(&typed.row).error(wrong.with("row")))
            (Field::text("shown", "现在写的是什么").optional().value(&typed.shown).error(wrong.with("shown")))
            (Field::text("right", "应当是什么").value(&typed.right).error(wrong.with("right")))
            (Field::area("why", "为什么，有什么可以证明", 4).value(&typed.why).error(wrong.with("why")))
            (button_row(html! { (Button::new("提出异议")) }))
        }))
    };
    Ok(wrong.status(page::site(cx, title, &crumbs(), body)))
}

/// `POST /me/data-disputes`
pub(crate) async fn send(cx: ActCx, Filled(typed): Filled<Typed>) -> Reply {
    let said = Disputed {
        row: typed.row.trim().to_owned(),
        shown: typed.shown.trim().to_owned(),
        right: typed.right.trim().to_owned(),
        why: typed.why.trim().to_owned(),
    };
    match acts::dispute(&cx, &typed.resource, &typed.item, &said).await {
        Ok(no) => Ok(see_other(&format!("{HERE}/{no}?done=filed"))),
        Err(stop) => form(&cx, &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `GET /me/data-disputes/{no}`
pub(crate) async fn one(cx: Cx, Path(no): Path<String>, Query(typed): Query<Typed>) -> Reply {
    let (seen, today) = (acts::own_dispute(&cx, &no).await?, cx.now().day());
    let (case, words) = (&seen.case, seen.words(&cx.hall().keys)?);
    let due = case.due.map(|due| html! { (day_said(due, today)) });
    let body = html! {
        @if typed.done == "filed" { (banner(NoticeKind::Success, html! { "已经提出，核查以后在这里答复您。" })) }
        (Heading::new(&case.title).caption(case.no.clone()).state(state(case, true)))
        (summary_list(&[
            SummaryRow::new("核查的部门", &case.organ_name),
            SummaryRow::of("提出时间", moment_said(case.received_at, today)),
            SummaryRow::of("最迟答复", due.unwrap_or_else(|| html! { "—" })),
        ]))
        (legal_basis(&case.limits.basis))
        @if let Some(receipt) = seen.said("deliver", "receipt") {
            (section("answer", "答复", html! {
                @if let Some(finding) = finding(&seen) { p { "核查结果：" (finding) } }
                p { (receipt) }
            }))
        }
        (said(case, &words))
    };
    Ok(page::site(&cx, TITLE, &crumbs(), body))
}
