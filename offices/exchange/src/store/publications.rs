//! What gateways publish to the centre: runs, and the messages as which their parts came.

use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use exchange_contract::Mode;
use message::Message;
use store::{FromRow, Reader, Row, Tx};

/// A publication, as stored.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Id.
    pub id: Id<Publication>,
    /// By which gateway it comes.
    pub gateway: String,
    /// In the name of which organ.
    pub organ: String,
    /// The code of the resource.
    pub resource: String,
    /// The run at the gateway.
    pub run: String,
    /// How it stands to what came before.
    pub mode: Mode,
    /// The items of each row.
    pub items: Vec<String>,
    /// So many parts have come.
    pub parts: i64,
    /// With so many rows,
    pub rows: i64,
    /// and so many bytes.
    pub bytes: i64,
    /// The digest over them, hex.
    pub chain: String,
    /// So many rows stayed with the department,
    pub left: i64,
    /// the first of them for this reason.
    pub left_words: String,
    /// Why who was to take it in did not, if so.
    pub refused: String,
    /// When the first part came.
    pub began: Moment,
    /// When the last one did.
    pub changed: Moment,
    /// `coming`, `complete` or `broken`.
    pub state: String,
}

const PUBLICATION: &str = "id, gateway, organ, resource, run, mode, items, parts, rows, bytes, chain, \
                           left_rows, left_words, refused_words, began_at, changed_at, state FROM exchange_publications";

fn said<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, store::Error> {
    serde_json::from_str(text).map_err(|_| store::Error::Missing)
}

impl FromRow for Publication {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            gateway: row.get("gateway")?,
            organ: row.get("organ")?,
            resource: row.get("resource")?,
            run: row.get("run")?,
            mode: said(&row.get::<String>("mode")?)?,
            items: said(&row.get::<String>("items")?)?,
            parts: row.get("parts")?,
            rows: row.get("rows")?,
            bytes: row.get("bytes")?,
            chain: row.get("chain")?,
            left: row.get("left_rows")?,
            left_words: row.get("left_words")?,
            refused: row.get("refused_words")?,
            began: row.get("began_at")?,
            changed: row.get("changed_at")?,
            state: row.get("state")?,
        })
    }
}

/// The publication of a run.
pub fn of_run(reader: &Reader<'_>, gateway: &str, run: &str) -> Outcome<Option<Publication>> {
    Ok(reader.maybe(
        &format!("SELECT {PUBLICATION} WHERE gateway = $1 AND run = $2"),
        &[gateway.into(), run.into()],
    )?)
}

/// The publications of a gateway, the newest first.
pub fn of_gateway(reader: &Reader<'_>, gateway: &str, limit: i64) -> Outcome<Vec<Publication>> {
    Ok(reader.all(
        &format!("SELECT {PUBLICATION} WHERE gateway = $1 ORDER BY id DESC LIMIT $2"),
        &[gateway.into(), limit.into()],
    )?)
}

/// A run begins; one of the same resource that still was to come is broken off.
pub fn begin(tx: &Tx<'_>, _permit: &Permit, new: &Publication) -> Outcome<()> {
    let json = |value: serde_json::Result<String>| value.map_err(Fault::from);
    tx.run(
        "UPDATE exchange_publications SET state = 'broken', changed_at = $3
         WHERE gateway = $1 AND resource = $2 AND state = 'coming'",
        &[new.gateway.as_str().into(), new.resource.as_str().into(), new.began.into()],
    )?;
    tx.run(
        "INSERT INTO exchange_publications (id, gateway, organ, resource, run, mode, items, parts, rows,
             bytes, chain, left_rows, left_words, refused_words, began_at, changed_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, '', 0, '', '', $8, $8, 'coming')",
        &[
            new.id.into(),
            new.gateway.as_str().into(),
            new.organ.as_str().into(),
            new.resource.as_str().into(),
            new.run.as_str().into(),
            json(serde_json::to_string(&new.mode))?.into(),
            json(serde_json::to_string(&new.items))?.into(),
            new.began.into(),
        ],
    )?;
    Ok(())
}

/// A part has come, as this message, with so many rows. The publication is told as it stands after it.
pub fn put_part(
    tx: &Tx<'_>,
    _permit: &Permit,
    after: &Publication,
    (message, rows): (Id<Message>, i64),
) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_parts (publication, part, message, rows) VALUES ($1, $2, $3, $4)",
        &[after.id.into(), after.parts.into(), message.into(), rows.into()],
    )?;
    tx.run(
        "UPDATE exchange_publications SET parts = $2, rows = $3, bytes = $4, chain = $5, changed_at = $6,
             state = $7, left_rows = $8, left_words = $9
         WHERE id = $1",
        &[
            after.id.into(),
            after.parts.into(),
            after.rows.into(),
            after.bytes.into(),
            after.chain.as_str().into(),
            after.changed.into(),
            after.state.as_str().into(),
            after.left.into(),
            after.left_words.as_str().into(),
        ],
    )?;
    Ok(())
}

/// One publication that is there as a whole, and as which message its last part came.
pub fn complete(
    reader: &Reader<'_>,
    publication: &str,
) -> Outcome<Option<(Publication, Id<Message>)>> {
    let found: Option<Publication> = reader.maybe(
        &format!("SELECT {PUBLICATION} WHERE id = $1 AND state = 'complete'"),
        &[publication.into()],
    )?;
    let Some(found) = found else { return Ok(None) };
    let last = message_of(reader, publication, found.parts)?;
    Ok(last.map(|last| (found, last)))
}

/// Who was to take a publication in did not, for this reason.
pub fn refuse(tx: &Tx<'_>, _permit: &Permit, id: Id<Publication>, words: &str) -> Outcome<()> {
    tx.run(
        "UPDATE exchange_publications SET refused_words = $2 WHERE id = $1",
        &[id.into(), words.into()],
    )?;
    Ok(())
}

/// Whether all of the table has come since, and nobody has said that it was not taken in: then what was wrong before is over.
pub fn is_mended(reader: &Reader<'_>, one: &Publication) -> Outcome<bool> {
    let found: Option<i64> = reader.maybe(
        "SELECT rows FROM exchange_publications
         WHERE gateway = $1 AND resource = $2 AND state = 'complete' AND id > $3 AND mode = $4
             AND refused_words = '' LIMIT 1",
        &[
            one.gateway.as_str().into(),
            one.resource.as_str().into(),
            one.id.into(),
            serde_json::to_string(&Mode::Whole).map_err(Fault::from)?.into(),
        ],
    )?;
    Ok(found.is_some())
}

/// As which message a part of a complete publication came.
pub fn message_of(
    reader: &Reader<'_>,
    publication: &str,
    part: i64,
) -> Outcome<Option<Id<Message>>> {
    Ok(reader.maybe(
        "SELECT p.message FROM exchange_parts p
         JOIN exchange_publications o ON o.id = p.publication
         WHERE p.publication = $1 AND p.part = $2 AND o.state = 'complete'",
        &[publication.into(), part.into()],
    )?)
}
