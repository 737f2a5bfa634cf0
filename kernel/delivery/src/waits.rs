//! How long what waits has waited: for whoever watches over queues.

use base::{Moment, Outcome};
use store::{FromRow, Reader, Row};

use crate::queue::Depth;

/// A queue with what waits in it, since when, and what nobody took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How much waits.
    pub depth: Depth,
    /// Since when the first of what may still be taken has been there.
    pub oldest: Option<Moment>,
    /// How many nobody took: somebody must decide on them.
    pub dead: i64,
}

impl FromRow for Waiting {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { depth: Depth::from_row(row)?, oldest: row.get("oldest")?, dead: 0 })
    }
}

/// All queues, by one look at the first of each and one at what nobody took.
pub fn waiting(reader: &Reader<'_>) -> Outcome<Vec<Waiting>> {
    let mut found: Vec<Waiting> = reader.all(
        "SELECT q.name, q.held, q.bytes,
                (SELECT l.at FROM delivery_letters l
                 WHERE l.queue = q.name AND l.open = 1 AND l.state <> 'dead'
                 ORDER BY l.place LIMIT 1) AS oldest
         FROM delivery_queues q ORDER BY q.name LIMIT 2000",
        &[],
    )?;
    let dead: Vec<(String, i64)> = reader.all(
        "SELECT queue, CAST(COUNT(*) AS BIGINT) FROM delivery_letters WHERE state = 'dead'
         GROUP BY queue ORDER BY queue LIMIT 2000",
        &[],
    )?;
    for (queue, many) in dead {
        if let Some(one) = found.iter_mut().find(|one| one.depth.queue == queue) {
            one.dead = many;
        }
    }
    Ok(found)
}
