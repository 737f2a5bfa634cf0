//! What the catalogue of government data answers.

use ask::{About, Condition, Question};
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
    /// The items of the row by their fields; what is empty is `None`.
    type Answer = std::collections::BTreeMap<String, Option<String>>;
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

/// Which data a case used: whoever shows a case leads there with its number under `case`.
pub const USED: &str = "/desk/data-used";

/// Rows of a resource came to count. The subject is the resource's key: its code with a hyphen.
pub const ROWS_BROUGHT: &str = "catalogue.rows_brought";
/// The newest rows of a resource were taken back: what stood before stands again.
pub const ROWS_TAKEN_BACK: &str = "catalogue.rows_taken_back";
/// What a gateway published was not taken in, though its parts had all come. The subject is the resource's key; the content
/// names its code under `resource`, the `gateway`, the `publication`, why under `reason`. Until all of the table comes,
/// changes of it are refused as well.
pub const PUBLICATION_REFUSED: &str = "catalogue.publication_refused";
/// What was agreed on sharing was ended. The content names the resource's code under `resource`.
pub const SHARE_ENDED: &str = "catalogue.share_ended";
/// A resource was taken out of the catalogue, and with it what was agreed on it. The subject is its key.
pub const RESOURCE_ENDED: &str = "catalogue.resource_withdrawn";

/// Which rows of a resource stand now? Who gives them on to others asks it, before asking [`RowChanges`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetStanding {
    /// The resource's code.
    pub resource: String,
    /// The load up to which the asker knows them; 0 where it knows none.
    pub since: i64,
}

impl Question for SetStanding {
    type Answer = Stands;
    const KIND: &'static str = "catalogue.standing";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// The load whose rows stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stands {
    /// What the resource is called.
    pub resource_name: String,
    /// The load; 0 where no rows stand.
    pub load: i64,
    /// How many rows.
    pub rows: i64,
    /// The fields of a row, in their order.
    pub fields: Vec<String>,
    /// Those that name it; none where the resource has no key.
    pub key: Vec<String>,
    /// Whether what changed since the asker's load can be told. Where it cannot, all rows are asked for.
    pub told_since: bool,
    /// Whom a row is about, where its key says so: by this part of the key a person is named,
    pub person: Option<KeyPart>,
    /// or a legal entity.
    pub entity: Option<KeyPart>,
}

/// A part of what names a row: both names by which a question may give it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyPart {
    /// The field of the answer.
    pub field: String,
    /// The item's code.
    pub code: String,
}

impl KeyPart {
    /// What a question gives for it.
    pub fn of<'q>(&self, asked: &'q Rows) -> Option<&'q str> {
        asked.key.get(&self.field).or_else(|| asked.key.get(&self.code)).map(String::as_str)
    }
}

/// What changed between two loads of a resource, as somebody sees it who is given these fields of these rows alone. A row
/// that comes to meet the filter is new, one that does not any more is gone, and a change in another field is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowChanges {
    /// The resource's code.
    pub resource: String,
    /// From this load; from nothing where it is 0.
    pub from: i64,
    /// To this one.
    pub to: i64,
    /// From this place on: 0, then what the answer before said under `next`.
    pub at: i64,
    /// The fields, those of the key among them.
    pub fields: Vec<String>,
    /// Only rows that meet these.
    pub filter: Vec<Condition>,
    /// About so many bytes.
    pub bytes_max: i64,
}

impl Question for RowChanges {
    type Answer = ChangedRows;
    const KIND: &'static str = "catalogue.changes";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// Some of what changed; nothing where one of the loads does not lie here any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangedRows {
    /// Rows that are new or otherwise, cut to the fields; what is empty is `None`. Of one that is gone its key alone.
    pub rows: Vec<Vec<Option<String>>>,
    /// Of them those that are gone, by their place from 0.
    pub gone: Vec<usize>,
    /// Where it goes on, if it does.
    pub next: Option<i64>,
}
