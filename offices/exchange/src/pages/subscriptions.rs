//! What a gateway subscribes to: how far it was given, why it waits or was stopped; and the word of an administrator.

use axum::extract::Path;
use base::{Id, Moment, Outcome, Refusal};
use catalogue_contract::Stands;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, Row, SummaryRow, Table, Tone, button_row, moment_said,
    post_form, section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, Wrong, not_found, page, shown_again};
use maud::{Markup, html};

use super::{HERE, TITLE, may};
use crate::acts::subscriptions as acts;
use crate::rules::subscriptions::behind;
use crate::store;
use crate::store::subscriptions::subscription;
use crate::terms::{DECIDE, Gateway, Subscription, queue_of};

/// Where one is.
const PLACE: &str = "/desk/exchange/subscriptions";

fn state(one: &Subscription) -> Markup {
    match one.state.as_str() {
        "active" if one.words.is_empty() && one.heading == 0 => tag(Tone::Good, behind(one)),
        "active" if one.words.is_empty() => tag(Tone::Active, behind(one)),
        "active" => tag(Tone::Soon, "在等"),
        "barred" => tag(Tone::Late, "中心已停止"),
        _ => tag(Tone::Closed, "已停止"),
    }
}

/// The subscriptions of a gateway, on its page.
pub(super) fn of_gateway(all: &[Subscription], now: Moment) -> Markup {
    let columns = [
        Column::new("资源"),
        Column::new("状态").narrow(),
        Column::number("送出的行"),
        Column::new("最近送出").narrow(),
    ];
    let rows = all.iter().map(|one| {
        Row::new([
            html! {
                code { (one.resource) } " " (one.purpose)
                @if !one.words.is_empty() { br; small { (one.words) } }
            },
            state(one),
            html! { (one.given) },
            last(one, now),
        ])
        .href(format!("{PLACE}/{}", one.id))
    });
    html! {
        @if !all.is_empty() {
            (section("subscribed", "它订阅的数据", html! {
                (Table::new("订阅的数据").caption_hidden().columns(columns).rows(rows).stacked())
            }))
        }
    }
}

fn last(one: &Subscription, now: Moment) -> Markup {
    html! { @match one.given_at { Some(at) => (moment_said(at, now.day())), None => "还没有" } }
}

fn id_of(text: &str) -> Result<Id<Subscription>, Refusal> {
    text.parse().map_err(|_| not_found("这项订阅"))
}

/// `GET /desk/exchange/subscriptions/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, id_of(&id)?, &Reasoned::default(), Wrong::default()).await
}

struct Found {
    one: Subscription,
    gateway: Option<Gateway>,
    waits: i64,
    stands: Option<Stands>,
}

async fn found(cx: &Cx, id: Id<Subscription>) -> Outcome<Found> {
    let (one, gateway, waits) = cx
        .read(move |r| {
            let one = subscription(r, id)?.ok_or_else(|| not_found("这项订阅"))?;
            let waits = delivery::depth(r, &queue_of(&one.gateway))?.held;
            let gateway = store::gateway(r, &one.gateway)?;
            Ok((one, gateway, waits))
        })
        .await?;
    let stands = acts::stands(cx.hall(), &one, cx.now()).await?;
    Ok(Found { one, gateway, waits, stands })
}

async fn shown(cx: &Cx, id: Id<Subscription>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let found = found(cx, id).await?;
    let one = &found.one;
    let title = found.gateway.as_ref().map_or(one.gateway.as_str(), |gateway| &gateway.title);
    let name = found.stands.as_ref().map_or(one.resource.as_str(), |stands| &stands.resource_name);
    let place = format!("{PLACE}/{id}");
    let body = html! {
        (Heading::new(format!("订阅“{name}”")).state(state(one)))
        (wrong.head())
        (summary(&found, title, cx.now()))
        @if may(cx, &DECIDE).await? { (decide(&place, one, form, wrong)) }
    };
    let crumbs =
        [Crumb::new(TITLE, HERE), Crumb::new(title, format!("{HERE}/gateways/{}", one.gateway))];
    Ok(wrong.status(page::desk(cx, "订阅", &crumbs, body).await?))
}

fn summary(found: &Found, title: &str, now: Moment) -> Markup {
    let one = &found.one;
    let fields = match one.fields.is_empty() {
        true => "约定的全部信息项".to_owned(),
        false => one.fields.join("、"),
    };
    let organ =
        found.gateway.as_ref().map_or(&*one.organ, |gateway| gateway.organ_name(&one.organ));
    let gateway = format!("{HERE}/gateways/{}", one.gateway);
    let mut rows = vec![
        SummaryRow::of("网关", html! { a href=(gateway) { (title) } }),
        SummaryRow::new("机关", organ),
        SummaryRow::of("资源代码", html! { code { (one.resource) } }),
        SummaryRow::of("共享申请", html! { code { (one.purpose) } }),
        SummaryRow::new("信息项", fields),
        SummaryRow::of("订阅", moment_said(one.began, now.day())),
        SummaryRow::new("送出的行", format!("{} 行", one.given)),
        SummaryRow::of("最近送出", last(one, now)),
    ];
    if one.state == "active" {
        rows.push(SummaryRow::new("进度", progress(found)));
        let waits = format!("{} 条消息（各项订阅和答复一起）", found.waits);
        rows.push(SummaryRow::new("网关还没有取走", waits));
    }
    if !one.words.is_empty() {
        rows.insert(0, SummaryRow::new("说明", &one.words));
    }
    summary_list(&rows)
}

/// How far it is of what stands now.
fn progress(found: &Found) -> String {
    let (one, stands) = (&found.one, found.stands.as_ref());
    let rows = stands.map_or(0, |stands| stands.rows);
    match one.heading > 0 {
        true => format!(
            "正在送第 {} 部分，这一次已送 {} 行；目录里现有 {rows} 行",
            one.part + 1,
            one.rows
        ),
        false if stands.is_some_and(|stands| stands.load == one.load) => {
            format!("已送到最新；目录里现有 {rows} 行")
        }
        false => format!("目录里有更新的数据还没有送；现有 {rows} 行"),
    }
}

fn decide(place: &str, one: &Subscription, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    let (title, to, button) = match one.state.as_str() {
        "active" => (
            "停止订阅",
            "stop",
            Button::danger("停止订阅")
                .consequence("马上不再送出，网关会收到理由；允许以前它不能重新订阅"),
        ),
        "barred" => (
            "允许重新订阅",
            "allow",
            Button::secondary("允许重新订阅").consequence("网关重新订阅时，从全部数据开始送"),
        ),
        _ => return html! {},
    };
    section(
        "decide",
        title,
        post_form(
            &format!("{place}/{to}"),
            None,
            html! {
                (Field::area("reason", "理由", 2).value(&form.reason).error(wrong.with("reason")))
                (button_row(html! { (button) }))
            },
        ),
    )
}

async fn settled(cx: &Cx, id: Id<Subscription>, form: &Reasoned, outcome: Outcome<()>) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{PLACE}/{id}"))),
        Err(stop) => shown(cx, id, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/exchange/subscriptions/{id}/stop`
pub(crate) async fn stop(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    let outcome = acts::bar(&cx, id, &form.reason).await;
    settled(&cx, id, &form, outcome).await
}

/// `POST /desk/exchange/subscriptions/{id}/allow`
pub(crate) async fn allow(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    let outcome = acts::allow(&cx, id, &form.reason).await;
    settled(&cx, id, &form, outcome).await
}
