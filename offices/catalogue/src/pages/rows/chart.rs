//! A chart of rows: how many there are by an item, or another one summed by it. Over days it is one of months.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use base::Outcome;
use frame::parts::{Bar, BarChart, TrendChart, empty};
use frame::{Cx, Hall};
use maud::{Markup, html};

use crate::acts::sets::{self, Walk};
use crate::rules::query::is_number;
use crate::terms::{DataType, Item, SetLoad};

/// So many groups are drawn.
const DRAWN: usize = 24;
/// So many are counted; an item with more values is no category.
const GROUPS_MAX: usize = 5_000;
/// An item of a longer text is no category.
const LENGTH_MAX: u32 = 60;
/// Letters of a month: 2026-03.
const MONTH: usize = 7;

pub(super) struct Drawn {
    pub(super) by: String,
    pub(super) sum: String,
    pub(super) markup: Markup,
}

/// Whether rows can be grouped by an item.
pub(super) fn groups(item: &Item) -> bool {
    let short = item.length == 0 || item.length <= LENGTH_MAX;
    (!is_number(item.kind) || item.kind == DataType::Integer)
        && short
        && item.kind != DataType::Memo
}

/// Whether an item says a time: by its type, or as a month in text.
fn is_time(item: &Item) -> bool {
    let month = item.length == 7 && item.name.contains('月');
    matches!(item.kind, DataType::Day | DataType::Moment) || month
}

/// What is drawn first: what is no key and groups best by its shortness; a time before all.
fn first(load: &SetLoad) -> Option<usize> {
    let places = || load.shape.iter().enumerate().filter(|(_, item)| groups(item));
    let time = places().find(|(_, item)| is_time(item));
    let short = places()
        .filter(|(_, item)| !item.key && item.kind == DataType::Text)
        .min_by_key(|(_, item)| if item.length == 0 { u32::MAX } else { item.length });
    let likely = short.filter(|(_, item)| item.length > 0 && item.length <= 20);
    likely.or(time).or(short).or_else(|| places().next()).map(|(place, _)| place)
}

fn place_of(load: &SetLoad, code: &str) -> Option<usize> {
    load.shape.iter().position(|item| item.code == code)
}

pub(super) async fn drawn(cx: &Cx, load: &SetLoad, by: &str, sum: &str) -> Outcome<Drawn> {
    let by = place_of(load, by).or_else(|| first(load));
    let sum = place_of(load, sum)
        .filter(|at| load.shape.get(*at).is_some_and(|item| is_number(item.kind)));
    let Some((by, item)) = by.and_then(|at| Some((at, load.shape.get(at)?))) else {
        let markup = empty("这些数据没有可以分组的信息项", html! {});
        return Ok(Drawn { by: String::new(), sum: String::new(), markup });
    };
    let (time, hall, of) = (is_time(item), cx.hall().clone(), load.clone());
    let counted = sets::apart(async move { counted(&hall, &of, (by, time), sum).await }).await?;
    let summed = sum.and_then(|at| load.shape.get(at));
    let markup = match counted {
        None => empty("这一项的值太多，画不成图", html! { p { "请换一项分组。" } }),
        Some(groups) => bars(item, summed, groups, time),
    };
    let code = |item: Option<&Item>| item.map(|item| item.code.clone()).unwrap_or_default();
    Ok(Drawn { by: item.code.clone(), sum: code(summed), markup })
}

/// The rows of each value, or another item summed; nothing where there are too many values.
async fn counted(
    hall: &Hall,
    load: &SetLoad,
    (by, time): (usize, bool),
    sum: Option<usize>,
) -> Outcome<Option<BTreeMap<String, f64>>> {
    let (mut groups, mut many) = (BTreeMap::<String, f64>::new(), false);
    Walk::from_row(&hall.store, &hall.keys, load, 0)
        .each(|_, cells| {
            let cell = cells.get(by).copied().unwrap_or_default();
            let name = if time { cell.get(..MONTH).unwrap_or(cell) } else { cell };
            let more = match sum {
                None => 1.0,
                Some(at) => cells.get(at).and_then(|cell| cell.parse().ok()).unwrap_or(0.0),
            };
            if let Some(value) = groups.get_mut(name) {
                *value += more;
            } else if groups.len() >= GROUPS_MAX {
                many = true;
                return ControlFlow::Break(());
            } else {
                groups.insert(name.to_owned(), more);
            }
            ControlFlow::Continue(())
        })
        .await?;
    Ok((!many).then_some(groups))
}

fn bars(by: &Item, sum: Option<&Item>, groups: BTreeMap<String, f64>, time: bool) -> Markup {
    let title = match sum {
        None => format!("各{}的行数", by.name),
        Some(sum) => format!("各{}的{}合计", by.name, sum.name),
    };
    let unit = sum.map_or_else(|| "行".to_owned(), |sum| sum.name.clone());
    let all = groups.len();
    let mut groups: Vec<(String, f64)> = groups.into_iter().collect();
    if time {
        groups.drain(..all.saturating_sub(DRAWN));
    } else {
        groups.sort_by(|one, other| other.1.total_cmp(&one.1));
        groups.truncate(DRAWN);
    }
    let below = groups.iter().any(|(_, value)| *value < 0.0);
    let bars: Vec<Bar> = groups
        .into_iter()
        .map(|(name, value)| {
            Bar::new(if name.is_empty() { "没有填写".into() } else { name }, value)
        })
        .collect();
    html! {
        @if time { (TrendChart::new(title, &by.name, unit, bars)) }
        @else { (BarChart::new(title, &by.name, unit, bars)) }
        @if all > DRAWN {
            p class="meta" { "一共 " (all) " 组，只画" @if time { "最近的" } @else { "最大的" } " " (DRAWN) " 组。" }
        }
        @if below { p class="meta" { "小于 0 的值按 0 画。" } }
    }
}
