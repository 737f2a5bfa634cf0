//! The key that signs for the log, as the page of keys shows it.

use ::store::Reader;
use base::{Moment, Outcome};
use data_encoding::HEXLOWER;
use frame::Cx;
use frame::parts::{SummaryRow, Tone, moment_said, progress, section, summary_list, tag};
use frame::rotation::{self, LogStanding, Which};
use maud::{Markup, html};
use seal::Use;
use vault::ring::RingRow;

use super::keys::{held, purpose};
use crate::acts::exchange_of;
use crate::store;
use crate::terms::Proposal;

/// The steps of a succession: announced, both sign, the new one alone.
const STEPS: u64 = 3;

/// How the key stands, and who agreed to it last.
pub(super) fn found(reader: &Reader<'_>) -> Outcome<(LogStanding, Option<Proposal>)> {
    let agreed = store::last_agreed(reader, &exchange_of(Which::Log))?;
    Ok((rotation::log_standing(reader)?, agreed))
}

/// Whether a key of the ring belongs among those that came: one of the log does once it signs.
pub(super) fn is_over(key: &RingRow, now: Moment) -> bool {
    key.usage != Use::Log || key.seals_from <= now
}

pub(super) fn log_key(cx: &Cx, (standing, agreed): &(LogStanding, Option<Proposal>)) -> Markup {
    let (keys, today) = (&cx.hall().keys, cx.now().day());
    let version = standing.serving();
    let kept = if version == 1 {
        held(keys.holder())
    } else {
        "由主密钥加密，和数据密钥放在一起"
    };
    let fingerprint = HEXLOWER.encode(&keys.log_key().public().key_id());
    let since = match standing.successions.last() {
        Some(last) => moment_said(last.at, today),
        None => html! { "建立城市的时候" },
    };
    let mut rows = vec![
        SummaryRow::new("用途", purpose(Which::Log)),
        SummaryRow::new("保管", kept),
        SummaryRow::of(
            "现用",
            html! {
                "第 " (version) " 版，公钥指纹 " code { (fingerprint) } "，"
                a href="/log/keys" { "历次公钥的清单" }
            },
        ),
        SummaryRow::of("启用", since),
    ];
    if let Some(agreed) = agreed
        && let Some(settled) = &agreed.proposed.settled
    {
        rows.push(SummaryRow::of(
            "上次更换",
            html! {
                (agreed.proposed.name) "提出，" (settled.name) " " (moment_said(settled.at, today)) "同意"
            },
        ));
    }
    rows.push(SummaryRow::of("状态", state(standing, today)));
    section(
        "log",
        Which::Log.title(),
        html! {
            (summary_list(&rows))
            @if let Some(done) = done(standing) { (progress("更换进度", done, STEPS)) }
        },
    )
}

/// How many steps of a succession that is under way are done.
fn done(standing: &LogStanding) -> Option<u64> {
    match (standing.begins(), standing.both()) {
        (Some(_), _) => Some(1),
        (None, Some(_)) => Some(2),
        (None, None) => None,
    }
}

fn state(standing: &LogStanding, today: base::Day) -> Markup {
    let under_way = tag(Tone::Active, "正在更换");
    match (standing.begins(), standing.both()) {
        (Some(begins), _) => html! {
            (under_way) " 新密钥已告知各进程，" (moment_said(begins, today)) "起和现用的一起签名"
        },
        (None, Some((last, until))) => html! {
            (under_way) " 第 " (last.version - 1) " 版和第 " (last.version) " 版一起签名到"
            (moment_said(until, today)) "，以后只用第 " (last.version) " 版"
        },
        (None, None) => tag(Tone::Good, "没有在更换"),
    }
}
