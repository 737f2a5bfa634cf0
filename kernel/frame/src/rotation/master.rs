//! How the master key is exchanged: in the folder of the process that does it, and in those of the others,
//! which learn of it by the database for an hour.

use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use ledger::jobs::{self, Lane};
use ledger::{Act, ActKind, Who};
use seal::{Keys, KeysError, RingKey, ToldMaster, Use};
use serde_json::{Value, json};
use store::{Dialect, Reader, Tx};
use vault::masters::{self, MasterRow};

use super::refused;
use crate::hall::Hall;

/// The kind of job that exchanges the master key, and of the one that tells it no longer.
pub const MASTER_JOB: &str = "keys.master";
/// The master key was exchanged.
pub const MASTER_EXCHANGED: ActKind =
    ActKind { name: "keys.master_exchanged", title: "更换主密钥" };
/// What it is called.
pub const MASTER: &str = "主密钥";
/// Other processes learn of it for so long.
const TOLD_SECONDS: i64 = 3_600;
/// So often another key is minted where somebody else was quicker.
const TRIES_MAX: usize = 3;

/// Whether the master key may be exchanged: the last exchange is over.
pub fn may_begin_master(reader: &Reader<'_>) -> Outcome<()> {
    let rows = masters::masters(reader)?;
    if rows.iter().any(|row| row.finished_at.is_none() || row.enclosed.is_some()) {
        let words = "上一次更换主密钥还没有完成，没有再换";
        let remedy = "更换以后一小时内，其他进程还在更新，请稍后再试；一直没有完成的，重新启动服务，或者运行 \
                      cityhall keys rotate --master，接着做完";
        return Err(refused("keys.under_way", words, remedy).into());
    }
    Ok(())
}

/// Lets the exchange begin. Refuses while another one is under way.
pub fn begin_master(tx: &Tx<'_>, now: Moment) -> Outcome<()> {
    may_begin_master(tx)?;
    jobs::enqueue(tx, Lane::Long, MASTER_JOB, &wanted_since(now), now)
}

/// What the job is told: an exchange that was begun at this moment or later is the one that is wanted, so that a job
/// that is done again exchanges nothing again.
fn wanted_since(at: Moment) -> Value {
    json!({ "since": at.millis() })
}

/// Lets an exchange go on that was begun and is neither over nor at work any more.
pub(super) fn go_on(tx: &Tx<'_>, now: Moment) -> Outcome<()> {
    let all = masters::masters(tx)?;
    let Some(row) = all.iter().find(|row| row.finished_at.is_none()) else { return Ok(()) };
    let body = wanted_since(row.announced_at);
    jobs::enqueue_once_in(tx, Lane::Long, MASTER_JOB, MASTER_JOB, &body, now)
}

/// The work of the job.
pub(crate) async fn master_job(hall: Arc<Hall>, body: &Value) -> Outcome<()> {
    if let Some(forget) = body.get("forget") {
        let through = forget.as_i64().unwrap_or(i64::MAX);
        return hall.write(move |tx| masters::forget(tx, through)).await;
    }
    if let Some(since) = body.get("since").and_then(Value::as_i64) {
        let rows = hall.store.read(masters::masters).await?;
        let done =
            |row: &MasterRow| row.finished_at.is_some() && row.announced_at.millis() >= since;
        if rows.iter().any(done) {
            return Ok(());
        }
    }
    exchange_master(&hall, Who::clockwork()).await.map(|_| ())
}

/// Exchanges the master key, or goes on where it was broken off. Gives the version of the new one.
pub async fn exchange_master(hall: &Arc<Hall>, who: Who) -> Outcome<i64> {
    super::follow(hall).await?;
    match hall.store.dialect() {
        Dialect::Sqlite => exchange_alone(hall, who).await,
        Dialect::Postgres => exchange_together(hall, who).await,
    }
}

/// One process alone has the database: nobody else needs to learn of the key, so that it is told nowhere. That it is
/// exchanged is noted before, and that it was, after: where it breaks off between, what was taken is put on record, and
/// what was not taken is minted anew.
async fn exchange_alone(hall: &Arc<Hall>, who: Who) -> Outcome<i64> {
    let now = hall.now();
    for _ in 0..TRIES_MAX {
        let (known, new) = (hall.keys.master_known_by(), hall.keys.mint_master());
        let told = new.clone();
        let begun = hall.write(move |tx| {
            let all = masters::masters(tx)?;
            match all.iter().find(|row| row.finished_at.is_none()) {
                Some(row) if row.after == known => Ok(Some((row.version, true))),
                Some(row) => {
                    masters::mint_anew(tx, row.version, &told, now)?;
                    Ok(Some((row.version, false)))
                }
                None if !follows_last(&all, &told) => Ok(None),
                None => {
                    let version = next_version(tx)?;
                    masters::announce(tx, version, (&told, false), now)?;
                    Ok(Some((version, false)))
                }
            }
        });
        let Some((version, taken)) = begun.await? else { continue };
        if !taken && !take(hall, new).await? {
            // Somebody who was broken off has taken another meanwhile: the next one follows that.
            continue;
        }
        let (ring, who, after) = (enclosed_now(hall), who.clone(), hall.keys.master_known_by());
        hall.write(move |tx| finish(tx, &who, (version, &after), &ring, now)).await?;
        return Ok(version);
    }
    Err(Fault::said("the master key went on being exchanged by others").into())
}

