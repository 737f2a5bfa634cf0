//! The SQL of what is on its way in: files that wait, and why lines were refused.

use access::Permit;
use base::{Fault, Outcome};
use seal::Keys;
use store::{FromRow, Reader, Row, Rows, Tx, Value};

use crate::terms::{BadCell, FILES};

/// Keeps why lines of a load were refused, those after `first`.
pub fn keep_bad_cells(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, first): (i64, i64),
    bad: &[BadCell],
) -> Outcome<()> {
    let mut values: Vec<Value> = Vec::with_capacity(bad.len() * 6);
    for (place, one) in (first..).zip(bad) {
        values.extend([
            no.into(),
            place.into(),
            one.line.into(),
            one.field.as_str().into(),
            one.rule.as_str().into(),
            one.words.as_str().into(),
        ]);
    }
    let columns = &["load", "at", "line", "field", "rule", "words"];
    tx.put(&Rows { table: "catalogue_load_refused", columns, values: &values })?;
    Ok(())
}

/// Forgets why lines were refused: the load begins again.
pub fn forget_bad_cells(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_load_refused WHERE load = $1", &[no.into()])?;
    Ok(())
}

impl FromRow for BadCell {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            line: row.get("line")?,
            field: row.get("field")?,
            rule: row.get("rule")?,
            words: row.get("words")?,
        })
    }
}

/// Why lines of a load were refused, in the order of the file, from this place on.
pub fn bad_cells(reader: &Reader<'_>, no: i64, from: i64, limit: i64) -> Outcome<Vec<BadCell>> {
    Ok(reader.all(
        "SELECT line, field, rule, words FROM catalogue_load_refused
         WHERE load = $1 AND at >= $2 ORDER BY at LIMIT $3",
        &[no.into(), from.into(), limit.into()],
    )?)
}

/// Keeps a part of the file of a load.
pub fn put_part(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, part): (i64, i64),
    sealed: &[u8],
) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_load_files (load, part, part_sealed) VALUES ($1, $2, $3)",
        &[no.into(), part.into(), sealed.into()],
    )?;
    Ok(())
}

/// A part of the file of a load; nothing behind the last.
pub fn part(reader: &Reader<'_>, keys: &Keys, (no, part): (i64, i64)) -> Outcome<Option<Vec<u8>>> {
    let sealed: Option<Vec<u8>> = reader.maybe(
        "SELECT part_sealed FROM catalogue_load_files WHERE load = $1 AND part = $2",
        &[no.into(), part.into()],
    )?;
    Ok(sealed.map(|sealed| keys.unseal(FILES, &sealed)).transpose().map_err(Fault::from)?)
}
