//! The nouns: what a register's identities are found by, a run, a pair that waits, a decision.

use access::Permission;
use base::{Fault, Moment, Outcome};
use matching::{Model, Waits};
use register::{Body, Register};
use serde::{Deserialize, Serialize};

/// No identity has more entries that a person may split or merge.
pub const MEMBERS_MAX: usize = 50;

/// How the entries of one register are compared, as its office declares it.
#[derive(Debug)]
pub struct Linked {
    /// The register.
    pub register: &'static Register,
    /// The measure, as JSON.
    pub measure: &'static str,
    /// What of a body stands in each column of the measure's model, in their order; nothing where it says nothing.
    pub cells: fn(&Body) -> Vec<String>,
    /// The field of a body by which a subject is found.
    pub key: &'static str,
    /// Who may judge, merge, split, and ask for a run.
    pub right: &'static Permission,
    /// The job that compares.
    pub job: &'static str,
    /// The act of a run that has come to count.
    pub compared: &'static str,
    /// The act of a pair that was judged.
    pub judged: &'static str,
    /// The act of two identities that were merged.
    pub merged: &'static str,
    /// The act of an identity that was split.
    pub split: &'static str,
    /// The act of a decision that was taken back.
    pub restored: &'static str,
}

/// By what the entries of a register are held against each other: a model of linkage with its odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// How many of a hundred entries stand in the register once more, as is believed before anything is compared. The
    /// prior of a pair follows from it and from how many entries there are.
    pub twice_in_hundred: f64,
    /// What is compared, and what it says.
    pub model: Model,
}

impl Measure {
    /// Reads a measure, and holds it against its own limits. Its odds are all there: nothing is learnt at a run, so that
    /// every run weighs alike.
    pub fn read(text: &str) -> Outcome<Self> {
        let mut measure: Self = serde_json::from_str(text).map_err(Fault::from)?;
        measure.model.prior = Some(measure.prior(2));
        measure.model.check().map_err(Fault::from)?;
        let share = measure.twice_in_hundred;
        if !(share > 0.0 && share < 100.0) {
            return Err(Fault::said("the measure's share of entries is none").into());
        }
        let odds = measure.model.comparisons.iter();
        let mut odds = odds.flat_map(|c| c.levels.iter().map(|l| l.odds).chain([c.otherwise]));
        if odds.any(|odds| odds.m.is_none() || odds.u.is_none()) {
            return Err(Fault::said("the measure has a step without odds").into());
        }
        Ok(measure)
    }

    /// The probability that two of so many entries, drawn by lot, are one.
    pub fn prior(&self, entries: u32) -> f64 {
        let share = 2.0 * self.twice_in_hundred / 100.0;
        (share / f64::from(entries.max(2))).clamp(1e-12, 0.5)
    }

    /// The model for so many entries.
    pub fn model(&self, entries: u32) -> Model {
        Model { prior: Some(self.prior(entries)), ..self.model.clone() }
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It reads and compares; nothing of it counts.
    Running,
    /// It counts.
    Done,
    /// It was broken off, or another took its place.
    Broken,
}

impl RunState {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "running" => RunState::Running,
            "done" => RunState::Done,
            _ => RunState::Broken,
        }
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub no: i64,
    /// All entries were compared, or those that loads have changed.
    pub whole: bool,
    /// How far it is.
    pub state: RunState,
    /// The newest load that it saw.
    pub source: String,
    /// When it began.
    pub started_at: Moment,
    /// When it last moved; of one that counts, since when.
    pub moved_at: Moment,
    /// So many entries were read,
    pub done: i64,
    /// of so many.
    pub total: i64,
    /// Entries that were new or had changed.
    pub fresh: i64,
    /// Pairs that were compared.
    pub pairs: i64,
    /// Entries that came to an identity of several.
    pub joined: i64,
    /// Entries that left one.
    pub parted: i64,
    /// Pairs that it left to people.
    pub waiting: i64,
    /// Pairs that it would have left to them, had not too many waited already. A later run finds them again.
    pub beyond: i64,
    /// Its act.
    pub act: String,
}

