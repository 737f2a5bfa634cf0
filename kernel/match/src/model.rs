//! A model of linkage, as data: which records are brought together, what of them is compared, in which steps, and
//! what each step says.

use crate::address::Part;
use crate::table::ColumnSpec;

/// As many comparisons as fit into a pattern, four bits each.
pub const COMPARISONS_MAX: usize = 16;
/// As many tests as a comparison may have: with "nothing to compare" and "otherwise" they are fifteen.
pub const LEVELS_MAX: usize = 13;

/// What is linked, and how.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The columns of the table, in their order.
    pub columns: Vec<ColumnSpec>,
    /// Records that agree in all keys of any of these are compared. The first rule that brings a pair owns it.
    pub rules: Vec<Rule>,
    /// Rules that bring hardly anybody but the same person together; the prior is counted by them.
    #[serde(default)]
    pub certain: Vec<Rule>,
    /// Which part of the same persons those rules find, 0 to 1.
    #[serde(default = "four_fifths")]
    pub certain_recall: f64,
    /// What is compared.
    pub comparisons: Vec<Comparison>,
    /// What keeps two records apart whatever else agrees.
    #[serde(default)]
    pub conflicts: Vec<Conflict>,
    /// Pairs that are at least so probable are linked.
    pub link: f64,
    /// Pairs that are at least so probable, and are not linked, wait for a person to judge them.
    pub review: f64,
    /// Records of a cluster are one on the whole: the probability of the mean of all their pairs' weights.
    #[serde(default = "half")]
    pub cohesion: f64,
    /// The probability that two records drawn by lot are one; `None` until it was estimated.
    #[serde(default)]
    pub prior: Option<f64>,
    /// Larger blocks are left out of their rule, and reported.
    #[serde(default)]
    pub block_records_max: Option<u32>,
}

fn four_fifths() -> f64 {
    0.8
}

fn half() -> f64 {
    0.5
}

/// Records are brought together when all keys of a rule are there and the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The keys.
    pub keys: Vec<Key>,
    /// For blind keys: the columns they were made of, since those say nothing in a session of this rule.
    #[serde(default)]
    pub made_of: Vec<String>,
}

/// One key of a rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The column.
    pub column: String,
    /// What of its value.
    #[serde(default)]
    pub of: Derive,
}

/// What is taken of a value as a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Derive {
    /// All of it.
    #[default]
    Whole,
    /// So many characters at the beginning.
    First(u8),
    /// So many characters at the end.
    Last(u8),
    /// Characters `from..to`, counted from 0: 6 to 14 of a citizen's number is the birth.
    Slice(u8, u8),
    /// How a Chinese name sounds; the Soundex of a Latin one.
    Sound,
    /// How its first character sounds: the surname.
    Surname,
    /// The first letters of its syllables.
    Initials,
    /// A part of an address.
    Part(Part),
}

/// One thing that is compared, by steps from the strongest agreement on.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// How it is called where it is explained.
    pub name: String,
    /// The column.
    pub column: String,
    /// The column whose value may have changed places with this one's (surname and given name), or is equal with it
    /// (the number of a house and its street).
    #[serde(default)]
    pub with: Option<String>,
    /// The steps: the first whose test holds is the one.
    pub levels: Vec<Level>,
    /// What it says when none holds.
    #[serde(default)]
    pub otherwise: Odds,
}

/// One step.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// What must hold.
    pub test: Test,
    /// How much the rarity of the value counts, 0 to 1.
    #[serde(default)]
    pub rarity: f64,
    /// What it says.
    #[serde(default)]
    pub odds: Odds,
}

/// How often a step is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Odds {
    /// Among pairs that are one; `None` until it was estimated.
    #[serde(default)]
    pub m: Option<f64>,
    /// Among pairs that are two; `None` until it was estimated.
    #[serde(default)]
    pub u: Option<f64>,
}

/// What two values are held to.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// The same in the one spelling of their kind.
    Equal,
    /// The same once variants of characters count as one (繁简, 异体).
    Variant,
    /// The same sound without tones.
    Pinyin,
    /// The same sound for who speaks as in the south (zh z, n l, -ng -n).
    PinyinNear,
    /// The same characters, or words, in another order.
    Order,
    /// One has a character, or a word, more in the middle or at the end.
    Missing,
    /// One character differs, and looks alike (形近).
    Alike,
    /// One character differs: a letter, a digit, a Chinese character.
    OneDiffers,
    /// Two neighbours have changed places.
    Transposed,
    /// One letter or digit is missing.
    OneMissing,
    /// So many letters or digits differ at most.
    Within(u8),
    /// At least so alike by Jaro and Winkler.
    JaroWinkler(f64),
    /// One is the beginning of the other: an initial, a short form.
    Begins,
    /// The two columns have changed places.
    Swapped,
    /// Equal, and the other column too.
    Together,
    /// One is in Latin letters how the characters of the other sound.
    Romanised,
    /// The first characters sound the same: the surname.
    Surname,
    /// All but the first character is the same: the given name.
    Given,
    /// Day and month have changed places.
    DayMonth,
    /// The years are so many apart, the rest is the same.
    YearNear(u8),
    /// The year is the same.
    Year,
    /// The days are so many apart at most: one may be of the lunar calendar.
    DaysWithin(u16),
    /// One is the first of the month, or of the year, of the other: the day was not known.
    FirstOfMonth,
    /// The same but for what one of them hides by stars.
    Masked,
    /// Two valid citizens' numbers of one division and day of birth: twins, or two who were registered together.
    Twin,
    /// At least one of the two is no valid number (its check character is wrong).
    Invalid,
    /// The addresses are the same down to this part.
    Reaches(Part),
    /// The addresses differ in this part.
    Parts(Part),
}

