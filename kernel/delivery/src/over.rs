//! Letters whose time is over before anybody took them: each is seen once, so that who waits for it can be told.

use base::{Id, Moment, Outcome};
use message::Message;
use store::{FromRow, Reader, Row, Tx};

use crate::outbox::arrive_all;
use crate::queue::depth;

/// Said of a letter that dies of its time.
pub(crate) const OVER: &str = "过了有效时间，对方一直没有取走";

/// A letter whose time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// In which queue.
    pub queue: String,
    /// Its name.
    pub id: Id<Message>,
    /// Why it was not taken, in words.
    pub note: String,
}

impl FromRow for Over {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (state, note): (String, String) = (row.get("state")?, row.get("note")?);
        let note = if state == "dead" { note } else { OVER.to_owned() };
        Ok(Self { queue: row.get("queue")?, id: row.get("id")?, note })
    }
}

/// Letters whose time is over and of which nobody has heard; so many at once, the first to end first. What is out has the
/// time that it was lent for, and what lies in an outbox is the queue's to say.
pub fn over(reader: &Reader<'_>, now: Moment, limit: i64) -> Outcome<Vec<Over>> {
    Ok(reader.all(
        "SELECT queue, id, state, note FROM delivery_letters
         WHERE open = 1 AND swept = 0 AND expires <= $1 AND (state <> 'out' OR due <= $1)
             AND NOT (queue > 'via:' AND queue < 'via;')
         ORDER BY expires LIMIT $2",
        &[now.into(), limit.into()],
    )?)
}

/// The time of a letter is over: it is dead, if it was not. Says whether nobody had seen it before.
pub fn end(tx: &Tx<'_>, queue: &str, id: Id<Message>, now: Moment) -> Outcome<bool> {
    let seen = tx.run(
        "UPDATE delivery_letters SET swept = 1, state = 'dead',
             note = CASE WHEN state = 'dead' THEN note ELSE $4 END
         WHERE queue = $1 AND id = $2 AND open = 1 AND swept = 0 AND expires <= $3",
        &[queue.into(), id.into(), now.into(), OVER.into()],
    )?;
    Ok(seen > 0)
}

/// Nothing of a queue will ever be taken: all of it is dead, and its time is over. Says how much it was.
pub fn kill_all(tx: &Tx<'_>, queue: &str, why: &str, now: Moment) -> Outcome<u64> {
    let waiting = depth(tx, queue)?.held;
    arrive_all(tx, queue, waiting, now)?;
    Ok(tx.run(
        "UPDATE delivery_letters SET state = 'dead', note = $2,
             expires = CASE WHEN expires > $3 THEN $3 ELSE expires END
         WHERE queue = $1 AND open = 1 AND state <> 'dead'",
        &[queue.into(), why.into(), now.into()],
    )?)
}
