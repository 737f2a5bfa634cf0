//! How a key of the ring changes while the city works: a new one is announced to every process, serves
//! from a minute later on, what stands under an older one is written anew in the background, and the
//! older one is destroyed when nothing is left under it.

mod log;
mod master;
mod places;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind, Stop};
use ledger::jobs::{self, Lane};
use ledger::{Act, ActKind, Who};
use seal::{Keys, KeysError, RingKey, Use};
use serde_json::{Value, json};
use store::{Reader, Tx};
use tokio::time::Instant;
use vault::masters::{self, MasterRow};
use vault::ring::{self, RingRow};

use crate::hall::Hall;
use places::Place;

pub(crate) use log::log_job;
pub use log::{
    LOG, LOG_JOB, LOG_RETIRED, LOG_SUCCEEDED, LogStanding, begin_log, log_standing, may_begin_log,
};
pub(crate) use master::master_job;
pub use master::{
    MASTER, MASTER_EXCHANGED, MASTER_JOB, begin_master, exchange_master, may_begin_master,
};
pub use walk::Left;
pub(crate) use walk::{Task, reseal};

/// The kind of job that seals anew.
pub const JOB: &str = "keys.reseal";
/// The kind of job that destroys the old key, where that was agreed to.
pub const RETIRE_JOB: &str = "keys.retire";
/// So often a process looks whether there is another key.
pub(crate) const FOLLOW: Duration = Duration::from_secs(2);
/// A key seals so long after it was announced: by then every process has looked many times, even one
/// whose clock is wrong by most of it.
const ANNOUNCED_SECONDS: i64 = 60;
/// An old key is kept so long after the new one began to seal: what a browser holds sealed for an
/// hour (`held`) stays good, and no write that began before is still under way.
const KEPT_SECONDS: i64 = 3_600;
/// A process that cannot take in what it reads of keys stops after so long: before a key seals that it lacks.
const LAGS_MAX: Duration = Duration::from_secs(40);
/// The refusals that the job tells apart.
const NONE_OLD: &str = "keys.none_old";
const BROKEN: &str = "keys.broken";

/// Whoever destroys the old key by a job, and finds values under it, tries again after so long.
const AGAIN_SECONDS: i64 = 3_600;

/// A new key was announced.
pub const ROTATED: ActKind = ActKind { name: "keys.rotated", title: "更换平台密钥" };
/// Everything has been written anew.
pub const RESEALED: ActKind =
    ActKind { name: "keys.resealed", title: "数据已全部改用新密钥" };
/// Old keys were destroyed.
pub const RETIRED: ActKind = ActKind { name: "keys.retired", title: "停用旧的平台密钥" };

/// What a key of the ring is called.
pub const fn title(usage: Use) -> &'static str {
    match usage {
        Use::Seal => "数据密钥",
        Use::Cover => "检索密钥",
        Use::Blind => "检索根密钥",
        Use::Mac => "验证密钥",
        Use::Log => LOG,
    }
}

/// A key that two people exchange on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that seals.
    Seal,
    /// The one that covers what values are found by.
    Cover,
    /// The one that encloses the others.
    Master,
    /// The one that signs for the log.
    Log,
}

impl Which {
    /// All of them.
    pub const ALL: [Which; 4] = [Which::Seal, Which::Cover, Which::Master, Which::Log];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Which::Seal => "seal",
            Which::Cover => "cover",
            Which::Master => "master",
            Which::Log => "log",
        }
    }

    /// From [`Which::as_str`]'s form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.as_str() == text)
    }

    /// For what it is used in the ring; the master key stands in none.
    pub const fn usage(self) -> Option<Use> {
        match self {
            Which::Seal => Some(Use::Seal),
            Which::Cover => Some(Use::Cover),
            Which::Log => Some(Use::Log),
            Which::Master => None,
        }
    }

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Which::Seal => title(Use::Seal),
            Which::Cover => title(Use::Cover),
            Which::Master => MASTER,
            Which::Log => LOG,
        }
    }

    /// Whether it can be exchanged here at all.
    pub fn demand_possible(self, keys: &Keys) -> Result<(), Refusal> {
        match self {
            Which::Seal | Which::Cover | Which::Master => Ok(()),
            Which::Log => log::demand_here(keys),
        }
    }

    /// Whether its exchange may begin: the last one is over.
    pub fn may_begin(self, reader: &Reader<'_>) -> Outcome<()> {
        match self {
            Which::Seal => may_begin(reader, Use::Seal),
            Which::Cover => may_begin(reader, Use::Cover),
            Which::Master => may_begin_master(reader),
            Which::Log => may_begin_log(reader),
        }
    }
}

