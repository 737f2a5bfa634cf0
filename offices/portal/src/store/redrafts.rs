//! The SQL of documents that are drafted anew after they were taken back or kept from the public.

use access::Permit;
use base::{Id, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Document, Kin, State};

/// Puts down that a draft goes on from a document.
pub fn put_redraft(
    tx: &Tx<'_>,
    _permit: &Permit,
    document: Id<Document>,
    follows: Id<Document>,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO portal_redrafts (document, follows) VALUES ($1, $2)",
        &[document.into(), follows.into()],
    )?;
    Ok(())
}

const KIN: &str = "d.id, d.column_slug, d.title, d.state, d.returned";

/// The document from which this one goes on.
pub fn before(reader: &Reader<'_>, document: Id<Document>) -> Outcome<Option<Kin>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {KIN} FROM portal_redrafts s JOIN portal_documents d ON d.id = s.follows
             WHERE s.document = $1"
        ),
        &[document.into()],
    )?)
}

/// The newest document that goes on from this one.
pub fn after(reader: &Reader<'_>, document: Id<Document>) -> Outcome<Option<Kin>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {KIN} FROM portal_redrafts s JOIN portal_documents d ON d.id = s.document
             WHERE s.follows = $1 ORDER BY s.document DESC LIMIT 1"
        ),
        &[document.into()],
    )?)
}

impl FromRow for Kin {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            column: row.get("column_slug")?,
            title: row.get("title")?,
            state: State::parse(&row.get::<String>("state")?),
            returned: row.get("returned")?,
        })
    }
}
