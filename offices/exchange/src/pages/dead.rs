//! Letters that nobody took: each is sent again or given up, by somebody, for a reason.

use axum::extract::{Path, Query};
use base::{Cursor, Id, Moment, Outcome, Refusal};
use delivery::Dead;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, Pager, Row, SummaryRow, Table, button_row, empty,
    moment, moment_said, post_form, section, summary_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, Wrong, not_found, page, shown_again};
use maud::{Markup, html};
use message::Message;
use serde::Deserialize;

use super::{HERE, TITLE, may, views};
use crate::acts;
use crate::terms::{DECIDE, queue_of};

const PAGE: i64 = 50;
const WORDS: &str = "没有送达的消息";

/// Where the list goes on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
}

fn gateway_of(dead: &Dead) -> &str {
    dead.queue.strip_prefix("to:").unwrap_or(&dead.queue)
}

/// `GET /desk/exchange/dead`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let place = format!("{HERE}/dead");
    let after = Cursor::decode(&wanted.after).unwrap_or_default();
    let at = after.first().and_then(|at| at.parse().ok()).unwrap_or(0);
    let id = after.get(1).cloned().unwrap_or_default();
    let found = cx.read(move |r| delivery::dead(r, (Moment::from_millis(at), &id), PAGE)).await?;
    let columns = [
        Column::new("消息"),
        Column::new("接收的网关").narrow(),
        Column::new("原因"),
        Column::number("送过几次").minor(),
        Column::new("受理").narrow(),
    ];
    let today = cx.now().day();
    let rows = found.iter().map(|one| {
        Row::new([
            html! { code { (one.id) } },
            html! { (gateway_of(one)) },
            html! { (one.note) },
            html! { (one.tries) },
            moment_said(one.at, today),
        ])
        .href(format!("{place}/{}/{}", gateway_of(one), one.id))
    });
    let full = i64::try_from(found.len()).is_ok_and(|count| count >= PAGE);
    let next = found.last().filter(|_| full).map(|last| {
        let keys = [last.at.millis().to_string(), last.id.to_string()];
        format!("{place}?after={}", Cursor::encode(&[&keys[0], &keys[1]]))
    });
    let body = html! {
        (Heading::new(WORDS).lead("多次送达没有确认、过了有效时间、或者对方不收的消息。同一排序的后续消息会等在它后面，直到有人决定。"))
        (views(&place))
        (Table::new(WORDS).caption_hidden().columns(columns).rows(rows).stacked()
            .empty(empty("没有这样的消息", html! { p { "现在没有需要处理的。" } })))
        (Pager::new(next).first((!wanted.after.is_empty()).then(|| place.clone())))
    };
    page::desk(&cx, WORDS, &[Crumb::new(TITLE, HERE)], body).await
}

fn id_of(text: &str) -> Result<Id<Message>, Refusal> {
    text.parse().map_err(|_| not_found("这条消息"))
}

/// `GET /desk/exchange/dead/{gateway}/{id}`
pub(crate) async fn look(cx: Cx, Path((gateway, id)): Path<(String, String)>) -> Reply {
    shown(&cx, (&gateway, id_of(&id)?), &Reasoned::default(), Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    (gateway, id): (&str, Id<Message>),
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Reply {
    let queue = queue_of(gateway);
    let dead = cx.read(move |r| delivery::dead_by_id(r, &queue, id)).await?;
    let dead = dead.ok_or_else(|| not_found("这条没有送达的消息"))?;
    let place = format!("{HERE}/dead/{gateway}/{id}");
    let rows = [
        SummaryRow::of("消息", html! { a href={ (HERE) "/messages/" (id) } { code { (id) } } }),
        SummaryRow::new("接收的网关", gateway),
        SummaryRow::new("原因", &dead.note),
        SummaryRow::new("送过几次", dead.tries.to_string()),
        SummaryRow::of("有效到", moment(dead.expires)),
    ];
    let body = html! {
        (Heading::new(WORDS))
        (wrong.head())
        (summary_list(&rows))
        @if may(cx, &DECIDE).await? { (decide(&place, &dead, form, (wrong, cx.now()))) }
    };
    let crumbs = [Crumb::new(TITLE, HERE), Crumb::new(WORDS, format!("{HERE}/dead"))];
    Ok(wrong.status(page::desk(cx, WORDS, &crumbs, body).await?))
}

fn decide(place: &str, dead: &Dead, form: &Reasoned, (wrong, now): (Wrong<'_>, Moment)) -> Markup {
    let again = dead.expires > now;
    section(
        "decide",
        "您的决定",
        post_form(
            &format!("{place}/drop"),
            None,
            html! {
                (Field::area("reason", "理由", 2).value(&form.reason).error(wrong.with("reason")))
                (button_row(html! {
                    @if again { (Button::new("重新投递").to(format!("{place}/resend"))) }
                    (Button::danger("停止投递").consequence("不能恢复；等在后面的消息会继续投递"))
                }))
            },
        ),
    )
}

async fn settled(
    cx: &Cx,
    named: (&str, Id<Message>),
    form: &Reasoned,
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/dead"))),
        Err(stop) => shown(cx, named, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/exchange/dead/{gateway}/{id}/resend`
pub(crate) async fn resend(
    cx: ActCx,
    Path((gateway, id)): Path<(String, String)>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let (id, queue) = (id_of(&id)?, queue_of(&gateway));
    let outcome = acts::resend(&cx, (&queue, id), &form.reason).await;
    settled(&cx, (&gateway, id), &form, outcome).await
}

/// `POST /desk/exchange/dead/{gateway}/{id}/drop`
pub(crate) async fn give_up(
    cx: ActCx,
    Path((gateway, id)): Path<(String, String)>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let (id, queue) = (id_of(&id)?, queue_of(&gateway));
    let outcome = acts::drop_letter(&cx, (&queue, id), &form.reason).await;
    settled(&cx, (&gateway, id), &form, outcome).await
}
