//! How the key that signs for the log is succeeded: the new one is announced to every process, then both sign
//! the statement by which others follow, then both sign checkpoints for a day, then the new one alone.

use std::sync::Arc;

use base::{Fault, Moment, Outcome, Refusal};
use data_encoding::HEXLOWER;
use ledger::jobs::{self, Lane};
use ledger::{Act, ActKind, SuccessionRow, Who};
use seal::{Keys, Use};
use serde_json::{Value, json};
use store::{Reader, Tx};
use vault::ring::{self, RingRow};

use super::{ANNOUNCED_SECONDS, Minted, ROTATED, master, record, refused};
use crate::hall::Hall;

/// The kind of job that lets the new key sign, and of the one after which the old one signs no more.
pub const LOG_JOB: &str = "keys.log";
/// Another key signs for the log.
pub const LOG_SUCCEEDED: ActKind =
    ActKind { name: "log.key_succeeded", title: "登记簿签名密钥由新的接替" };
/// The old one signs no more.
pub const LOG_RETIRED: ActKind =
    ActKind { name: "log.key_retired", title: "停用旧的登记簿签名密钥" };
/// What it is called.
pub const LOG: &str = "登记簿签名密钥";
/// Both keys sign for so long: who looks once a day still knows one of them.
const BOTH_SECONDS: i64 = 24 * 3_600;
/// The job looks so long after the key may sign: a clock that is a little behind is no trouble.
const AFTER_SECONDS: i64 = 5;
/// When a key serves of which only the statement decides that: in the year 9999.
const NOT_YET: Moment = Moment::from_millis(253_370_764_800_000);

/// How the key of the log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStanding {
    /// The next one, announced and not signing yet.
    pub announced: Option<RingRow>,
    /// Each that took the place of one before, the first one first.
    pub successions: Vec<SuccessionRow>,
}

impl LogStanding {
    /// The version that signs.
    pub fn serving(&self) -> i64 {
        self.successions.last().map_or(1, |row| row.version)
    }

    /// The last succession, while the key before it signs too, and until when it does.
    pub fn both(&self) -> Option<(&SuccessionRow, Moment)> {
        let last = self.successions.last().filter(|row| row.old_retired_at.is_none())?;
        Some((last, last.at.plus_seconds(BOTH_SECONDS)))
    }

    /// When the announced key begins to sign.
    pub fn begins(&self) -> Option<Moment> {
        Some(self.announced.as_ref()?.announced_at.plus_seconds(ANNOUNCED_SECONDS))
    }
}

/// How the key of the log stands.
pub fn log_standing(reader: &Reader<'_>) -> Outcome<LogStanding> {
    Ok(LogStanding { announced: announced(reader)?, successions: ledger::successions(reader)? })
}

/// The key that was announced and does not sign yet.
fn announced(reader: &Reader<'_>) -> Outcome<Option<RingRow>> {
    let rows = ring::ring(reader)?.into_iter();
    let mut logs = rows.filter(|row| row.usage == Use::Log && !row.is_retired());
    Ok(logs.find(|row| row.seals_from == NOT_YET))
}

/// Refuses where the key is a device's: it never leaves it, and none of the ring takes its place.
pub(super) fn demand_here(keys: &Keys) -> Result<(), Refusal> {
    if keys.holder() != "sdf" {
        return Ok(());
    }
    let words = "登记簿签名密钥在密码设备里，取不出来，不能在这里更换";
    let remedy = "设备里的密钥由设备保护，平时不用更换；怀疑泄露的，请停用设备并按应急预案处置";
    Err(refused("keys.in_device", words, remedy))
}

/// Whether the key of the log may be succeeded: the last succession is over.
pub fn may_begin_log(reader: &Reader<'_>) -> Outcome<()> {
    let standing = log_standing(reader)?;
    let remedy = match (standing.begins(), standing.both()) {
        (None, None) => return Ok(()),
        (Some(_), _) => "新密钥几分钟以后开始签名，再过一天旧密钥停用；请到那时再换".to_owned(),
        (None, Some((_, until))) => {
            format!("新旧两把密钥一起签名到 {}，请在那以后再换", until.to_minute())
        }
    };
    Err(refused("keys.under_way", format!("上一次更换{LOG}还没有完成，没有再换"), remedy).into())
}

