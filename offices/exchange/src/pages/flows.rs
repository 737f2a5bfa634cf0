//! How it goes: what passes between departments as a map with its table, how fast, what failed and why, what waits, and
//! what needs somebody. All of it from what was counted as it passed; no message is looked at.

use std::collections::{BTreeMap, HashMap};

use axum::extract::Query;
use base::{Moment, Outcome};
use delivery::Waiting;
use frame::parts::{
    Bar, BarChart, Column, Heading, NoticeKind, Row, Stat, Tab, Table, Tone, TrendChart, banner,
    button_row, empty, link_button, moment_said, notice, section, stats, tabs, tag,
};
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::gateways::{self, said_done, stalled};
use super::map::{self, Line};
use super::{HERE, TITLE, bus, views};
use crate::acts;
use crate::acts::alarms::STANDING_MAX;
use crate::rules::alarms::{filled, lasting};
use crate::rules::flows::{DAY_MS, FINE_MS, HOUR_MS, bound_words, slots, within_ms};
use crate::store::flows::{self as kept, Edge};
use crate::store::{self, PROPOSALS};
use crate::terms::{Alarm, CENTRE, Gateway, Proposal, Rule, Stall};

/// So many lines of each list.
const LINES: usize = 10;
/// So many lines of the table beneath the map.
const EDGES: usize = 200;

/// What is wanted: of which time, and what was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    of: String,
    done: String,
}

/// A stretch of time that is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stretch {
    Hour,
    Day,
    Week,
}

impl Stretch {
    const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.word() == word).unwrap_or(Self::Day)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Hour => "最近一小时",
            Self::Day => "最近一天",
            Self::Week => "最近一周",
        }
    }

    /// The grain by which it is counted, and from which slot on.
    fn since(self, now: Moment) -> (&'static str, i64) {
        let [(fine, at), (hour, begun), (day, today)] = slots(now);
        match self {
            Self::Hour => (fine, at - 11 * FINE_MS),
            Self::Day => (hour, begun - 23 * HOUR_MS),
            Self::Week => (day, today - 6 * DAY_MS),
        }
    }
}

struct Found {
    gateways: Vec<Gateway>,
    waiting: Vec<Waiting>,
    stalls: Vec<Stall>,
    open: Vec<Proposal>,
    alarms: Vec<Alarm>,
    over: Vec<Alarm>,
    edges: Vec<Edge>,
    resources: Vec<(String, i64, i64)>,
    trend: Vec<(i64, i64)>,
    paces: Vec<(String, String, i64, i64)>,
    bus: bus::Seen,
}

fn find(r: &::store::Reader<'_>, since: (&'static str, i64), now: Moment) -> Outcome<Found> {
    Ok(Found {
        gateways: store::gateways(r)?,
        waiting: delivery::waiting(r)?,
        stalls: store::stalls(r)?,
        open: PROPOSALS.open(r, now.day())?,
        alarms: kept::alarms(r, "open", STANDING_MAX)?,
        over: kept::alarms(r, "over", 10)?,
        edges: kept::edges(r, since)?,
        resources: kept::resources(r, since, 10)?,
        trend: kept::trend(r, since)?,
        paces: kept::paces(r, since)?,
        bus: bus::find(r)?,
    })
}