/// What keeps two records apart: both say something in each of these comparisons, and this came of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// What came of each.
    pub all: Vec<Stand>,
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stand {
    /// The comparison, by its name.
    pub comparison: String,
    /// No step holds, or one of these alone.
    #[serde(default)]
    pub at_best: Vec<Test>,
}

/// The conflicts of a model, ready for the inner loop: comparisons by their places, levels as bits.
#[derive(Debug)]
pub(crate) struct Conflicts(Vec<Vec<(usize, u16)>>);

impl Conflicts {
    pub(crate) fn of(model: &Model) -> Self {
        let bits = |stand: &Stand| {
            let place = model.comparisons.iter().position(|c| c.name == stand.comparison)?;
            let levels = &model.comparisons.get(place)?.levels;
            let levels = (1u32..).zip(levels.iter().map(|level| level.test));
            let named = levels.clone().filter(|(_, test)| stand.at_best.contains(test));
            let last = levels.count() as u32 + 1;
            Some((place, named.fold(1 << last, |bits, (level, _)| bits | 1 << level)))
        };
        let conflicts = model.conflicts.iter();
        let conflicts = conflicts.map(|c| c.all.iter().filter_map(bits).collect::<Vec<_>>());
        Self(conflicts.filter(|all| !all.is_empty()).collect())
    }

    /// Whether one stands between two records whose comparisons came to these levels.
    pub(crate) fn stands(&self, level: impl Fn(usize) -> u8) -> bool {
        let holds =
            |(place, bits): &(usize, u16)| bits & 1u16.wrapping_shl(level(*place).into()) != 0;
        self.0.iter().any(|all| all.iter().all(holds))
    }
}

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadModel {
    /// It speaks of a column that the table does not have.
    #[error("the table has no column {0}")]
    Column(String),
    /// It speaks of a comparison, or a step of one, that it does not have.
    #[error("the model has no comparison {0}, or not with that step")]
    Comparison(String),
    /// Too many comparisons.
    #[error("a model compares at most {COMPARISONS_MAX} things")]
    Comparisons,
    /// Too many levels, or none.
    #[error("comparison {0} has no step, or more than {LEVELS_MAX}")]
    Levels(String),
    /// A rule without a key.
    #[error("a rule needs a key")]
    Keys,
    /// A probability that is none.
    #[error("{0} is a probability between 0 and 1")]
    Probability(&'static str),
    /// A parameter that was not estimated.
    #[error("the model was not trained: {0} has no estimate")]
    Untrained(String),
}

impl Model {
    /// The model as it is written, held against its own limits and the columns it names.
    pub fn check(&self) -> Result<(), BadModel> {
        let known = |name: &str| self.columns.iter().any(|spec| spec.name == name);
        let rules = || self.rules.iter().chain(&self.certain);
        if rules().any(|rule| rule.keys.is_empty()) {
            return Err(BadModel::Keys);
        }
        let keyed = rules().flat_map(|rule| &rule.keys).map(|key| key.column.as_str());
        let made = rules().flat_map(|rule| &rule.made_of).map(String::as_str);
        let compared = self.comparisons.iter();
        let compared = compared.flat_map(|c| [Some(&c.column), c.with.as_ref()]).flatten();
        let mut named = keyed.chain(made).chain(compared.map(String::as_str));
        if let Some(stranger) = named.find(|name| !known(name)) {
            return Err(BadModel::Column(stranger.to_owned()));
        }
        if self.comparisons.len() > COMPARISONS_MAX {
            return Err(BadModel::Comparisons);
        }
        let steps = |c: &&Comparison| c.levels.is_empty() || c.levels.len() > LEVELS_MAX;
        if let Some(bad) = self.comparisons.iter().find(steps) {
            return Err(BadModel::Levels(bad.name.clone()));
        }
        let mut stands = self.conflicts.iter().flat_map(|c| &c.all);
        let there = |stand: &Stand| {
            let comparison = self.comparisons.iter().find(|c| c.name == stand.comparison);
            let has =
                |test: &Test| comparison.is_some_and(|c| c.levels.iter().any(|l| l.test == *test));
            comparison.is_some() && stand.at_best.iter().all(has)
        };
        if let Some(stranger) = stands.find(|stand| !there(stand)) {
            return Err(BadModel::Comparison(stranger.comparison.clone()));
        }
        let probability = |name, p: f64| {
            let open = p > 0.0 && p < 1.0;
            if open { Ok(()) } else { Err(BadModel::Probability(name)) }
        };
        probability("link", self.link)?;
        probability("review", self.review)?;
        probability("cohesion", self.cohesion)?;
        probability("prior", self.prior.unwrap_or(0.5))?;
        probability("certain_recall", self.certain_recall.min(0.999))
    }
}
