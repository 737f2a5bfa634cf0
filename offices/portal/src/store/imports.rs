//! The SQL of documents that a command brought in.

use access::Permit;
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Document, Import, Imported, State};

/// Puts down who answers for a document that was not reviewed.
pub fn put_import(
    tx: &Tx<'_>,
    answers: &Permit,
    document: Id<Document>,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO portal_imports (document, reviewer, reviewer_name, at, checked_at)
         VALUES ($1, $2, $3, $4, NULL)",
        &[
            document.into(),
            answers.account().into(),
            answers.who().name.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Somebody has looked at a document that was brought in, if it was.
pub fn checked(tx: &Tx<'_>, _permit: &Permit, document: Id<Document>, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE portal_imports SET checked_at = $2 WHERE document = $1 AND checked_at IS NULL",
        &[document.into(), now.into()],
    )?;
    Ok(())
}

/// How a document was brought in, if a command did it.
pub fn import(reader: &Reader<'_>, document: Id<Document>) -> Outcome<Option<Import>> {
    Ok(reader.maybe(
        "SELECT reviewer, reviewer_name, at, checked_at FROM portal_imports WHERE document = $1",
        &[document.into()],
    )?)
}

/// How many documents that were brought in wait for the look of this person, who answers for them.
pub fn unchecked(reader: &Reader<'_>, reviewer: &str) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM portal_imports
         WHERE reviewer = $1 AND checked_at IS NULL",
        &[reviewer.into()],
    )?)
}

/// The documents for which this person answers, newest first, before `before`: all of them, or those
/// that they have not looked at.
pub fn imported(
    reader: &Reader<'_>,
    reviewer: &str,
    all: bool,
    before: Option<Id<Document>>,
    limit: i64,
) -> Outcome<Vec<Imported>> {
    let which = if all { "" } else { "AND i.checked_at IS NULL" };
    // No id is larger than this.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    Ok(reader.all(
        &format!(
            "SELECT d.id, d.title, d.state, c.title AS column_title, i.at, i.checked_at
             FROM portal_imports i
             JOIN portal_documents d ON d.id = i.document
             JOIN portal_columns c ON c.slug = d.column_slug
             WHERE i.reviewer = $1 AND i.document < $2 {which}
             ORDER BY i.document DESC LIMIT $3"
        ),
        &[reviewer.into(), before.into(), limit.into()],
    )?)
}

impl FromRow for Import {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            reviewer: row.get("reviewer")?,
            reviewer_name: row.get("reviewer_name")?,
            at: row.get("at")?,
            checked_at: row.get("checked_at")?,
        })
    }
}

impl FromRow for Imported {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            title: row.get("title")?,
            column: row.get("column_title")?,
            state: State::parse(&row.get::<String>("state")?),
            at: row.get("at")?,
            checked_at: row.get("checked_at")?,
        })
    }
}