/// `GET /desk/exchange`
pub(crate) async fn look(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (now, stretch) = (cx.now(), Stretch::of(&wanted.of));
    let since = stretch.since(now);
    let found = cx.read(move |r| find(r, since, now)).await?;
    let rule = acts::rule(now.day())?;
    let titles = Titles::of(&found.gateways);
    let lines = lines(&found.edges);
    let again = format!("{HERE}?of={}", stretch.word());
    let body = html! {
        @if let Some(words) = said_done(&wanted.done) { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("各部门之间经过中心交换了什么、快不快、哪里不通。中心只数消息，不看内容。"))
        (stalled(&found.stalls, &rule, now))
        (views(HERE))
        (alarms(&found, now))
        (gateways::open(&cx, &found.open))
        (tabs("时段", &Stretch::ALL.map(|one| {
            Tab::new(one.words(), format!("{HERE}?of={}", one.word()), one == stretch)
        })))
        (numbers(&found, &lines, since, now))
        (button_row(html! {
            (link_button("刷新", &again))
            p { "数到 " (moment_said(now, now.day())) "。" }
        }))
        (section("map", "流向", html! {
            @if lines.is_empty() {
                (empty("这段时间没有交换", html! { p { "网关发来消息以后，这里画出谁向谁发了多少。" } }))
            } @else {
                (map::draw(&lines, &titles))
                (flow_table(&lines, &titles))
            }
        }))
        (speeds(&found))
        (course(&found, stretch, since))
        (failures(&found.edges, &titles))
        (queues(&found, &rule, now))
        (bus::standing(&found.bus, now))
        (tops(&found, &lines, &titles))
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// What gateways are called.
pub(super) struct Titles(HashMap<String, String>);

impl Titles {
    fn of(gateways: &[Gateway]) -> Self {
        let named = gateways.iter().map(|one| (one.name.clone(), one.title.clone()));
        Self(named.chain([(CENTRE.to_owned(), "交换中心".to_owned())]).collect())
    }

    pub(super) fn of_name<'a>(&'a self, name: &'a str) -> &'a str {
        match name {
            "" => "没有写明",
            _ => self.0.get(name).map_or(name, String::as_str),
        }
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn failed(edge: &Edge) -> bool {
    matches!(edge.outcome.as_str(), "refused" | "dead")
        || edge.kind == "refusal" && edge.outcome == "stored"
}

/// What passed between each two, the most first.
fn lines(edges: &[Edge]) -> Vec<Line> {
    let mut found: BTreeMap<(&str, &str), Line> = BTreeMap::new();
    for edge in edges {
        let line = found.entry((&edge.from, &edge.to)).or_insert_with(|| Line {
            from: edge.from.clone(),
            to: edge.to.clone(),
            ..Line::default()
        });
        match edge.outcome.as_str() {
            "stored" => (line.many, line.bytes) = (line.many + edge.many, line.bytes + edge.bytes),
            "acknowledged" => line.arrived += edge.many,
            _ => {}
        }
        line.failed += if failed(edge) { edge.many } else { 0 };
    }
    let mut lines: Vec<Line> = found.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.many, line.failed)));
    lines
}

fn sum(edges: &[Edge], of: impl Fn(&Edge) -> bool) -> i64 {
    edges.iter().filter(|edge| of(edge)).map(|edge| edge.many).sum()
}

fn numbers(found: &Found, lines: &[Line], (_, since): (&str, i64), now: Moment) -> Markup {
    let stored: i64 = lines.iter().map(|line| line.many).sum();
    let refused = sum(&found.edges, |edge| edge.outcome == "refused");
    let held: i64 = found.waiting.iter().map(|one| one.depth.held).sum();
    let dead: i64 = found.waiting.iter().map(|one| one.dead).sum();
    let minutes = ((now.millis() - since) / 60_000).max(1);
    // Tenths, since few messages an hour are some, too.
    let tenths = stored.saturating_mul(10) / minutes;
    let rate = format!("平均每分钟 {}.{} 条", tenths / 10, tenths % 10);
    let tone = |many: i64, tone| if many > 0 { tone } else { Tone::Plain };
    stats(&[
        Stat::new("受理的消息", stored).unit("条").note(rate),
        Stat::new("没有受理的", refused).unit("条").tone(tone(refused, Tone::Soon)),
        Stat::new("等待取走", held).unit("条").note("此刻"),
        Stat::new("没有送达", dead)
            .unit("条")
            .note("此刻，等人处理")
            .tone(tone(dead, Tone::Late))
            .href(format!("{HERE}/dead")),
    ])
}

fn where_of(alarm: &Alarm) -> Option<String> {
    match alarm.kind.as_str() {
        "stall" => None,
        "dead" => Some(format!("{HERE}/dead")),
        "told" => Some(format!("{HERE}/gateways/{}", alarm.about.split(' ').next()?)),
        _ => Some(format!("{HERE}/gateways/{}", alarm.about)),
    }
}

fn alarm_row(alarm: &Alarm, now: Moment) -> Row {
    let lasts = |until: Moment| lasting((until.millis() - alarm.since.millis()) / 1_000);
    let row = Row::new([
        html! { (alarm.words) },
        moment_said(alarm.since, now.day()),
        html! {
            @match alarm.until {
                None => (tag(Tone::Late, &format!("已 {}", lasts(now)))),
                Some(until) => (tag(Tone::Closed, &format!("结束，历时 {}", lasts(until)))),
            }
        },
    ]);
    match where_of(alarm) {
        Some(place) => row.href(place),
        None => row,
    }
}

fn alarms(found: &Found, now: Moment) -> Markup {
    let columns =
        || [Column::new("告警"), Column::new("开始").narrow(), Column::new("持续").narrow()];
    let table = |title: &str, alarms: &[Alarm]| {
        Table::new(title)
            .caption_hidden()
            .columns(columns())
            .rows(alarms.iter().map(|alarm| alarm_row(alarm, now)))
            .stacked()
    };
    html! {
        @if found.alarms.is_empty() {
            (notice(NoticeKind::Success, "现在没有告警", html! {
                p { "队列、等待时间、网关连接、证书、时钟和没有送达的消息都在限度以内，每十秒看一次。" }
            }))
        } @else {
            (section("alarms", "告警", html! { (table("现在的告警", &found.alarms)) }))
        }
        @if !found.over.is_empty() {
            (frame::parts::details("最近结束的告警", html! { (table("最近结束的告警", &found.over)) }))
        }
    }
}

fn flow_table(lines: &[Line], titles: &Titles) -> Markup {
    let columns = [
        Column::new("从"),
        Column::new("到"),
        Column::number("受理"),
        Column::number("对方确认"),
        Column::number("失败"),
        Column::number("千字节").minor(),
    ];
    let rows = lines.iter().take(EDGES).map(|line| {
        Row::new([
            html! { (titles.of_name(&line.from)) },
            html! { (titles.of_name(&line.to)) },
            html! { (line.many) },
            html! { (line.arrived) },
            html! {
                @if line.failed > 0 { (tag(line.tone(), &line.failed.to_string())) } @else { "0" }
            },
            html! { (line.bytes / 1_024) },
        ])
    });
    html! {
        (Table::new("谁向谁发了多少").caption_hidden().columns(columns).rows(rows).stacked())
        @if lines.len() > EDGES { p { "只列出消息最多的 " (EDGES) " 对。" } }
    }
}

/// What half and most of the messages took, of those of one gateway or of all.
fn halves(found: &Found, step: &str, gateway: Option<&str>) -> (i64, Option<i64>, Option<i64>) {
    let of = found
        .paces
        .iter()
        .filter(|(whose, kind, ..)| kind == step && gateway.is_none_or(|gateway| gateway == whose));
    let mut counted: BTreeMap<i64, i64> = BTreeMap::new();
    for (_, _, within, many) in of {
        *counted.entry(*within).or_default() += many;
    }
    let counted: Vec<(i64, i64)> = counted.into_iter().collect();
    let all = counted.iter().map(|(_, many)| many).sum();
    (all, within_ms(&counted, 50), within_ms(&counted, 95))
}

fn within(bound: Option<i64>) -> Markup {
    html! { @match bound { Some(bound) => { (bound_words(bound)) "以内" } None => "没有消息" } }
}

fn speeds(found: &Found) -> Markup {
    let columns = [
        Column::new("一步"),
        Column::number("消息"),
        Column::new("一半在").narrow(),
        Column::new("95% 在").narrow(),
    ];
    let steps = [
        ("stored", "网关签发 → 中心受理"),
        ("delivered", "中心受理 → 对方取走"),
        ("acknowledged", "对方取走 → 对方确认"),
    ];
    let rows = steps.map(|(step, words)| {
        let (all, half, most) = halves(found, step, None);
        Row::new([html! { (words) }, html! { (all) }, within(half), within(most)])
    });
    section(
        "speed",
        "快慢",
        html! { (Table::new("每一步用了多久").caption_hidden().columns(columns).rows(rows).stacked()) },
    )
}

fn course(found: &Found, stretch: Stretch, (_, since): (&str, i64)) -> Markup {
    let (length, count) = match stretch {
        Stretch::Hour => (FINE_MS, 12),
        Stretch::Day => (HOUR_MS * 2, 12),
        Stretch::Week => (DAY_MS, 7),
    };
    let title = match stretch {
        Stretch::Hour => "每五分钟受理的消息",
        Stretch::Day => "每两小时受理的消息",
        Stretch::Week => "每天受理的消息",
    };
    let bars = (0..count).map(|place| {
        let begin = since + place * length;
        let within = found.trend.iter().filter(|(slot, _)| (begin..begin + length).contains(slot));
        let many: i64 = within.map(|(_, many)| many).sum();
        let at = Moment::from_millis(begin).to_minute();
        let (day, minute) = at.split_once(' ').unwrap_or((&at, ""));
        let label = if stretch == Stretch::Week { day.get(5..).unwrap_or(day) } else { minute };
        #[allow(clippy::cast_precision_loss, reason = "a chart is for the eye")]
        Bar::new(label, many as f64)
    });
    section("course", "走势", html! { (TrendChart::new(title, "从", "条", bars)) })
}

/// Codes of refusals in words.
fn code_words(code: &str) -> &'static str {
    match code {
        "exchange.replayed" => "以前收到过，没有再收",
        "exchange.clock" => "时钟不准",
        "exchange.expired" => "过了有效时间",
        "exchange.bad_signature" => "签名不对",
        "exchange.certificate_expired" => "证书已经过期",
        "exchange.too_large" => "超过大小上限",
        "exchange.half" | "exchange.shape" => "消息不完整，或者写法不对",
        "exchange.life" => "有效时间太长",
        "exchange.not_its_organ" => "网关不代表这个机关",
        "exchange.terms_not_carried" => "共享条件带有转不出去的限制",
        "exchange.kind_not_registered" => "没有登记提供这项资源",
        "exchange.no_such_gateway" => "没有登记对方网关",
        "exchange.receiver_stopped" => "对方网关已停用",
        "exchange.answered_already" => "已经答复过",
        "exchange.not_for_centre" => "中心不接收这种消息",
        "exchange.body" => "内容读不懂",
        "exchange.stalled" => "登记簿、时钟或者交换总线停住，暂停受理",
        "exchange.suspended" | "exchange.revoked" => "网关已停用",
        "ask.no_terms" => "没有有效的共享条件",
        "ask.field_outside" => "要的字段超出共享条件",
        "dead" => "受理以后没有送达",
        "refusal" => "对方不予答复",
        _ => "其他原因",
    }
}

