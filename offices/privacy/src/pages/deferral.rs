//! One deferral: what it says, who decides, which looks it covers, how it is prolonged or ended.

use ask::{Asked, Deferral, Looked};
use axum::extract::{Path, Query};
use base::{Id, Moment, Outcome};
use frame::parts::{
    Answer, Button, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, SummaryRow, Table,
    banner, button_row, day, details, empty, link_button, moment, post_form, proposed_rows,
    section, summary_list, take_back, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, entries, page};
use ledger::Recorded;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::deferrals::{HERE, TITLE, organ, state, whom};
use super::{Wrong, permit, shown_again};
use crate::acts::deferrals as acts;
use crate::store::deferrals::{self as rows, DEFERRALS};
use crate::terms::{DEFER, DEFERRAL, DeferralOrder, Whom};

/// So many looks on a page.
const LOOKS: i64 = 30;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    before: String,
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
    let from = (done, wanted.before.parse().ok());
    shown(&cx, id, from, &Reasoned::default(), Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    id: Id<Deferral>,
    (done, before): (Option<&str>, Option<Id<Asked>>),
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Reply {
    acts::put_on_record(cx, Some(id)).await?;
    let (own, decider) = (cx.account(), permit(cx, &DEFER).await?);
    // The permit of the route: to see deferrals.
    let (orders, sees) = (decider.is_some(), cx.permit()?.clone());
    let (order, standing, later, record, looks) = cx
        .read(move |r| {
            let order = acts::found(r, id)?;
            let standing = ask::deferrals(r, &[order.deferral()])?.remove(&order.deferral());
            // Audit sees them always; of those who order deferrals only the two who ordered this one.
            let may = Some(&sees).filter(|_| !orders || order.is_of(&own));
            let looks = match may.filter(|_| order.prolongs.is_none() && standing.is_some()) {
                Some(permit) => Some(ask::looks_deferred(r, permit, id, (before, LOOKS))?),
                None => None,
            };
            let later = rows::prolongations(r, id)?;
            let record = ledger::acts_of(r, DEFERRAL, &order.deferral().to_string())?;
            Ok((order, standing, later, record, looks))
        })
        .await?;
    let (today, now) = (cx.now().day(), cx.now());
    let decides = decider.as_ref().is_some_and(|permit| {
        DEFERRALS.may_settle(&order.proposed, &permit.doers(), today).is_ok()
    });
    let place = format!("{HERE}/{id}");
    let lasts = standing.as_ref().is_some_and(|(one, _)| one.stands(now));
    let runs = lasts && order.prolongs.is_none() && decider.is_some();
    let tag = state(&order, standing.as_ref().map(|(one, _)| one), now);
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(if order.prolongs.is_some() { "延长暂不告知" } else { TITLE })
            .caption(order.document.clone()).state(tag))
        (wrong.head())
        (summary(cx, &order, standing.as_ref())?)
        @if decides {
            (answer(cx, &order, &place)?.said(&form.reason, wrong.with("reason")))
        }
        @if order.proposed.waits(today) && order.proposed.by == cx.account() {
            (take_back(DEFERRALS, &place))
        }
        @if !later.is_empty() { (prolonged(&later, now)) }
        @if let Some(looks) = &looks { (looked(cx, id, looks, (!orders, before.is_some()))) }
        @if runs { (going_on(id, form, wrong)) }
        (section("record", "留下的记录", timeline(&entries(cx.hall(), &record, said), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn summary(cx: &Cx, order: &DeferralOrder, standing: Option<&(Deferral, i64)>) -> Outcome<Markup> {
    let keys = &cx.hall().keys;
    let mut facts = vec![
        SummaryRow::of("关于谁", whom(keys, order)?),
        SummaryRow::new("哪个机关的查看", organ(order)),
        SummaryRow::new("依据", &order.ground),
        SummaryRow::new("批准的机关", &order.approver),
        SummaryRow::new("文号", &order.document),
        SummaryRow::new("批准的人", &order.approved_by),
        SummaryRow::new("为什么", acts::purpose_of(keys, order)?),
        SummaryRow::of("期间", html! { (day(order.from)) " 至 " (day(order.until)) }),
    ];
    facts.extend(proposed_rows(DEFERRALS, &order.proposed, cx.now().day()));
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
fn answer(cx: &Cx, order: &DeferralOrder, place: &str) -> Outcome<Answer> {
    let shown = acts::subject_of(&cx.hall().keys, order)?;
    let what = if order.whom == Whom::Person { "公民身份号码" } else { "办件编号" };
    let number = SummaryRow::of(what, html! { span class="number" { (shown) } });
    let agree = Button::new("同意暂不告知").consequence("从现在起的查看，期满以后才告诉本人");
    Ok(Answer::new(place, agree).title("核对批准文件以后决定").before(summary_list(&[number])))
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

/// The looks that it covers, the newest first. Of the act that tells of one only audit has the receipt.
fn looked(cx: &Cx, id: Id<Deferral>, looks: &[Looked], (audit, further): (bool, bool)) -> Markup {
    let place = format!("{HERE}/{id}");
    let rows = looks.iter().map(|look| {
        let read = &look.read;
        let office = cx.hall().office(&read.asker).map_or(read.asker.as_str(), |one| one.title);
        let who = [&read.name, &read.post, &read.organ_name].map(String::as_str);
        let who: Vec<&str> = who.into_iter().filter(|word| !word.is_empty()).collect();
        let at = html! {
            (moment(read.at))
            @if audit { " " a href={ "/receipts/" (look.act) } { "回执" } }
        };
        Row::new([at, html! { (who.join(" · ")) }, html! { (read.purpose) }, html! { (office) }])
    });
    let full = i64::try_from(looks.len()).is_ok_and(|count| count >= LOOKS);
    let next = looks.last().filter(|_| full);
    let next = next.map(|last| format!("{place}?before={}#looks", last.read.id));
    let nothing = empty("还没有查看", html! { p { "生效以后，这个机关的每一次查看都列在这里。" } });
    let columns = [
        Column::new("时间").narrow(),
        Column::new("谁"),
        Column::new("为什么"),
        Column::new("在哪个系统"),
    ];
    let table = Table::new("暂不告知的查看，最近的在前").caption_hidden().columns(columns);
    section(
        "looks",
        "有哪些查看",
        html! {
            (table.rows(rows).empty(nothing).stacked())
            (Pager::new(next).first(further.then(|| format!("{place}#looks"))))
        },
    )
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

/// What an act on a deferral says, in a line.
fn said(act: &Recorded) -> Option<String> {
    let content = act.content();
    if let Some(looks) = content.get("looks").and_then(Value::as_i64) {
        return Some(format!("告知了 {looks} 次查看"));
    }
    let reason = content.get("reason").and_then(Value::as_str);
    reason.filter(|reason| !reason.is_empty()).map(str::to_owned)
}

/// Leads to the page that says it is done, or shows it again with what was refused.
async fn settled(
    cx: &Cx,
    id: Id<Deferral>,
    done: &str,
    form: &Reasoned,
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done={done}"))),
        Err(stop) => shown(cx, id, (None, None), form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/deferrals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = acts::deferral_id(&id)?;
    settled(&cx, id, "agreed", &form, acts::agree_deferral(&cx, id, &form.reason).await).await
}

/// `POST /desk/deferrals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = acts::deferral_id(&id)?;
    settled(&cx, id, "declined", &form, acts::decline_deferral(&cx, id, &form.reason).await).await
}

/// `POST /desk/deferrals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = acts::deferral_id(&id)?;
    match acts::withdraw_deferral(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        refused => settled(&cx, id, "", &Reasoned::default(), refused).await,
    }
}

/// `POST /desk/deferrals/{id}/end`
pub(crate) async fn end(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = acts::deferral_id(&id)?;
    settled(&cx, id, "ended", &form, acts::stop_deferral(&cx, id, &form.reason).await).await
}
