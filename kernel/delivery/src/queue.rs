//! The embedded queue: its statements.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::{Id, Moment, Outcome};
use message::Message;
use store::{FromRow, Reader, Row, Tx, Value};

use crate::contents::put_content;
use crate::outbox::{outbox_of, queue_of_outbox};
use crate::over::OVER;
use crate::rules::{Pace, Verdict, after_try, lease_until, retry_after_seconds};
use crate::transport::{Bound, Letter, Put, Taken, Wanted};

/// So many rows are looked at in one statement.
const PAGE: usize = 1_000;
/// So many names stand in one statement.
pub(crate) const NAMES: usize = 200;

/// What waits in a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// The queue.
    pub queue: String,
    /// Messages that are not settled.
    pub held: i64,
    /// Their bytes.
    pub bytes: i64,
}

impl FromRow for Depth {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { queue: row.get("name")?, held: row.get("held")?, bytes: row.get("bytes")? })
    }
}

/// What waits in one queue, and for it in its outbox.
pub fn depth(reader: &Reader<'_>, queue: &str) -> Outcome<Depth> {
    let found: Vec<Depth> = reader.all(
        "SELECT name, held, bytes FROM delivery_queues WHERE name IN ($1, $2)",
        &[queue.into(), outbox_of(queue).into()],
    )?;
    let (held, bytes) = found.iter().fold((0, 0), |sum, one| (sum.0 + one.held, sum.1 + one.bytes));
    Ok(Depth { queue: queue.to_owned(), held, bytes })
}

/// What waits in all queues, and for each in its outbox.
pub fn depths(reader: &Reader<'_>) -> Outcome<Vec<Depth>> {
    let found: Vec<Depth> = reader
        .all("SELECT name, held, bytes FROM delivery_queues ORDER BY name LIMIT 4000", &[])?;
    let (outboxes, mut queues): (Vec<Depth>, Vec<Depth>) =
        found.into_iter().partition(|one| queue_of_outbox(&one.queue).is_some());
    for outbox in outboxes {
        let name = queue_of_outbox(&outbox.queue).unwrap_or_default();
        match queues.iter_mut().find(|one| one.queue == name) {
            Some(queue) => {
                queue.held += outbox.held;
                queue.bytes += outbox.bytes;
            }
            None => queues.push(Depth { queue: name.to_owned(), ..outbox }),
        }
    }
    Ok(queues)
}

/// Takes the row of the queue, so that places are given one after another among several processes.
pub(crate) fn hold(tx: &Tx<'_>, queue: &str) -> Outcome<(i64, i64, i64)> {
    Ok(tx.one(
        "INSERT INTO delivery_queues (name, next, held, bytes) VALUES ($1, 1, 0, 0)
         ON CONFLICT (name) DO UPDATE SET held = delivery_queues.held
         RETURNING next, held, bytes",
        &[queue.into()],
    )?)
}

pub(crate) fn count(
    tx: &Tx<'_>,
    queue: &str,
    (given, held, bytes): (i64, i64, i64),
) -> Outcome<()> {
    tx.run(
        "UPDATE delivery_queues SET next = next + $2, held = held + $3, bytes = bytes + $4
         WHERE name = $1",
        &[queue.into(), given.into(), held.into(), bytes.into()],
    )?;
    Ok(())
}