/// Announces the next key of the log, and lets a job go on. Refuses while another succession is under way.
pub fn begin_log(tx: &Tx<'_>, who: &Who, minted: &Minted) -> Outcome<()> {
    let Minted { held, new, under, now, .. } = minted;
    demand_here(&under.1)?;
    may_begin_log(tx)?;
    master::still_stands(tx, &under.1, &under.0)?;
    let first = under.1.first_log_key_told();
    for key in first.iter().chain(held) {
        ring::announce(tx, key, *now, Moment::from_millis(0))?;
    }
    ring::announce(tx, new, *now, NOT_YET)?;
    let signs_from = now.plus_seconds(ANNOUNCED_SECONDS);
    jobs::enqueue(tx, Lane::Work, LOG_JOB, &Value::Null, signs_from.plus_seconds(AFTER_SECONDS))?;
    let content = json!({ "key": LOG, "seals_from": signs_from.millis() });
    record(tx, who, ROTATED, (Use::Log, i64::from(new.version)), *now, content)
}

/// The work of the job.
pub(crate) async fn log_job(hall: Arc<Hall>, body: &Value) -> Outcome<()> {
    super::follow(&hall).await?;
    let (city, now) = (hall.clone(), hall.now());
    match body.get("retire").and_then(Value::as_i64) {
        Some(version) => hall.write(move |tx| retire(tx, version, now)).await?,
        None => hall.write(move |tx| succeed(tx, &city, now)).await?,
    }
    super::follow(&hall).await
}

/// Both keys sign that the new one follows, and it serves.
fn succeed(tx: &Tx<'_>, hall: &Hall, now: Moment) -> Outcome<()> {
    let Some(row) = announced(tx)? else { return Ok(()) };
    if row.announced_at.plus_seconds(ANNOUNCED_SECONDS) > now {
        return Err(Fault::said("the new key of the log does not sign yet").into());
    }
    let new = hall.keys.log_key_in_ring(&row.id);
    let new = new.ok_or_else(|| Fault::said("the new key of the log is not in the ring"))?;
    let (version, origin) = (row.version, hall.ledger.origin());
    let said = ledger::succeed(tx, &hall.keys, origin, (version, &new), now)?;
    ring::serve(tx, &row.id, now)?;
    let later = now.plus_seconds(BOTH_SECONDS);
    jobs::enqueue(tx, Lane::Work, LOG_JOB, &json!({ "retire": version }), later)?;
    let content = json!({
        "key": LOG, "version": version, "from": said.from,
        "old": HEXLOWER.encode(&said.old.key_id()), "new": HEXLOWER.encode(&said.new.key_id()),
    });
    told(tx, LOG_SUCCEEDED, version, now, content)
}

/// The key before this version signs no more, and is destroyed.
fn retire(tx: &Tx<'_>, version: i64, now: Moment) -> Outcome<()> {
    let rows = ledger::successions(tx)?;
    let row = rows.iter().find(|row| row.version == version && row.old_retired_at.is_none());
    let Some(row) = row else { return Ok(()) };
    if row.at.plus_seconds(BOTH_SECONDS) > now {
        return Err(Fault::said("both keys of the log sign for a day").into());
    }
    ledger::retire_old(tx, version, now)?;
    let before = ring::ring(tx)?.into_iter();
    let mut before = before.filter(|key| key.usage == Use::Log && key.version == version - 1);
    if let Some(old) = before.next() {
        ring::retire(tx, &old.id, now)?;
    }
    told(tx, LOG_RETIRED, version, now, json!({ "key": LOG, "retired": version - 1 }))
}

fn told(tx: &Tx<'_>, kind: ActKind, version: i64, now: Moment, content: Value) -> Outcome<()> {
    let act = Act::new(now, kind.name, "keys", format!("log-{version}")).content(content);
    ledger::record(tx, &Who::clockwork(), &act)
}