fn failures(edges: &[Edge], titles: &Titles) -> Markup {
    let mut found: BTreeMap<(String, &str), i64> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| failed(edge)) {
        let code = match edge.outcome.as_str() {
            "refused" => edge.code.clone(),
            "dead" => "dead".to_owned(),
            _ => "refusal".to_owned(),
        };
        *found.entry((code, &edge.from)).or_default() += edge.many;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, many)| std::cmp::Reverse(*many));
    let columns = [Column::new("原因"), Column::new("发送的网关"), Column::number("消息")];
    let rows = found.iter().take(LINES * 2).map(|((code, from), many)| {
        Row::new([
            html! { (code_words(code)) br; small { code { (code) } } },
            html! { (titles.of_name(from)) },
            html! { (many) },
        ])
    });
    html! {
        @if !found.is_empty() {
            (section("failures", "失败的原因", html! {
                (Table::new("失败的原因").caption_hidden().columns(columns).rows(rows).stacked())
            }))
        }
    }
}

fn queues(found: &Found, rule: &Rule, now: Moment) -> Markup {
    let columns = [
        Column::new("接收的网关"),
        Column::number("等待取走"),
        Column::number("占上限"),
        Column::new("最早的等了").narrow(),
        Column::number("没有送达"),
        Column::new("95% 取走").narrow(),
    ];
    let mut gateways: Vec<(&Gateway, Option<&Waiting>)> = found
        .gateways
        .iter()
        .map(|one| (one, found.waiting.iter().find(|waits| waits.depth.queue == one.queue())))
        .collect();
    gateways.sort_by_key(|(_, waits)| {
        std::cmp::Reverse(waits.map_or((0, 0), |waits| (waits.dead, waits.depth.held)))
    });
    let rows = gateways.iter().take(LINES * 5).map(|(gateway, waits)| {
        let none = Waiting::default();
        let waits = waits.unwrap_or(&none);
        let full = filled(&waits.depth, rule);
        let (_, _, most) = halves(found, "delivered", Some(&gateway.name));
        Row::new([
            html! { (gateway.title) },
            html! { (waits.depth.held) },
            html! { (full) "%" },
            html! {
                @match waits.oldest {
                    Some(at) => (lasting((now.millis() - at.millis()) / 1_000)),
                    None => "没有等待的",
                }
            },
            html! { (waits.dead) },
            within(most),
        ])
        .href(format!("{HERE}/gateways/{}", gateway.name))
    });
    section(
        "queues",
        "队列",
        html! {
            (Table::new("每个网关的队列").caption_hidden().columns(columns).rows(rows).stacked()
                .empty(empty("还没有登记网关", html! { p { "登记以后，等它取走的消息在这里。" } })))
        },
    )
}