/// What of the old key, when everything has been written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// It is kept until somebody says so.
    Kept,
    /// It is destroyed by itself.
    Destroyed,
}

/// The keys of a use, and how far writing anew has come.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The keys that are not retired, the lowest version first. Empty before the first exchange.
    pub keys: Vec<RingRow>,
    /// Each place, of whichever version it was walked over last.
    pub turns: Vec<vault::ring::Turn>,
}

impl Standing {
    /// The version that serves at this moment.
    pub fn serving(&self, now: Moment) -> i64 {
        let serving = self.keys.iter().filter(|key| key.seals_from <= now);
        serving.map(|key| key.version).max().unwrap_or(1)
    }

    /// The places as they were walked over under the newest version.
    pub fn of_newest(&self) -> impl Iterator<Item = &vault::ring::Turn> {
        let newest = self.keys.iter().map(|key| key.version).max().unwrap_or(1);
        self.turns.iter().filter(move |turn| turn.version == newest)
    }

    /// Rows that nobody has looked at yet under the newest version.
    pub fn left(&self) -> i64 {
        self.of_newest().map(vault::ring::Turn::left).sum()
    }

    /// Whether values may stand under an older key.
    pub fn is_under_way(&self) -> bool {
        self.keys.len() > 1
    }
}

/// How the keys of a use stand.
pub async fn standing(hall: &Hall, usage: Use) -> Outcome<Standing> {
    let [standing] = standings(hall, [usage]).await?;
    Ok(standing)
}

/// How the keys of several uses stand.
pub async fn standings<const N: usize>(hall: &Hall, usages: [Use; N]) -> Outcome<[Standing; N]> {
    let read = |reader: &Reader<'_>| Ok((ring::ring(reader)?, ring::turns(reader)?));
    let (keys, turns) = hall.store.read(read).await?;
    Ok(usages.map(|usage| {
        let names: Vec<String> = places::places(hall, usage).into_iter().map(Place::name).collect();
        let keys = keys.iter().filter(|key| key.usage == usage && !key.is_retired());
        let turns = turns.iter().filter(|turn| names.contains(&turn.place));
        Standing { keys: keys.cloned().collect(), turns: turns.cloned().collect() }
    }))
}

/// Turns the ring of this process to what the database says. Holds the thread up.
pub(crate) fn follow_now(hall: &Hall) -> Outcome<()> {
    let told = hall.store.read_now(told)?;
    take_in(hall, &told, hall.now())
}

/// The same, beside other work.
pub(crate) async fn follow(hall: &Arc<Hall>) -> Outcome<()> {
    let told = hall.store.read(told).await?;
    take_in_beside(hall, told).await
}

async fn take_in_beside(hall: &Arc<Hall>, told: Told) -> Outcome<()> {
    let city = hall.clone();
    let now = hall.now();
    tokio::task::spawn_blocking(move || take_in(&city, &told, now)).await.map_err(Fault::from)?
}

/// Follows at once: for tests, in which nothing follows by itself.
pub async fn keep_up(hall: &Arc<Hall>) -> Outcome<()> {
    follow(hall).await
}

/// Follows until the process ends. The same trouble is told once. A process that reads of keys and cannot take them in
/// stops serving before a new one seals: it would go on sealing under one that others destroy. One that cannot read writes
/// nothing either.
pub async fn keep_following(hall: Arc<Hall>) {
    let (mut last, mut lags_since) = (String::new(), None);
    go_on_with_master(&hall).await;
    loop {
        let outcome = match hall.store.read(told).await {
            Ok(told) => {
                let taken = take_in_beside(&hall, told).await;
                let since = lags_since.unwrap_or_else(Instant::now);
                lags_since = taken.is_err().then_some(since);
                taken
            }
            Err(stop) => Err(stop),
        };
        let words = outcome.err().map(|stop| stop.to_string()).unwrap_or_default();
        if !words.is_empty() && words != last {
            tracing::error!(fault = words, "the ring of keys could not be followed");
        }
        if lags_since.is_some_and(|since| since.elapsed() > LAGS_MAX) {
            hall.halt.ask(lags(&words));
        }
        last = words;
        tokio::time::sleep(FOLLOW).await;
    }
}