/// Which of these are in a queue, settled or not.
pub(crate) fn names(
    reader: &Reader<'_>,
    queue: &str,
    letters: &[Letter],
) -> Outcome<HashSet<Id<Message>>> {
    let mut found = HashSet::new();
    for some in letters.chunks(NAMES) {
        let mut values: Vec<Value> = vec![queue.into()];
        values.extend(some.iter().map(|letter| Value::from(letter.id)));
        let rows: Vec<(Id<Message>,)> = reader.all(
            &format!(
                "SELECT id FROM delivery_letters WHERE queue = $1 AND id IN ({})",
                places(2, some.len())
            ),
            &values,
        )?;
        found.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// Whether there is no room for these.
pub(crate) fn full((held, bytes): (i64, i64), letters: &[Letter], bound: &Bound) -> Option<Put> {
    let new_bytes: i64 = letters.iter().map(|letter| size(&letter.content)).sum();
    let over = held.saturating_add(count_of(letters.len())) > bound.letters_max;
    let full = held > 0 && (over || bytes.saturating_add(new_bytes) > bound.bytes_max);
    full.then(|| Put::Full(retry_after_seconds(held, bound.letters_max)))
}

pub(crate) fn put(
    tx: &Tx<'_>,
    queue: &str,
    letters: &[Letter],
    bound: &Bound,
    now: Moment,
) -> Outcome<Put> {
    let (next, held, bytes) = hold(tx, queue)?;
    if let Some(full) = full((held, bytes), letters, bound) {
        return Ok(full);
    }
    let (mut given, mut put_bytes) = (0, 0);
    for letter in letters {
        let order = letter.order.as_ref().map_or("", |order| order.key.as_str());
        let put = tx.run(
            "INSERT INTO delivery_letters
                 (queue, place, id, ordered, open, state, tries, due, at, expires, bytes, note)
             VALUES ($1, $2, $3, $4, 1, 'waiting', 0, $5, $5, $6, $7, '')
             ON CONFLICT (queue, id) DO NOTHING",
            &[
                queue.into(),
                (next + given).into(),
                letter.id.into(),
                order.into(),
                now.into(),
                letter.expires.into(),
                size(&letter.content).into(),
            ],
        )?;
        if put > 0 {
            put_content(tx, (queue, next + given), &letter.content)?;
            given += 1;
            put_bytes += size(&letter.content);
        }
    }
    count(tx, queue, (given, given, put_bytes))?;
    Ok(Put::Held)
}

/// Keeps the bytes of a message that waits for nobody: for evidence, as long as those that were settled.
pub fn keep(tx: &Tx<'_>, queue: &str, letters: &[Letter], now: Moment) -> Outcome<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let (next, ..) = hold(tx, queue)?;
    let mut given = 0;
    for letter in letters {
        let kept = tx.run(
            "INSERT INTO delivery_letters
                 (queue, place, id, ordered, open, state, tries, due, at, expires, bytes, note)
             VALUES ($1, $2, $3, '', 0, 'done', 0, $4, $4, $5, $6, '')
             ON CONFLICT (queue, id) DO NOTHING",
            &[
                queue.into(),
                (next + given).into(),
                letter.id.into(),
                now.into(),
                letter.expires.into(),
                size(&letter.content).into(),
            ],
        )?;
        if kept > 0 {
            put_content(tx, (queue, next + given), &letter.content)?;
            given += 1;
        }
    }
    count(tx, queue, (given, 0, 0))
}

/// What is out comes back at once: for the only process on a store, when it starts again and knows that nobody is at it.
pub fn come_back(tx: &Tx<'_>, queue: &str, now: Moment) -> Outcome<u64> {
    Ok(tx.run(
        "UPDATE delivery_letters SET state = 'waiting', due = $2
         WHERE queue = $1 AND open = 1 AND state = 'out'",
        &[queue.into(), now.into()],
    )?)
}

/// Whether something can be taken from a queue now, as far as one look tells.
pub fn is_due(reader: &Reader<'_>, queue: &str, now: Moment) -> Outcome<bool> {
    let found: Option<i64> = reader.maybe(
        "SELECT place FROM delivery_letters
         WHERE queue = $1 AND open = 1 AND state <> 'dead' AND due <= $2 LIMIT 1",
        &[queue.into(), now.into()],
    )?;
    Ok(found.is_some())
}

fn size(content: &[u8]) -> i64 {
    count_of(content.len())
}

pub(crate) fn count_of(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}

/// A message that is not settled.
struct Open {
    place: i64,
    id: Id<Message>,
    ordered: String,
    state: String,
    tries: i64,
    due: Moment,
    expires: Moment,
    bytes: i64,
}

impl FromRow for Open {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            place: row.get("place")?,
            id: row.get("id")?,
            ordered: row.get("ordered")?,
            state: row.get("state")?,
            tries: row.get("tries")?,
            due: row.get("due")?,
            expires: row.get("expires")?,
            bytes: row.get("bytes")?,
        })
    }
}

