//! The walk over everything under a key: page by page, each written anew in a small transaction that
//! also says how far it has come, so that a walk that was killed goes on from there.

use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use ledger::Who;
use ledger::jobs::{self, Lane};
use seal::Use;
use serde_json::{Value as Json, json};
use vault::ring::{self, RingRow, Turn};

use super::places::{PAGE, Place, Standing, places};
use super::{
    AGAIN_SECONDS, JOB, KEPT_SECONDS, RESEALED, RETIRE_JOB, follow, record, standing, title,
};
use crate::hall::Hall;

/// So often all is walked over in one job. What a write put under the old key that had begun before the
/// new one sealed is found by the second walk.
const WALKS_MAX: usize = 4;

/// What a job of the exchange is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    /// Which key.
    pub(crate) usage: Use,
    /// Whether the old one is destroyed by itself when nothing is left under it.
    pub(crate) retire: bool,
}

impl Task {
    pub(crate) fn body(self) -> Json {
        json!({ "use": self.usage.name(), "retire": self.retire })
    }

    pub(crate) fn of(body: &Json) -> Self {
        let usage = body.get("use").and_then(Json::as_str).and_then(Use::parse);
        let retire = body.get("retire").and_then(Json::as_bool).unwrap_or_default();
        Self { usage: usage.unwrap_or(Use::Seal), retire }
    }
}

/// What stands under an older key than the one that seals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// How many values.
    pub count: u64,
    /// How many of them no key opens: they are lost already, and no key keeps them.
    pub broken: u64,
    /// Where the first of them stands.
    pub first: String,
}

/// The work of the job: seals anew whatever stands under an older key, until nothing does. What does
/// not open is counted, told by `cityhall check`, and left as it is.
pub(crate) async fn reseal(hall: Arc<Hall>, task: Task, now: Moment) -> Outcome<()> {
    follow(&hall).await?;
    let ring = standing(&hall, task.usage).await?;
    if !ring.is_under_way() {
        return Ok(());
    }
    let Some(newest) = ring.keys.last().cloned() else { return Ok(()) };
    if newest.seals_from > now {
        return Err(Fault::said("the new key does not seal yet").into());
    }
    for _ in 0..WALKS_MAX {
        for place in places(&hall, task.usage) {
            walk(&hall, place, newest.version).await?;
        }
        let left = left(&hall, &newest).await?;
        if left.count == 0 {
            return note_clean(&hall, newest, task, now).await;
        }
        if left.count == left.broken {
            tracing::error!(broken = left.broken, first = left.first, "sealed values do not open");
            // Once somebody has restored them it goes on.
            let later = now.plus_seconds(AGAIN_SECONDS);
            return hall
                .write(move |tx| jobs::enqueue(tx, Lane::Long, JOB, &task.body(), later))
                .await;
        }
        for place in places(&hall, task.usage) {
            begin(&hall, place, newest.version).await?;
        }
    }
    Err(Fault::said("values under the old key went on coming in").into())
}

/// Notes, once, that nothing is left under an older key.
async fn note_clean(hall: &Arc<Hall>, key: RingRow, task: Task, now: Moment) -> Outcome<()> {
    hall.write(move |tx| {
        if ring::note_clean(tx, &key.id, now)? {
            let content = json!({ "key": title(key.usage) });
            record(tx, &Who::clockwork(), RESEALED, (key.usage, key.version), now, content)?;
            if task.retire {
                let from = key.seals_from.plus_seconds(KEPT_SECONDS).max(now);
                jobs::enqueue(tx, Lane::Long, RETIRE_JOB, &task.body(), from)?;
            }
        }
        Ok(())
    })
    .await
}

/// Begins a place, anew if it was begun before.
async fn begin(hall: &Arc<Hall>, place: Place, version: i64) -> Outcome<()> {
    let total = hall.store.read(move |reader| place.count(reader)).await?;
    let name = place.name();
    hall.store.write(move |tx| ring::begin_turn(tx, &name, version, total)).await
}

/// Seals a place anew from where it stands.
async fn walk(hall: &Arc<Hall>, place: Place, version: i64) -> Outcome<()> {
    loop {
        let name = place.name();
        let turn = hall.store.read(move |reader| ring::turn(reader, &name, version)).await?;
        let Some(turn) = turn else {
            begin(hall, place, version).await?;
            continue;
        };
        if turn.done {
            return Ok(());
        }
        step(hall, place, turn).await?;
    }
}

/// One page of a place.
async fn step(hall: &Arc<Hall>, place: Place, was: Turn) -> Outcome<()> {
    let after: Option<Json> = serde_json::from_str(&was.after_key).ok();
    let page = hall.store.read(move |reader| place.page(reader, after.as_ref())).await?;
    let (mut now, city) = (was.clone(), hall.clone());
    now.seen += i64::try_from(page.len()).unwrap_or_default();
    now.done = page.len() < PAGE;
    if let Some(last) = page.last() {
        now.after_key = last.key.to_string();
    }
    // Ciphers take a processor for themselves: away from the threads that answer requests.
    let sealed = tokio::task::spawn_blocking(move || {
        let mut damaged = 0;
        let mut anew: Vec<(Standing, Vec<u8>)> = Vec::new();
        for value in page {
            match place.anew(&city.keys, &value) {
                Ok(Some(new)) => anew.push((value, new)),
                Ok(None) => {}
                Err(_) => damaged += 1,
            }
        }
        (anew, damaged)
    });
    let (anew, damaged) = sealed.await.map_err(Fault::from)?;
    now.damaged += damaged;
    hall.store
        .write(move |tx| {
            let mut now = now.clone();
            for (value, new) in &anew {
                // Who wrote meanwhile wins: what is there now was sealed under the new key.
                now.resealed += i64::from(place.exchange(tx, value, new)?);
            }
            // Where somebody else has gone on, what was sealed anew here stays good all the same.
            ring::go_on(tx, &was, &now)?;
            Ok(())
        })
        .await
}

/// What stands under an older key than this one, by looking at everything.
pub(super) async fn left(hall: &Arc<Hall>, key: &RingRow) -> Outcome<Left> {
    let id = key.id.as_str();
    let mut left = Left::default();
    for place in places(hall, key.usage) {
        let mut after: Option<Json> = None;
        loop {
            let from = after.clone();
            let page = hall.store.read(move |reader| place.page(reader, from.as_ref())).await?;
            let last = page.get(PAGE - 1).map(|value| value.key.clone());
            let old: Vec<Standing> = page
                .into_iter()
                .filter(|value| place.under(value).as_deref() != Some(id))
                .collect();
            if let Some(first) = old.first().filter(|_| left.count == 0) {
                left.first = format!("{} {}", place.name(), first.key);
            }
            left.count += old.len() as u64;
            let city = hall.clone();
            let broken = tokio::task::spawn_blocking(move || {
                let opens = |value: &&Standing| place.anew(&city.keys, value).is_ok();
                old.len() - old.iter().filter(opens).count()
            });
            left.broken += broken.await.map_err(Fault::from)? as u64;
            match last {
                Some(last) => after = Some(last),
                None => break,
            }
        }
    }
    Ok(left)
}
