//! How the key that seals changes while the city works: a new one is announced to every process, seals
//! from a minute later on, what stands under an older one is sealed anew in the background, and the
//! older one is destroyed when nothing is left under it.

mod places;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use ledger::jobs::{self, Lane};
use ledger::{Act, ActKind, Who};
use seal::{KeysError, RingKey};
use serde_json::{Value, json};
use store::Tx;
use vault::ring::{self, RingRow};

use crate::hall::Hall;

pub use walk::Left;
pub(crate) use walk::reseal;

/// The kind of job that seals anew.
pub const JOB: &str = "keys.reseal";
/// So often a process looks whether there is another key.
pub(crate) const FOLLOW: Duration = Duration::from_secs(2);
/// A key seals so long after it was announced: by then every process has looked many times, even one
/// whose clock is wrong by most of it.
const ANNOUNCED_SECONDS: i64 = 60;
/// An old key is kept so long after the new one began to seal: what a browser holds sealed for an
/// hour (`held`) stays good, and no write that began before is still under way.
const KEPT_SECONDS: i64 = 3_600;

/// A new sealing key was announced.
pub const ROTATED: ActKind = ActKind { name: "keys.rotated", title: "更换数据密钥" };
/// Everything has been sealed anew.
pub const RESEALED: ActKind =
    ActKind { name: "keys.resealed", title: "数据已全部改用新密钥加密" };
/// Old keys were destroyed.
pub const RETIRED: ActKind = ActKind { name: "keys.retired", title: "停用旧的数据密钥" };

/// The sealing keys of the city, and how far sealing anew has come.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The keys that are not retired, the lowest version first. Empty before the first rotation.
    pub keys: Vec<RingRow>,
    /// Each place.
    pub turns: Vec<vault::ring::Turn>,
}

impl Standing {
    /// The version that seals at this moment.
    pub fn sealing(&self, now: Moment) -> i64 {
        let sealing = self.keys.iter().filter(|key| key.seals_from <= now);
        sealing.map(|key| key.version).max().unwrap_or(1)
    }

    /// Rows that nobody has looked at yet under the newest version.
    pub fn left(&self) -> i64 {
        let newest = self.keys.iter().map(|key| key.version).max().unwrap_or(1);
        let turns = self.turns.iter().filter(|turn| turn.version == newest);
        turns.map(vault::ring::Turn::left).sum()
    }

    /// Whether values may stand under an older key.
    pub fn is_under_way(&self) -> bool {
        self.keys.len() > 1
    }
}

/// How the keys stand.
pub async fn standing(hall: &Hall) -> Outcome<Standing> {
    hall.store
        .read(|reader| {
            let keys = ring::ring(reader)?.into_iter().filter(|key| !key.is_retired()).collect();
            Ok(Standing { keys, turns: ring::turns(reader)? })
        })
        .await
}

/// Turns the ring of this process to what the database says. Holds the thread up.
pub(crate) fn follow_now(hall: &Hall) -> Outcome<()> {
    let rows = hall.store.read_now(ring::ring)?;
    take_in(hall, &rows, hall.now())
}

/// The same, beside other work.
pub(crate) async fn follow(hall: &Arc<Hall>) -> Outcome<()> {
    let rows = hall.store.read(ring::ring).await?;
    let city = hall.clone();
    let now = hall.now();
    tokio::task::spawn_blocking(move || take_in(&city, &rows, now)).await.map_err(Fault::from)?
}

/// Follows until the process ends. The same trouble is told once.
pub async fn keep_following(hall: Arc<Hall>) {
    let mut last = String::new();
    loop {
        let words = follow(&hall).await.err().map(|stop| stop.to_string()).unwrap_or_default();
        if !words.is_empty() && words != last {
            tracing::error!(fault = words, "the ring of keys could not be followed");
        }
        last = words;
        tokio::time::sleep(FOLLOW).await;
    }
}

fn take_in(hall: &Hall, rows: &[RingRow], now: Moment) -> Outcome<()> {
    let told: Vec<RingKey> = rows.iter().map(|row| row.told(now)).collect();
    match hall.keys.take_in(&told) {
        Ok(_) => Ok(()),
        // In use all the same; the database tells it again at the next start.
        Err(error @ KeysError::Disk { .. }) => {
            tracing::warn!(%error, "the ring of keys could not be written to its file");
            Ok(())
        }
        Err(error) => Err(Fault::while_doing("taking in the ring of keys", error).into()),
    }
}

fn refused(code: &'static str, words: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words.into()).remedy(remedy.into())
}

