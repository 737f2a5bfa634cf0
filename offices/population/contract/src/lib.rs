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
        mark_of(&self.person)
    }
}

fn mark_of(person: &str) -> Option<[u8; 32]> {
    let mut mark = [0; 32];
    let digits = person.as_bytes();
    if digits.len() != 2 * mark.len() {
        return None;
    }
    for (byte, pair) in mark.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(mark)
}

/// The act of a number under which the register has come to name another person than before.
pub const ANOTHER: &str = "population.another_person";
/// The act of a number under which it names again somebody who stood there before.
pub const BACK: &str = "population.person_back";

/// What [`ANOTHER`] and [`BACK`] say. Their subject is the row of the register (its load, a stroke, its place there), by which
/// is asked who they are ([`UnderOneNumber`]); a number is named by the mark under which accounts are found by it
/// (`access::NUMBER`), and nobody by a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The mark, in hexadecimal.
    pub person: String,
    /// The place of the load that brought it, or took it back, among those of the register.
    pub place: i64,
    /// The place of the load by which who stands there now first came to stand there.
    pub since: i64,
    /// The organ of who brought the load; blank where nobody's did.
    pub organ: String,
}

impl Holder {
    /// What an act's content tells.
    pub fn read(content: serde_json::Value) -> Option<Self> {
        serde_json::from_value(content).ok()
    }

    /// The mark.
    pub fn mark(&self) -> Option<[u8; 32]> {
        mark_of(&self.person)
    }

    /// Whether this, told later by [`BACK`], ends what was told of another person: whoever stands there now stood there
    /// before them.
    pub fn is_over_by(&self, back: &Holder) -> bool {
        self.person == back.person && (back.since + 1..=back.place).contains(&self.place)
    }
}

/// Who stood under one number, before and after a row of the register said that it is another person?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderOneNumber {
    /// The row, as the act of it names it.
    pub row: String,
}

/// The people. The terms decide which of these are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OneNumber {
    /// Citizen number.
    pub number: Option<String>,
    /// Who stood there before the load came, or was undone.
    pub before: Option<Registered>,
    /// Who stood there afterwards.
    pub after: Option<Registered>,
    /// Who stands there now; nothing where the number is in the register no more.
    pub now: Option<Registered>,
}

/// What the register said of a person, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Name.
    pub name: String,
    /// Nationality (民族, GB/T 3304), by its name.
    pub ethnicity: String,
    /// Where the person is registered to live.
    pub address: String,
    /// Phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The day of their death.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died: Option<Day>,
    /// How the load is called that brought it.
    pub source: String,
    /// When it came to be known.
    pub known: Moment,
}

impl Question for UnderOneNumber {
    type Answer = OneNumber;
    const KIND: &'static str = "population.under_one_number";

    /// Who asks knows no number: that of the answer is the one whose look is on record.
    fn about(&self) -> About {
        About::Nothing
    }
}