fn open_after(reader: &Reader<'_>, queue: &str, after: i64) -> Outcome<Vec<Open>> {
    Ok(reader.all(
        "SELECT place, id, ordered, state, tries, due, expires, bytes FROM delivery_letters
         WHERE queue = $1 AND open = 1 AND place > $2 ORDER BY place LIMIT $3",
        &[queue.into(), after.into(), count_of(PAGE).into()],
    )?)
}

pub(crate) fn take(
    tx: &Tx<'_>,
    queue: &str,
    wanted: Wanted,
    pace: &Pace,
    now: Moment,
) -> Outcome<Vec<Taken>> {
    take_for(tx, queue, wanted, &Lent::By(*pace), now)
}

/// For how long letters are given out.
pub(crate) enum Lent {
    /// By a pace; what is over becomes a dead letter instead.
    By(Pace),
    /// Until then, however often.
    Until(Moment),
}

impl Lent {
    fn until(&self, tries: i64, now: Moment) -> Moment {
        match self {
            Lent::By(pace) => lease_until(pace, tries, now),
            Lent::Until(until) => *until,
        }
    }

    /// Why a message is not tried once more, if it is not.
    fn over(&self, one: &Open, now: Moment) -> Option<&'static str> {
        let Lent::By(pace) = self else { return None };
        if one.expires <= now {
            return Some(OVER);
        }
        (one.tries >= pace.tries_max).then_some("多次送达后，对方一直没有确认")
    }
}

/// Takes the next ones.
pub(crate) fn take_for(
    tx: &Tx<'_>,
    queue: &str,
    wanted: Wanted,
    lent: &Lent,
    now: Moment,
) -> Outcome<Vec<Taken>> {
    hold(tx, queue)?;
    let (mut chosen, mut bytes) = (Vec::new(), 0usize);
    let (mut held_keys, mut after) = (HashSet::new(), 0);
    'pages: loop {
        let page = open_after(tx, queue, after)?;
        for one in &page {
            after = one.place;
            let waits = one.state == "dead" || one.due > now;
            let behind = !one.ordered.is_empty() && held_keys.contains(&one.ordered);
            if waits || behind {
                if !one.ordered.is_empty() {
                    held_keys.insert(one.ordered.clone());
                }
                continue;
            }
            if let Some(note) = lent.over(one, now) {
                die(tx, queue, one.place, note)?;
                if !one.ordered.is_empty() {
                    held_keys.insert(one.ordered.clone());
                }
                continue;
            }
            let size = usize::try_from(one.bytes).unwrap_or(usize::MAX);
            let full = chosen.len() >= wanted.letters_max;
            if full || !chosen.is_empty() && bytes.saturating_add(size) > wanted.bytes_max {
                break 'pages;
            }
            bytes = bytes.saturating_add(size);
            let tries = one.tries + 1;
            let (key, content) = (one.ordered.clone(), Vec::new());
            chosen.push((
                lent.until(tries, now),
                one.place,
                Taken { id: one.id, tries, key, content },
            ));
        }
        if page.len() < PAGE {
            break;
        }
    }
    lend(tx, queue, chosen)
}

fn die(tx: &Tx<'_>, queue: &str, place: i64, note: &str) -> Outcome<()> {
    tx.run(
        "UPDATE delivery_letters SET state = 'dead', note = $3
         WHERE queue = $1 AND open = 1 AND place = $2",
        &[queue.into(), place.into(), note.into()],
    )?;
    Ok(())
}

