//! A service item, in the shape of `data/items.json`: the forty-nine fields of GB/T 39046—2020
//! table 4 that belong to an item, its materials, steps, questions, fees, and what a guide needs
//! beyond the standard. Each piece carries its source.

use std::collections::BTreeMap;

use access::Level;
use base::Day;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::source::Source;

/// A service item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name in URLs.
    pub slug: String,
    /// Which version of the item this is.
    pub version: i64,
    /// From this day it can be applied for in this version.
    pub effective_from: Day,
    /// Its state.
    pub state: State,
    /// The responsible organ's id.
    pub organ: String,
    /// Division 6, organ 3, type 2, sequence 3, part 2.
    pub local_code: String,
    /// National base code, 12 characters.
    pub base_code: String,
    /// Implementation code, 31 characters.
    pub impl_code: String,
    /// Its name.
    pub name: String,
    /// One or two sentences: when somebody needs it.
    pub summary: String,
    /// Decided on the spot, or within a promised time.
    pub kind: Kind,
    /// How often one must come in person.
    pub visits: u32,
    /// Why, when one must.
    #[serde(default)]
    pub visits_reason: String,
    /// How far an applicant's account must have shown whose it is, to apply online.
    #[serde(default = "registered", skip_serializing_if = "is_registered")]
    pub level: Level,
    /// Whether the law demands that applicants come themselves: no agent applies then (行政许可法 art. 29).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_person: bool,
    /// 1 to 4; 4 is 全程网办.
    pub online_depth: u8,
    /// 出证办结 or 出文办结.
    pub result_kind: String,
    /// What people call it: 开饭店.
    pub words: Vec<String>,
    /// Codes of events of a life.
    pub life_events: Vec<String>,
    /// Slugs of items that are often needed as well.
    pub related: Vec<String>,
    /// Table 4.
    pub fields: Fields,
    /// What a guide needs beyond table 4.
    pub extra: Extra,
    /// The other limits of the procedure.
    pub clock: Clock,
    /// What must come with an application, and what the organ gets by itself.
    pub materials: Vec<Material>,
    /// What is done, by whom, in how many days.
    pub steps: Vec<Step>,
    /// Questions and answers.
    pub faqs: Vec<Faq>,
    /// What it costs; empty when nothing.
    pub fees: Vec<Fee>,
    /// What the result looks like.
    pub sample: Sample,
}

/// What an item demands that says nothing of it.
fn registered() -> Level {
    Level::Registered
}

fn is_registered(level: &Level) -> bool {
    *level == Level::Registered
}

/// The fields of table 4 by their keys in `data/README.md`.
pub type Fields = BTreeMap<String, Field>;
/// What a guide needs beyond table 4, by key.
pub type Extra = BTreeMap<String, Field>;

/// A value with its source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Text, whole number, truth, or a list.
    pub value: Value,
    /// Where it comes from.
    pub src: Source,
    /// A remark for the reader, which the source does not cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Field {
    /// The value as text; empty when it is none.
    pub fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }

    /// The value as a list of texts.
    pub fn list(&self) -> Vec<&str> {
        self.value
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    /// Whether the value is true.
    pub fn holds(&self) -> bool {
        self.value == Value::Bool(true)
    }
}

/// The state of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not to be seen by the public.
    Draft,
    /// In the library.
    Published,
    /// Taken out of the library.
    Withdrawn,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Published => "published",
            State::Withdrawn => "withdrawn",
        }
    }
}

/// 办件类型, GB/T 39046 A.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 即办件.
    #[serde(rename = "instant")]
    OnTheSpot,
    /// 承诺件.
    Promise,
}

impl Kind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::OnTheSpot => "instant",
            Kind::Promise => "promise",
        }
    }

    /// 即办件 or 承诺件.
    pub const fn title(self) -> &'static str {
        match self {
            Kind::OnTheSpot => "即办件",
            Kind::Promise => "承诺件",
        }
    }
}

