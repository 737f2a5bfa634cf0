//! What letters say: kept beside them, for a letter is written again at each step, and what it says is not.

use base::{Id, Moment, Outcome};
use message::Message;
use store::{Reader, Tx};

use crate::outbox::outbox_of;
use crate::queue::{count, hold};

/// What a letter says, once: its row is written again at each step.
pub(crate) fn put_content(tx: &Tx<'_>, (queue, place): (&str, i64), content: &[u8]) -> Outcome<()> {
    tx.run(
        "INSERT INTO delivery_contents (queue, place, content) VALUES ($1, $2, $3)",
        &[queue.into(), place.into(), content.into()],
    )?;
    Ok(())
}

fn drop_content(tx: &Tx<'_>, (queue, place): (&str, i64)) -> Outcome<()> {
    tx.run(
        "DELETE FROM delivery_contents WHERE queue = $1 AND place = $2",
        &[queue.into(), place.into()],
    )?;
    Ok(())
}

/// The bytes of a message that is or was in a queue, or is on its way into it.
pub fn open_letter(reader: &Reader<'_>, queue: &str, id: Id<Message>) -> Outcome<Option<Vec<u8>>> {
    Ok(reader.maybe(
        "SELECT c.content FROM delivery_letters l
         JOIN delivery_contents c ON c.queue = l.queue AND c.place = l.place
         WHERE l.queue IN ($1, $2) AND l.id = $3 LIMIT 1",
        &[queue.into(), outbox_of(queue).into(), id.into()],
    )?)
}

/// Whether a message is or was in a queue, or is on its way into it.
pub fn holds(reader: &Reader<'_>, queue: &str, id: Id<Message>) -> Outcome<bool> {
    let found: Option<i64> = reader.maybe(
        "SELECT place FROM delivery_letters WHERE queue IN ($1, $2) AND id = $3 LIMIT 1",
        &[queue.into(), outbox_of(queue).into(), id.into()],
    )?;
    Ok(found.is_some())
}

/// Takes a letter away, so that another may have its name: what was only said in its place until it came.
pub fn remove(tx: &Tx<'_>, queue: &str, id: Id<Message>) -> Outcome<()> {
    hold(tx, queue)?;
    let gone: Option<(i64, i64, i64)> = tx.maybe(
        "DELETE FROM delivery_letters WHERE queue = $1 AND id = $2 RETURNING place, open, bytes",
        &[queue.into(), id.into()],
    )?;
    let Some((place, open, bytes)) = gone else { return Ok(()) };
    drop_content(tx, (queue, place))?;
    if open == 1 { count(tx, queue, (0, -1, -bytes)) } else { Ok(()) }
}

/// Forgets the bytes of messages that were settled before a moment; so many at once.
pub fn purge(tx: &Tx<'_>, before: Moment, limit: i64) -> Outcome<u64> {
    let rows: Vec<(String, i64, Id<Message>)> = tx.all(
        "SELECT queue, place, id FROM delivery_letters
         WHERE open = 0 AND at < $1 ORDER BY at LIMIT $2",
        &[before.into(), limit.into()],
    )?;
    let mut gone = 0;
    for (queue, place, id) in rows {
        drop_content(tx, (&queue, place))?;
        gone += tx.run(
            "DELETE FROM delivery_letters WHERE id = $1 AND queue = $2",
            &[id.into(), queue.into()],
        )?;
    }
    Ok(gone)
}
