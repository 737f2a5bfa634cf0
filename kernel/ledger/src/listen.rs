//! Listening: an office hears the acts of others after their commit, in the order of the log, each
//! act at least once on the wire and once in effect (what the listener writes and how far it has
//! heard are one transaction). What a listener cannot take waits by itself and holds nobody up.

use base::{Moment, Outcome, Stop};
use store::{Reader, Store, Tx};

use crate::act::{Recorded, acts_after};

/// How many acts a listener is given in one transaction.
const BATCH: i64 = 100;

/// Gives a listener what it has not heard yet. `hear` is called for acts of `kinds`; a kind that
/// ends in `.` stands for all that begin with it. Returns how far it has heard: call again while `more`.
pub async fn deliver(
    store: &Store,
    name: &'static str,
    kinds: &'static [&'static str],
    hear: impl Fn(&Tx<'_>, &Recorded) -> Outcome<()> + Clone + Send + Sync + 'static,
    now: Moment,
) -> Outcome<Delivered> {
    retry(store, name, hear.clone(), now).await?;
    let seq = store.read(move |reader| heard_to(reader, name)).await?;
    let acts = store.read(move |reader| acts_after(reader, seq, BATCH)).await?;
    let Some(last) = acts.last().and_then(|act| act.seq) else {
        return Ok(Delivered { heard: 0, more: false });
    };
    let more = acts.len() as i64 == BATCH;
    // What was erased has nothing to tell any more.
    let told = acts.into_iter().filter(|act| wants(kinds, &act.kind) && !act.is_erased());
    let wanted: Vec<Recorded> = told.collect();
    let heard = wanted.len();
    let (all, listener) = (wanted.clone(), hear.clone());
    let whole = store
        .write(move |tx| {
            // Another process may have been quicker: what it has given is not given again.
            let so_far = heard_to(tx, name)?;
            for act in all.iter().filter(|act| act.seq > Some(so_far)) {
                listener(tx, act)?;
            }
            advance(tx, name, last)
        })
        .await;
    if whole.is_err() {
        one_by_one(store, name, wanted, hear, last, now).await?;
    }
    Ok(Delivered { heard, more })
}

/// What `deliver` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// How many acts the listener was given.
    pub heard: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// Whether somebody who names `kinds` wants an act of this kind.
pub fn wants(kinds: &[&str], kind: &str) -> bool {
    kinds
        .iter()
        .any(|wanted| *wanted == kind || (wanted.ends_with('.') && kind.starts_with(*wanted)))
}

fn heard_to(reader: &Reader<'_>, name: &str) -> Outcome<i64> {
    let seq: Option<i64> =
        reader.maybe("SELECT seq FROM ledger_listeners WHERE name = $1", &[name.into()])?;
    Ok(seq.unwrap_or(-1))
}

fn advance(tx: &Tx<'_>, name: &str, seq: i64) -> Outcome<()> {
    tx.run(
        "INSERT INTO ledger_listeners (name, seq) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE ledger_listeners.seq < excluded.seq",
        &[name.into(), seq.into()],
    )?;
    Ok(())
}

