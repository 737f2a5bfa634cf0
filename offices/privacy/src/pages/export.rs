//! One order to export: what it takes out, who decides, how far it has come, the file, what is left on record.

use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::{Fault, Id, Outcome, Refusal};
use frame::parts::{
    Answer, Button, Crumb, Heading, NoticeKind, SummaryRow, banner, button_row, moment_said,
    notice, post_form, progress, proposed_rows, section, summary_list, take_back, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Export, Filled, Reasoned, Reply, entries, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::exports::{HERE, TITLE, state, title};
use super::{Wrong, shown_again};
use crate::acts::exports as verbs;
use crate::rules::exports as rules;
use crate::store::EXPORTS;
use crate::terms::{EXPORT, Order, Stage};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

pub(crate) fn id_of(text: &str) -> Result<Id<Order>, Refusal> {
    text.parse().map_err(|_| not_found("这次导出"))
}

/// `GET /desk/exports/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let done = match wanted.done.as_str() {
        "entered" => Some("已经提出，等另一个人同意。还没有导出任何内容。"),
        "agreed" => Some("已经同意，正在制作文件。"),
        "declined" => Some("已经答复不同意，没有导出任何内容。"),
        _ => None,
    };
    shown(&cx, id_of(&id)?, done, &Reasoned::default(), Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    id: Id<Order>,
    done: Option<&str>,
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Reply {
    let (now, today) = (cx.now(), cx.now().day());
    let order = verbs::seen(cx, id).await?;
    let export = cx.hall().export(&order.wish.export);
    let (actor, agrees) = (cx.actor().clone(), order.agrees.clone());
    let filters = match export {
        Some(export) => {
            verbs::filters_said(cx.hall(), (&cx.who(), cx.now()), export, &order).await?
        }
        None => Vec::new(),
    };
    let filters: Vec<String> =
        filters.iter().map(|(title, words)| format!("{title}：{words}")).collect();
    let filters = filters.join("；");
    let (acts, decider) = cx
        .read(move |r| {
            let permits = access::permits_of(r, &actor)?;
            let decider = permits.into_iter().find(|permit| permit.permission() == agrees);
            Ok((ledger::acts_of(r, EXPORT, &id.to_string())?, decider))
        })
        .await?;
    let (own, place) = (cx.account(), format!("{HERE}/{id}"));
    let decides = decider
        .is_some_and(|permit| EXPORTS.may_settle(&order.proposed, &permit.doers(), today).is_ok());
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(format!("导出{}", title(cx, &order))).state(state(&order, now)))
        (wrong.head())
        @if rules::may_fetch(&order, &own, now).is_ok() { (fetch_form(&order)) }
        (summary(cx, export, (&order, &filters)))
        @if decides { (answer(&order, &place).said(&form.reason, wrong.with("reason"))) }
        @if order.proposed.waits(today) && order.proposed.by == own {
            (take_back(EXPORTS, &place))
        }
        @if order.stage == Stage::Agreed { (coming(&order)) }
        (section("record", "留下的记录", timeline(&entries(cx.hall(), &acts, |_| None), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn summary(cx: &Cx, export: Option<&Export>, (order, filters): (&Order, &str)) -> Markup {
    let today = cx.now().day();
    let wish = &order.wish;
    let column = |name: &String| {
        let known = export.and_then(|one| one.columns.iter().find(|column| column.name == name));
        match known {
            Some(column) if column.personal => format!("{}（个人信息）", column.title),
            Some(column) => column.title.to_owned(),
            None => name.clone(),
        }
    };
    let columns: Vec<String> = wish.columns.iter().map(column).collect();
    let mut rows = vec![
        SummaryRow::new("导出什么", title(cx, order)),
        SummaryRow::new("条件", if filters.is_empty() { "没有别的条件" } else { filters }),
        SummaryRow::new("列", columns.join("、")),
        SummaryRow::new(
            "多少",
            format!("{} 行，涉及 {} 人", order.counted_rows, order.counted_people),
        ),
        SummaryRow::new("用途", &wish.purpose),
        SummaryRow::new("依据", &wish.ground),
        SummaryRow::new("交给谁", wish.received_by()),
        SummaryRow::new("提出的岗位", format!("{} · {}", order.from.post, order.from.organ_name)),
    ];
    rows.extend(proposed_rows(EXPORTS, &order.proposed, today));
    if order.stage == Stage::Gone && order.made.is_none() {
        let words = "现在符合条件的内容超过一个文件的限度，或者已经没有了，和同意的不一样。没有导出任何内容；仍然需要的，请重新提出";
        rows.push(SummaryRow::new("为什么没有文件", words));
    }
    if let Some(made) = &order.made {
        rows.push(SummaryRow::of("文件做好", moment_said(made.at, today)));
        let until = moment_said(made.until, today);
        match order.gone_at {
            Some(at) => rows.push(SummaryRow::of("文件销毁", moment_said(at, today))),
            None => rows.push(SummaryRow::of("保存到", until)),
        }
        rows.push(SummaryRow::of("文件的摘要（SM3）", html! { code { (made.digest) } }));
    }
    summary_list(&rows)
}

fn fetch_form(order: &Order) -> Markup {
    let form = post_form(
        &format!("{HERE}/{}/file", order.id),
        None,
        button_row(html! {
            (Button::new("取文件").icon("download").consequence("每次取都留下记录；拿出去以后，由您负责保管和按时销毁"))
        }),
    );
    section("file", "文件已经做好", form)
}

/// How another person answers, and what to see to first.
fn answer(order: &Order, place: &str) -> Answer {
    let agree = Button::new("同意导出").consequence(
        "立即制作文件，只有提出的人能取；文件里的人，本站知道号码或者账户的，都能看到这次导出",
    );
    Answer::new(place, agree).before(notice(NoticeKind::Info, "请先看清楚", html! {
        p {
            "文件里有 " (order.counted_people) " 个人的信息。用途是否具体、列是否都用得着、交给的人是否该拿到，由您把关。"
        }
    }))
}

/// How far the making of the file has come.
fn coming(order: &Order) -> Markup {
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    let people = if order.people > 0 { order.people } else { order.counted_people };
    section(
        "progress",
        "进度",
        html! {
            (progress("整理", count(order.rows_done), count(order.counted_rows.max(order.rows_done))))
            (progress("记入“谁看过我的信息”", count(order.people_done), count(people)))
            p { "每一个人的记录都写好以后，文件才能取。请稍后刷新这一页。" }
        },
    )
}

/// Leads to the page that says it is done, or shows it again with what was refused.
async fn settled(
    cx: &Cx,
    id: Id<Order>,
    done: &str,
    form: &Reasoned,
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done={done}"))),
        Err(stop) => shown(cx, id, None, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/exports/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "agreed", &form, verbs::agree(&cx, id, &form.reason).await).await
}

/// `POST /desk/exports/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "declined", &form, verbs::decline(&cx, id, &form.reason).await).await
}

/// `POST /desk/exports/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    match verbs::withdraw(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        refused => settled(&cx, id, "", &Reasoned::default(), refused).await,
    }
}

/// `POST /desk/exports/{id}/file`
pub(crate) async fn fetch(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    match verbs::fetch(&cx, id).await {
        Ok(fetched) => handed_out(fetched),
        Err(stop) => settled(&cx, id, "", &Reasoned::default(), Err(stop)).await,
    }
}

/// A file on its way to who may have it.
pub(crate) fn handed_out(fetched: verbs::Fetched) -> Result<Response, frame::Problem> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(Fault::from);
    let name = format!("attachment; filename=\"{}\"", fetched.info.name);
    let headers = [
        (header::CONTENT_TYPE, value(&fetched.info.media_type)?),
        (header::CONTENT_DISPOSITION, value(&name)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, fetched.bytes).into_response())
}