/// The limits beside the two main ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// To accept or to say what is missing.
    pub acceptance: Grace,
    /// The one extension, where an article grants it.
    pub extension: Option<Grace>,
    /// To hand the result over.
    pub delivery: Grace,
}

/// So many days for one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grace {
    /// How many.
    pub days: u32,
    /// `working` or `calendar`.
    pub unit: String,
    /// Silence until then accepts the application.
    #[serde(default)]
    pub silence_accepts: bool,
    /// Where it comes from.
    pub src: Source,
}

/// How a material comes to the organ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtain {
    /// The online form makes it.
    Form,
    /// The applicant attaches it.
    Upload,
    /// The organ gets it itself and never asks for it.
    Shared,
}

impl Obtain {
    /// As in the data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Obtain::Form => "form",
            Obtain::Upload => "upload",
            Obtain::Shared => "shared",
        }
    }
}

/// A material: nine fields of table 4, and how it comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Stable within the item.
    pub key: String,
    /// 材料名称.
    pub name: String,
    /// `application`, `certificate`, `proof`, `report` or `other`.
    pub kind: String,
    /// How it comes.
    pub obtain: Obtain,
    /// 出具机构.
    pub issuer: String,
    /// 出具时间要求.
    pub issuer_time: String,
    /// 办理说明.
    pub how_to: String,
    /// 办理地点.
    #[serde(rename = "where")]
    pub place: String,
    /// 使用说明.
    #[serde(rename = "use")]
    pub purpose: String,
    /// 原件份数.
    pub originals: u32,
    /// 复印件份数.
    pub copies: u32,
    /// 是否必备.
    pub required: bool,
    /// File endings that are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// Who gives a shared one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_from: Option<String>,
    /// The article by which it is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_src: Option<Source>,
    /// Where the nine fields come from.
    pub src: Source,
}

/// A step of the procedure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `accept`, `examine`, …
    pub key: String,
    /// 受理.
    pub name: String,
    /// Who does it.
    pub actor: String,
    /// Within so many days.
    pub days: u32,
    /// `working` or `calendar`.
    pub unit: String,
    /// Whether the days run on the promised limit.
    pub counted: bool,
    /// What is done.
    pub what: String,
    /// What the applicant does.
    pub applicant: String,
    /// Where it comes from.
    pub src: Source,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faq {
    /// The question.
    pub q: String,
    /// The answer.
    pub a: String,
    /// Where the answer comes from.
    pub src: Source,
}

/// A fee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// What it is for.
    pub name: String,
    /// In words: 80 元／件.
    pub standard: String,
    /// In fen.
    pub amount_fen: i64,
    /// The paper that sets it.
    pub basis: String,
    /// Where this comes from.
    pub src: Source,
}

/// What the result looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The paper's title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
}

impl Item {
    /// A field of table 4.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.get(key)
    }

    /// A field as text; empty when there is none.
    pub fn text(&self, key: &str) -> &str {
        self.field(key).map(Field::text).unwrap_or_default()
    }

    /// A field as a list of texts.
    pub fn list(&self, key: &str) -> Vec<&str> {
        self.field(key).map(Field::list).unwrap_or_default()
    }

    /// Whether a field is true.
    pub fn holds(&self, key: &str) -> bool {
        self.field(key).is_some_and(Field::holds)
    }

    /// A field as a number of days.
    pub fn days(&self, key: &str) -> Option<u32> {
        self.field(key)?.value.as_u64().and_then(|days| u32::try_from(days).ok())
    }

    /// The three digits of the organ, out of the local code.
    pub fn organ_code(&self) -> &str {
        self.local_code.get(6..9).unwrap_or_default()
    }

    /// The organ's full name.
    pub fn organ_name(&self) -> &str {
        self.text("implementing_organ")
    }

    /// Whether a natural person can apply for it.
    pub fn for_persons(&self) -> bool {
        self.list("service_object").contains(&"1")
    }

    /// Whether a firm or another organisation can apply for it.
    pub fn for_firms(&self) -> bool {
        self.list("service_object").iter().any(|code| *code != "1")
    }
}
