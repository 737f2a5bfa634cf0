//! A chart of rows: how many there are by an item, or another one summed by it. Over days it is one of months. It was worked
//! out when the rows came to count.

use base::{Fault, Outcome};
use frame::Cx;
use frame::parts::{Bar, BarChart, TrendChart, empty};
use maud::{Markup, html};

use crate::rules::drawings::{self, Chart, DRAWN};
use crate::store as rows;
use crate::terms::{Item, SetLoad};

pub(super) struct Drawn {
    pub(super) by: String,
    pub(super) sum: String,
    pub(super) markup: Markup,
}

pub(super) async fn drawn(cx: &Cx, load: &SetLoad, by: &str, sum: &str) -> Outcome<Drawn> {
    let groupings = drawings::groupings(&load.shape);
    let item = groupings.iter().find(|item| item.code == by).copied();
    let Some(item) = item.or_else(|| drawings::first(&load.shape)) else {
        let markup = empty("这些数据没有可以分组的信息项", html! {});
        return Ok(Drawn { by: String::new(), sum: String::new(), markup });
    };
    let summed = drawings::summed(&load.shape).into_iter().find(|item| item.code == sum);
    let (no, name) = (load.no, drawings::chart_name(&item.code));
    let kept = cx.read(move |r| rows::drawing(r, no, &name)).await?;
    let code = summed.map(|item| item.code.clone()).unwrap_or_default();
    let chart: Option<Chart> =
        kept.map(|text| serde_json::from_str(&text)).transpose().map_err(Fault::from)?;
    let markup = match &chart {
        None => still_counted(),
        Some(chart) if chart.many => {
            empty("这一项的值太多，画不成图", html! { p { "请换一项分组。" } })
        }
        Some(chart) => bars(item, summed, chart, &code),
    };
    Ok(Drawn { by: item.code.clone(), sum: code, markup })
}

/// Rows that stood before drawings were kept are drawn by the clockwork, within the hour.
pub(super) fn still_counted() -> Markup {
    empty("这一版数据正在统计", html! { p { "请过一个小时再来看；数据本身可以照常查看和下载。" } })
}

fn bars(by: &Item, sum: Option<&Item>, chart: &Chart, code: &str) -> Markup {
    let time = drawings::is_time(by);
    let title = match sum {
        None => format!("各{}的行数", by.name),
        Some(sum) => format!("各{}的{}合计", by.name, sum.name),
    };
    let unit = sum.map_or_else(|| "行".to_owned(), |sum| sum.name.clone());
    let groups = chart.of(code).cloned().unwrap_or_default();
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
        @if chart.groups > DRAWN {
            p class="meta" { "一共 " (chart.groups) " 组，只画" @if time { "最近的" } @else { "最大的" } " " (DRAWN) " 组。" }
        }
        @if below { p class="meta" { "小于 0 的值按 0 画。" } }
    }
}
