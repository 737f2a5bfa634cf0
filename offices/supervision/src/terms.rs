//! The nouns: rules of supervision, and what they say about a case.

use access::{Permission, Reach};
use base::Day;
use flow::{ClockName, Level};
use serde::{Deserialize, Serialize};

/// See how all departments keep their limits, and decide on signals.
pub const WATCH: Permission = Permission {
    name: "supervision.watch",
    about: "查看监察情况、处理监察信号",
    roles: &[("supervisor", Reach::City)],
};

/// Receive the signals on one's own cases, and answer them.
pub const INBOX: Permission = Permission {
    name: "supervision.inbox",
    about: "签收监察信号、提出申辩",
    roles: &[("clerk", Reach::Organ), ("examiner", Reach::Organ), ("approver", Reach::Organ)],
};

/// How a person stands to the organ of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In a post there in which its signals are answered.
    Responsible,
    /// In none.
    Apart,
}

/// On what a rule speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trigger {
    /// The running clock is due today or within so many working days, promised day or legal day,
    /// whichever comes first.
    NearDue {
        /// How far ahead it looks.
        working_days: u32,
    },
    /// The promised day has passed.
    PastPromised,
    /// The law's day has passed.
    PastLegal,
}

impl Trigger {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Trigger::NearDue { .. } => "near_due",
            Trigger::PastPromised => "past_promised",
            Trigger::PastLegal => "past_legal",
        }
    }

    /// How many working days ahead of the due day it speaks.
    pub const fn working_days_ahead(self) -> u32 {
        match self {
            Trigger::NearDue { working_days } => working_days,
            Trigger::PastPromised | Trigger::PastLegal => 0,
        }
    }

    /// The trigger stored so. A trigger of a newer program is none of ours: the rule stays silent.
    pub fn parse(kind: &str, working_days: u32) -> Option<Self> {
        match kind {
            "near_due" => Some(Trigger::NearDue { working_days }),
            "past_promised" => Some(Trigger::PastPromised),
            "past_legal" => Some(Trigger::PastLegal),
            _ => None,
        }
    }
}

/// A rule of supervision in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `R04`.
    pub id: String,
    /// Counts its wordings.
    pub version: i64,
    /// 超过法定期限.
    pub name: String,
    /// How grave its signal is.
    pub level: Level,
    /// On what it speaks.
    pub trigger: Trigger,
    /// Of which clocks.
    pub clocks: Vec<ClockName>,
    /// What it rests on.
    pub basis: String,
    /// The rule in words.
    pub text: String,
    /// The first day on which it holds.
    pub from_day: Day,
    /// The last one, if it has been replaced.
    pub until_day: Option<Day>,
}

impl Rule {
    /// Whether it holds on this day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.from_day <= day && self.until_day.is_none_or(|until| day <= until)
    }
}

/// What a rule says about a case today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The rule: `R04`.
    pub rule: String,
    /// How grave.
    pub level: Level,
    /// The occasion: a rule speaks once on each.
    pub cycle: String,
    /// What it says, in plain words.
    pub message: String,
    /// What it rests on.
    pub basis: String,
}

/// Which open cases of an organ a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// All.
    #[default]
    All,
    /// Those that are due within three working days, and those that are late.
    Soon,
    /// Those that are late.
    Late,
}

impl Shown {
    /// All of them, in the order of the tabs.
    pub const ALL: [Shown; 3] = [Shown::All, Shown::Soon, Shown::Late];

    /// As it stands in the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shown::All => "all",
            Shown::Soon => "soon",
            Shown::Late => "late",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Shown::All => "全部在办",
            Shown::Soon => "临期和超期",
            Shown::Late => "超期",
        }
    }

    /// What an address says; all if it says nothing known.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|shown| shown.as_str() == text).unwrap_or_default()
    }
}
