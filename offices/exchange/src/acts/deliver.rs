//! Hands a gateway what waits for it. The gateway asks, and waits for a while if there is nothing: the centre never dials
//! in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Fault, Id, Outcome};
use delivery::{Embedded, Taken, Transport, Wanted};
use frame::ActCx;
use ledger::Act;
use message::{Message, Packet, Step, StepKind, steps_root};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Notify;

use super::rule;
use super::session::{in_force, own_permit};
use crate::store::flows::{Passed, Tally};
use crate::store::{self, messages};
use crate::terms::{DELIVERED, Gateway};

/// A gateway waits at most so long: less than what a request may take.
const WAIT_SECONDS_MAX: u64 = 25;
/// So many messages at once.
const LETTERS_MAX: usize = 1_000;
/// So many bytes at once.
const BYTES_MAX: usize = 12 * 1024 * 1024;
/// Another process may have put something down: look again after this long.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What a gateway asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// So many messages at most.
    pub limit: usize,
    /// So long to wait, seconds.
    pub wait_seconds: u64,
}

/// Who waits in this process, by gateway.
static WAITING: Mutex<Option<HashMap<String, Arc<Notify>>>> = Mutex::new(None);

fn bell(gateway: &str) -> Arc<Notify> {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.get_or_insert_default().entry(gateway.to_owned()).or_default().clone()
}

/// Something waits for this gateway.
pub(super) fn ring(gateway: &str) {
    bell(gateway).notify_waiters();
}

/// A packet of what waits for a gateway; an empty one if nothing came in time.
pub async fn deliver(cx: &ActCx, gateway: &Gateway, fetch: &Fetch) -> Outcome<Vec<u8>> {
    let until =
        tokio::time::Instant::now() + Duration::from_secs(fetch.wait_seconds.min(WAIT_SECONDS_MAX));
    let (bell, queue) = (bell(&gateway.name), gateway.queue());
    loop {
        let rung = bell.notified();
        // The clock of the city, not that of the request, which may have waited.
        let (now, named) = (cx.hall().now(), queue.clone());
        let due = cx.read(move |r| delivery::is_due(r, &named, now)).await?;
        if due {
            let taken = take(cx, gateway, fetch).await?;
            if !taken.is_empty() {
                let items: Vec<Vec<u8>> = taken.into_iter().map(|one| one.content).collect();
                return Ok(Packet::assemble(cx.hall().now(), &items));
            }
        }
        if tokio::time::Instant::now() >= until {
            return Ok(Packet::assemble(cx.hall().now(), &[]));
        }
        let _ =
            tokio::time::timeout_at((tokio::time::Instant::now() + LOOK_AGAIN).min(until), rung)
                .await;
    }
}

async fn take(cx: &ActCx, gateway: &Gateway, fetch: &Fetch) -> Outcome<Vec<Taken>> {
    let now = cx.hall().now();
    let rule = rule(now.day())?;
    super::take_in::going_on(cx, &rule, now).await?;
    let wanted = Wanted { letters_max: fetch.limit.clamp(1, LETTERS_MAX), bytes_max: BYTES_MAX };
    let act = Act::new(now, DELIVERED, "gateway", &gateway.name);
    let (name, pace) = (gateway.name.clone(), rule.pace());
    cx.write(move |tx| {
        let gateway = in_force(tx, &name)?;
        let permit = own_permit(&gateway);
        let taken = Embedded.take(tx, &gateway.queue(), wanted, &pace, now)?;
        let first: Vec<Id<Message>> =
            taken.iter().filter(|one| one.tries == 1).map(|one| one.id).collect();
        let states = (&["stored"][..], "delivered");
        let delivered = messages::set_state(tx, &permit, &first, states, now)?;
        if gateway.seen.is_none_or(|at| at.plus_seconds(30) <= now) {
            store::note_seen(tx, &permit, &name, gateway.offset_ms.unwrap_or(0), now)?;
        }
        if delivered.is_empty() {
            return Ok(taken);
        }
        let step = StepKind::Delivered;
        let mut steps: Vec<Step> = Vec::with_capacity(delivered.len());
        let mut tally = Tally::default();
        for moved in delivered {
            tally.took(&name, Passed::Delivered, now.millis() - moved.came.millis());
            tally.count(moved.way, Passed::Delivered, "", moved.bytes);
            let (id, digest) = (moved.id, moved.digest);
            steps.push(Step { id, digest, step, at: now.millis(), code: None });
        }
        tally.put(tx, &permit, now)?;
        let root = steps_root(&steps).map_err(|wrong| Fault::said(wrong.to_string()))?;
        let content = json!({ "count": steps.len(), "root": root });
        ledger::record(tx, permit.who(), &act.clone().content(content))?;
        delivery::put_steps(tx, act.id, &steps)?;
        Ok(taken)
    })
    .await
}
