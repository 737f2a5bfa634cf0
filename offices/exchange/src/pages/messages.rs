//! Messages: their headers, how far each is, and the file that proves an exchange.

use axum::extract::{Path, Query};
use base::{Cursor, Day, Id, Refusal};
use frame::parts::{
    Choice, Column, Crumb, Entry, Filter, Filters, Heading, Pager, Row, SummaryRow, Table,
    button_row, empty, link_button, moment, moment_said, section, summary_list, timeline,
};
use frame::{Cx, Reply, not_found, page};
use maud::{Markup, html};
use message::{Kind, Message, StepProof};
use serde::Deserialize;

use super::{HERE, TITLE, file, message_state, views};
use crate::acts;
use crate::store::{self, messages};
use crate::terms::{CENTRE, Gateway, Listed};

const PAGE: i64 = 50;
const WORDS: &str = "交换的消息";

/// How the list is narrowed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    from: String,
    to: String,
    state: String,
    after: String,
}

/// `GET /desk/exchange/messages`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let place = format!("{HERE}/messages");
    let sought = messages::Sought {
        from: wanted.from.clone(),
        to: wanted.to.clone(),
        state: wanted.state.clone(),
    };
    let after = Cursor::decode(&wanted.after).and_then(|keys| keys.into_iter().next());
    let after = after.unwrap_or_default();
    let (found, gateways) = cx
        .read(move |r| Ok((messages::before(r, &sought, &after, PAGE)?, store::gateways(r)?)))
        .await?;
    let body = html! {
        (Heading::new(WORDS).lead("中心只看得到消息头。内容从一方的网关加密到另一方的网关。"))
        (views(&place))
        (filters(&place, &wanted, &gateways))
        (table(&cx, &found))
        (Pager::new(next(&place, &wanted, &found))
            .first((!wanted.after.is_empty()).then(|| place.clone())))
    };
    page::desk(&cx, WORDS, &[Crumb::new(TITLE, HERE)], body).await
}

fn filters(place: &str, wanted: &Wanted, gateways: &[Gateway]) -> Markup {
    let names = || {
        let centre = std::iter::once(Choice::new(CENTRE, "交换中心"));
        centre.chain(gateways.iter().map(|one| Choice::new(&one.name, &one.title))).collect()
    };
    let states = [
        ("stored", "等对方取走"),
        ("delivered", "已送达，等确认"),
        ("acknowledged", "已确认"),
        ("dead", "没有送达"),
        ("dropped", "已停止投递"),
    ];
    let states = states.map(|(state, words)| Choice::new(state, words)).to_vec();
    let filters = Filters::new(
        place,
        [
            Filter::one("from", "发送的网关", wanted.from.as_str(), names()),
            Filter::one("to", "接收的网关", wanted.to.as_str(), names()),
            Filter::one("state", "状态", wanted.state.as_str(), states),
        ],
    );
    html! { (filters) }
}

fn kind_of(name: &str) -> &'static str {
    Kind::named(name).map_or("消息", Kind::words)
}

fn table(cx: &Cx, found: &[Listed]) -> Markup {
    let columns = [
        Column::new("消息"),
        Column::new("从").narrow(),
        Column::new("到").narrow(),
        Column::new("状态").narrow(),
        Column::number("字节").minor(),
        Column::new("受理").narrow(),
    ];
    let today = cx.now().day();
    let rows = found.iter().map(|one| {
        Row::new([
            html! { (kind_of(&one.kind)) " " (one.resource) br; small { code { (one.id) } } },
            html! { (one.from_gateway) },
            html! { (one.to_gateway) },
            message_state(&one.state),
            html! { (one.bytes) },
            moment_said(one.came, today),
        ])
        .href(format!("{HERE}/messages/{}", one.id))
    });
    html! {
        (Table::new(WORDS).caption_hidden().columns(columns).rows(rows).stacked()
            .empty(empty("没有这样的消息", html! { p { "网关发来的消息受理以后，会出现在这里。" } })))
    }
}

fn next(place: &str, wanted: &Wanted, found: &[Listed]) -> Option<String> {
    let full = i64::try_from(found.len()).is_ok_and(|count| count >= PAGE);
    let last = found.last().filter(|_| full)?;
    let cursor = Cursor::encode(&[&last.born]);
    let said = [
        ("from", wanted.from.as_str()),
        ("to", wanted.to.as_str()),
        ("state", wanted.state.as_str()),
        ("after", cursor.as_str()),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> =
        said.map(|(name, value)| format!("{name}={}", frame::held::query_escape(value))).collect();
    Some(format!("{place}?{}", query.join("&")))
}

fn id_of(text: &str) -> Result<Id<Message>, Refusal> {
    text.parse().map_err(|_| not_found("这条消息"))
}

/// `GET /desk/exchange/messages/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    let (one, replies, steps) = cx
        .read(move |r| {
            let one = messages::message(r, id)?.ok_or_else(|| not_found("这条消息"))?;
            Ok((one, messages::replies(r, id)?, delivery::steps_of_message(r, id)?))
        })
        .await?;
    let title = format!("{} {}", kind_of(&one.kind), one.resource);
    let steps: Vec<StepProof> = steps.into_iter().map(|(_, proof)| proof).collect();
    let body = html! {
        (Heading::new(&title).state(message_state(&one.state)))
        (summary(&one, &replies))
        (section("steps", "投递过程", shown_steps(&steps, cx.now().day())))
        (button_row(link_button("下载凭证", &format!("{HERE}/messages/{id}/evidence"))))
        p { "凭证里有双方的签名、共享条件和登记簿的回执，用 cityhall verify exchange 可以离线核对。内容仍是密文。" }
    };
    let place = format!("{HERE}/messages");
    let crumbs = [Crumb::new(TITLE, HERE), Crumb::new(WORDS, place)];
    page::desk(&cx, &title, &crumbs, body).await
}

fn summary(one: &Listed, replies: &[Listed]) -> Markup {
    let link = |id: &Id<Message>| {
        html! { a href={ (HERE) "/messages/" (id) } { code { (id) } } }
    };
    let ends = |gateway: &str, organ: &str| format!("{gateway}，代表 {organ}");
    let mut rows = vec![
        SummaryRow::of("编号", html! { code { (one.id) } }),
        SummaryRow::new("发送", ends(&one.from_gateway, &one.from_organ)),
        SummaryRow::new("接收", ends(&one.to_gateway, &one.to_organ)),
        SummaryRow::new("资源", &one.resource),
        SummaryRow::new("用途", &one.purpose),
        SummaryRow::of("有效到", moment(one.expires)),
        SummaryRow::of("最近变化", moment(one.changed)),
        SummaryRow::of("摘要（SM3）", html! { code { (one.digest) } }),
    ];
    if let Some(ask) = &one.reply_to {
        rows.push(SummaryRow::of("答复的查询", link(ask)));
    }
    for reply in replies {
        rows.push(SummaryRow::of("收到的答复", link(&reply.id)));
    }
    summary_list(&rows)
}

fn shown_steps(steps: &[StepProof], today: Day) -> Markup {
    let entries = steps.iter().map(|proof| {
        let at = base::Moment::from_millis(proof.step.at);
        Entry::new(at, proof.step.step.words())
    });
    timeline(&entries.collect::<Vec<_>>(), today)
}

/// `GET /desk/exchange/messages/{id}/evidence`
pub(crate) async fn evidence(cx: Cx, Path(id): Path<String>) -> Reply {
    let bundle = acts::bundle(&cx, id_of(&id)?).await?;
    Ok(file("application/json", &format!("exchange-{id}.json"), bundle.into_bytes())?)
}
