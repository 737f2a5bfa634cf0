//! Files, and where they are kept.

use std::path::PathBuf;
use std::sync::Arc;

use base::{Id, Moment};

use crate::limits::Limits;

/// The noun of a file's id.
#[derive(Debug)]
pub enum File {}

/// The noun of a key's id.
#[derive(Debug)]
pub enum Key {}

/// Where contents stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this folder, for a city of one process.
    Folder(PathBuf),
    /// In the database, so that several processes share them.
    Rows,
}

/// What is known of a file without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// The file.
    pub id: Id<File>,
    /// What it belongs to: the noun, `approvals.case`.
    pub scope_kind: String,
    /// What it belongs to: which one.
    pub scope_id: String,
    /// What it is there for: the material's key in the service item.
    pub label: String,
    /// Its name, cleaned, with the extension of what it really is.
    pub name: String,
    /// How many bytes.
    pub size: u64,
    /// Its media type, by its content.
    pub media_type: String,
    /// When it was attached.
    pub attached_at: Moment,
    /// Under which document its content and name were erased, if they were.
    pub erased: Option<String>,
}

/// A file that was judged, sealed and made durable, and that nothing names yet.
#[derive(Clone, Debug)]
pub struct Staged {
    pub(crate) scope_kind: String,
    pub(crate) scope_id: String,
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) media_type: String,
    pub(crate) address: String,
    pub(crate) key: Id<Key>,
    /// The chance in the id that it will get.
    pub(crate) chance: u128,
    pub(crate) limits: Arc<Limits>,
}

impl Staged {
    /// Its name, as it will show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its media type, by its content.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Its address: 64 hexadecimal digits, for the act that says what was handed in.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// What a sweep took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Contents that no file had named for long enough.
    pub contents: u64,
    /// Keys that no file had named for long enough.
    pub keys: u64,
    /// What a crash had left in the folder.
    pub leftovers: u64,
}
