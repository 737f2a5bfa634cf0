//! The access records: who looked at whose data, for what.

use base::{Id, Moment, Outcome};
use seal::Keys;
use store::{FromRow, Reader, Row};

use crate::desk::SUBJECT;
use crate::terms::{About, Asked};

/// One look at a person's or an entity's data, as that person may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Id; pages go by it.
    pub id: Id<Asked>,
    /// When.
    pub at: Moment,
    /// The asking office's name.
    pub asker: String,
    /// What was asked.
    pub kind: String,
    /// The purpose in words, as the terms have it.
    pub purpose: String,
    /// Who looked.
    pub name: String,
    /// For which organ; empty when it was the person.
    pub organ_name: String,
    /// Which fields were given.
    pub fields: Vec<String>,
    /// Whether the register knew the subject.
    pub found: bool,
}

impl FromRow for Read {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let fields: String = row.get("fields")?;
        Ok(Self {
            id: row.get("id")?,
            at: row.get("at")?,
            asker: row.get("asker")?,
            kind: row.get("kind")?,
            purpose: row.get("purpose")?,
            name: row.get("name")?,
            organ_name: row.get("organ_name")?,
            fields: fields.split(',').filter(|f| !f.is_empty()).map(str::to_owned).collect(),
            found: row.get("found")?,
        })
    }
}

/// The looks at one subject's data, newest first, before `before`.
pub fn reads_about(
    reader: &Reader<'_>,
    keys: &Keys,
    about: &About,
    before: Option<Id<Asked>>,
    limit: i64,
) -> Outcome<Vec<Read>> {
    let subject = keys.blind(SUBJECT, about.text().as_bytes());
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    Ok(reader.all(
        "SELECT id, at, asker, kind, purpose, name, organ_name, fields, found FROM ask_reads
         WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        &[subject.into(), before.into(), limit.into()],
    )?)
}
