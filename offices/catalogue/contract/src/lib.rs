//! What the catalogue of government data answers.

use ask::{About, Question};
use serde::{Deserialize, Serialize};

/// Which of these things does the city hold already, so that nobody may be asked for them again?
///
/// A thing is named by what it means, as forms and items of the catalogue name it: `person.name`, `marriage.state`.
/// Decree 809 (政务数据共享条例) and 国务院令第716号 art. 7: what can be had by sharing is not demanded from people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SharedItems {
    /// What the things mean; no more than [`ITEMS_MAX`] count.
    pub concepts: Vec<String>,
}

/// So many things are asked about at most.
pub const ITEMS_MAX: usize = 200;

impl Question for SharedItems {
    type Answer = Shared;
    const KIND: &'static str = "catalogue.shared_items";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// What the city shares already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shared {
    /// Each of them once; what is not shared is not told.
    pub items: Vec<SharedItem>,
}

/// An item of a published resource that is shared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SharedItem {
    /// What it means.
    pub concept: String,
    /// The code of the resource: `101001/000001`.
    pub resource: String,
    /// Its key in addresses: what [`DISPUTE`] is led to with.
    pub key: String,
    /// What the resource is called.
    pub resource_name: String,
    /// The organ that provides it.
    pub provider: String,
    /// The item's code.
    pub item: String,
    /// What the item is called.
    pub item_name: String,
}

/// Which row of a resource's dataset has this key? Other organs ask it on terms that were agreed for the resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The resource's code.
    pub resource: String,
    /// What names the row: a value for each item of the key, by the item's code.
    pub key: std::collections::BTreeMap<String, String>,
}

impl Question for Rows {
    /// The items of the row by their fields.
    type Answer = std::collections::BTreeMap<String, String>;
    const KIND: &'static str = "catalogue.rows";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// Who provides the published resource of this code? Data of a resource comes from its provider and from nobody else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderOf {
    /// The resource's code: `101001/000001`.
    pub resource: String,
}

impl Question for ProviderOf {
    type Answer = Provider;
    const KIND: &'static str = "catalogue.provider";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// Who provides a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provider {
    /// The organ, by id.
    pub organ: String,
    /// What the resource is called.
    pub resource_name: String,
}

/// A consumer or a citizen disputes a value. The page that shows one leads there with the resource's key and the item's
/// code.
pub const DISPUTE: &str = "/me/data-disputes/new";