/// Other processes learn of the key by the database before it is taken here; who was broken off goes on with the
/// key that was told.
async fn exchange_together(hall: &Arc<Hall>, who: Who) -> Outcome<i64> {
    let now = hall.now();
    let mut begun = None;
    for _ in 0..TRIES_MAX {
        let told = hall.keys.mint_master();
        begun = hall.write(move |tx| announced(tx, &told, now)).await?;
        if begun.is_some() {
            break;
        }
        // Somebody else was quicker from beginning to end: the next one follows theirs.
        super::follow(hall).await?;
    }
    let begun =
        begun.ok_or_else(|| Fault::said("the master key went on being exchanged by others"))?;
    let (version, told) = begun;
    let told = told.ok_or_else(|| Fault::said("a master key was announced without itself"))?;
    let after = told.after.clone();
    take(hall, told).await?;
    if hall.keys.master_known_by() != after {
        return Err(Fault::said("the master key that was told was not taken").into());
    }
    let ring = enclosed_now(hall);
    hall.write(move |tx| finish(tx, &who, (version, &after), &ring, now)).await?;
    Ok(version)
}

/// The exchange that is under way, or this key announced; nothing where it follows one whose place another has taken.
fn announced(
    tx: &Tx<'_>,
    told: &ToldMaster,
    now: Moment,
) -> Outcome<Option<(i64, Option<ToldMaster>)>> {
    let all = masters::masters(tx)?;
    if let Some(row) = all.iter().find(|row| row.finished_at.is_none()) {
        return Ok(Some((row.version, row.told())));
    }
    if !follows_last(&all, told) {
        return Ok(None);
    }
    let version = next_version(tx)?;
    masters::announce(tx, version, (told, true), now)?;
    Ok(Some((version, Some(told.clone()))))
}

/// Whether a key follows the one that took its place last.
fn follows_last(all: &[MasterRow], told: &ToldMaster) -> bool {
    all.last().is_none_or(|last| last.after == told.before)
}

fn next_version(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(masters::masters(reader)?.last().map_or(2, |row| row.version + 1))
}

fn enclosed_now(hall: &Hall) -> Vec<RingKey> {
    Use::ALL.into_iter().flat_map(|usage| hall.keys.keys_for(usage)).collect()
}

/// Says whether it was taken here and now.
async fn take(hall: &Arc<Hall>, told: ToldMaster) -> Outcome<bool> {
    let city = hall.clone();
    let taken = tokio::task::spawn_blocking(move || city.keys.take_master(&told));
    let taken = taken.await.map_err(Fault::from)?;
    Ok(taken.map_err(|error| Fault::while_doing("exchanging the master key", error))?)
}

/// Encloses anew what is told in the database, and puts on record, once, that it is done.
fn finish(
    tx: &Tx<'_>,
    who: &Who,
    (version, after): (i64, &str),
    ring: &[RingKey],
    now: Moment,
) -> Outcome<()> {
    if !masters::finish(tx, (version, after), ring, now)? {
        return Ok(());
    }
    if tx.dialect() == Dialect::Postgres {
        let later = now.plus_seconds(TOLD_SECONDS);
        jobs::enqueue(tx, Lane::Long, MASTER_JOB, &json!({ "forget": version }), later)?;
    }
    let act = Act::new(now, MASTER_EXCHANGED.name, "keys", format!("master-{version}"))
        .content(json!({ "key": MASTER, "known_by": after }));
    ledger::record(tx, who, &act)
}

/// Takes over the master keys that other processes have told, one after another. Refuses to go on with one that
/// was exchanged where nobody tells it any more.
pub(super) fn follow_masters(hall: &Hall, rows: &[MasterRow]) -> Outcome<()> {
    for row in rows.iter().filter(|row| row.before == hall.keys.master_known_by()) {
        let Some(told) = row.told() else {
            // A city of one process wrote this after it had taken the key, so that it stands in its folder.
            return match hall.store.dialect() {
                Dialect::Sqlite => Ok(()),
                Dialect::Postgres => Err(left_behind().into()),
            };
        };
        match hall.keys.take_master(&told) {
            Ok(_) => {}
            // In use all the same; the folder has it with the next change.
            Err(error @ KeysError::Disk { .. }) if hall.keys.master_known_by() == told.after => {
                tracing::warn!(%error, "the master key could not be written to its folder");
            }
            Err(error) => {
                return Err(Fault::while_doing("exchanging the master key", error).into());
            }
        }
    }
    Ok(())
}

fn left_behind() -> base::Refusal {
    let words = "主密钥已经更换，这台机器的 keys/ 里还是原来的，不能再用";
    refused(
        "keys.left_behind",
        words,
        "请停止这台机器上的服务，从另一台机器复制 keys/ 文件夹过来，再启动",
    )
}

/// Refuses a key of the ring that was enclosed by a master key whose place another takes, or has taken: here, or
/// as another process tells.
pub(super) fn still_stands(reader: &Reader<'_>, keys: &Keys, under: &str) -> Outcome<()> {
    let last = masters::masters(reader)?.into_iter().next_back();
    let is_told = |row: &MasterRow| row.finished_at.is_none() || row.after != under;
    let elsewhere = reader.dialect() == Dialect::Postgres && last.as_ref().is_some_and(is_told);
    if elsewhere || keys.master_known_by() != under {
        let words = "正在更换主密钥，没有更换别的密钥";
        return Err(refused("keys.under_way", words, "请过几分钟再试").into());
    }
    Ok(())
}