fn lags(why: &str) -> Refusal {
    let words = format!("密钥已经更换，这个进程没有能够跟上，停止服务：{why}");
    refused("keys.lags", words, "请按提示处理，再启动；其他进程不受影响")
}

/// Has an exchange of the master key that was broken off for good done to its end.
async fn go_on_with_master(hall: &Arc<Hall>) {
    let now = hall.now();
    if let Err(stop) = hall.write(move |tx| master::go_on(tx, now)).await {
        tracing::warn!(fault = %stop, "an exchange of the master key was not looked for");
    }
}

/// What the database tells of keys.
type Told = (Vec<MasterRow>, Vec<RingRow>);

fn told(reader: &Reader<'_>) -> Outcome<Told> {
    Ok((masters::masters(reader)?, ring::ring(reader)?))
}

fn take_in(hall: &Hall, (masters, rows): &Told, now: Moment) -> Outcome<()> {
    master::follow_masters(hall, masters)?;
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

/// A new key that was minted and stands in no ring yet.
pub struct Minted {
    held: Vec<RingKey>,
    new: RingKey,
    /// What the master key is known by that encloses it, and the keys as they stand.
    under: (String, Arc<Keys>),
    now: Moment,
    seals_from: Moment,
}

/// Mints the next key of a use, for [`begin`].
pub async fn mint(hall: &Arc<Hall>, usage: Use) -> Outcome<Minted> {
    follow(hall).await?;
    let now = hall.now();
    let held = hall.keys.keys_for(usage);
    // A version is never given twice, though the ring holds only what is not retired.
    let rows = hall.store.read(ring::ring).await?;
    let known: Vec<RingKey> =
        held.iter().cloned().chain(rows.iter().map(|row| row.told(now))).collect();
    // Before it is minted: what comes between is refused.
    let under = (hall.keys.master_known_by(), hall.keys.clone());
    let new = hall.keys.mint_key(usage, &known);
    let seals_from = now.plus_seconds(ANNOUNCED_SECONDS);
    Ok(Minted { held, new, under, now, seals_from })
}

/// Whether a key of this use may be exchanged: no other is still being replaced.
fn may_begin(reader: &Reader<'_>, usage: Use) -> Outcome<()> {
    let rows = ring::ring(reader)?;
    if rows.iter().filter(|row| row.usage == usage && !row.is_retired()).count() > 1 {
        let title = title(usage);
        return Err(refused(
            "keys.under_way",
            format!("上一次更换{title}还没有完成，没有再换"),
            "请等数据全部改用新密钥、旧密钥停用以后再换；用命令行更换的，要在服务器上运行 cityhall keys retire（检索密钥加 --cover）",
        )
        .into());
    }
    Ok(())
}

/// Announces a new key and enqueues the writing anew. Refuses while another key is still being replaced.
pub fn begin(tx: &Tx<'_>, who: &Who, minted: &Minted, old: Old) -> Outcome<()> {
    let Minted { held, new, under, now, seals_from } = minted;
    may_begin(tx, new.usage)?;
    master::still_stands(tx, &under.1, &under.0)?;
    // These serve already, in a process whose clock is behind too.
    for key in held {
        ring::announce(tx, key, *now, Moment::from_millis(0))?;
    }
    ring::announce(tx, new, *now, *seals_from)?;
    let task = Task { usage: new.usage, retire: old == Old::Destroyed };
    jobs::enqueue(tx, Lane::Long, JOB, &task.body(), seals_from.plus_seconds(5))?;
    let content = json!({ "key": title(new.usage), "seals_from": seals_from.millis() });
    record(tx, who, ROTATED, (new.usage, i64::from(new.version)), *now, content)
}

/// Exchanges a key: mints it, announces it, and enqueues the writing anew. Gives its version and from when
/// on it serves.
pub async fn rotate(hall: &Arc<Hall>, usage: Use, who: Who, old: Old) -> Outcome<(i64, Moment)> {
    let minted = Arc::new(mint(hall, usage).await?);
    let put = minted.clone();
    hall.write(move |tx| begin(tx, &who, &put, old)).await?;
    follow(hall).await?;
    Ok((i64::from(minted.new.version), minted.seals_from))
}

/// What becomes of values that no key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The old keys are kept for them: somebody shall look first, and perhaps restore them from a backup.
    Keep,
    /// They are given up: nothing of them can be had back by the old keys either.
    GiveUp,
}

