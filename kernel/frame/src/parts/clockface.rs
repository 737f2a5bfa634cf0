//! The clock: how a case stands against its limits. One component everywhere.

use base::Day;
use maud::{Markup, html};

use super::date::{day, day_said};
use super::state::{Tone, tag};
use super::text::icon;

/// No more cells are drawn; a longer limit draws several days as one.
const CELLS_MAX: i64 = 60;

/// What the clock shows. Days are counted as the limit counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockFace {
    /// Which limit it is: 审查决定时限.
    pub name: String,
    /// The present day.
    pub today: Day,
    /// When it began to run.
    pub started: Option<Day>,
    /// Days used.
    pub used: i64,
    /// Days on which it stood still.
    pub paused: i64,
    /// The last day that was promised.
    pub due_promised: Option<Day>,
    /// Days left of the promise; negative when broken.
    pub remaining_promised: Option<i64>,
    /// The last day the law allows.
    pub due_legal: Option<Day>,
    /// Days left of the law's limit; negative when broken.
    pub remaining_legal: Option<i64>,
    /// The article that sets the limit: 行政许可法第四十二条.
    pub basis: String,
    /// It stands still now, and this is why: 等待申请人补正.
    pub frozen: Option<String>,
    /// The day it stopped for good, and what stopped it.
    pub stopped: Option<(Day, String)>,
    /// The limit was extended: 经本机关负责人批准，延长 10 个工作日.
    pub extended: Option<String>,
    /// The due days rest on a calendar that the State Council has not announced yet.
    pub uncertain: bool,
    /// With this many days left or fewer it is soon due.
    pub soon_days: i64,
    /// How days are counted: 工作日 or 自然日.
    pub unit: String,
}

impl ClockFace {
    /// A clock that has not begun to run.
    pub fn new(name: impl Into<String>, basis: impl Into<String>, today: Day) -> Self {
        Self {
            name: name.into(),
            today,
            started: None,
            used: 0,
            paused: 0,
            due_promised: None,
            remaining_promised: None,
            due_legal: None,
            remaining_legal: None,
            basis: basis.into(),
            frozen: None,
            stopped: None,
            extended: None,
            uncertain: false,
            soon_days: 2,
            unit: "个工作日".into(),
        }
    }

    /// What is left until the nearer of the two days.
    fn remaining(&self) -> Option<i64> {
        match (self.remaining_promised, self.remaining_legal) {
            (Some(promised), Some(legal)) => Some(promised.min(legal)),
            (promised, legal) => promised.or(legal),
        }
    }

    /// What it means, and in a word.
    pub fn state(&self) -> (Tone, &'static str) {
        let remaining = self.remaining();
        let past_law = self.remaining_legal.is_some_and(|left| left < 0);
        let past = remaining.is_some_and(|left| left < 0);
        match (&self.stopped, &self.frozen, self.started, remaining) {
            (Some(_), ..) if past_law => (Tone::Late, "超过法定时限办结"),
            (Some(_), ..) if past => (Tone::Late, "超过承诺时限办结"),
            (Some(_), ..) => (Tone::Good, "按时办结"),
            (_, _, None, _) => (Tone::Plain, "未开始"),
            _ if past_law => (Tone::Late, "超过法定时限"),
            _ if past => (Tone::Late, "超过承诺时限"),
            (_, Some(_), ..) => (Tone::Paused, "暂停计时"),
            (_, _, _, None) => (Tone::Active, "不计时限"),
            (_, _, _, Some(left)) if left <= self.soon_days => (Tone::Soon, "即将到期"),
            _ => (Tone::Good, "时限内"),
        }
    }

    /// `还剩 6 个工作日`, `今天到期`, `已超 2 个工作日`, `用时 5 个工作日`.
    fn headline(&self) -> Markup {
        let number = |before: &str, number: i64| {
            html! { (before) " " strong class="clock-figure" { (number) } " " (self.unit) }
        };
        if self.stopped.is_some() {
            return number("用时", self.used);
        }
        match (self.started, self.remaining()) {
            (None, _) => html! { "受理后开始计算" },
            (_, None) => number("已用", self.used),
            (_, Some(0)) => html! { strong class="clock-figure" { "今天" } " 到期" },
            (_, Some(left)) if left < 0 => number("已超", left.saturating_neg()),
            (_, Some(left)) => number("还剩", left),
        }
    }

    /// The days as cells: class and how many.
    fn cells(&self) -> Vec<(&'static str, i64)> {
        let used = self.used.max(0);
        let promised = self.remaining_promised.map(|left| used.saturating_add(left).max(0));
        let legal = self.remaining_legal.map(|left| used.saturating_add(left).max(0));
        let nearer = promised.or(legal).unwrap_or(used);
        let farther = legal.unwrap_or(nearer).max(nearer);
        let mut cells = vec![
            ("used", used.min(nearer)),
            ("broken", used.min(farther) - used.min(nearer)),
            ("over", used.saturating_sub(farther).max(0)),
            ("paused", self.paused.max(0)),
            ("left", nearer.saturating_sub(used).max(0)),
            ("reserve", farther - nearer.max(used).min(farther)),
        ];
        if self.stopped.is_some() {
            // What was left when it stopped was not needed; nothing of it is open any more.
            for (class, _) in &mut cells {
                if *class == "left" {
                    *class = "reserve";
                }
            }
        }
        let total: i64 = cells.iter().fold(0, |sum, (_, days)| sum.saturating_add(*days));
        let scale = (total / CELLS_MAX + i64::from(total % CELLS_MAX > 0)).max(1);
        for (_, days) in &mut cells {
            *days = *days / scale + i64::from(*days % scale > 0);
        }
        cells.retain(|(_, days)| *days > 0);
        cells
    }

