//! Security events: what the rules saw, and what was found when somebody looked into it.

use axum::Form;
use axum::extract::{Path, Query};
use base::{FieldError, Id};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, SummaryRow, Tab, Table, Tone,
    button_row, details, empty, error_summary, legal_basis, moment, moment_said, notice, post_form,
    section, summary_list, tabs, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::rules::events::{WORDS_MAX, may_explain};
use crate::terms::Event;
use crate::{acts, store};

const HERE: &str = "/desk/audit/events";
const TITLE: &str = "安全事件";
const PAGE: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    tab: String,
    before: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    words: String,
}

/// `GET /desk/audit/events`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let open = wanted.tab != "explained";
    let before = if wanted.before.is_empty() { "~".to_owned() } else { wanted.before.clone() };
    let today = cx.now().day();
    let (events, rules) = cx
        .read(move |r| {
            let events = store::events(r, open, &before, PAGE)?;
            Ok((events, acts::events::rules_on(r, today)?))
        })
        .await?;
    let here = if open { HERE.to_owned() } else { format!("{HERE}?tab=explained") };
    let full = i64::try_from(events.len()).is_ok_and(|count| count >= PAGE);
    let joint = if open { '?' } else { '&' };
    let next =
        events.last().filter(|_| full).map(|last| format!("{here}{joint}before={}", last.id));
    let rows = events.iter().map(|event| {
        Row::new([
            html! { (event.rule) },
            html! { (event.message) },
            state(event),
            moment_said(event.raised_at, today),
        ])
        .href(format!("{HERE}/{}", event.id))
    });
    let body = html! {
        (Heading::new(TITLE).lead("系统按规则发现的异常。事件不能删除，核查以后写明说明才能办结；不能由涉及的人自己说明。"))
        (tabs("状态", &[
            Tab::new("待核查", HERE, open),
            Tab::new("已说明", format!("{HERE}?tab=explained"), !open),
        ]))
        (Table::new("安全事件，最近的在前").columns([
            Column::new("规则").narrow(), Column::new("内容"), Column::new("状态").narrow(),
            Column::new("发现时间").narrow(),
        ]).rows(rows).empty(empty("没有这样的安全事件", html! { p { "系统每十分钟检查一次。" } })).stacked())
        (Pager::new(next).first((!wanted.before.is_empty()).then_some(here)))
        (section("rules", "今天有效的规则", html! {
            @for rule in &rules {
                (details(&format!("{} {}", rule.id, rule.name), html! { p { (rule.text) } (legal_basis(&rule.basis)) }))
            }
        }))
    };
    page::desk(&cx, TITLE, &[], body).await
}

fn state(event: &Event) -> Markup {
    if event.open { tag(Tone::Soon, "待核查") } else { tag(Tone::Closed, "已说明") }
}

/// `GET /desk/audit/events/{id}`
pub(crate) async fn one(cx: Cx, Path(id): Path<String>) -> Reply {
    show(&cx, &id, "", &[]).await
}

async fn show(cx: &Cx, id: &str, words: &str, errors: &[FieldError]) -> Reply {
    let id: Id<Event> = id.parse().map_err(|_| not_found("这一安全事件"))?;
    let event = cx.read(move |r| store::event(r, id)).await?;
    let event = event.ok_or_else(|| not_found("这一安全事件"))?;
    let own = may_explain(&event, cx.permit()?.account(), "说明").err().filter(|_| event.open);
    let mut rows = vec![
        SummaryRow::new("内容", &event.message),
        SummaryRow::new("规则", &event.rule),
        SummaryRow::new("依据", &event.basis),
        SummaryRow::of("发现时间", moment(event.raised_at)),
    ];
    if let Some(at) = event.explained_at {
        rows.push(SummaryRow::new("说明", &event.words));
        rows.push(SummaryRow::new("说明人", &event.explained_by));
        rows.push(SummaryRow::of("说明时间", moment(at)));
    }
    let body = html! {
        (error_summary(errors))
        (Heading::new(TITLE).state(state(&event)))
        (summary_list(&rows))
        (section("acts", "其中的记录", html! {
            ol { @for act in &event.acts { li { a href={ "/receipts/" (act) } { "存证回执 " (act) } } } }
        }))
        @if let Some(refusal) = &own {
            (notice(NoticeKind::Info, &refusal.message, html! {
                @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
                @if let Some(ground) = &refusal.ground { (legal_basis(ground)) }
            }))
        } @else if event.open {
            (post_form(&format!("{HERE}/{}/explain", event.id), None, html! {
                (Field::area("words", "核查情况和结论", 4).value(words).max(WORDS_MAX)
                    .error(errors.first().map(|error| error.message.clone())).render())
                (button_row(html! {
                    (Button::new("说明并办结").consequence("说明写入记录，不能再改"))
                }))
            }))
        }
    };
    page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await
}

/// `POST /desk/audit/events/{id}/explain`
pub(crate) async fn explain(cx: ActCx, Path(id): Path<String>, Form(said): Form<Said>) -> Reply {
    let event: Id<Event> = id.parse().map_err(|_| not_found("这一安全事件"))?;
    match acts::events::explain(&cx, event, &said.words).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}"))),
        Err(stop) => match stop.refusal() {
            Some(refusal) if !refusal.fields.is_empty() => {
                Ok(page::invalid(show(&cx, &id, &said.words, &refusal.fields).await?))
            }
            _ => Err(stop.into()),
        },
    }
}
