//! The rooms of a register's desk, its jobs and its ear. They are the same for all: an office gives its register once
//! ([`Keeper`]), and routes these under its own permissions.

use std::sync::Arc;

use access::Permit;
use axum::extract::{Form, Multipart, Path, Query};
use base::{Fault, Moment, Outcome};
use ledger::Recorded;
use register::{Publication, Register};
use serde::Deserialize;
use serde_json::Value;
use store::{Reader, Tx};

use super::{Asked, LoadDesk, Wished, Word, coming, feeds, jobs, pages, report};
use crate::hall::Hall;
use crate::office::Later;
use crate::{ActCx, Cx, Filled, Reasoned, Reply};

/// The desk of a register, as the office gives it that keeps the register.
pub trait Keeper: Send + Sync + 'static {
    /// The desk.
    const DESK: &'static LoadDesk;
    /// The kind of question by which a part of a publication is asked for; its answer reads as [`register::Part`].
    const PART: &'static str;
    /// The kind of question by which it is asked who provides a resource; its answer reads as [`super::Provided`].
    const PROVIDER: &'static str;
}

/// GET: the newest loads, and the form for a file.
pub async fn list<K: Keeper>(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    pages::list(K::DESK, &cx, &asked).await
}

/// POST: takes a file in.
pub async fn take_in<K: Keeper>(cx: ActCx, form: Multipart) -> Reply {
    pages::take_in(K::DESK, &cx, form).await
}

/// GET: one load.
pub async fn show<K: Keeper>(cx: Cx, Path(id): Path<String>, Query(asked): Query<Asked>) -> Reply {
    report::show(K::DESK, &cx, &id, &asked).await
}

/// POST: undoes the newest.
pub async fn undo<K: Keeper>(
    cx: ActCx,
    Path(id): Path<String>,
    Form(why): Form<Reasoned>,
) -> Reply {
    report::undo(K::DESK, &cx, &id, why).await
}

/// POST: says of a load that waits for it whether it is to count.
pub async fn settle<K: Keeper>(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(word): Filled<Word>,
) -> Reply {
    coming::settle(K::DESK, &cx, &id, word).await
}

/// GET: what feeds the register.
pub async fn feeds<K: Keeper>(cx: Cx) -> Reply {
    feeds::feeds(K::DESK, &cx).await
}

/// POST: lets a resource feed it.
pub async fn open<K: Keeper>(cx: ActCx, Filled(wished): Filled<Wished>) -> Reply {
    feeds::open::<K>(&cx, wished).await
}

/// POST: ends that.
pub async fn close<K: Keeper>(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(why): Filled<Reasoned>,
) -> Reply {
    feeds::close(K::DESK, &cx, &id, why).await
}

/// The job that reads the file of a load and brings it in.
pub fn import<K: Keeper>(hall: Arc<Hall>, body: Value, _now: Moment) -> Later<()> {
    Box::pin(jobs::import(K::DESK, hall, body))
}

/// The job that takes up what gateways have published.
pub fn take_up<K: Keeper>(hall: Arc<Hall>, _body: Value, _now: Moment) -> Later<()> {
    Box::pin(feeds::take_up::<K>(hall))
}

/// The job that removes what loads have staged that never came to count.
pub fn sweep<K: Keeper>(hall: Arc<Hall>, _body: Value, now: Moment) -> Later<()> {
    Box::pin(jobs::sweep(K::DESK, hall, now))
}

/// How many loads wait for somebody's word.
pub fn held<K: Keeper>(
    reader: &Reader<'_>,
    _permit: &Permit,
    _permits: &[Permit],
    _now: Moment,
) -> Outcome<i64> {
    register::count_held(reader, K::DESK.register.name)
}

/// Hears that a publication is there as a whole.
pub fn hear<K: Keeper>(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let told: Publication = serde_json::from_value(act.content()).map_err(Fault::from)?;
    register::note(tx, K::DESK.register, &told, (&act.id.to_string(), act.at), hall.now())
}

/// What the job of announcing needs.
#[derive(Deserialize)]
struct Came {
    load: String,
}

/// The job that tells others what a load has brought, or took back, as [`register::announce`] says.
pub fn announce(hall: Arc<Hall>, body: Value, register: &'static Register) -> Later<()> {
    Box::pin(async move {
        let came = Came::deserialize(&body).map_err(Fault::from)?;
        let load = came.load.parse().map_err(|_| Fault::said("the load of a job is none"))?;
        register::announce(&hall.ground(), register, load).await?;
        hall.bell.notify_one();
        Ok(())
    })
}
