//! The bus, as all processes of the centre know it.

use ::store::{FromRow, Reader, Row, Tx};
use access::Permit;
use base::{Moment, Outcome};

use crate::terms::Line;

const BUS: &str = "bus";

impl FromRow for Line {
    fn from_row(row: &Row<'_>) -> Result<Self, ::store::Error> {
        let told: String = row.get("told")?;
        Ok(Self {
            since: row.get("since_at")?,
            reached: row.get("reached_at")?,
            patience_seconds: row.get("patience_seconds")?,
            told: serde_json::from_str(&told).unwrap_or_default(),
            words: row.get("words")?,
        })
    }
}

/// The bus, if the city uses one.
pub fn line(reader: &Reader<'_>) -> Outcome<Option<Line>> {
    Ok(reader.maybe(
        "SELECT since_at, reached_at, patience_seconds, told, words FROM exchange_bus
         WHERE name = $1",
        &[BUS.into()],
    )?)
}

/// The bus is used from now on: what is put down goes into outboxes.
pub fn take_into_use(
    tx: &Tx<'_>,
    _permit: &Permit,
    patience_seconds: i64,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_bus (name, since_at, reached_at, patience_seconds, told, words)
         VALUES ($1, $2, 0, $3, '', '')
         ON CONFLICT (name) DO UPDATE SET patience_seconds = $3",
        &[BUS.into(), now.into(), patience_seconds.into()],
    )?;
    Ok(())
}

/// A process found the bus whole, and how it stands.
pub fn note_reached(tx: &Tx<'_>, _permit: &Permit, told: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE exchange_bus SET reached_at = $2, told = $3, words = '' WHERE name = $1",
        &[BUS.into(), now.into(), told.into()],
    )?;
    Ok(())
}

/// A process did not, and why.
pub fn note_trouble(tx: &Tx<'_>, _permit: &Permit, words: &str) -> Outcome<()> {
    tx.run(
        "UPDATE exchange_bus SET words = $2 WHERE name = $1 AND words <> $2",
        &[BUS.into(), words.into()],
    )?;
    Ok(())
}

/// The bus is used no more.
pub fn give_up(tx: &Tx<'_>, _permit: &Permit) -> Outcome<()> {
    tx.run("DELETE FROM exchange_bus WHERE name = $1", &[BUS.into()])?;
    Ok(())
}
