//! How it stands with the bus, where the city uses one.

use ::store::Reader;
use base::{Moment, Outcome};
use frame::parts::{Stat, Tone, moment_said, section, stats};
use maud::{Markup, html};

use crate::rules::alarms::lasting;
use crate::rules::bus::away;
use crate::store;
use crate::terms::Line;

/// What the section shows: the bus, and how much lies in outboxes.
pub(super) struct Seen {
    line: Option<Line>,
    waiting: i64,
}

pub(super) fn find(r: &Reader<'_>) -> Outcome<Seen> {
    let waiting = delivery::outboxes(r)?.iter().map(|(_, held)| held).sum();
    Ok(Seen { line: store::bus::line(r)?, waiting })
}

/// The section of the page.
pub(super) fn standing(Seen { line, waiting }: &Seen, now: Moment) -> Markup {
    let Some(line) = line else { return html! {} };
    let (told, since) = (&line.told, away(line, now));
    let reached = line.reached.millis() > 0;
    let state = match since {
        None if reached => Stat::new("总线", "连接着"),
        None => Stat::new("总线", "正在连接"),
        Some(at) => Stat::new("总线", "连接不上")
            .note(format!("已 {}", lasting((now.millis() - at.millis()) / 1_000)))
            .tone(Tone::Late),
    };
    let nodes = Stat::new("齐全的节点", told.whole).note(format!("共 {} 个", told.replicas));
    let nodes = if told.whole < told.replicas { nodes.tone(Tone::Soon) } else { nodes };
    section(
        "bus",
        "交换总线",
        html! {
            (stats(&[
                state,
                nodes,
                Stat::new("途中", told.letters).unit("条").note(format!("{} 条还没有送来", told.lag)),
                Stat::new("等待上线", *waiting).unit("条").note("此刻"),
            ]))
            @match since {
                Some(at) => p {
                    "从 " (moment_said(at, now.day())) " 起没有连上。消息暂时由本市的库直接投送，不会丢失；"
                    (lasting(line.patience_seconds)) "以内连不上，就暂停受理，恢复以后自动继续。"
                },
                None if reached => p {
                    "流“" (told.stream) "”" @if !told.leader.is_empty() { "，主节点 " (told.leader) }
                    "，" (moment_said(line.reached, now.day())) " 看过。"
                },
                None => p { "刚刚启用，还没有连上。" },
            }
            @if !line.words.is_empty() { p { (line.words) } }
        },
    )
}
