//! What passed, counted: added to with the messages themselves, in their transaction; and alarms.

use std::collections::BTreeMap;

use access::Permit;
use base::{Moment, Outcome};
use message::Header;
use store::{FromRow, Reader, Row, Tx, Value};

use crate::rules::flows::{bound_of, slots};
use crate::terms::Alarm;

/// So many lines of a kind are shown at most.
const LINES_MAX: i64 = 5_000;

/// What became of a message, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    /// The centre has it.
    Stored,
    /// It was handed to its receiver.
    Delivered,
    /// Its receiver has it.
    Acknowledged,
    /// Nobody took it.
    Dead,
    /// It was refused.
    Refused,
}

impl Passed {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::Dead => "dead",
            Self::Refused => "refused",
        }
    }
}

/// Between whom, which kind of message, of which resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// Who sent it.
    pub from: String,
    /// Who is to get it.
    pub to: String,
    /// What it is for.
    pub kind: String,
    /// The kind of data.
    pub resource: String,
}

impl Way {
    /// The way of a message.
    pub fn of(header: &Header) -> Self {
        Self {
            from: header.from.gateway.clone(),
            to: header.to.gateway.clone(),
            kind: header.kind.name().to_owned(),
            resource: header.resource.clone(),
        }
    }
}

/// Counts within a transaction, and put down with it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    flows: BTreeMap<(Way, Passed, String), (i64, i64)>,
    paces: BTreeMap<(String, Passed, i64), i64>,
}

impl Tally {
    /// One message more; the code where it was refused.
    pub fn count(&mut self, way: Way, passed: Passed, code: &str, bytes: i64) {
        let (many, all) = self.flows.entry((way, passed, code.to_owned())).or_default();
        (*many, *all) = (*many + 1, all.saturating_add(bytes));
    }

    /// A step took so long.
    pub fn took(&mut self, gateway: &str, step: Passed, millis: i64) {
        *self.paces.entry((gateway.to_owned(), step, bound_of(millis))).or_default() += 1;
    }

    /// Adds all of it to what was counted before.
    pub fn put(self, tx: &Tx<'_>, _permit: &Permit, now: Moment) -> Outcome<()> {
        for (grain, slot) in slots(now) {
            for ((way, passed, code), (many, bytes)) in &self.flows {
                tx.run(
                    "INSERT INTO exchange_flows (grain, slot, from_gateway, to_gateway, kind, resource,
                         outcome, code, many, bytes)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     ON CONFLICT (grain, slot, from_gateway, to_gateway, kind, resource, outcome, code)
                     DO UPDATE SET many = exchange_flows.many + $9, bytes = exchange_flows.bytes + $10",
                    &[
                        grain.into(),
                        slot.into(),
                        way.from.as_str().into(),
                        way.to.as_str().into(),
                        way.kind.as_str().into(),
                        way.resource.as_str().into(),
                        passed.as_str().into(),
                        code.as_str().into(),
                        (*many).into(),
                        (*bytes).into(),
                    ],
                )?;
            }
            for ((gateway, step, within), many) in &self.paces {
                tx.run(
                    "INSERT INTO exchange_paces (grain, slot, gateway, step, within_ms, many)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (grain, slot, gateway, step, within_ms)
                     DO UPDATE SET many = exchange_paces.many + $6",
                    &[
                        grain.into(),
                        slot.into(),
                        gateway.as_str().into(),
                        step.as_str().into(),
                        (*within).into(),
                        (*many).into(),
                    ],
                )?;
            }
        }
        Ok(())
    }
}

/// Forgets what was counted before these moments: by five minutes, and by hours and days alike.
pub fn forget(tx: &Tx<'_>, _permit: &Permit, fine: Moment, hours: Moment) -> Outcome<()> {
    for (grain, before) in [("m", fine), ("h", hours), ("d", hours)] {
        let values = [grain.into(), before.into()];
        tx.run("DELETE FROM exchange_flows WHERE grain = $1 AND slot < $2", &values)?;
        tx.run("DELETE FROM exchange_paces WHERE grain = $1 AND slot < $2", &values)?;
    }
    Ok(())
}

/// So many messages between two, of one kind, with what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who sent.
    pub from: String,
    /// Who was to get it.
    pub to: String,
    /// What they were for.
    pub kind: String,
    /// What became of them.
    pub outcome: String,
    /// The code where they were refused.
    pub code: String,
    /// How many.
    pub many: i64,
    /// Their bytes.
    pub bytes: i64,
}

