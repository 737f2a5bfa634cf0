//! A request for data, what is agreed on it, and the dispute of a value.

use access::Account;
use ask::{Condition, Rate};
use base::{Day, Id};
use flow::CaseId;
use serde::{Deserialize, Serialize};

use super::resource::Manner;

/// The name of the flow of requests.
pub const REQUEST_FLOW: &str = "share-request";
/// The name of the flow of disputes.
pub const DISPUTE_FLOW: &str = "data-dispute";

/// What an organ wishes of a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Which items, by code.
    pub items: Vec<String>,
    /// What for, in words that the people concerned will read.
    pub purpose: String,
    /// The article that the asking organ's business rests on.
    pub ground: String,
    /// How.
    pub manner: Manner,
    /// How often at most.
    pub rate: Rate,
    /// Until when.
    pub until: Option<Day>,
}

/// What an organ agrees to: what becomes share terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agreed {
    /// Which items, by code: all that were wished for, or some.
    pub items: Vec<String>,
    /// Only rows that meet these.
    pub filter: Vec<Condition>,
    /// Nothing but yes or no.
    pub yes_no: bool,
    /// How often at most.
    pub rate: Rate,
    /// Until when.
    pub until: Option<Day>,
    /// Why, and why not all.
    pub reason: String,
    /// On which article.
    pub ground: String,
}

/// A request beside its case.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub no: String,
    /// The resource's key.
    pub key: String,
    /// Its version when it was asked for.
    pub version: i64,
    /// What it was called.
    pub resource_name: String,
    /// The organ that answers.
    pub provider: String,
    /// The organ that asks.
    pub consumer: String,
    /// What it was called.
    pub consumer_name: String,
    /// Whose hand it was.
    pub account: String,
    /// What is wished for.
    pub wish: Wish,
    /// What was agreed to, once it was.
    pub agreed: Option<Agreed>,
}

/// The dispute of a value beside its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub no: String,
    /// The resource's key.
    pub key: String,
    /// What it was called.
    pub resource_name: String,
    /// The item's code.
    pub item: String,
    /// What it was called.
    pub item_name: String,
    /// Whose it is.
    pub account: Id<Account>,
    /// What is said of the value, sealed: [`Disputed`] as JSON.
    pub words_sealed: Vec<u8>,
}

/// What somebody says of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disputed {
    /// Whose row it is: by which number or name it is found.
    pub row: String,
    /// What stands there.
    pub shown: String,
    /// What should stand there.
    pub right: String,
    /// Why.
    pub why: String,
}

/// What the rules of a day say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The first day on which it holds.
    pub from: Day,
    /// Within so many working days a request for what is shared without condition is answered.
    pub unconditional_days: u32,
    /// On what ground.
    pub unconditional_ground: String,
    /// Within so many a request for what is shared on a condition.
    pub conditional_days: u32,
    /// On what ground.
    pub conditional_ground: String,
    /// Within so many working days of consent the data is there.
    pub provision_days: u32,
    /// On what ground.
    pub provision_ground: String,
    /// Within so many a disputed value is checked.
    pub check_days: u32,
    /// On what ground.
    pub check_ground: String,
    /// Within so many working days of a request its completion is asked for, once.
    pub complete_days: u32,
    /// On what ground.
    pub complete_ground: String,
    /// So many days a version waits for the review of another.
    pub review_days: i64,
    /// So long an answer may be relied on.
    pub valid_seconds: i64,
}