/// Why a pair waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something in it speaks against it, whatever else agrees.
    Conflict,
    /// Taken with the others around it, it is not probable enough.
    Chain,
    /// It is not probable enough.
    Unsure,
}

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Kind; 3] = [Kind::Conflict, Kind::Chain, Kind::Unsure];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Conflict => "conflict",
            Kind::Chain => "chain",
            Kind::Unsure => "unsure",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Kind::Conflict => "有矛盾",
            Kind::Chain => "牵连",
            Kind::Unsure => "不能确定",
        }
    }

    /// What it means, in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::Conflict => "各项合起来很像，但是有一项互相矛盾，程序不自动合并",
            Kind::Chain => "这两条很像，但是其中一条所在的一组里还有不像的，程序不自动合并",
            Kind::Unsure => "像，但是把握不够",
        }
    }

    /// Reads what is stored, and what an address says.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub(crate) fn of(waits: Waits) -> Self {
        match waits {
            Waits::Conflict => Kind::Conflict,
            Waits::Chain => Kind::Chain,
            Waits::Unsure => Kind::Unsure,
        }
    }
}

/// How a pair stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairState {
    /// It waits.
    Open,
    /// A person judged that the two are one.
    Same,
    /// A person judged that they are two.
    Different,
    /// A later run has no question about it any more.
    Closed,
}

impl PairState {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "open" => PairState::Open,
            "same" => PairState::Same,
            "different" => PairState::Different,
            _ => PairState::Closed,
        }
    }
}

/// Why a pair weighs what it weighs: from the prior to the sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// What stands before anything is compared, in bits.
    pub prior: f64,
    /// From which sum on a pair is joined.
    pub link: f64,
    /// The comparisons, in the order of the model.
    pub steps: Vec<Step>,
    /// What stands in the end.
    pub bits: f64,
    /// What contradicts each other in it: the places of the steps; none where nothing does.
    pub conflict: Vec<usize>,
}

/// What one comparison said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was compared: 姓名.
    pub name: String,
    /// What was found: 读音相同.
    pub words: String,
    /// What it weighs, the rarity of the value in it.
    pub bits: f64,
    /// The sum so far.
    pub sum: f64,
}

/// A pair that waits, or was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Its number.
    pub no: i64,
    /// Why it waits.
    pub kind: Kind,
    /// Its weight, in thousandths of a bit.
    pub weight: i64,
    /// What each comparison said.
    pub why: Why,
    /// How it stands.
    pub state: PairState,
    /// The decision that judged it; 0 for none.
    pub decision: i64,
    /// The marks of the two entries.
    pub marks: ([u8; 32], [u8; 32]),
}

/// An entry of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The row's number.
    pub no: i64,
    /// The identity; 0 of an entry on its own.
    pub identity: i64,
    /// The entry's mark.
    pub mark: [u8; 32],
    /// The run that put it there; 0 for none.
    pub run: i64,
    /// The decision that did; 0 for none.
    pub decision: i64,
    /// Since when.
    pub since: Moment,
    /// Until when; nothing while it stands.
    pub until: Option<Moment>,
}

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A pair is one.
    Same,
    /// A pair is two.
    Different,
    /// Two identities are one.
    Merge,
    /// Some entries of an identity are another's.
    Split,
}

impl Verb {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Same => "same",
            Verb::Different => "different",
            Verb::Merge => "merge",
            Verb::Split => "split",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Verb::Same => "判断为同一主体",
            Verb::Different => "判断为不同主体",
            Verb::Merge => "合并两个主体",
            Verb::Split => "拆出另一个主体",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        let all = [Verb::Same, Verb::Different, Verb::Merge];
        all.into_iter().find(|verb| verb.as_str() == text).unwrap_or(Verb::Split)
    }
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its number.
    pub no: i64,
    /// What was decided.
    pub verb: Verb,
    /// The pair; 0 for none.
    pub pair: i64,
    /// The identity that stayed; 0 where both entries stay on their own.
    pub identity: i64,
    /// The one that ended in it, or was split off; 0 for none.
    pub other: i64,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by_name: String,
    /// Why.
    pub reason: String,
    /// The act.
    pub act: String,
    /// When it was taken back, by whom, why, and the act.
    pub undone: Option<(Moment, String, String, String)>,
}

/// What changes: entries that come from one identity to another, each by its mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Entries, in the order of their marks: from which identity, and the row that says so, to which. 0 is none.
    pub moves: Vec<([u8; 32], (i64, i64), i64)>,
    /// The number that the next identity gets after it.
    pub next: i64,
}
