//! The nouns of security events.

use base::{Day, Id, Moment};
use serde::{Deserialize, Serialize};

/// What a rule counts within an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measure {
    /// Looks of one account at different people or cases.
    Looks {
        /// Of these kinds.
        acts: Vec<String>,
    },
    /// Acts of one account in a post, outside of the hours of work.
    OddHours {
        /// Work begins.
        from_hour: i64,
        /// Work has ended.
        until_hour: i64,
        /// These kinds are no work.
        #[serde(default)]
        except: Vec<String>,
    },
    /// Failures to come into one account.
    FailuresOn {
        /// Of these kinds.
        acts: Vec<String>,
    },
    /// Failures that came from one address.
    FailuresFrom {
        /// Of these kinds.
        acts: Vec<String>,
    },
    /// What one account was refused for want of a right.
    Refusals {
        /// Of these kinds.
        acts: Vec<String>,
    },
}

/// A rule in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `A01`.
    pub id: String,
    /// Counts its wordings.
    pub version: i64,
    /// What it is called.
    pub name: String,
    /// What it counts.
    pub measure: Measure,
    /// More than so many within an hour are an event.
    pub more_than: usize,
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
    /// Whether it says the same but for its last day.
    pub fn has_words_of(&self, other: &Self) -> bool {
        Self { until_day: other.until_day, ..self.clone() } == *other
    }
}

/// Whose a rule is; the later goes before the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It came with the program.
    House,
    /// The city has entered it.
    City,
}

impl Source {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::House => "house",
            Source::City => "city",
        }
    }

    /// From where it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Source::House, Source::City].into_iter().find(|source| source.as_str() == text)
    }
}

/// A rule as it stands in the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Whose it is.
    pub source: Source,
    /// The rule.
    pub rule: Rule,
}

/// What a rule says about an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spotted {
    /// Whom or what it concerns, one word for each: `account 01k…`, `address 10.1.2.3`.
    pub concerned: String,
    /// The account that it concerns, if it is one.
    pub account: Option<String>,
    /// How many.
    pub count: usize,
    /// Some of the acts.
    pub acts: Vec<String>,
}

/// A security event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Id.
    pub id: Id<Event>,
    /// The rule: `A01`.
    pub rule: String,
    /// Its version.
    pub version: i64,
    /// The beginning of the hour.
    pub hour: Moment,
    /// Whom or what it concerns.
    pub concerned: String,
    /// The account that it concerns, if it is one.
    pub account: Option<String>,
    /// What was seen, in words.
    pub message: String,
    /// What the rule rests on.
    pub basis: String,
    /// Some of the acts, by id.
    pub acts: Vec<String>,
    /// When it was raised.
    pub raised_at: Moment,
    /// Whether nobody has explained it yet.
    pub open: bool,
    /// The explanation.
    pub words: String,
    /// Who explained it.
    pub explained_by: String,
    /// When.
    pub explained_at: Option<Moment>,
}
