//! What the library of powers answers and announces.

use ask::{About, Question};
use clock::{Limits, OwnLimits};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which version of this service item is in force today?
///
/// Only a published version that is effective on the day is answered: nothing else can start a
/// case (湖北省行政权力清单管理办法).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemInForce {
    /// The item's local code (16 characters) or its slug.
    pub code: String,
}

impl Question for ItemInForce {
    type Answer = Item;
    const KIND: &'static str = "powers.item";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// A service item as an application needs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// Local code, 16 characters.
    pub code: String,
    /// Name in URLs.
    pub slug: String,
    /// Version of the library entry.
    pub version: i64,
    /// Name.
    pub name: String,
    /// The responsible organ's id.
    pub organ: String,
    /// The responsible organ's full name.
    pub organ_name: String,
    /// Three digits of the organ, part of case numbers.
    pub organ_code: String,
    /// Both limits and the article they follow from.
    pub limits: Limits,
    /// The other limits of the procedure, each with what it rests on.
    pub own_limits: Option<OwnLimits>,
    /// How far an applicant's account must have shown whose it is: `registered` (or empty), `checked`, `proven`.
    pub level: String,
    /// Whether the law demands that applicants come themselves, so that no agent applies.
    pub in_person: bool,
    /// 即办件: decided on the spot.
    pub instant: bool,
    /// The articles a refusal to accept or to grant can rest on, in words.
    pub conditions: Vec<String>,
    /// What must come with an application.
    pub materials: Vec<Material>,
    /// The form as JSON Schema; null where the item cannot be applied for online.
    pub form: Value,
    /// What is issued when it is granted: 食品经营许可证.
    pub result_name: String,
    /// Where one may turn against a decision, in words.
    pub remedies: String,
    /// Fees in words: 不收费.
    pub fee: String,
    /// Where, when and by which phone one is helped.
    pub window: String,
    /// That its organ has ended, so that nobody can apply until another has published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<OrganOver>,
}

/// An organ that has ended, and which has taken its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganOver {
    /// What it was called.
    pub organ_name: String,
    /// Its last day, in words.
    pub last_day: String,
    /// The organ that does now what it did; empty if none does.
    pub successor: String,
    /// Its telephone.
    pub phone: String,
}

impl OrganOver {
    /// What people read: that it has ended, and who does what it did.
    pub fn said(&self) -> String {
        let Self { organ_name, last_day, successor, .. } = self;
        let ended = format!("{organ_name}到{last_day}为止，已经撤销");
        match successor.is_empty() {
            true => format!("{ended}，这项服务不再办理"),
            false => format!("{ended}，职责由{successor}承接；{successor}重新公布以后，才能申请"),
        }
    }

    /// Where one asks.
    pub fn ask(&self) -> String {
        match (self.successor.is_empty(), self.phone.is_empty()) {
            (false, false) => format!("请向{}咨询，电话 {}", self.successor, self.phone),
            (false, true) => format!("请向{}咨询，或者拨打 12345", self.successor),
            (true, _) => "请拨打 12345 咨询".to_owned(),
        }
    }
}

/// A material of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Material {
    /// Stable within the item.
    pub key: String,
    /// Name.
    pub name: String,
    /// Without it the application is incomplete.
    pub required: bool,
    /// What is expected, in words.
    pub hint: String,
    /// `form`, `upload` or `shared`.
    pub obtain: String,
    /// File endings that are taken: pdf, jpg …
    pub formats: Vec<String>,
    /// Where a shared one comes from.
    pub shared_from: Option<String>,
}

/// Which entries do the forms of these versions of items ask for?
///
/// So that what was filed is read under the labels that stood beside it. No more than [`FORMS_MAX`] are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormsOf {
    /// The versions.
    pub versions: Vec<ItemVersion>,
}

/// So many forms are told at most.
pub const FORMS_MAX: usize = 200;

impl Question for FormsOf {
    type Answer = Forms;
    const KIND: &'static str = "powers.forms";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// A version of a service item.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemVersion {
    /// Local code.
    pub code: String,
    /// Version of the library entry.
    pub version: i64,
}

/// The forms of versions of items; one that nobody knows has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forms {
    /// Each with its version.
    pub forms: Vec<FormOf>,
}

/// The form of a version of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormOf {
    /// Of which version.
    pub of: ItemVersion,
    /// The form as JSON Schema.
    pub form: Value,
}

/// What are the service items called that are in force today: those of one organ, or of all of them?
///
/// So that nobody needs to know a code by heart. No more than [`NAMES_MAX`] are told; with `words`, those whose names
/// hold them. With `codes`, what the items of these codes are or were called, whether they are in force or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemNames {
    /// The organ's id; empty for all organs.
    pub organ: String,
    /// Words that the names hold; may be empty.
    pub words: String,
    /// The local codes of certain items; nothing else counts then.
    pub codes: Vec<String>,
}

/// So many names are told at most.
pub const NAMES_MAX: usize = 300;

impl Question for ItemNames {
    type Answer = Names;
    const KIND: &'static str = "powers.item_names";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// Names of service items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Those that are in force, by code.
    pub items: Vec<ItemName>,
}

/// A service item by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemName {
    /// Local code.
    pub code: String,
    /// Name in URLs.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The responsible organ's full name.
    pub organ_name: String,
}
