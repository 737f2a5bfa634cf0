//! What the centre does with a bus, in its own store: takes it into use, hands letters to it, takes in what it brings, and
//! goes past it while it is away.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use ::bus::Standing;
use ::store::Reader;
use base::{Fault, Id, Moment, Outcome};
use delivery::{Carried, Embedded, Taken, Transport, Wanted};
use frame::Hall;
use message::Message;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::rules::bus::{away, is_given_up};
use crate::store;
use crate::terms::{Line, gateway_of};

/// So many letters of a gateway go out or go past the bus at once.
const LETTERS_MAX: usize = 500;
/// So many bytes.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// What has not arrived by then is handed to the bus once more, seconds.
const ARRIVED_WITHIN_SECONDS: i64 = 30;
/// What the bus did not take is handed to it again after this, milliseconds.
const AGAIN_MS: i64 = 500;
/// Another process may have put something down: look again after this long.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

const NAME: &str = "exchange.bus";

/// Rung when something was put down.
static OUTWARDS: Notify = Notify::const_new();

/// Something may lie in an outbox.
pub(super) fn ring_outwards() {
    OUTWARDS.notify_one();
}

/// Waits until something may.
pub(crate) async fn rung_outwards() {
    let _ = tokio::time::timeout(LOOK_AGAIN, OUTWARDS.notified()).await;
}

/// Something waits for a gateway.
pub(crate) fn ring(gateway: &str) {
    super::deliver::ring(gateway);
}

/// The bus, if the city uses one.
pub(crate) async fn line(hall: &Hall) -> Outcome<Option<Line>> {
    hall.store.read(store::bus::line).await
}

/// By what letters are put into the queues of gateways.
pub(super) fn transport(reader: &Reader<'_>) -> Outcome<&'static dyn Transport> {
    Ok(if store::bus::line(reader)?.is_some() { &Carried } else { &Embedded })
}

/// From now on letters go by the bus.
pub(crate) async fn take_into_use(hall: &Hall, patience_seconds: i64) -> Outcome<()> {
    let now = hall.now();
    let permit = access::clockwork(NAME);
    hall.store.write(move |tx| store::bus::take_into_use(tx, &permit, patience_seconds, now)).await
}

/// The bus was found whole.
pub(crate) async fn reached(hall: &Hall, standing: &Standing) -> Outcome<()> {
    let (now, told) = (hall.now(), serde_json::to_string(standing).map_err(Fault::from)?);
    let permit = access::clockwork(NAME);
    hall.store.write(move |tx| store::bus::note_reached(tx, &permit, &told, now)).await
}

/// It was not.
pub(crate) async fn troubled(hall: &Hall, words: &str) -> Outcome<()> {
    let (words, permit) = (words.to_owned(), access::clockwork(NAME));
    hall.store.write(move |tx| store::bus::note_trouble(tx, &permit, &words)).await
}

/// The queues for which something is to go out now.
pub(crate) async fn queues(hall: &Hall) -> Outcome<Vec<String>> {
    let now = hall.now();
    hall.store.read(move |r| delivery::going_out(r, now)).await
}

/// What is to go out into a queue now.
pub(crate) async fn going_out(hall: &Hall, queue: &str) -> Outcome<Vec<Taken>> {
    let (now, queue) = (hall.now(), queue.to_owned());
    let wanted = Wanted { letters_max: LETTERS_MAX, bytes_max: BYTES_MAX };
    let until = now.plus_seconds(ARRIVED_WITHIN_SECONDS);
    hall.store.write(move |tx| delivery::take_out(tx, &queue, wanted, until, now)).await
}

/// The bus did not take these.
pub(crate) async fn not_gone(hall: &Hall, queue: &str, ids: Vec<Id<Message>>) -> Outcome<()> {
    let (due, queue) = (hall.now().plus_millis(AGAIN_MS), queue.to_owned());
    hall.store.write(move |tx| delivery::again(tx, &queue, &ids, due)).await
}

/// The bus has brought letters, by queue. Gives the gateways for which something waits now, and the letters that came
/// before others of their key.
pub(crate) async fn arrived(
    hall: &Arc<Hall>,
    brought: BTreeMap<String, Vec<Id<Message>>>,
) -> Outcome<(Vec<String>, HashSet<Id<Message>>)> {
    let (now, mut working) = (hall.now(), JoinSet::new());
    // One transaction a queue, side by side: on SQLite they share a commit, on PostgreSQL none waits for another's queue.
    for (queue, ids) in brought {
        let hall = hall.clone();
        working.spawn(async move {
            let named = queue.clone();
            let arrive = move |tx: &::store::Tx<'_>| delivery::arrive(tx, &named, &ids, now);
            Ok::<_, base::Stop>((queue, hall.store.write(arrive).await?))
        });
    }
    let (mut rung, mut early) = (Vec::new(), HashSet::new());
    while let Some(done) = working.join_next().await {
        let (queue, arrival) = done.map_err(Fault::from)??;
        if !arrival.moved.is_empty() {
            rung.extend(gateway_of(&queue).map(str::to_owned));
        }
        early.extend(arrival.early);
    }
    // What waited for those is taken out now.
    ring_outwards();
    Ok((rung, early))
}

/// These letters go past the bus, into their queue: they are longer than it takes. Gives those that came before others of
/// their key.
pub(crate) async fn past_the_bus(
    hall: &Arc<Hall>,
    queue: &str,
    ids: Vec<Id<Message>>,
) -> Outcome<HashSet<Id<Message>>> {
    let (rung, early) = arrived(hall, BTreeMap::from([(queue.to_owned(), ids)])).await?;
    rung.iter().for_each(|gateway| ring(gateway));
    Ok(early)
}

/// While no process of the centre reaches the bus, what lies in outboxes goes straight into the queues.
pub(crate) async fn without_bus(hall: &Arc<Hall>) -> Outcome<i64> {
    let now = hall.now();
    if line(hall).await?.is_none_or(|line| away(&line, now).is_none()) {
        return Ok(0);
    }
    let mut moved = 0;
    for (queue, _) in hall.store.read(delivery::outboxes).await? {
        moved += straight(hall, &queue, now).await?;
    }
    Ok(moved)
}

async fn straight(hall: &Hall, queue: &str, now: Moment) -> Outcome<i64> {
    let (named, limit) = (queue.to_owned(), i64::try_from(LETTERS_MAX).unwrap_or(i64::MAX));
    let moved = hall.store.write(move |tx| delivery::arrive_all(tx, &named, limit, now)).await?;
    if moved > 0
        && let Some(gateway) = gateway_of(queue)
    {
        ring(gateway);
    }
    Ok(moved)
}

/// A process that has no bus in its configuration gives up the one that nobody else has held for a while: what lies in
/// outboxes moves into the queues with it, so that nothing is put down there afterwards. Says whether it did.
pub(crate) async fn give_up(hall: &Hall) -> Outcome<bool> {
    let (now, permit) = (hall.now(), access::clockwork(NAME));
    let given_up = line(hall).await?.is_some_and(|line| is_given_up(&line, now));
    if !given_up {
        return Ok(false);
    }
    hall.store
        .write(move |tx| {
            if !store::bus::line(tx)?.is_some_and(|line| is_given_up(&line, now)) {
                return Ok(false);
            }
            for (queue, held) in delivery::outboxes(tx)? {
                delivery::arrive_all(tx, &queue, held, now)?;
            }
            store::bus::give_up(tx, &permit)?;
            Ok(true)
        })
        .await
}