/// Announces a new sealing key and enqueues the sealing anew. Refuses while another key is still being
/// replaced. Gives its version and from when on it seals.
pub async fn rotate(hall: &Arc<Hall>, who: Who) -> Outcome<(i64, Moment)> {
    follow(hall).await?;
    let now = hall.now();
    let seals_from = now.plus_seconds(ANNOUNCED_SECONDS);
    let held = hall.keys.sealing_keys();
    // A version is never given twice, though the ring holds only what is not retired.
    let rows = hall.store.read(ring::ring).await?;
    let known: Vec<RingKey> =
        held.iter().cloned().chain(rows.iter().map(|row| row.told(now))).collect();
    let new = hall.keys.mint_sealing_key(&known);
    let version = i64::from(new.version);
    hall.write(move |tx| {
        let rows = ring::ring(tx)?;
        if rows.iter().filter(|row| !row.is_retired()).count() > 1 {
            return Err(refused(
                "keys.under_way",
                "上一次更换数据密钥还没有完成，没有再换",
                "请等数据全部改用新密钥加密，运行 cityhall keys retire 停用旧密钥以后再换",
            )
            .into());
        }
        // These seal already, in a process whose clock is behind too.
        for key in &held {
            ring::announce(tx, key, now, Moment::from_millis(0))?;
        }
        ring::announce(tx, &new, now, seals_from)?;
        jobs::enqueue(tx, Lane::Long, JOB, &Value::Null, seals_from.plus_seconds(5))?;
        record(tx, &who, ROTATED, version, now, json!({ "seals_from": seals_from.millis() }))
    })
    .await?;
    follow(hall).await?;
    Ok((version, seals_from))
}

/// What becomes of values that no key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The old keys are kept for them: somebody shall look first, and perhaps restore them from a backup.
    Keep,
    /// They are given up: nothing of them can be had back by the old keys either.
    GiveUp,
}

/// Destroys the keys under which nothing is left. Refuses while a value stands under one of them, and
/// within the first hour of the new one. Gives their versions.
pub async fn retire(hall: &Arc<Hall>, who: Who, broken: Broken) -> Outcome<Vec<i64>> {
    follow(hall).await?;
    let now = hall.now();
    let Standing { keys, .. } = standing(hall).await?;
    let Some((newest, old)) = keys.split_last().filter(|(_, old)| !old.is_empty()) else {
        return Err(refused(
            "keys.none_old",
            "没有可以停用的旧密钥",
            "要更换，请运行 cityhall keys rotate",
        )
        .into());
    };
    let from = newest.seals_from.plus_seconds(KEPT_SECONDS);
    if now < from {
        let words = "新密钥启用还不满一小时，没有停用旧密钥";
        return Err(refused(
            "keys.too_early",
            words,
            format!("请在 {} 以后再停用", from.to_minute()),
        )
        .into());
    }
    let left = walk::left(hall, &newest.id).await?;
    let given_up = if broken == Broken::GiveUp { left.broken } else { 0 };
    if left.count > given_up && left.count == left.broken {
        let (count, first) = (left.count, left.first);
        let words = format!("有 {count} 个值用任何密钥都打不开（例如 {first}），没有停用旧密钥");
        let remedy = "请看 cityhall check，先从备份恢复；恢复不了的，用 cityhall keys retire \
                      --give-up-broken 停用旧密钥，放弃它们";
        return Err(refused("keys.broken", words, remedy).into());
    }
    if left.count > given_up {
        let again = newest.version;
        hall.write(move |tx| jobs::enqueue(tx, Lane::Long, JOB, &json!({ "again": again }), now))
            .await?;
        let words =
            format!("还有 {} 个值在旧密钥下（例如 {}），没有停用旧密钥", left.count, left.first);
        let remedy = "系统会在后台继续处理，请稍后再试；打不开的值见 cityhall check";
        return Err(refused("keys.in_use", words, remedy).into());
    }
    let versions: Vec<i64> = old.iter().map(|key| key.version).collect();
    let (ids, told): (Vec<String>, _) =
        (old.iter().map(|key| key.id.clone()).collect(), versions.clone());
    let version = newest.version;
    hall.write(move |tx| {
        for id in &ids {
            ring::retire(tx, id, now)?;
        }
        let content = json!({ "retired": told, "given_up": given_up });
        record(tx, &who, RETIRED, version, now, content)
    })
    .await?;
    follow(hall).await?;
    Ok(versions)
}

/// Records an act about the ring; its subject is the version that seals.
fn record(
    tx: &Tx<'_>,
    who: &Who,
    kind: ActKind,
    version: i64,
    now: Moment,
    content: Value,
) -> Outcome<()> {
    let act = Act::new(now, kind.name, "keys", version.to_string()).content(content);
    ledger::record(tx, who, &act)
}
