//! Limits, and what happens to a clock.

use base::Day;
use serde::{Deserialize, Serialize};

/// What a limit is counted in.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 工作日 (行政许可法 art. 82).
    #[default]
    WorkingDays,
    /// 日: every day counts; a last day that is a rest day moves to the next working day
    /// (民法典 art. 203).
    CalendarDays,
}

/// A length of time. Of 0 days: the same day (即办), or the next working day when started on a
/// rest day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// How many.
    pub days: u32,
    /// Of what.
    pub unit: Unit,
}

impl Limit {
    /// So many working days.
    pub const fn working(days: u32) -> Self {
        Self { days, unit: Unit::WorkingDays }
    }

    /// So many calendar days.
    pub const fn calendar(days: u32) -> Self {
        Self { days, unit: Unit::CalendarDays }
    }
}

/// The limits one clock runs against.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// 法定时限.
    pub legal: Option<Limit>,
    /// 承诺时限.
    pub promised: Option<Limit>,
    /// What the legal limit rests on: 行政许可法第四十二条.
    pub basis: String,
}

/// One limit and the rule it rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimit {
    /// How many days.
    pub days: u32,
    /// Working days unless it says otherwise: art. 82.
    #[serde(default)]
    pub unit: Unit,
    /// The rule.
    pub basis: String,
}

impl TimeLimit {
    /// The length alone.
    pub const fn limit(&self) -> Limit {
        Limit { days: self.days, unit: self.unit }
    }

    /// As the only limit of a clock.
    pub fn alone(&self) -> Limits {
        Limits { legal: Some(self.limit()), promised: None, basis: self.basis.clone() }
    }
}

/// What a service item says of the limits of its procedure, beside those of the decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnLimits {
    /// It is an administrative permit: the limits of 行政许可法 art. 32 and 44 are the longest.
    pub permit: bool,
    /// To accept, to refuse, or to ask for corrections.
    pub acceptance: TimeLimit,
    /// Silence until then is acceptance; of a permit it always is.
    pub silence_accepts: bool,
    /// By which the decision may be put off; none where no rule allows it.
    pub extension: Option<TimeLimit>,
    /// To hand the result over.
    pub delivery: TimeLimit,
}

/// What happens to a clock. A clock is the list of its events, in order; it is never stored as a
/// due date, so that a later notice or a correction is reckoned anew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockEvent {
    /// It starts; this day is not counted. After a `Stopped` it starts afresh, and what was before
    /// is forgotten (a corrected application starts the completeness clock again).
    Started(Day),
    /// Time stops counting (行政许可法 art. 45).
    Paused(Day),
    /// Time counts again.
    Resumed(Day),
    /// The legal limit grows, in its own unit (行政许可法 art. 42). The promise does not.
    Extended {
        /// The day of the decision.
        on: Day,
        /// By how much.
        days: u32,
        /// On what ground.
        basis: String,
    },
    /// It stops for good; an open pause ends with it.
    Stopped(Day),
}

impl ClockEvent {
    /// The day it happened.
    pub fn day(&self) -> Day {
        match self {
            Self::Started(day) | Self::Paused(day) | Self::Resumed(day) | Self::Stopped(day) => {
                *day
            }
            Self::Extended { on, .. } => *on,
        }
    }
}
