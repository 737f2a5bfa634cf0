//! How the master key is exchanged: in the folder of the process that does it, and in those of the others,
//! which learn of it by the database for an hour.

use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use ledger::jobs::{self, Lane};
use ledger::{Act, ActKind, Who};
use seal::{ToldMaster, Use};
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

/// Whether the master key may be exchanged: the last exchange is over.
pub fn may_begin_master(reader: &Reader<'_>) -> Outcome<()> {
    let rows = masters::masters(reader)?;
    if rows.iter().any(|row| row.finished_at.is_none()) || jobs::count_of(reader, MASTER_JOB)? > 0 {
        let words = "上一次更换主密钥还没有完成，没有再换";
        let remedy = "更换以后一小时内，其他进程还在更新；请稍后再试";
        return Err(refused("keys.under_way", words, remedy).into());
    }
    Ok(())
}

/// Lets the exchange begin. Refuses while another one is under way.
pub fn begin_master(tx: &Tx<'_>, now: Moment) -> Outcome<()> {
    may_begin_master(tx)?;
    jobs::enqueue(tx, Lane::Long, MASTER_JOB, &Value::Null, now)
}

/// The work of the job.
pub(crate) async fn master_job(hall: Arc<Hall>, body: &Value) -> Outcome<()> {
    match body.get("forget") {
        Some(_) => hall.write(|tx| masters::forget(tx)).await,
        None => exchange_master(&hall, Who::clockwork()).await.map(|_| ()),
    }
}

/// Exchanges the master key, or goes on where it was broken off. Gives the version of the new one.
pub async fn exchange_master(hall: &Arc<Hall>, who: Who) -> Outcome<i64> {
    super::follow(hall).await?;
    let rows = hall.store.read(masters::masters).await?;
    let version = rows.last().map_or(2, |row| row.version + 1);
    let begun = rows.into_iter().next_back().filter(|row| row.finished_at.is_none());
    let now = hall.now();
    if let Some(row) = begun {
        // What was told is taken by now; what was not told was written after it was taken.
        return finish(hall, who, row.version, row.before).await;
    }
    let told = Arc::new(hall.keys.mint_master());
    // One process alone has the database: nobody else needs to learn of it, so that it is told nowhere.
    let openly = hall.store.dialect() == Dialect::Postgres;
    if !openly {
        take(hall, told.clone()).await?;
    }
    let (put, before) = (told.clone(), told.before.clone());
    hall.write(move |tx| {
        if masters::masters(tx)?.iter().any(|row| row.finished_at.is_none()) {
            let words = "上一次更换主密钥还没有完成，没有再换";
            return Err(refused("keys.under_way", words, "请稍后再试").into());
        }
        masters::announce(tx, version, (&put, openly), now)
    })
    .await?;
    if openly {
        take(hall, told).await?;
    }
    finish(hall, who, version, before).await
}

async fn take(hall: &Arc<Hall>, told: Arc<ToldMaster>) -> Outcome<()> {
    let city = hall.clone();
    let taken = tokio::task::spawn_blocking(move || city.keys.take_master(&told));
    let taken = taken.await.map_err(Fault::from)?;
    taken.map_err(|error| Fault::while_doing("exchanging the master key", error))?;
    Ok(())
}

/// Encloses anew what is told in the database, and puts on record that it is done.
async fn finish(hall: &Arc<Hall>, who: Who, version: i64, before: String) -> Outcome<i64> {
    if hall.keys.master_known_by() == before {
        return Err(Fault::said("the master key that was told was not taken").into());
    }
    let now = hall.now();
    let ring: Vec<_> = Use::ALL.into_iter().flat_map(|usage| hall.keys.keys_for(usage)).collect();
    let after = hall.keys.master_known_by();
    hall.write(move |tx| {
        masters::finish(tx, version, &ring, now)?;
        let later = now.plus_seconds(TOLD_SECONDS);
        jobs::enqueue(tx, Lane::Long, MASTER_JOB, &json!({ "forget": true }), later)?;
        let act = Act::new(now, MASTER_EXCHANGED.name, "keys", format!("master-{version}"))
            .content(json!({ "key": MASTER, "known_by": after }));
        ledger::record(tx, &who, &act)
    })
    .await?;
    Ok(version)
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
        let taken = hall.keys.take_master(&told);
        taken.map_err(|error| Fault::while_doing("exchanging the master key", error))?;
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

/// Refuses a key of the ring that was enclosed by a master key whose place another has taken meanwhile.
pub(super) fn still_stands(reader: &Reader<'_>, known_by: &str) -> Outcome<()> {
    let last = masters::masters(reader)?.into_iter().next_back();
    match last {
        Some(row) if row.finished_at.is_none() || row.after != known_by => {
            let words = "正在更换主密钥，没有更换别的密钥";
            Err(refused("keys.under_way", words, "请过几分钟再试").into())
        }
        _ => Ok(()),
    }
}