fn tops(found: &Found, lines: &[Line], titles: &Titles) -> Markup {
    let mut got: BTreeMap<&str, i64> = BTreeMap::new();
    let given = found.edges.iter().filter(|edge| {
        edge.outcome == "stored" && matches!(edge.kind.as_str(), "answer" | "publish")
    });
    for edge in given.filter(|edge| edge.to != CENTRE) {
        *got.entry(&edge.to).or_default() += edge.many;
    }
    let mut got: Vec<_> = got.into_iter().collect();
    got.sort_by_key(|(_, many)| std::cmp::Reverse(*many));
    #[allow(clippy::cast_precision_loss, reason = "a chart is for the eye")]
    let bar = |name: &str, many: i64| Bar::new(name, many as f64);
    let consumers = got.iter().take(LINES).map(|(name, many)| bar(titles.of_name(name), *many));
    let resources = found.resources.iter().filter(|(name, ..)| !name.is_empty());
    let resources = resources.map(|(name, many, _)| bar(name, *many));
    html! {
        @if !lines.is_empty() {
            (section("tops", "用得最多的", html! {
                (BarChart::new("得到数据最多的部门", "网关", "条答复和推送", consumers))
                (BarChart::new("交换最多的资源", "资源", "条消息", resources))
            }))
        }
    }
}
