//! What the register of residents answers and announces.

use ask::{About, Question};
use base::Day;
use serde::{Deserialize, Serialize};

/// Who is the person with this citizen number?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonByNumber {
    /// Citizen number (GB 11643), 18 characters.
    pub number: String,
}

/// What the register knows of a person. The terms decide which fields are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonAnswer {
    /// Name.
    pub name: Option<String>,
    /// 男 or 女.
    pub sex: Option<String>,
    /// Day of birth.
    pub birth: Option<Day>,
    /// Where the person is registered to live.
    pub address: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

impl Question for PersonByNumber {
    type Answer = PersonAnswer;
    const KIND: &'static str = "population.person";

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
/// when the register holds none.
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