/// Marks the chosen ones as out until the moment of each, and reads their bytes.
fn lend(tx: &Tx<'_>, queue: &str, chosen: Vec<(Moment, i64, Taken)>) -> Outcome<Vec<Taken>> {
    let mut contents: HashMap<i64, Vec<u8>> = HashMap::with_capacity(chosen.len());
    let mut ending: BTreeMap<Moment, Vec<i64>> = BTreeMap::new();
    for (until, place, _) in &chosen {
        ending.entry(*until).or_default().push(*place);
    }
    let chunks = ending
        .iter()
        .flat_map(|(until, places)| places.chunks(NAMES).map(move |some| (*until, some)));
    for (until, some) in chunks {
        let mut values: Vec<Value> = vec![queue.into(), until.into()];
        values.extend(some.iter().map(|place| Value::from(*place)));
        let places = places(3, some.len());
        tx.run(
            &format!(
                "UPDATE delivery_letters SET state = 'out', tries = tries + 1, due = $2
                 WHERE queue = $1 AND open = 1 AND place IN ({places})"
            ),
            &values,
        )?;
        values.remove(1);
        let places = self::places(2, some.len());
        let rows: Vec<(i64, Vec<u8>)> = tx.all(
            &format!(
                "SELECT place, content FROM delivery_contents WHERE queue = $1 AND place IN ({places})"
            ),
            &values,
        )?;
        contents.extend(rows);
    }
    let taken = chosen.into_iter().filter_map(|(_, place, one)| {
        let content = contents.remove(&place)?;
        Some(Taken { content, ..one })
    });
    Ok(taken.collect())
}

/// `$3, $4, …`: so many places of a statement.
pub(crate) fn places(first: usize, many: usize) -> String {
    let places: Vec<String> = (first..first + many).map(|place| format!("${place}")).collect();
    places.join(", ")
}

pub(crate) fn settle(tx: &Tx<'_>, queue: &str, ids: &[Id<Message>]) -> Outcome<Vec<Id<Message>>> {
    hold(tx, queue)?;
    let (mut settled, mut bytes) = (Vec::new(), 0);
    for some in ids.chunks(NAMES) {
        let mut values: Vec<Value> = vec![queue.into()];
        values.extend(some.iter().map(|id| Value::from(*id)));
        let rows: Vec<(Id<Message>, i64)> = tx.all(
            &format!(
                // By their names: what is open in the queue may be far more.
                "UPDATE delivery_letters SET open = 0, state = 'done'
                 WHERE queue = $1 AND COALESCE(open, 0) = 1 AND id IN ({}) RETURNING id, bytes",
                places(2, some.len())
            ),
            &values,
        )?;
        bytes += rows.iter().map(|(_, bytes)| bytes).sum::<i64>();
        settled.extend(rows.into_iter().map(|(id, _)| id));
    }
    count(tx, queue, (0, -count_of(settled.len()), -bytes))?;
    Ok(settled)
}

fn open_by_id(reader: &Reader<'_>, queue: &str, id: Id<Message>) -> Outcome<Option<Open>> {
    Ok(reader.maybe(
        "SELECT place, id, ordered, state, tries, due, expires, bytes FROM delivery_letters
         WHERE queue = $1 AND id = $2 AND open = 1",
        &[queue.into(), id.into()],
    )?)
}

pub(crate) fn fail(
    tx: &Tx<'_>,
    queue: &str,
    (id, why): (Id<Message>, &str),
    pace: &Pace,
    now: Moment,
) -> Outcome<Verdict> {
    let Some(one) = open_by_id(tx, queue, id)? else { return Ok(Verdict::Dead) };
    // Any number that differs from message to message spreads them.
    let chance = u64::try_from(id.bits() & u128::from(u64::MAX)).unwrap_or(0);
    let verdict = after_try(pace, one.tries, now, chance);
    match verdict {
        Verdict::Dead => die(tx, queue, one.place, why)?,
        Verdict::Again(due) => {
            tx.run(
                "UPDATE delivery_letters SET state = 'waiting', due = $3, note = $4
                 WHERE queue = $1 AND open = 1 AND place = $2",
                &[queue.into(), one.place.into(), due.into(), why.into()],
            )?;
        }
    }
    Ok(verdict)
}

pub(crate) fn kill(tx: &Tx<'_>, queue: &str, (id, why): (Id<Message>, &str)) -> Outcome<bool> {
    let Some(one) = open_by_id(tx, queue, id)? else { return Ok(false) };
    die(tx, queue, one.place, why)?;
    Ok(true)
}
