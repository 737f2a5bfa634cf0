//! What people see: the inbox of signals, the desk of supervision, the wall screen.

mod face;
pub(crate) mod inbox;
pub(crate) mod organs;
pub(crate) mod settle;
pub(crate) mod wall;

use access::Permission;
use base::{FieldError, Id, Moment, Refusal, Stop};
use flow::{
    CaseHead, ClockMark, Level, OrganCounts, Signal, SignalCounts, SignalMove, SignalOrder,
    SignalState,
};
use frame::parts::{
    Column, Entry, Pager, Row, Stat, SummaryRow, Table, Tone, empty, legal_basis, moment,
    moment_said, section, stats, summary_list, tag, timeline,
};
use frame::{Cx, not_found};
use ledger::Recorded;
use maud::{Markup, html};
use serde::Deserialize;

use crate::acts;

/// Signals of a page.
const ROWS: i64 = 50;

/// Where a page of a list begins.
#[derive(Deserialize)]
pub(crate) struct After {
    after: Option<String>,
}

/// What somebody wrote to a signal.
#[derive(Default, Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    words: String,
}

/// How grave, in a word, a shape and a colour.
fn level_tag(level: Level) -> Markup {
    let tone = match level {
        Level::Reminder => Tone::Active,
        Level::Warning | Level::Yellow => Tone::Soon,
        Level::Red => Tone::Late,
    };
    tag(tone, level.title())
}

fn state_tag(state: SignalState) -> Markup {
    let tone = match state {
        SignalState::Raised => Tone::Plain,
        SignalState::Seen | SignalState::Appealed => Tone::Active,
        SignalState::Upheld => Tone::Late,
        SignalState::Cancelled => Tone::Closed,
        SignalState::Closed => Tone::Good,
    };
    tag(tone, state.title())
}

/// Whose signals a list shows.
#[derive(Clone, Copy)]
enum Whose {
    /// Those of one's own desk and organ.
    Mine,
    /// Those of all organs.
    All,
}

/// The four numbers that say how the city stands.
fn city_stats(all: &OrganCounts, organs: usize, cards: SignalCounts) -> Markup {
    let tone = |count: i64, tone: Tone| if count > 0 { tone } else { Tone::Good };
    let late =
        |label: &str, count: i64| Stat::new(label, count).unit("件").tone(tone(count, Tone::Late));
    stats(&[
        late("超过法定期限", all.over_law).note(format!("红牌 {} 张", cards.red)),
        late("超过承诺期限", all.over_promised).note(format!("黄牌 {} 张", cards.yellow)),
        Stat::new("三个工作日内到期", all.soon).unit("件").tone(tone(all.soon, Tone::Soon)),
        Stat::new("在办", all.open).unit("件").note(format!("{organs} 个部门")),
    ])
}

/// The number of a case as people read it, linked to its page where its office has one.
fn case_link(cx: &Cx, signal: &Signal) -> Markup {
    let no = &signal.case_no;
    match cx.hall().case_page(&signal.office, no) {
        Some(page) => html! { a href=(page) { (no) } },
        None => html! { (no) },
    }
}

/// Who has it: a name, or that nobody has.
fn desk_of(name: &str) -> Markup {
    html! { @if name.is_empty() { span class="nothing" { "无人领办" } } @else { (name) } }
}

/// A list of signals, each leading to its page under `base`. In one's own inbox it goes without
/// saying whose they are.
fn signal_table(cx: &Cx, caption: &str, signals: &[Signal], base: &str, whose: Whose) -> Table {
    let today = cx.now().day();
    let responsible = |signal: &Signal| match whose {
        Whose::Mine => desk_of(&signal.handler_name),
        Whose::All => html! { (signal.organ_name) br; (desk_of(&signal.handler_name)) },
    };
    Table::new(caption)
        .stacked()
        .columns([
            Column::new("信号").narrow(),
            Column::new("事项"),
            Column::new("办件编号").narrow(),
            Column::new("内容"),
            Column::new(match whose {
                Whose::Mine => "承办人",
                Whose::All => "责任单位和承办人",
            }),
            Column::new("状态").narrow(),
            Column::new("发出时间").narrow().minor(),
        ])
        .rows(signals.iter().map(|signal| {
            Row::new([
                html! { (level_tag(signal.level)) " " (signal.rule) },
                html! { (signal.item_name) },
                case_link(cx, signal),
                html! { (signal.message) },
                responsible(signal),
                state_tag(signal.state),
                moment_said(signal.raised_at, today),
            ])
            .href(format!("{base}/{}", signal.id))
        }))
        .empty(empty(
            "现在没有需要处理的监察信号",
            html! { p { "期限临近或者超过时，系统会自动发出信号，并显示在这里。" } },
        ))
}

