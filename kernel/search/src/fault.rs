//! What can go wrong with an index. None of it is the asker's doing.

use std::io;
use std::path::PathBuf;

/// Why the index could not do its work. Always a fault, never a refusal: no input is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchFault {
    /// Another process has this folder open.
    #[error("the search index in {} is open in another process", .0.display())]
    InUse(PathBuf),
    /// The folder cannot be made or emptied.
    #[error("the search folder {} cannot be used", .path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The index itself failed. The next opening rebuilds it if it is damaged.
    #[error("the search index failed")]
    Engine(#[from] tantivy::TantivyError),
}
