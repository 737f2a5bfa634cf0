//! Later work: a job is enqueued in the transaction of the act that needs it, and done at least
//! once. What a job does must therefore be idempotent.

use base::{Moment, Outcome};
use serde_json::Value;
use store::{FromRow, Reader, Row, Store, Tx};

/// A taken job comes back after this long, unless it is done, put back, or held on to.
const HOLD_MS: i64 = 5 * 60_000;
/// After so many tries a job waits for a person.
pub const TRIES_MAX: i64 = 12;

/// Where a job waits. Lanes are worked off side by side: what is slow in one holds up none of the
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// What takes moments.
    Work,
    /// Letters: how long they take is a matter of somebody else's server.
    Post,
    /// What takes minutes: the import of a register.
    Long,
}

impl Lane {
    const fn as_str(self) -> &'static str {
        match self {
            Lane::Work => "work",
            Lane::Post => "post",
            Lane::Long => "long",
        }
    }
}

/// A job that was taken.
#[derive(Clone, Debug)]
pub struct Job {
    born: i64,
    /// `mail.send`.
    pub kind: String,
    /// What it needs.
    pub body: Value,
    /// How often it has been tried, this time included.
    pub tries: i64,
}

impl FromRow for Job {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            born: row.get("born")?,
            kind: row.get("kind")?,
            body: serde_json::from_str(&row.get::<String>("body")?).unwrap_or_default(),
            tries: row.get("tries")?,
        })
    }
}

/// Enqueues a job of `kind`, to be done at `due` or soon after.
pub fn enqueue(tx: &Tx<'_>, lane: Lane, kind: &str, body: &Value, due: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO ledger_jobs (lane, kind, once, body, due, tries)
         VALUES ($1, $2, NULL, $3, $4, 0)",
        &[lane.as_str().into(), kind.into(), body.to_string().into(), due.into()],
    )?;
    Ok(())
}

/// Enqueues a job that takes moments, unless one with the same `once` waits already. One that was
/// given up is taken up again: what comes round has its next chance with its next round.
pub fn enqueue_once(tx: &Tx<'_>, kind: &str, once: &str, body: &Value, due: Moment) -> Outcome<()> {
    enqueue_once_in(tx, Lane::Work, kind, once, body, due)
}

/// The same in any lane.
pub fn enqueue_once_in(
    tx: &Tx<'_>,
    lane: Lane,
    kind: &str,
    once: &str,
    body: &Value,
    due: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO ledger_jobs (lane, kind, once, body, due, tries)
         VALUES ($6, $1, $2, $3, $4, 0)
         ON CONFLICT (once) DO UPDATE
         SET tries = 0, body = excluded.body, due = excluded.due WHERE ledger_jobs.tries >= $5",
        &[
            kind.into(),
            once.into(),
            body.to_string().into(),
            due.into(),
            TRIES_MAX.into(),
            lane.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Takes up to `limit` jobs of a lane that are due. A taken job comes back after five minutes unless it is
/// `done`; between tries it waits longer each time.
pub async fn take(store: &Store, lane: Lane, now: Moment, limit: i64) -> Outcome<Vec<Job>> {
    let none = store.read(move |reader| Ok(due_jobs(reader, lane, now, 1)?.is_empty())).await?;
    if none {
        return Ok(Vec::new());
    }
    store
        .write(move |tx| {
            let jobs = due_jobs(tx, lane, now, limit)?;
            for job in &jobs {
                tx.run(
                    "UPDATE ledger_jobs SET due = $1, tries = tries + 1 WHERE born = $2",
                    &[now.plus_millis(HOLD_MS).into(), job.born.into()],
                )?;
            }
            Ok(jobs.into_iter().map(|job| Job { tries: job.tries + 1, ..job }).collect())
        })
        .await
}

fn due_jobs(reader: &Reader<'_>, lane: Lane, now: Moment, limit: i64) -> Outcome<Vec<Job>> {
    Ok(reader.all(
        "SELECT born, kind, body, tries FROM ledger_jobs
         WHERE lane = $1 AND due <= $2 AND tries < $3 ORDER BY due, born LIMIT $4",
        &[lane.as_str().into(), now.into(), TRIES_MAX.into(), limit.into()],
    )?)
}

/// Says that a taken job is still being done: for work that may take longer than a job is held. Who took it up since has it.
pub async fn hold(store: &Store, job: &Job, now: Moment) -> Outcome<()> {
    let (born, tries) = (job.born, job.tries);
    store
        .write(move |tx| {
            tx.run(
                "UPDATE ledger_jobs SET due = $1 WHERE born = $2 AND tries = $3",
                &[now.plus_millis(HOLD_MS).into(), born.into(), tries.into()],
            )?;
            Ok(())
        })
        .await
}

/// Strikes a job off the list, unless another has taken it up since: it may have more to do.
pub async fn done(store: &Store, job: &Job) -> Outcome<()> {
    let (born, tries) = (job.born, job.tries);
    store
        .write(move |tx| {
            tx.run(
                "DELETE FROM ledger_jobs WHERE born = $1 AND tries = $2",
                &[born.into(), tries.into()],
            )?;
            Ok(())
        })
        .await
}

/// Puts a job back with what went wrong; it is tried again after 2^tries seconds. One that another has taken up since stays
/// with that one.
pub async fn failed(store: &Store, job: &Job, fault: &str, now: Moment) -> Outcome<()> {
    let (born, tries, fault) = (job.born, job.tries, fault.to_owned());
    let due = now.plus_seconds(1 << job.tries.clamp(0, 12));
    store
        .write(move |tx| {
            tx.run(
                "UPDATE ledger_jobs SET due = $1, fault = $2 WHERE born = $3 AND tries = $4",
                &[due.into(), fault.clone().into(), born.into(), tries.into()],
            )?;
            Ok(())
        })
        .await
}

/// Jobs of a kind that wait, given up or not, behind the one with this number: number and body.
pub fn waiting(
    reader: &Reader<'_>,
    kind: &str,
    after: i64,
    limit: i64,
) -> Outcome<Vec<(i64, String)>> {
    Ok(reader.all(
        "SELECT born, body FROM ledger_jobs WHERE kind = $1 AND born > $2 ORDER BY born LIMIT $3",
        &[kind.into(), after.into(), limit.into()],
    )?)
}

/// Puts another body into a job that waits, unless it was done or changed meanwhile.
pub fn change_body(tx: &Tx<'_>, born: i64, old: &str, new: &str) -> Outcome<bool> {
    let changed = tx.run(
        "UPDATE ledger_jobs SET body = $1 WHERE born = $2 AND body = $3",
        &[new.into(), born.into(), old.into()],
    )?;
    Ok(changed > 0)
}

/// Strikes a job off the list that waits, so that it is never done. Says whether it still waited.
pub fn strike_off(tx: &Tx<'_>, born: i64) -> Outcome<bool> {
    Ok(tx.run("DELETE FROM ledger_jobs WHERE born = $1", &[born.into()])? > 0)
}

/// How many jobs of a kind wait.
pub fn count_of(reader: &Reader<'_>, kind: &str) -> Outcome<i64> {
    Ok(reader
        .one("SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_jobs WHERE kind = $1", &[kind.into()])?)
}

/// How many jobs wait, and how many of them have been given up.
pub fn counts(reader: &Reader<'_>) -> Outcome<(i64, i64)> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) AS waiting,
                CAST(COALESCE(SUM(CASE WHEN tries >= $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS given_up
         FROM ledger_jobs",
        &[TRIES_MAX.into()],
    )?)
}
