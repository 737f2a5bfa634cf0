//! The clock: how a case stands against its limits. One component everywhere.

use ::clock::{Reading, Unit};
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
    /// It has not begun, and it is the applicant's turn: the last day of theirs.
    pub awaited_until: Option<Day>,
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
    /// How days are counted: 个工作日 or 天.
    pub unit: String,
    /// How the promise counts its days, where it counts otherwise.
    pub unit_promised: Option<String>,
    /// The promise is broken, though no whole day has passed since: on the rest days after its last
    /// day nothing is left and it is late already.
    pub late_promised: bool,
    /// The same of the law's limit.
    pub late_legal: bool,
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
            awaited_until: None,
            frozen: None,
            stopped: None,
            extended: None,
            uncertain: false,
            soon_days: 2,
            unit: unit_words(Unit::WorkingDays).into(),
            unit_promised: None,
            late_promised: false,
            late_legal: false,
        }
    }

    /// What a clock reads today. Why it stands still, what stopped it and on what ground it was
    /// extended are yours to say better: set `frozen`, `stopped`, `extended` afterwards.
    pub fn of(
        name: impl Into<String>,
        basis: impl Into<String>,
        reading: &Reading,
        today: Day,
    ) -> Self {
        Self {
            started: reading.started,
            used: reading.used,
            paused: reading.paused,
            due_promised: reading.due_promised,
            remaining_promised: reading.remaining_promised,
            due_legal: reading.due_legal,
            remaining_legal: reading.remaining_legal,
            frozen: reading.frozen.then(|| "恢复后接着计算".to_owned()),
            stopped: reading.stopped.map(|on| (on, "已办结".to_owned())),
            extended: reading.extended.then(|| "法定时限已经延长".to_owned()),
            uncertain: reading.uncertain,
            unit: unit_words(reading.unit).into(),
            late_promised: reading.late_promised,
            late_legal: reading.late_legal,
            ..Self::new(name, basis, today)
        }
    }

    /// The promise counts its days in another unit than the law.
    pub fn promised_in(mut self, unit: Unit) -> Self {
        let words = unit_words(unit).to_owned();
        self.unit_promised = (words != self.unit).then_some(words);
        self
    }

    fn past_promise(&self) -> bool {
        self.late_promised || self.remaining_promised.is_some_and(|left| left < 0)
    }

    fn past_law(&self) -> bool {
        self.late_legal || self.remaining_legal.is_some_and(|left| left < 0)
    }

    /// What is left until the nearer of the two days, and in which unit.
    fn remaining(&self) -> Option<(i64, &str)> {
        let promised_unit = self.unit_promised.as_deref().unwrap_or(&self.unit);
        let promised = self.remaining_promised.map(|left| (left, promised_unit));
        let legal = self.remaining_legal.map(|left| (left, self.unit.as_str()));
        match (promised, legal) {
            // Days of different kinds are not compared; the promise is the nearer one.
            (Some(promised), Some(legal)) if self.unit_promised.is_none() => {
                Some(if legal.0 < promised.0 { legal } else { promised })
            }
            (promised, legal) => promised.or(legal),
        }
    }

    /// What it means, and in a word.
    pub fn state(&self) -> (Tone, &'static str) {
        match (&self.stopped, &self.frozen, self.started, self.remaining()) {
            (Some(_), ..) if self.past_law() => (Tone::Late, "超过法定时限办结"),
            (Some(_), ..) if self.past_promise() => (Tone::Late, "超过承诺时限办结"),
            (Some(_), ..) => (Tone::Good, "按时办结"),
            (_, _, None, _) if self.awaited_until.is_some() => (Tone::Soon, "等待补正"),
            (_, _, None, _) => (Tone::Plain, "未开始"),
            _ if self.past_law() => (Tone::Late, "超过法定时限"),
            _ if self.past_promise() => (Tone::Late, "超过承诺时限"),
            (_, Some(_), ..) => (Tone::Paused, "暂停计时"),
            (_, _, _, None) => (Tone::Active, "不计时限"),
            (_, _, _, Some((left, _))) if left <= self.soon_days => (Tone::Soon, "即将到期"),
            _ => (Tone::Good, "时限内"),
        }
    }

    /// `还剩 6 个工作日`, `今天到期`, `已超 2 个工作日`, `用时 5 个工作日`.
    fn headline(&self) -> Markup {
        let number = |before: &str, number: i64, unit: &str| {
            html! { (before) " " strong class="clock-figure" { (number) } " " (unit) }
        };
        let late = self.past_law() || self.past_promise();
        if self.stopped.is_some() {
            return number("用时", self.used, &self.unit);
        }
        match (self.started, self.remaining()) {
            (None, _) => match self.awaited_until {
                Some(last) => html! { "最迟 " (day_said(last, self.today)) },
                None => html! { "受理后开始计算" },
            },
            (_, None) => number("已用", self.used, &self.unit),
            (_, Some((left, unit))) if left < 0 => number("已超", left.saturating_neg(), unit),
            (_, Some((_, unit))) if late => {
                html! { "已超，不足 " strong class="clock-figure" { "1" } " " (unit) }
            }
            (_, Some((0, _))) if self.frozen.is_some() => html! { "恢复计时当天到期" },
            (_, Some((0, _))) => html! { strong class="clock-figure" { "今天" } " 到期" },
            (_, Some((left, unit))) => number("还剩", left, unit),
        }
    }

    /// The days as cells: class and how many.
    fn cells(&self) -> Vec<(&'static str, i64)> {
        let used = self.used.max(0);
        // A promise in another unit has no place on the law's scale.
        let promised = self.remaining_promised.filter(|_| self.unit_promised.is_none());
        let promised = promised.map(|left| used.saturating_add(left).max(0));
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

fn unit_words(unit: Unit) -> &'static str {
    match unit {
        Unit::WorkingDays => "个工作日",
        Unit::CalendarDays => "天",
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
    fn on_the_rest_day_after_the_last_day_it_is_late_already() {
        let resting = ClockFace { remaining_promised: Some(0), late_promised: true, ..face() };
        assert_eq!(resting.state(), (Tone::Late, "超过承诺时限"));
        assert!(resting.headline().into_string().starts_with("已超，不足 "));
    }

    #[test]
    fn a_reading_shows_its_own_face() {
        let today = Day::new(2026, 11, 24).expect("a day");
        let limits = ::clock::Limits {
            legal: Some(::clock::Limit::working(20)),
            promised: Some(::clock::Limit::working(5)),
            basis: "行政许可法第四十二条".into(),
        };
        let events = [::clock::ClockEvent::Started(today)];
        let calendar = ::clock::Calendar::china();
        let reading = ::clock::read(&events, &limits, &calendar, today).expect("a reading");
        let face = ClockFace::of("审查决定时限", limits.basis.clone(), &reading, today);
        assert_eq!(face.remaining(), Some((5, "个工作日")));
        assert_eq!(face.cells(), vec![("left", 5), ("reserve", 15)]);
    }

    #[test]
    fn a_long_limit_is_drawn_in_few_cells() {
        let long = ClockFace { remaining_legal: Some(i64::MAX), ..face() };
        let total: i64 = long.cells().iter().map(|(_, days)| *days).sum();
        assert!(total <= CELLS_MAX + 6, "{total}");
    }
}