/// Destroys the keys of a use under which nothing is left. Refuses while a value stands under one of them,
/// and within the first hour of the new one. Gives their versions.
pub async fn retire(hall: &Arc<Hall>, usage: Use, who: Who, broken: Broken) -> Outcome<Vec<i64>> {
    follow(hall).await?;
    let now = hall.now();
    let Standing { keys, .. } = standing(hall, usage).await?;
    let Some((newest, old)) = keys.split_last().filter(|(_, old)| !old.is_empty()) else {
        return Err(refused(
            NONE_OLD,
            "没有可以停用的旧密钥",
            "要更换，请由管理员在“平台密钥”里提出，或者运行 cityhall keys rotate",
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
    let left = walk::left(hall, newest).await?;
    let given_up = if broken == Broken::GiveUp { left.broken } else { 0 };
    may_retire(hall, newest, &left, given_up).await?;
    let versions: Vec<i64> = old.iter().map(|key| key.version).collect();
    let (ids, told): (Vec<String>, _) =
        (old.iter().map(|key| key.id.clone()).collect(), versions.clone());
    let version = newest.version;
    hall.write(move |tx| {
        for id in &ids {
            ring::retire(tx, id, now)?;
        }
        let content = json!({ "key": title(usage), "retired": told, "given_up": given_up });
        record(tx, &who, RETIRED, (usage, version), now, content)
    })
    .await?;
    follow(hall).await?;
    Ok(versions)
}

async fn may_retire(hall: &Arc<Hall>, newest: &RingRow, left: &Left, given_up: u64) -> Outcome<()> {
    let now = hall.now();
    if left.count > given_up && left.count == left.broken {
        let (count, first) = (left.count, &left.first);
        let words = format!("有 {count} 个值用任何密钥都打不开（例如 {first}），没有停用旧密钥");
        let remedy = "请看 cityhall check，先从备份恢复；恢复不了的，用 cityhall keys retire \
                      --give-up-broken 停用旧密钥，放弃它们";
        return Err(refused(BROKEN, words, remedy).into());
    }
    if left.count > given_up {
        let task = Task { usage: newest.usage, retire: false };
        hall.write(move |tx| jobs::enqueue(tx, Lane::Long, JOB, &task.body(), now)).await?;
        let words =
            format!("还有 {} 个值在旧密钥下（例如 {}），没有停用旧密钥", left.count, left.first);
        let remedy = "系统会在后台继续处理，请稍后再试；打不开的值见 cityhall check";
        return Err(refused("keys.in_use", words, remedy).into());
    }
    Ok(())
}

/// The work of the job that destroys the old key: later, while something stands under it; not at all,
/// while somebody has to look at what does not open.
pub(crate) async fn retire_by_itself(hall: Arc<Hall>, task: Task) -> Outcome<()> {
    let done = retire(&hall, task.usage, Who::clockwork(), Broken::Keep).await;
    match done {
        Ok(_) => Ok(()),
        Err(Stop::Refused(refusal)) if refusal.code == NONE_OLD => Ok(()),
        Err(Stop::Refused(refusal)) => {
            if refusal.code == BROKEN {
                tracing::error!(words = refusal.message, "the old key is kept");
            }
            let later = hall.now().plus_seconds(AGAIN_SECONDS);
            hall.write(move |tx| jobs::enqueue(tx, Lane::Long, RETIRE_JOB, &task.body(), later))
                .await
        }
        Err(stop) => Err(stop),
    }
}

/// Records an act about the ring; its subject is the version that serves.
fn record(
    tx: &Tx<'_>,
    who: &Who,
    kind: ActKind,
    (usage, version): (Use, i64),
    now: Moment,
    content: Value,
) -> Outcome<()> {
    let subject = match usage {
        Use::Seal => version.to_string(),
        other => format!("{}-{version}", other.name()),
    };
    let act = Act::new(now, kind.name, "keys", subject).content(content);
    ledger::record(tx, who, &act)
}
