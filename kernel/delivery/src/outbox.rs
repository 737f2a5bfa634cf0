//! The outbox of a queue, where a bus carries into it: what was put down lies here until it has arrived. The row itself
//! moves, whoever brings it, the bus or the store when the bus is away; so that nothing is lost with the bus, and what the
//! bus brings twice, or somebody else has put on it, changes nothing.

use std::collections::{HashMap, HashSet};

use base::{Id, Moment, Outcome};
use message::Message;
use store::{Reader, Tx, Value};

use crate::queue::{Lent, NAMES, count, count_of, hold, places, take_for};
use crate::transport::{Taken, Wanted};

const OUTBOX: &str = "via:";

/// The outbox of a queue.
pub(crate) fn outbox_of(queue: &str) -> String {
    format!("{OUTBOX}{queue}")
}

/// The queue of an outbox, if it is one.
pub(crate) fn queue_of_outbox(name: &str) -> Option<&str> {
    name.strip_prefix(OUTBOX)
}

/// The queues in whose outboxes something lies, and how much.
pub fn outboxes(reader: &Reader<'_>) -> Outcome<Vec<(String, i64)>> {
    // `;` follows on `:`: the names that begin with `via:`.
    let found: Vec<(String, i64)> = reader.all(
        "SELECT name, held FROM delivery_queues
         WHERE name > 'via:' AND name < 'via;' AND held > 0 ORDER BY name LIMIT 2000",
        &[],
    )?;
    let named = found.into_iter();
    Ok(named.filter_map(|(name, held)| Some((queue_of_outbox(&name)?.to_owned(), held))).collect())
}

/// The queues for which something is to go out now.
pub fn going_out(reader: &Reader<'_>, now: Moment) -> Outcome<Vec<String>> {
    let found: Vec<(String,)> = reader.all(
        "SELECT q.name FROM delivery_queues q
         WHERE q.name > 'via:' AND q.name < 'via;' AND q.held > 0 AND EXISTS (
             SELECT 1 FROM delivery_letters l
             WHERE l.queue = q.name AND l.open = 1 AND l.due <= $1
         ) ORDER BY q.name LIMIT 2000",
        &[now.into()],
    )?;
    Ok(found.into_iter().filter_map(|(name,)| Some(queue_of_outbox(&name)?.to_owned())).collect())
}

/// Takes what the bus is to carry into a queue next, until then: what has not arrived by that time is taken again. Of one
/// key none is taken before those ahead of it have arrived or go with it. What has expired goes too: its death is the
/// queue's to say.
pub fn take_out(
    tx: &Tx<'_>,
    queue: &str,
    wanted: Wanted,
    until: Moment,
    now: Moment,
) -> Outcome<Vec<Taken>> {
    take_for(tx, &outbox_of(queue), wanted, &Lent::Until(until), now)
}

/// The bus did not take these: they are taken again from then on.
pub fn again(tx: &Tx<'_>, queue: &str, ids: &[Id<Message>], due: Moment) -> Outcome<()> {
    let outbox = outbox_of(queue);
    for some in ids.chunks(NAMES) {
        let mut values: Vec<Value> = vec![outbox.as_str().into(), due.into()];
        values.extend(some.iter().map(|id| Value::from(*id)));
        tx.run(
            &format!(
                "UPDATE delivery_letters SET state = 'waiting', due = $2
                 WHERE queue = $1 AND COALESCE(open, 0) = 1 AND id IN ({})",
                places(3, some.len())
            ),
            &values,
        )?;
    }
    Ok(())
}

/// What became of letters that the bus has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// They may be taken from the queue now.
    pub moved: Vec<Id<Message>>,
    /// Others of their key that came before have not arrived yet: they must be brought again.
    pub early: Vec<Id<Message>>,
}

/// A letter in an outbox.
struct Lying {
    place: i64,
    id: Id<Message>,
    ordered: String,
    bytes: i64,
}

/// The bus has brought letters of a queue: those of its outbox move into it. Of the others nothing is to be done: they have
/// arrived before, or nobody has put them down.
pub fn arrive(tx: &Tx<'_>, queue: &str, ids: &[Id<Message>], now: Moment) -> Outcome<Arrival> {
    let outbox = outbox_of(queue);
    // In this order everywhere, so that no two wait for one another: queues, then outboxes.
    let (next, ..) = hold(tx, queue)?;
    hold(tx, &outbox)?;
    let mut brought = brought(tx, &outbox, ids)?;
    brought.sort_by_key(|one| one.place);
    let missing = missing(tx, &outbox, &brought)?;
    let (moving, early): (Vec<Lying>, Vec<Lying>) = brought
        .into_iter()
        .partition(|one| missing.get(&one.ordered).is_none_or(|first| one.place < *first));
    move_all(tx, (queue, &outbox), next, &moving, now)?;
    let names = |some: Vec<Lying>| some.into_iter().map(|one| one.id).collect();
    Ok(Arrival { moved: names(moving), early: names(early) })
}

