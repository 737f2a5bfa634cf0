//! What the register of residents answers and announces.

use ask::{About, Question};
use base::{Day, Moment};
use serde::{Deserialize, Serialize};

/// Who is the person with this citizen number?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonByNumber {
    /// Citizen number (GB 11643), 18 characters.
    pub number: String,
    /// On which day; today where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
    /// As the register knew it at this moment; as it knows it where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Moment>,
}

impl PersonByNumber {
    /// Who the person with this number is now.
    pub fn now(number: impl Into<String>) -> Self {
        Self { number: number.into(), on: None, known: None }
    }
}

/// What the register knows of a person. The terms decide which fields are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonAnswer {
    /// Name.
    pub name: Option<String>,
    /// 男 or 女.
    pub sex: Option<String>,
    /// Nationality (民族, GB/T 3304), by its name.
    pub ethnicity: Option<String>,
    /// Day of birth.
    pub birth: Option<Day>,
    /// Where the person is registered to live.
    pub address: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// The day of their death.
    pub died: Option<Day>,
}

impl Question for PersonByNumber {
    type Answer = PersonAnswer;
    const KIND: &'static str = "population.person";

    fn about(&self) -> About {
        About::Person(self.number.clone())
    }
}

/// Under which other numbers does the register hold the same person? Two numbers of one person are a mistake, or a number
/// that was exchanged; who watches over payments asks under each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameAs {
    /// Citizen number (GB 11643), 18 characters.
    pub number: String,
}

/// The other numbers, in their order; none where the person stands in the register once. Nothing when the register does not
/// know the number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SameAnswer {
    /// The numbers.
    pub numbers: Option<Vec<String>>,
}

impl Question for SameAs {
    type Answer = SameAnswer;
    const KIND: &'static str = "population.same_as";

    fn about(&self) -> About {
        About::Person(self.number.clone())
    }
}

/// Do this name and this citizen number belong together? Answers yes or no and gives nothing away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameMatches {
    /// Citizen number (GB 11643), 18 characters.
    pub number: String,
    /// Name.
    pub name: String,
}

impl Question for NameMatches {
    type Answer = bool;
    const KIND: &'static str = "population.name_matches";

    fn about(&self) -> About {
        About::Person(self.number.clone())
    }
}

/// Is this the phone that the register holds for this citizen number? Answers yes or no; nothing
/// when the register holds none, or says that the person died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneMatches {
    /// Citizen number (GB 11643), 18 characters.
    pub number: String,
    /// Phone.
    pub phone: String,
}

impl Question for PhoneMatches {
    type Answer = bool;
    const KIND: &'static str = "population.phone_matches";

    fn about(&self) -> About {
        About::Person(self.number.clone())
    }
}

/// The act of a death that the register has come to know: one for each person.
pub const DIED: &str = "population.died";
/// The act of a death that the register has taken back, or moved to another day.
pub const CORRECTED: &str = "population.death_corrected";

/// What [`DIED`] and [`CORRECTED`] say. A person is named by the mark under which accounts are found by their number
/// (`access::NUMBER`), and by no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    /// The mark, in hexadecimal.
    pub person: String,
    /// The day; none if the register was wrong.
    pub died: Option<Day>,
}

impl Death {
    /// The death that an act's content tells of.
    pub fn read(content: serde_json::Value) -> Option<Self> {
        serde_json::from_value(content).ok()
    }

    /// The kinds of act that a later word on the same person begins with: what takes a death back is a correction, and after
    /// a correction both may come.
    pub fn kinds_of_later(&self) -> &'static [&'static str] {
        if self.died.is_some() { &[CORRECTED] } else { &[CORRECTED, DIED] }
    }

    /// Whether this, told later, says otherwise of the same person: who hears late of what was taken back meanwhile does
    /// nothing.
    pub fn is_overtaken_by(&self, later: &Death) -> bool {
        self.person == later.person && self.died != later.died
    }

    /// The mark.
    pub fn mark(&self) -> Option<[u8; 32]> {
        let mut mark = [0; 32];
        let digits = self.person.as_bytes();
        if digits.len() != 2 * mark.len() {
            return None;
        }
        for (byte, pair) in mark.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(mark)
    }
}
