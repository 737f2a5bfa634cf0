//! Letters that nobody took, and what is decided on them.

use base::{Id, Moment, Outcome};
use message::Message;
use store::{FromRow, Reader, Row, Tx};

use crate::queue::{count, hold};

/// A message that nobody took, or that its receiver would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// In which queue.
    pub queue: String,
    /// Its name.
    pub id: Id<Message>,
    /// How often it was tried.
    pub tries: i64,
    /// Since when it has been in the queue.
    pub at: Moment,
    /// Until when it counts.
    pub expires: Moment,
    /// Why it was given up.
    pub note: String,
}

impl FromRow for Dead {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            queue: row.get("queue")?,
            id: row.get("id")?,
            tries: row.get("tries")?,
            at: row.get("at")?,
            expires: row.get("expires")?,
            note: row.get("note")?,
        })
    }
}

/// Dead letters, the oldest first, after one.
pub fn dead(reader: &Reader<'_>, (after, id): (Moment, &str), limit: i64) -> Outcome<Vec<Dead>> {
    Ok(reader.all(
        "SELECT queue, id, tries, at, expires, note FROM delivery_letters
         WHERE state = 'dead' AND (at > $1 OR at = $1 AND id > $2) ORDER BY at, id LIMIT $3",
        &[after.into(), id.into(), limit.into()],
    )?)
}

/// Dead letters of one queue, the oldest first.
pub fn dead_of(reader: &Reader<'_>, queue: &str, limit: i64) -> Outcome<Vec<Dead>> {
    Ok(reader.all(
        "SELECT queue, id, tries, at, expires, note FROM delivery_letters
         WHERE state = 'dead' AND queue = $1 ORDER BY at, id LIMIT $2",
        &[queue.into(), limit.into()],
    )?)
}

/// One dead letter.
pub fn dead_by_id(reader: &Reader<'_>, queue: &str, id: Id<Message>) -> Outcome<Option<Dead>> {
    Ok(reader.maybe(
        "SELECT queue, id, tries, at, expires, note FROM delivery_letters
         WHERE queue = $1 AND id = $2 AND state = 'dead'",
        &[queue.into(), id.into()],
    )?)
}

pub(crate) fn resend(
    tx: &Tx<'_>,
    queue: &str,
    (id, until): (Id<Message>, Moment),
    now: Moment,
) -> Outcome<bool> {
    let sent = tx.run(
        "UPDATE delivery_letters SET state = 'waiting', tries = 0, swept = 0, due = $3,
             expires = $4
         WHERE queue = $1 AND id = $2 AND state = 'dead'",
        &[queue.into(), id.into(), now.into(), until.into()],
    )?;
    Ok(sent > 0)
}

pub(crate) fn give_up(tx: &Tx<'_>, queue: &str, id: Id<Message>, reason: &str) -> Outcome<bool> {
    hold(tx, queue)?;
    let dropped: Option<i64> = tx.maybe(
        "UPDATE delivery_letters SET open = 0, state = 'dropped', note = $3
         WHERE queue = $1 AND id = $2 AND state = 'dead' RETURNING bytes",
        &[queue.into(), id.into(), reason.into()],
    )?;
    let Some(bytes) = dropped else { return Ok(false) };
    count(tx, queue, (0, -1, -bytes))?;
    Ok(true)
}
