//! What approvals answers and announces of the permits that it has issued to firms.
//!
//! Decisions to permit are published, and everybody may look them up (行政许可法 art. 40). So which of some firms hold a
//! permit is asked about nobody; what one firm holds is asked about that firm, and is on record.

use ask::{About, Question};
use base::Day;
use serde::{Deserialize, Serialize};

/// Which permits has the firm with this code, as they stood on a day?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PermitsOf {
    /// Unified social credit code (GB 32100), 18 characters.
    pub firm: String,
    /// The day; today where nothing is said. What was issued later is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
    /// Where the page before ended; empty for the first.
    pub after: String,
}

/// So many applications of the firm are looked at for a page.
pub const PAGE: i64 = 50;

impl PermitsOf {
    /// What it has now, from the first page on.
    pub fn now(firm: impl Into<String>) -> Self {
        Self { firm: firm.into(), ..Self::default() }
    }
}

impl Question for PermitsOf {
    type Answer = Permits;
    const KIND: &'static str = "approvals.permits_of";

    fn about(&self) -> About {
        About::Entity(self.firm.clone())
    }
}

/// A page of the permits of a firm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permits {
    /// In the order in which they were applied for.
    pub permits: Option<Vec<Permit>>,
    /// Where the next page begins; none behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A permit that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// The id of the case by which it was granted.
    pub case: String,
    /// The number of that case.
    pub no: String,
    /// The service item.
    pub item: String,
    /// What was made: 食品经营许可证.
    pub certificate: String,
    /// Its number.
    pub number: String,
    /// In whose name.
    pub holder: String,
    /// The organ that answers for it now.
    pub organ: String,
    /// That organ's name when it was applied for.
    pub organ_name: String,
    /// The day on which it was issued.
    pub issued: Day,
    /// The last day of its validity; none where it has no end.
    pub until: Option<Day>,
    /// How it stood on the day that was asked about.
    pub state: PermitState,
}

/// How a permit stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitState {
    /// It is in force.
    InForce,
    /// Its validity is over (行政许可法 art. 50: nobody has asked to prolong it, or it was not prolonged).
    Expired,
    /// The case by which it was granted was declared void.
    Void,
    /// The organ that issued it has cancelled it (行政许可法 art. 70).
    Cancelled,
}

impl PermitState {
    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            PermitState::InForce => "有效",
            PermitState::Expired => "已经过期",
            PermitState::Void => "已经作废",
            PermitState::Cancelled => "已经注销",
        }
    }
}

/// Which of these firms hold permits that are in force on a day? No more than [`FIRMS_MAX`] of them are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HoldersAmong {
    /// Unified social credit codes.
    pub firms: Vec<String>,
    /// The day; today where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

/// So many firms are looked at by one question.
pub const FIRMS_MAX: usize = 100;

impl Question for HoldersAmong {
    type Answer = Holders;
    const KIND: &'static str = "approvals.holders";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// The firms that hold permits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holders {
    /// Each by its code, with the cases of its permits.
    pub held: Option<Vec<Held>>,
}

/// A firm that holds permits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    /// Its code.
    pub firm: String,
    /// The ids of the cases by which its permits were granted.
    pub cases: Vec<String>,
}

/// The act of a permit that was issued to a firm, told on the firm (`entity`, its code).
pub const PERMITTED: &str = "approvals.permitted";
/// The act of a case that was declared void, told on the case: a permit that was issued by it is none any more.
pub const VOIDED: &str = "approvals.voided";
/// The act of a permit that the organ which issued it has cancelled, told on the case by which it was granted.
pub const CANCELLED: &str = "approvals.cancelled";

/// What [`PERMITTED`] says. Codes of firms are public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permitted {
    /// Unified social credit code.
    pub firm: String,
    /// The id of the case by which it was granted.
    pub case: String,
}

impl Permitted {
    /// What an act's content tells of.
    pub fn read(content: serde_json::Value) -> Option<Self> {
        serde_json::from_value(content).ok()
    }
}
