//! Simple charts, drawn on the server. Each has its table beneath; the drawing is for the eye only.

use maud::{Markup, Render, html};

use super::state::Tone;

/// One value of a chart.
#[derive(Clone, Debug)]
pub struct Bar {
    label: String,
    value: f64,
    tone: Tone,
}

impl Bar {
    /// A value with its name.
    pub fn new(label: impl Into<String>, value: f64) -> Self {
        let value = if value.is_finite() { value.max(0.0) } else { 0.0 };
        Self { label: label.into(), value, tone: Tone::Active }
    }

    /// What it means.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Bars beneath each other: which is largest.
#[derive(Clone, Debug)]
pub struct BarChart {
    title: String,
    what: String,
    unit: String,
    bars: Vec<Bar>,
}

impl BarChart {
    /// A chart; `what` heads the names (部门), `unit` the values (件).
    pub fn new(
        title: impl Into<String>,
        what: impl Into<String>,
        unit: impl Into<String>,
        bars: impl IntoIterator<Item = Bar>,
    ) -> Self {
        let bars = bars.into_iter().collect();
        Self { title: title.into(), what: what.into(), unit: unit.into(), bars }
    }
}

impl Render for BarChart {
    fn render(&self) -> Markup {
        let most = largest(&self.bars);
        html! {
            figure class="chart" {
                figcaption { (self.title) span class="chart-unit" { "单位：" (self.unit) } }
                ol class="chart-bars" aria-hidden="true" {
                    @for bar in &self.bars {
                        li class={ "chart-bar " (bar.tone.class()) } {
                            span class="chart-label" { (bar.label) }
                            svg class="chart-track" width="100%" height="14" {
                                rect class="chart-rest" width="100%" height="14" rx="2" {}
                                rect class="chart-fill" width={ (percent(bar.value, most)) "%" } height="14" rx="2" {}
                            }
                            span class="chart-value" { (figures(bar.value)) }
                        }
                    }
                }
                (table(&self.title, &self.what, &self.unit, &self.bars))
            }
        }
    }
}

/// Columns side by side: how it went over time.
#[derive(Clone, Debug)]
pub struct TrendChart {
    title: String,
    what: String,
    unit: String,
    bars: Vec<Bar>,
}

impl TrendChart {
    /// A chart; `what` heads the times (月份), `unit` the values (件).
    pub fn new(
        title: impl Into<String>,
        what: impl Into<String>,
        unit: impl Into<String>,
        bars: impl IntoIterator<Item = Bar>,
    ) -> Self {
        let bars = bars.into_iter().collect();
        Self { title: title.into(), what: what.into(), unit: unit.into(), bars }
    }
}

impl Render for TrendChart {
    fn render(&self) -> Markup {
        let most = largest(&self.bars);
        html! {
            figure class="chart" {
                figcaption { (self.title) span class="chart-unit" { "单位：" (self.unit) } }
                ol class="chart-columns" aria-hidden="true" {
                    @for bar in &self.bars {
                        @let height = percent(bar.value, most);
                        li class={ "chart-column " (bar.tone.class()) } {
                            span class="chart-value" { (figures(bar.value)) }
                            svg class="chart-shaft" width="100%" height="120" {
                                rect class="chart-fill" y={ (tenth(100.0 - height)) "%" } width="100%" height={ (height) "%" } {}
                            }
                            span class="chart-label" { (bar.label) }
                        }
                    }
                }
                (table(&self.title, &self.what, &self.unit, &self.bars))
            }
        }
    }
}

fn largest(bars: &[Bar]) -> f64 {
    bars.iter().map(|bar| bar.value).fold(0.0, f64::max)
}

/// The share of the largest, in per cent with one decimal.
fn percent(value: f64, most: f64) -> f64 {
    if most > 0.0 { tenth(value / most * 100.0) } else { 0.0 }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// `1 284`, `97.5`: thousands set apart by a thin space.
fn figures(value: f64) -> String {
    let tenths = (value * 10.0).round();
    let whole = format!("{:.0}", (tenths / 10.0).trunc());
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    let rest = tenths % 10.0;
    if rest > 0.0 { format!("{text}.{rest:.0}") } else { text }
}

fn table(title: &str, what: &str, unit: &str, bars: &[Bar]) -> Markup {
    html! {
        details class="details chart-table" {
            summary { span class="details-title" { "看数据表" } }
            div class="details-body" {
                table class="table" {
                    caption class="visually-hidden" { (title) }
                    thead { tr { th scope="col" { (what) } th scope="col" class="number" { (unit) } } }
                    tbody {
                        @for bar in bars {
                            tr { th scope="row" { (bar.label) } td class="number" { (figures(bar.value)) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_set_in_thousands() {
        assert_eq!(figures(1_284.0), "1\u{2009}284");
        assert_eq!(figures(97.46), "97.5");
        assert_eq!(figures(9.96), "10");
        assert_eq!(figures(0.0), "0");
    }

    #[test]
    fn a_chart_of_nothing_divides_by_nothing() {
        let chart = BarChart::new("无", "部门", "件", [Bar::new("甲", f64::NAN)]);
        assert!(chart.render().into_string().contains("width=\"0%\""));
    }
}