/// To the next page of a list, and back to the first.
fn pager(base: &str, next: Option<String>, inside: bool) -> Pager {
    Pager::new(next.map(|next| format!("{base}?after={next}")))
        .first(inside.then(|| base.to_owned()))
}

/// A signal with its case and what happened to it.
struct Dossier {
    signal: Signal,
    case: Option<CaseHead>,
    /// What happened to the case's clocks.
    marks: Vec<ClockMark>,
    acts: Vec<Recorded>,
}

/// Reads a signal for somebody who holds `permission` over its organ.
async fn dossier(
    cx: &Cx,
    id: &str,
    permission: &'static Permission,
) -> Result<(Dossier, access::Permit), Stop> {
    let id: Id<Signal> = id.parse().map_err(|_| not_found("这一监察信号"))?;
    let actor = cx.actor().clone();
    cx.read(move |reader| {
        let signal = acts::found(reader, id)?;
        let over = access::Over::Organ(signal.organ.clone());
        let permit = access::authorise(reader, &actor, permission, over)?;
        let case = flow::case_by_id(reader, signal.case)?;
        let marks = flow::marks_of(&flow::events_of(reader, signal.case)?);
        let own = signal.id.to_string();
        let mut acts = ledger::acts_of(reader, flow::SUBJECT, &signal.case.to_string())?;
        acts.retain(|act| {
            act.content().get("signal").and_then(serde_json::Value::as_str) == Some(own.as_str())
        });
        Ok((Dossier { signal, case, marks, acts }, permit))
    })
    .await
}

impl Dossier {
    /// What the signal says, of which case, and what happened to it.
    fn body(&self, cx: &Cx) -> Markup {
        let (signal, today) = (&self.signal, cx.now().day());
        let mut rows = vec![
            SummaryRow::of("办件", html! { (case_link(cx, signal)) }),
            SummaryRow::new("事项", &signal.item_name),
            SummaryRow::new("责任单位", &signal.organ_name),
            SummaryRow::of("承办人", desk_of(&signal.handler_name)),
            SummaryRow::new("内容", &signal.message),
            SummaryRow::of("发出时间", moment(signal.raised_at)),
        ];
        if let Some(case) = &self.case {
            let face = face::brief(case, &self.marks, today, &cx.hall().calendar);
            rows.push(SummaryRow::new("办件现在的状态", &case.state_title));
            rows.push(SummaryRow::of("办件现在的期限", face));
        }
        let entries: Vec<Entry> = self.acts.iter().map(|act| entry(cx, act)).collect();
        html! {
            (summary_list(&rows))
            (legal_basis(&signal.basis))
            (section("history", "处理经过", timeline(&entries, today)))
        }
    }
}

fn entry(cx: &Cx, act: &Recorded) -> Entry {
    let content = act.content();
    let said = |key: &str| content.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let words = if said("words").is_empty() { said("message") } else { said("words") };
    let words = words.to_owned();
    let who = act.who().map_or_else(
        || act.erased_words(),
        |who| {
            if who.on_behalf.is_some() {
                format!("{} · {} · {}", who.name, who.organ_name, who.post_said())
            } else if who.organ_name.is_empty() {
                who.name
            } else {
                format!("{} · {}", who.name, who.organ_name)
            }
        },
    );
    Entry::new(act.at, cx.hall().act_title(&act.kind))
        .who(who)
        .body(html! { @if !words.is_empty() { p { (words) } } })
        .receipt(format!("/receipts/{}", act.id))
}

/// The order to a signal, minted outside the transaction.
fn ordered(now: Moment, signal: &Signal, to_do: SignalMove) -> SignalOrder {
    SignalOrder::new(now, acts::OFFICE, signal.case, signal.id, to_do)
}

/// The words beside the fields of a form that was refused; the stop itself if it is another.
fn mended_by_words(stop: Stop) -> Result<Refusal, Stop> {
    match stop {
        Stop::Refused(refusal) if !refusal.fields.is_empty() => Ok(*refusal),
        other => Err(other),
    }
}

fn error_of(errors: &[FieldError], field: &str) -> Option<String> {
    errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
}
