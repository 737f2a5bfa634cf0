//! How it stands with the bus, where the city uses one.

use ::store::Reader;
use base::{Moment, Outcome};
use frame::parts::{Column, Row, Stat, Table, Tone, moment_said, section, stats, tag};
use maud::{Markup, Render, html};

use crate::rules::alarms::lasting;
use crate::rules::bus::away;
use crate::store;
use crate::terms::Line;

/// Nodes hear of one another every second: who is silent for longer is not there.
const SILENT_SECONDS: u64 = 5;

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
    let nodes = Stat::new("齐全的节点", told.whole()).note(format!("共 {} 个", told.replicas));
    let nodes = if told.whole() < told.replicas { nodes.tone(Tone::Soon) } else { nodes };
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
                    "请先看各节点的服务和到它们的网络：三个节点里有两个互相连通，总线就自动恢复。"
                },
                None if reached => p {
                    "流“" (told.stream) "”" @if !told.leader.is_empty() { "，主节点 " (told.leader) } "。"
                },
                None => p { "刚刚启用，还没有连上。" },
            }
            @if !line.words.is_empty() { p { (line.words) } }
            @if reached && !told.nodes.is_empty() {
                (nodes_table(line, now))
                @if since.is_none() && told.whole() < told.replicas {
                    p { "有节点不齐全时，消息照常受理和投送。请在它的机器上看服务是否在运行、磁盘是否已满；它回来以后自己补齐，不用操作。" }
                }
            }
        },
    )
}

/// The nodes as they were found last: who has all of it, who is behind, who is gone and since when.
fn nodes_table(line: &Line, now: Moment) -> Markup {
    let columns = [
        Column::new("节点"),
        Column::new("情况").narrow(),
        Column::number("落后").narrow(),
        Column::new("联系").narrow(),
    ];
    let rows = line.told.nodes.iter().map(|node| {
        let seen = line.reached.plus_seconds(-i64::try_from(node.silent_seconds).unwrap_or(0));
        let silent = node.silent_seconds >= SILENT_SECONDS;
        let state = match (node.whole, silent) {
            (true, _) if node.name == line.told.leader => tag(Tone::Good, "主节点"),
            (true, _) => tag(Tone::Good, "齐全"),
            (false, true) => tag(Tone::Late, "连接不上"),
            (false, false) => tag(Tone::Soon, "正在补齐"),
        };
        let behind = match node.behind {
            0 => html! { "没有" },
            many => html! { (many) " 步" },
        };
        let since = match silent {
            true => html! { (moment_said(seen, now.day())) " 起中断" },
            false => html! { "正常" },
        };
        Row::new([html! { (node.name) }, state, behind, since])
    });
    let seen = if away(line, now).is_some() {
        "各节点：最后一次连上时的情况"
    } else {
        "各节点"
    };
    Table::new(seen).columns(columns).rows(rows).stacked().render()
}
