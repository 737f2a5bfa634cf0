//! What the register of legal entities answers and announces.

use ask::{About, Question};
use base::{Day, Moment};
use serde::{Deserialize, Serialize};

/// What is the legal entity with this unified social credit code?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityByCode {
    /// Unified social credit code (GB 32100), 18 characters.
    pub code: String,
    /// On which day; today where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
    /// As the register knew it at this moment; as it knows it where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Moment>,
}

impl EntityByCode {
    /// What the entity with this code is now.
    pub fn now(code: impl Into<String>) -> Self {
        Self { code: code.into(), on: None, known: None }
    }
}

/// What the register knows of an entity. The terms decide which fields are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntityAnswer {
    /// Name.
    pub name: Option<String>,
    /// 有限责任公司, 个体工商户, 事业单位.
    pub kind: Option<String>,
    /// 存续, 吊销, 注销, 撤销, 迁出, 歇业.
    pub status: Option<String>,
    /// Legal representative, person in charge or operator.
    pub representative: Option<String>,
    /// Registered capital in 万元.
    pub capital: Option<String>,
    /// The day on which it was founded.
    pub founded: Option<Day>,
    /// The day on which it was revoked or cancelled.
    pub ended: Option<Day>,
    /// Registering authority.
    pub organ: Option<String>,
    /// Where it is registered.
    pub address: Option<String>,
    /// The line of GB/T 4754.
    pub industry: Option<String>,
    /// What it may do.
    pub scope: Option<String>,
}

impl EntityAnswer {
    /// Whether its business has come to an end: 吊销, 注销, 撤销. Who has moved or rests has not ended.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() || self.status.as_deref().is_some_and(|status| ENDS.contains(&status))
    }
}

/// The states in which an entity has ended.
const ENDS: [&str; 3] = ["吊销", "注销", "撤销"];

impl Question for EntityByCode {
    type Answer = EntityAnswer;
    const KIND: &'static str = "entities.entity";

    fn about(&self) -> About {
        About::Entity(self.code.clone())
    }
}

/// Which entities that are not ended does the person with this citizen number represent?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitiesOf {
    /// Citizen number (GB 11643), 18 characters.
    pub number: String,
}

/// The entities that somebody represents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Represented {
    /// Each with its name, in the order of their founding.
    pub entities: Option<Vec<Named>>,
}

/// An entity by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Unified social credit code.
    pub code: String,
    /// Name.
    pub name: String,
}

impl Question for EntitiesOf {
    type Answer = Represented;
    const KIND: &'static str = "entities.of_person";

    fn about(&self) -> About {
        About::Person(self.number.clone())
    }
}

/// The act of an entity that the register has come to know as ended: revoked, cancelled, annulled.
pub const ENDED: &str = "entities.ended";
/// The act of an entity that goes on after all, or ended otherwise than was announced.
pub const CORRECTED: &str = "entities.end_corrected";

/// What [`ENDED`] and [`CORRECTED`] say. Codes of entities are public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Unified social credit code.
    pub code: String,
    /// Its state: 吊销; none where the register knows the entity no more.
    pub status: Option<String>,
    /// The day; none where it goes on, or where the register does not know it.
    pub ended: Option<Day>,
}

impl End {
    /// What an act's content tells of.
    pub fn read(content: serde_json::Value) -> Option<Self> {
        serde_json::from_value(content).ok()
    }

    /// Whether it has ended: 吊销, 注销, 撤销. A correction may say that it ended otherwise.
    pub fn is_over(&self) -> bool {
        self.status.as_deref().is_some_and(|status| ENDS.contains(&status))
    }

    /// The kinds of act that a later word on the same entity begins with: what takes an end back is a correction, and after
    /// a correction both may come.
    pub fn kinds_of_later(&self) -> &'static [&'static str] {
        if self.is_over() { &[CORRECTED] } else { &[CORRECTED, ENDED] }
    }

    /// Whether this, told later, says otherwise of the same entity: who hears late of what was taken back meanwhile does
    /// nothing.
    pub fn is_overtaken_by(&self, later: &End) -> bool {
        self.code == later.code && self != later
    }
}