impl FromRow for Edge {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            from: row.get("from_gateway")?,
            to: row.get("to_gateway")?,
            kind: row.get("kind")?,
            outcome: row.get("outcome")?,
            code: row.get("code")?,
            many: row.get("many")?,
            bytes: row.get("bytes")?,
        })
    }
}

/// What passed between whom since a slot.
pub fn edges(reader: &Reader<'_>, (grain, since): (&str, i64)) -> Outcome<Vec<Edge>> {
    Ok(reader.all(
        "SELECT from_gateway, to_gateway, kind, outcome, code, CAST(SUM(many) AS BIGINT) AS many,
                CAST(SUM(bytes) AS BIGINT) AS bytes
         FROM exchange_flows WHERE grain = $1 AND slot >= $2
         GROUP BY from_gateway, to_gateway, kind, outcome, code
         ORDER BY from_gateway, to_gateway, kind, outcome, code LIMIT $3",
        &[grain.into(), since.into(), LINES_MAX.into()],
    )?)
}

/// The resources of which most was taken in since a slot, with how many messages and bytes.
pub fn resources(
    reader: &Reader<'_>,
    (grain, since): (&str, i64),
    limit: i64,
) -> Outcome<Vec<(String, i64, i64)>> {
    Ok(reader.all(
        "SELECT resource, CAST(SUM(many) AS BIGINT) AS many, CAST(SUM(bytes) AS BIGINT) AS bytes
         FROM exchange_flows WHERE grain = $1 AND slot >= $2 AND outcome = 'stored'
         GROUP BY resource ORDER BY many DESC, resource LIMIT $3",
        &[grain.into(), since.into(), limit.into()],
    )?)
}

/// How many messages were taken in by slot.
pub fn trend(reader: &Reader<'_>, (grain, since): (&str, i64)) -> Outcome<Vec<(i64, i64)>> {
    Ok(reader.all(
        "SELECT slot, CAST(SUM(many) AS BIGINT) AS many FROM exchange_flows
         WHERE grain = $1 AND slot >= $2 AND outcome = 'stored' GROUP BY slot ORDER BY slot LIMIT $3",
        &[grain.into(), since.into(), LINES_MAX.into()],
    )?)
}

/// How long steps took since a slot: gateway, step, bound, how many.
pub fn paces(
    reader: &Reader<'_>,
    (grain, since): (&str, i64),
) -> Outcome<Vec<(String, String, i64, i64)>> {
    Ok(reader.all(
        "SELECT gateway, step, within_ms, CAST(SUM(many) AS BIGINT) AS many FROM exchange_paces
         WHERE grain = $1 AND slot >= $2 GROUP BY gateway, step, within_ms
         ORDER BY gateway, step, within_ms LIMIT $3",
        &[grain.into(), since.into(), LINES_MAX.into()],
    )?)
}

const ALARM: &str = "id, kind, about, words, since_at, until_at FROM exchange_alarms";

impl FromRow for Alarm {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            kind: row.get("kind")?,
            about: row.get("about")?,
            words: row.get("words")?,
            since: row.get("since_at")?,
            until: row.get("until_at")?,
        })
    }
}

/// What needs somebody, or did: the newest first.
pub fn alarms(reader: &Reader<'_>, state: &str, limit: i64) -> Outcome<Vec<Alarm>> {
    Ok(reader.all(
        &format!("SELECT {ALARM} WHERE state = $1 ORDER BY id DESC LIMIT $2"),
        &[state.into(), limit.into()],
    )?)
}

/// How many things need somebody.
pub fn alarms_open(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM exchange_alarms WHERE state = $1",
        &[Value::from("open")],
    )?)
}

/// Something needs somebody.
pub fn put_alarm(tx: &Tx<'_>, _permit: &Permit, new: &Alarm) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_alarms (id, kind, about, words, since_at, state)
         VALUES ($1, $2, $3, $4, $5, 'open')",
        &[
            new.id.into(),
            new.kind.as_str().into(),
            new.about.as_str().into(),
            new.words.as_str().into(),
            new.since.into(),
        ],
    )?;
    Ok(())
}

/// It does not any more.
pub fn end_alarm(tx: &Tx<'_>, _permit: &Permit, id: base::Id<Alarm>, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE exchange_alarms SET state = 'over', until_at = $1 WHERE id = $2",
        &[now.into(), id.into()],
    )?;
    Ok(())
}
