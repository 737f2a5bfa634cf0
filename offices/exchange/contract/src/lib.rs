//! What the exchange announces and answers of publications that came to the centre.
//!
//! A department's gateway sends a table in parts of one run, in their order. Whoever listens for [`COMPLETE`] reads its
//! content as [`Completed`], then asks for one part after the other ([`PublicationPart`], from 1 to `parts`): so the
//! largest table is read in bounded memory, and again from any part on. A part is gone when the exchange no longer keeps
//! bytes of messages.

use ask::{About, Question};
use serde::{Deserialize, Serialize};

/// The act that tells that a publication is there as a whole. Its subject is the gateway.
pub const COMPLETE: &str = "exchange.publication_complete";

/// How a publication stands to what came before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is all of the table: what is not in it is gone.
    #[default]
    Whole,
    /// Rows that are new or are otherwise now; none is gone.
    Watermark,
    /// Rows that are new, otherwise, or gone.
    Changes,
}

/// What [`COMPLETE`] tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// The publication's id, by which its parts are asked for.
    pub publication: String,
    /// The code of the resource, as the catalogue has it.
    pub resource: String,
    /// The organ that provides it.
    pub organ: String,
    /// By which gateway it came.
    pub gateway: String,
    /// How it stands to what came before.
    pub mode: Mode,
    /// The items of each row, in their order.
    pub items: Vec<String>,
    /// So many parts.
    pub parts: i64,
    /// So many rows in all of them.
    pub rows: i64,
    /// The digest over all parts in their order, hex: see `docs/exchange-format.md`.
    pub digest: String,
    /// So many rows stayed with the department, since its gateway's checks refused them: they are not gone. Of some the parts
    /// tell the key.
    #[serde(default)]
    pub left: i64,
    /// Why the first of them did.
    #[serde(default)]
    pub left_words: String,
}

/// Which rows are in this part of a publication?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationPart {
    /// The publication.
    pub publication: String,
    /// The part, from 1.
    pub part: i64,
}

impl Question for PublicationPart {
    type Answer = Rows;
    const KIND: &'static str = "exchange.publication";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// The rows of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rows {
    /// Each row has as many cells as the publication has items; what is empty is `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// Of them those that are gone, by their place from 0.
    pub gone: Vec<usize>,
    /// Rows that stayed with the department, whose key could be read: as wide as the others, and empty but for the key.
    pub left: Vec<Vec<Option<String>>>,
}
