//! The SQL of what gateways have published.

use access::Permit;
use base::{Fault, Moment, Outcome};
use exchange_contract::Completed;
use store::{FromRow, Reader, Row, Tx};

/// A publication that waits to be taken up.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its place among all.
    pub no: i64,
    /// The resource, by key.
    pub key: String,
    /// What was told of it.
    pub told: Completed,
    /// The act that told it.
    pub act: String,
    /// When it was told.
    pub at: Moment,
}

impl FromRow for Waiting {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let told: String = row.get("told")?;
        Ok(Self {
            no: row.get("no")?,
            key: row.get("key")?,
            told: serde_json::from_str(&told).map_err(|_| store::Error::Missing)?,
            act: row.get("act")?,
            at: row.get("at")?,
        })
    }
}

/// Notes a publication of a resource; one that is known stays.
pub fn put_publication(
    tx: &Tx<'_>,
    _permit: &Permit,
    (key, told, act): (&str, &Completed, &str),
    now: Moment,
) -> Outcome<()> {
    let no: i64 = tx.one("SELECT COALESCE(MAX(no), 0) + 1 FROM catalogue_publications", &[])?;
    let text = serde_json::to_string(told).map_err(Fault::from)?;
    tx.run(
        "INSERT INTO catalogue_publications (no, publication, key, told, act, at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (publication) DO NOTHING",
        &[
            no.into(),
            told.publication.as_str().into(),
            key.into(),
            text.into(),
            act.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// The first publication of a resource that waits.
pub fn next_publication(reader: &Reader<'_>, key: &str) -> Outcome<Option<Waiting>> {
    Ok(reader.maybe(
        "SELECT no, key, told, act, at FROM catalogue_publications WHERE key = $1 ORDER BY no LIMIT 1",
        &[key.into()],
    )?)
}

/// The resources of the first publications that wait.
pub fn keys_waiting(reader: &Reader<'_>, limit: i64) -> Outcome<Vec<String>> {
    Ok(reader
        .all("SELECT key FROM catalogue_publications ORDER BY no LIMIT $1", &[limit.into()])?)
}

/// A publication was taken up, or never will be.
pub fn drop_publication(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_publications WHERE no = $1", &[no.into()])?;
    Ok(())
}

/// Why a table wants to come as a whole.
#[derive(Clone, Debug)]
pub struct Wanting {
    /// In words.
    pub words: String,
    /// The act that tells of it.
    pub act: String,
    /// Since when.
    pub at: Moment,
}

impl FromRow for Wanting {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { words: row.get("words")?, act: row.get("act")?, at: row.get("at")? })
    }
}

/// Something of a table was not taken in: changes are no more, until all of it came. The first reason stays.
pub fn want_whole(
    tx: &Tx<'_>,
    _permit: &Permit,
    (key, words, act): (&str, &str, &str),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_wanting (key, words, act, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO NOTHING",
        &[key.into(), words.into(), act.into(), now.into()],
    )?;
    Ok(())
}

/// Whether a table wants to come as a whole, and why.
pub fn wanting(reader: &Reader<'_>, key: &str) -> Outcome<Option<Wanting>> {
    Ok(reader
        .maybe("SELECT words, act, at FROM catalogue_wanting WHERE key = $1", &[key.into()])?)
}

/// All of a table came.
pub fn want_no_more(tx: &Tx<'_>, _permit: &Permit, key: &str) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_wanting WHERE key = $1", &[key.into()])?;
    Ok(())
}

/// The register that is fed by a resource; none where its rows are a dataset.
pub fn fed_register(reader: &Reader<'_>, resource: &str) -> Outcome<Option<String>> {
    Ok(reader
        .maybe("SELECT register FROM catalogue_fed WHERE resource = $1", &[resource.into()])?)
}

/// A resource feeds a register.
pub fn put_fed(tx: &Tx<'_>, _permit: &Permit, (resource, register): (&str, &str)) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_fed (resource, register) VALUES ($1, $2)
         ON CONFLICT (resource) DO UPDATE SET register = excluded.register",
        &[resource.into(), register.into()],
    )?;
    Ok(())
}

/// It does not any more.
pub fn drop_fed(tx: &Tx<'_>, _permit: &Permit, resource: &str) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_fed WHERE resource = $1", &[resource.into()])?;
    Ok(())
}