fn brought(reader: &Reader<'_>, outbox: &str, ids: &[Id<Message>]) -> Outcome<Vec<Lying>> {
    let mut found: HashMap<i64, Lying> = HashMap::new();
    for some in ids.chunks(NAMES) {
        let mut values: Vec<Value> = vec![outbox.into()];
        values.extend(some.iter().map(|id| Value::from(*id)));
        let rows: Vec<(i64, Id<Message>, String, i64)> = reader.all(
            &format!(
                "SELECT place, id, ordered, bytes FROM delivery_letters
                 WHERE queue = $1 AND COALESCE(open, 0) = 1 AND id IN ({})",
                places(2, some.len())
            ),
            &values,
        )?;
        let rows = rows.into_iter();
        found.extend(
            rows.map(|(place, id, ordered, bytes)| (place, Lying { place, id, ordered, bytes })),
        );
    }
    Ok(found.into_values().collect())
}

/// The first place of each key at which something lies before what was brought, and was not brought with it.
fn missing(reader: &Reader<'_>, outbox: &str, brought: &[Lying]) -> Outcome<HashMap<String, i64>> {
    let keyed = || brought.iter().filter(|one| !one.ordered.is_empty());
    let Some(last) = keyed().map(|one| one.place).max() else { return Ok(HashMap::new()) };
    // What lies before what was just brought is on its way too, so these are few.
    let before: Vec<(i64, String)> = reader.all(
        "SELECT place, ordered FROM delivery_letters
         WHERE queue = $1 AND open = 1 AND place < $2 AND ordered <> '' ORDER BY place DESC",
        &[outbox.into(), last.into()],
    )?;
    let came: HashSet<i64> = brought.iter().map(|one| one.place).collect();
    let keys: HashSet<&str> = keyed().map(|one| one.ordered.as_str()).collect();
    let missing = before
        .into_iter()
        .filter(|(place, key)| !came.contains(place) && keys.contains(key.as_str()))
        // The first of each key comes last, and stays.
        .map(|(place, key)| (key, place));
    Ok(missing.collect())
}

fn move_all(
    tx: &Tx<'_>,
    (queue, outbox): (&str, &str),
    next: i64,
    moving: &[Lying],
    now: Moment,
) -> Outcome<()> {
    for (place, one) in (next..).zip(moving) {
        tx.run(
            "UPDATE delivery_letters SET queue = $3, place = $4, state = 'waiting', tries = 0, due = $5
             WHERE queue = $1 AND open = 1 AND place = $2",
            &[outbox.into(), one.place.into(), queue.into(), place.into(), now.into()],
        )?;
        tx.run(
            "UPDATE delivery_contents SET queue = $3, place = $4 WHERE queue = $1 AND place = $2",
            &[outbox.into(), one.place.into(), queue.into(), place.into()],
        )?;
    }
    let (many, bytes) = (count_of(moving.len()), moving.iter().map(|one| one.bytes).sum::<i64>());
    count(tx, queue, (many, many, bytes))?;
    count(tx, outbox, (0, -many, -bytes))
}

/// The bus is away: what lies in the outbox of a queue moves into it without, in its order; so many at once. Says how many.
pub fn arrive_all(tx: &Tx<'_>, queue: &str, limit: i64, now: Moment) -> Outcome<i64> {
    let outbox = outbox_of(queue);
    let (next, ..) = hold(tx, queue)?;
    hold(tx, &outbox)?;
    let rows: Vec<(i64, Id<Message>, String, i64)> = tx.all(
        "SELECT place, id, ordered, bytes FROM delivery_letters
         WHERE queue = $1 AND open = 1 ORDER BY place LIMIT $2",
        &[outbox.as_str().into(), limit.into()],
    )?;
    let rows = rows.into_iter();
    let moving: Vec<Lying> =
        rows.map(|(place, id, ordered, bytes)| Lying { place, id, ordered, bytes }).collect();
    move_all(tx, (queue, &outbox), next, &moving, now)?;
    Ok(count_of(moving.len()))
}
