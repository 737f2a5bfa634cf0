//! What comes by itself: which resource of which department feeds a register, and what its gateway has published.

use access::Permission;
use base::{Fault, Id, Moment};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

use super::Load;

/// How departments' gateways feed a register.
#[derive(Clone, Copy, Debug)]
pub struct Fed {
    /// Who says which resource feeds it.
    pub right: &'static Permission,
    /// The act of saying so.
    pub opened: &'static str,
    /// The act of ending it.
    pub closed: &'static str,
    /// The act of a person who lets many go, or does not.
    pub settled: &'static str,
    /// The act that tells that what was published does not come to count.
    pub refused: &'static str,
    /// The job that takes up what waits; it is told nothing and looks itself.
    pub job: &'static str,
}

/// A resource of the catalogue that feeds a register, as its provider's gateway publishes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its id.
    pub id: Id<Feed>,
    /// The resource's code.
    pub resource: String,
    /// What the catalogue called it.
    pub title: String,
    /// The organ that provides it: its data come from nobody else.
    pub organ: String,
    /// The organ's name.
    pub organ_name: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub opened_by: String,
    /// When.
    pub opened_at: Moment,
    /// The act.
    pub act: String,
    /// How it ended, if it did.
    pub closed: Option<Closed>,
}

/// How a feed ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Who ended it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// How a publication stands to what came before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is all that its source has: who is not in it is gone.
    #[default]
    Whole,
    /// Who is new or otherwise now; nobody is gone.
    Watermark,
    /// Who is new, otherwise, or gone.
    Changes,
}

/// What is told of a publication that is there as a whole, in the words of the act that tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Its id, which is that of the load as well.
    pub publication: String,
    /// The code of the resource.
    pub resource: String,
    /// The organ that provides it.
    pub organ: String,
    /// By which gateway it came.
    pub gateway: String,
    /// How it stands to what came before.
    pub mode: Mode,
    /// What each cell of a row is.
    pub items: Vec<String>,
    /// So many parts.
    pub parts: i64,
    /// So many rows in all of them.
    pub rows: i64,
    /// The digest over all of it, hex.
    pub digest: String,
    /// So many rows stayed with the department: they are not gone.
    #[serde(default)]
    pub left: i64,
    /// Why the first of them did.
    #[serde(default)]
    pub left_words: String,
}

impl Publication {
    /// What is said of the rows that stayed with the department, if any did.
    pub(crate) fn left_behind(&self) -> Option<String> {
        let (many, why) = (self.left, &self.left_words);
        (many > 0)
            .then(|| format!("有 {many} 行没有通过网关的检查，留在部门，没有推送（第一处：{why}）"))
    }

    /// Who brings it, of an organ that is called so.
    pub(crate) fn by(&self, organ_name: &str) -> Gateway {
        Gateway {
            name: self.gateway.clone(),
            organ: self.organ.clone(),
            organ_name: organ_name.to_owned(),
            resource: self.resource.clone(),
        }
    }

    /// The digest over all of it, in bytes.
    pub(crate) fn digest(&self) -> Result<[u8; 32], Fault> {
        let bytes = HEXLOWER_PERMISSIVE.decode(self.digest.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| Fault::said("the digest of a publication is none"))
    }
}

/// The rows of one part, in the words of the answer that gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// Each has as many cells as the publication has items; what is empty is `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// Of them those that are gone, by their place from 0.
    pub gone: Vec<usize>,
    /// Rows that stayed with the department, whose key could be read: empty but for it.
    pub left: Vec<Vec<Option<String>>>,
}

/// Whose gateway brings lines in, of which resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    /// The gateway's name.
    pub name: String,
    /// Its organ,
    pub organ: String,
    /// and how that is called.
    pub organ_name: String,
    /// The resource's code.
    pub resource: String,
}

/// A publication that became a load, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The load,
    pub load: Id<Load>,
    /// its number,
    pub no: i64,
    /// what it is called,
    pub name: String,
    /// what was told,
    pub told: Publication,
    /// the act that told it,
    pub act: String,
    /// what the organ is called,
    pub organ_name: String,
    /// and how many may go without asking again.
    pub allowed: u64,
}