/// One of a batch could not be taken: each is given by itself, and what fails is set aside.
async fn one_by_one(
    store: &Store,
    name: &'static str,
    acts: Vec<Recorded>,
    hear: impl Fn(&Tx<'_>, &Recorded) -> Outcome<()> + Clone + Send + Sync + 'static,
    last: i64,
    now: Moment,
) -> Outcome<()> {
    for act in acts {
        let seq = act.seq.unwrap_or(-1);
        let listener = hear.clone();
        let given = store
            .write(move |tx| {
                if heard_to(tx, name)? < seq {
                    listener(tx, &act)?;
                }
                advance(tx, name, seq)
            })
            .await;
        if let Err(stop) = given {
            set_aside(store, name, seq, &stop, now).await?;
        }
    }
    store.write(move |tx| advance(tx, name, last)).await
}

/// Sets an act aside that could not be taken, unless it was after all: by another process, or by a
/// commit whose answer was lost.
async fn set_aside(
    store: &Store,
    name: &'static str,
    seq: i64,
    stop: &Stop,
    now: Moment,
) -> Outcome<()> {
    let (fault, due) = put_off(name, seq, 1, stop, now);
    store
        .write(move |tx| {
            if heard_to(tx, name)? >= seq {
                return Ok(());
            }
            tx.run(
                "INSERT INTO ledger_deliveries (listener, seq, tries, due, fault)
                 VALUES ($1, $2, 1, $3, $4) ON CONFLICT (listener, seq) DO NOTHING",
                &[name.into(), seq.into(), due.into(), fault.clone().into()],
            )?;
            advance(tx, name, seq)
        })
        .await
}

/// What is kept of a failed try, and when the next one is due.
fn put_off(name: &str, seq: i64, tries: i64, stop: &Stop, now: Moment) -> (String, Moment) {
    let fault = stop.to_string();
    tracing::warn!(listener = name, seq, tries, fault, "an act could not be taken");
    (fault, now.plus_seconds(1 << tries.clamp(0, 12)))
}

async fn retry(
    store: &Store,
    name: &'static str,
    hear: impl Fn(&Tx<'_>, &Recorded) -> Outcome<()> + Clone + Send + Sync + 'static,
    now: Moment,
) -> Outcome<()> {
    let waiting: Vec<(i64, i64)> = store
        .read(move |reader| {
            Ok(reader.all(
                "SELECT seq, tries FROM ledger_deliveries WHERE listener = $1 AND due <= $2
                 ORDER BY seq LIMIT 100",
                &[name.into(), now.into()],
            )?)
        })
        .await?;
    for (seq, tries) in waiting {
        let listener = hear.clone();
        let given = store
            .write(move |tx| {
                // Whoever takes the row gives the act; another process may have been quicker.
                let taken = tx.run(
                    "DELETE FROM ledger_deliveries WHERE listener = $1 AND seq = $2",
                    &[name.into(), seq.into()],
                )?;
                if taken == 0 {
                    return Ok(());
                }
                let act = acts_after(tx, seq - 1, 1)?.into_iter().find(|act| !act.is_erased());
                act.map_or(Ok(()), |act| listener(tx, &act))
            })
            .await;
        if let Err(stop) = given {
            let (fault, due) = put_off(name, seq, tries + 1, &stop, now);
            store
                .write(move |tx| {
                    tx.run(
                        "UPDATE ledger_deliveries SET tries = tries + 1, due = $3, fault = $4
                         WHERE listener = $1 AND seq = $2",
                        &[name.into(), seq.into(), due.into(), fault.clone().into()],
                    )?;
                    Ok(())
                })
                .await?;
        }
    }
    Ok(())
}

/// How many acts listeners have not been able to take.
pub fn pending(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(reader.one("SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_deliveries", &[])?)
}

/// How far a listener is with some acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It has not come to all of them yet.
    NotYet,
    /// It could not take one of them, for this reason, and tries again.
    SetAside(String),
    /// It has taken them.
    Yes,
}

/// How far a listener is with the acts at these places of the log.
pub fn taken(reader: &Reader<'_>, name: &str, seqs: &[i64]) -> Outcome<Taken> {
    let set_aside: Vec<(i64, String)> = reader.all(
        "SELECT seq, fault FROM ledger_deliveries WHERE listener = $1 ORDER BY seq LIMIT 1000",
        &[name.into()],
    )?;
    if let Some((_, fault)) = set_aside.into_iter().find(|(seq, _)| seqs.contains(seq)) {
        return Ok(Taken::SetAside(fault));
    }
    let heard = heard_to(reader, name)?;
    Ok(if seqs.iter().all(|seq| *seq <= heard) { Taken::Yes } else { Taken::NotYet })
}
