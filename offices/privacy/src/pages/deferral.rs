//! One deferral: what it says, who decides, how many looks it covers, how it is prolonged or ended.

use ask::Deferral;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query};
use base::{Id, Moment};
use frame::parts::{
    Button, Column, Crumb, Entry, Field, Heading, NoticeKind, Row, SummaryRow, Table, banner,
    button_row, day, details, link_button, moment, moment_said, post_form, section, summary_list,
    timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use ledger::Recorded;
use maud::{Markup, html};
use serde::Deserialize;

use super::deferrals::{HERE, TITLE, organ, state, whom};
use super::{Wrong, own, permit, sent, shown_again};
use crate::acts::deferrals as acts;
use crate::rules;
use crate::store::deferrals as rows;
use crate::terms::{DEFER, DEFERRAL, DeferralOrder, State, Whom};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reasoned {
    reason: String,
}

/// `GET /desk/deferrals/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let done = match wanted.done.as_str() {
        "entered" => Some("已经录入，等另一个人同意。还没有生效，查看照常告诉本人。"),
        "agreed" => Some("已经同意。从现在起的查看，期满以后告诉本人。"),
        "declined" => Some("已经回复不同意，没有生效。"),
        "ended" => Some("已经结束，这些查看从现在起告诉本人。"),
        _ => None,
    };
    let id = acts::deferral_id(&id)?;
    shown(&cx, id, done, &Reasoned::default(), Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    id: Id<Deferral>,
    done: Option<&str>,
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Reply {
    acts::put_on_record(cx, Some(id)).await?;
    let (order, standing, later, record) = cx
        .read(move |r| {
            let order = rows::deferral(r, id)?.ok_or_else(|| not_found("这项暂不告知"))?;
            let standing = ask::deferrals(r, &[order.deferral()])?.remove(&order.deferral());
            let later = rows::prolongations(r, id)?;
            let record = ledger::acts_of(r, DEFERRAL, &order.deferral().to_string())?;
            Ok((order, standing, later, record))
        })
        .await?;
    let (today, now) = (cx.now().day(), cx.now());
    let decider = permit(cx, &DEFER).await?;
    let decides = decider.as_ref().is_some_and(|permit| {
        rules::may_decide(&order.decision, &crate::acts::doers(permit), today).is_ok()
    });
    let waits = order.decision.state == State::Open && order.decision.last_day >= today;
    let lasts = standing.as_ref().is_some_and(|(one, _)| one.stands(now));
    let runs = lasts && order.prolongs.is_none() && decider.is_some();
    let tag = state(&order, standing.as_ref().map(|(one, _)| one), now);
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(if order.prolongs.is_some() { "延长暂不告知" } else { TITLE })
            .caption(order.document.clone()).state(tag))
        (wrong.head())
        (summary(cx, &order, standing.as_ref())?)
        @if decides { (decide_form(cx, &order, form, wrong)?) }
        @if waits && order.decision.asked_by == own(cx) {
            p { "您录入的要由另一个人同意。" }
            (post_form(&format!("{HERE}/{id}/withdraw"), None, html! {
                (button_row(html! { (Button::quiet("撤回这项暂不告知")) }))
            }))
        }
        @if !later.is_empty() { (prolonged(&later, now)) }
        @if runs { (going_on(id, form, wrong)) }
        (section("record", "留下的记录", timeline(&entries(cx, &record), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn summary(
    cx: &Cx,
    order: &DeferralOrder,
    standing: Option<&(Deferral, i64)>,
) -> base::Outcome<Markup> {
    let (keys, today, decision) = (&cx.hall().keys, cx.now().day(), &order.decision);
    let mut facts = vec![
        SummaryRow::of("关于谁", whom(keys, order)?),
        SummaryRow::new("哪个机关的查看", organ(order)),
        SummaryRow::new("依据", &order.ground),
        SummaryRow::new("批准的机关", &order.approver),
        SummaryRow::new("文号", &order.document),
        SummaryRow::new("批准的人", &order.approved_by),
        SummaryRow::new("为什么", acts::purpose_of(keys, order)?),
        SummaryRow::of("期间", html! { (day(order.from)) " 至 " (day(order.until)) }),
        SummaryRow::of(
            "录入",
            html! { (decision.asked_name) "，" (moment_said(decision.asked_at, today)) },
        ),
    ];
    match &decision.decided {
        Some((name, why)) if why.is_empty() => facts.push(SummaryRow::new("另一个人", name)),
        Some((name, why)) => facts.push(SummaryRow::new("另一个人", format!("{name}：{why}"))),
        None => facts.push(SummaryRow::of("没有人同意的，失效的日期", day(decision.last_day))),
    }
    if let Some((one, looks)) = standing.filter(|_| order.prolongs.is_none()) {
        facts.push(SummaryRow::of("生效的时刻", moment(one.from)));
        facts.push(SummaryRow::of("开始告知的时刻", moment(one.ends)));
        facts.push(SummaryRow::new("已有的查看", format!("{looks} 次")));
    }
    if let Some((name, why)) = &order.stopped {
        facts.push(SummaryRow::new("提前结束", format!("{name}：{why}")));
    }
    if let Some(first) = order.prolongs {
        let link = html! { a href={ (HERE) "/" (first) } { "看原来的暂不告知" } };
        facts.push(SummaryRow::of("延长的是", link));
    }
    Ok(summary_list(&facts))
}

/// For who compares it with the paper: the number in clear, which nobody else is shown.
fn decide_form(
    cx: &Cx,
    order: &DeferralOrder,
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> base::Outcome<Markup> {
    let shown = acts::subject_of(&cx.hall().keys, order)?;
    let what = if order.whom == Whom::Person { "公民身份号码" } else { "办件编号" };
    let body = html! {
        (summary_list(&[SummaryRow::of(what, html! { span class="number" { (shown) } })]))
        (Field::area("reason", "理由", 2).hint("同意的可以不写，不同意的请写").optional()
            .value(&form.reason).error(wrong.with("reason")))
        (button_row(html! {
            (Button::new("同意暂不告知").consequence("从现在起的查看，期满以后才告诉本人"))
            (Button::secondary("不同意").to(format!("{HERE}/{}/decline", order.id)))
        }))
    };
    let form = post_form(&format!("{HERE}/{}/agree", order.id), None, body);
    Ok(section("decide", "核对批准文件以后决定", form))
}

/// What was ordered to let it end later.
fn prolonged(later: &[DeferralOrder], now: Moment) -> Markup {
    let rows = later.iter().map(|order| {
        Row::new([
            html! { (day(order.until)) },
            html! { (order.approved()) },
            state(order, None, now),
        ])
        .href(format!("{HERE}/{}", order.id))
    });
    let table = Table::new("延长")
        .caption_hidden()
        .columns([Column::new("延长到"), Column::new("批准的机关和文号"), Column::new("状态")])
        .rows(rows);
    section("prolonged", "延长", html! { (table) })
}

/// What can be done with one that stands.
fn going_on(id: Id<Deferral>, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    let end = html! {
        (Field::area("reason", "为什么不再需要", 2).value(&form.reason).error(wrong.with("reason")))
        (button_row(html! {
            (Button::danger("现在结束").consequence("这些查看立即告诉本人，不能恢复"))
        }))
    };
    section(
        "going-on",
        "办理",
        html! {
            p { (link_button("延长", &format!("{HERE}/new?prolongs={id}"))) }
            @if wrong.0.is_some() { (post_form(&format!("{HERE}/{id}/end"), None, end)) }
            @else { (details("提前结束", post_form(&format!("{HERE}/{id}/end"), None, end))) }
        },
    )
}

fn entries(cx: &Cx, record: &[Recorded]) -> Vec<Entry> {
    let entry = |act: &Recorded| {
        let content = act.content();
        let who = act.who().map(|who| format!("{} · {}", who.name, who.post_said()));
        let entry = Entry::new(act.at, cx.hall().act_title(&act.kind))
            .receipt(format!("/receipts/{}", act.id))
            .who(who.unwrap_or_default());
        let looks = content.get("looks").and_then(serde_json::Value::as_i64);
        let reason = content.get("reason").and_then(serde_json::Value::as_str);
        let entry = match (looks, reason.filter(|reason| !reason.is_empty())) {
            (Some(looks), _) => entry.body(html! { p { "告知了 " (looks) " 次查看" } }),
            (None, Some(reason)) => entry.body(html! { p { (reason) } }),
            (None, None) => entry,
        };
        match act.authority() {
            basis if basis.is_empty() => entry,
            basis => entry.basis(basis),
        }
    };
    record.iter().rev().map(entry).collect()
}

/// `POST /desk/deferrals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (acts::deferral_id(&id)?, sent(form)?);
    match acts::agree_deferral(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=agreed"))),
        Err(stop) => shown(&cx, id, None, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/deferrals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (acts::deferral_id(&id)?, sent(form)?);
    match acts::decline_deferral(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=declined"))),
        Err(stop) => shown(&cx, id, None, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/deferrals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = acts::deferral_id(&id)?;
    match acts::withdraw_deferral(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        Err(stop) => {
            shown(&cx, id, None, &Reasoned::default(), Wrong(Some(&shown_again(stop)?))).await
        }
    }
}

/// `POST /desk/deferrals/{id}/end`
pub(crate) async fn end(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (acts::deferral_id(&id)?, sent(form)?);
    match acts::stop_deferral(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=ended"))),
        Err(stop) => shown(&cx, id, None, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}
