//! How long what waits has waited: for whoever watches over queues.

use base::{Moment, Outcome};
use store::{FromRow, Reader, Row};

use crate::outbox::queue_of_outbox;
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
         FROM delivery_queues q ORDER BY q.name LIMIT 4000",
        &[],
    )?;
    with_outboxes(&mut found);
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

/// What waits in an outbox waits for its queue.
fn with_outboxes(found: &mut Vec<Waiting>) {
    let (outboxes, queues): (Vec<Waiting>, Vec<Waiting>) = std::mem::take(found)
        .into_iter()
        .partition(|one| queue_of_outbox(&one.depth.queue).is_some());
    *found = queues;
    for mut outbox in outboxes {
        let name = queue_of_outbox(&outbox.depth.queue).unwrap_or_default().to_owned();
        match found.iter_mut().find(|one| one.depth.queue == name) {
            Some(queue) => {
                queue.depth.held += outbox.depth.held;
                queue.depth.bytes += outbox.depth.bytes;
                queue.oldest = queue.oldest.into_iter().chain(outbox.oldest).min();
            }
            None => {
                outbox.depth.queue = name;
                found.push(outbox);
            }
        }
    }
}