    fn bar(&self) -> Markup {
        html! {
            div class="clock-bar" aria-hidden="true" {
                @for (class, days) in self.cells() {
                    @for _ in 0..days { span class={ "clock-cell clock-" (class) } {} }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        let entry = |class: &str, word: &str, days: i64| {
            html! { li { span class={ "clock-cell clock-" (class) } aria-hidden="true" {} (word) " " (days) } }
        };
        html! {
            ul class="clock-legend" {
                (entry("used", "已用", self.used))
                @if self.paused > 0 { (entry("paused", "暂停", self.paused)) }
                @if let (Some(left), None) = (self.remaining_promised, &self.stopped) {
                    @if left >= 0 { (entry("left", "距承诺", left)) }
                    @else { (entry("broken", "超承诺", left.saturating_neg())) }
                }
                @if let (Some(left), None) = (self.remaining_legal, &self.stopped) {
                    @if left >= 0 { (entry("reserve", "距法定", left)) }
                    @else { (entry("over", "超法定", left.saturating_neg())) }
                }
            }
        }
    }
}

/// The clock in full: what is left, the bar, both days, the article, what stopped it.
pub fn clock(face: &ClockFace) -> Markup {
    let (tone, word) = face.state();
    html! {
        div class={ "clock " (tone.class()) } {
            div class="clock-head" {
                h2 class="clock-name" { (face.name) }
                (tag(tone, word))
            }
            p class="clock-headline" { (face.headline()) }
            @if face.started.is_some() { (face.bar()) (face.legend()) }
            dl class="clock-days" {
                @if let Some(due) = face.due_promised {
                    div { dt { "承诺" } dd { (day_said(due, face.today)) } }
                }
                @if let Some(due) = face.due_legal {
                    div { dt { "法定" } dd { (day_said(due, face.today)) } }
                }
                @if let Some(began) = face.started { div { dt { "开始" } dd { (day(began)) } } }
                @if let Some((on, _)) = &face.stopped { div { dt { "结束" } dd { (day(*on)) } } }
            }
            @if let Some(why) = &face.frozen { p class="clock-note" { (icon("circle-pause")) "暂停计时：" (why) } }
            @if let Some((_, why)) = &face.stopped { p class="clock-note" { (icon("flag")) (why) } }
            @if let Some(words) = &face.extended { p class="clock-note" { (icon("calendar-days")) (words) } }
            @if face.uncertain {
                p class="clock-note" { (icon("info")) "放假安排尚未公布，日期以公布后的为准" }
            }
            p class="clock-basis" { (icon("scale")) "依据 " (face.basis) }
        }
    }
}

/// The clock in a cell of a table: the state, what is left, the bar.
pub fn clock_brief(face: &ClockFace) -> Markup {
    let (tone, word) = face.state();
    html! {
        div class={ "clock-brief " (tone.class()) } {
            span class="clock-brief-words" {
                (icon(tone.shape()))
                span class="visually-hidden" { (word) "，" }
                span { (face.headline()) }
            }
            @if face.started.is_some() { (face.bar()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face() -> ClockFace {
        let today = Day::new(2026, 11, 24).expect("a day");
        ClockFace {
            started: Some(today.plus(-8)),
            used: 4,
            paused: 2,
            due_promised: Some(today.plus(9)),
            remaining_promised: Some(6),
            due_legal: Some(today.plus(23)),
            remaining_legal: Some(16),
            ..ClockFace::new("审查决定时限", "行政许可法第四十二条", today)
        }
    }

    fn count(face: &ClockFace, class: &str) -> i64 {
        face.cells().iter().filter(|(one, _)| *one == class).map(|(_, days)| *days).sum()
    }

    #[test]
    fn every_day_is_one_cell() {
        let face = face();
        assert_eq!(face.state(), (Tone::Good, "时限内"));
        assert_eq!(face.cells(), vec![("used", 4), ("paused", 2), ("left", 6), ("reserve", 10)]);
    }

    #[test]
    fn a_broken_promise_and_a_broken_law_are_told_apart() {
        let broken = ClockFace {
            used: 12,
            remaining_promised: Some(-2),
            remaining_legal: Some(8),
            ..face()
        };
        assert_eq!(broken.state(), (Tone::Late, "超过承诺时限"));
        assert_eq!((count(&broken, "used"), count(&broken, "broken")), (10, 2));
        assert_eq!(count(&broken, "reserve"), 8);
        let worse = ClockFace {
            used: 23,
            remaining_promised: Some(-13),
            remaining_legal: Some(-3),
            ..face()
        };
        assert_eq!(worse.state(), (Tone::Late, "超过法定时限"));
        assert_eq!((count(&worse, "used"), count(&worse, "broken")), (10, 10));
        assert_eq!((count(&worse, "over"), count(&worse, "reserve")), (3, 0));
    }

    #[test]
    fn a_long_limit_is_drawn_in_few_cells() {
        let long = ClockFace { remaining_legal: Some(i64::MAX), ..face() };
        let total: i64 = long.cells().iter().map(|(_, days)| *days).sum();
        assert!(total <= CELLS_MAX + 6, "{total}");
    }
}
