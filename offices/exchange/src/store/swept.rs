//! How far something is that is looked through some rows at a time, in an order of its own.

use access::Permit;
use base::{Moment, Outcome};
use store::{Reader, Tx};

/// The last row of something that was seen, if any was: its moment and its id.
pub fn last(reader: &Reader<'_>, what: &str) -> Outcome<Option<(Moment, String)>> {
    Ok(reader.maybe("SELECT at, id FROM exchange_swept WHERE what = $1", &[what.into()])?)
}

/// Everything is seen up to this row.
pub fn up_to(tx: &Tx<'_>, _permit: &Permit, what: &str, (at, id): (Moment, &str)) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_swept (what, at, id) VALUES ($1, $2, $3)
         ON CONFLICT (what) DO UPDATE SET at = $2, id = $3",
        &[what.into(), at.into(), id.into()],
    )?;
    Ok(())
}
