//! The SQL: watches and their versions here; lists, deaths and hits in the rooms beside.

mod deaths;
mod firms;
mod hits;
mod kept;
mod lists;
mod people;

pub use deaths::{deaths_of, drop_death, put_death};
pub use firms::{drop_firm, firm, firms_after, firms_waiting, let_wait, note_firm_held, put_firm};
pub use hits::{
    Known, erase_hit, hit, hits_by_ids, hits_on, known_of, note_taken_back, open_of_load, put_hit,
    said_otherwise, settle,
};
pub use kept::{abandoned, drop_some, forget, forget_some, half_forgotten, is_lost, overdue};
pub use lists::{
    Paid, begin_load, counting, list, list_by_name, lists, lists_with_counts, load, loads_of,
    matches, newest, next_place, note_load_held, paid_of, paid_to, paid_to_all, publish, put_line,
    put_list, put_refused, refused, replace, restore, two_names, undo,
};

pub use people::{drop_people, people, people_after, put_person};

use access::Permit;
use base::{Day, Fault, Id, Moment, Outcome};
use store::{FromRow, Migration, MigrationSet, Reader, Row, Tx};

use crate::terms::{Kind, Rule, Version, Watch, WatchId};

/// The office's tables.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "watches",
    files: &[
        migration("0001_watches", include_str!("../migrations/0001_watches.sql")),
        migration("0002_firms", include_str!("../migrations/0002_firms.sql")),
        migration("0003_settled", include_str!("../migrations/0003_settled.sql")),
        migration("0004_forgotten", include_str!("../migrations/0004_forgotten.sql")),
        migration("0005_in_order", include_str!("../migrations/0005_in_order.sql")),
        migration("0006_people", include_str!("../migrations/0006_people.sql")),
    ],
};

const fn migration(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

/// A city has a few dozen watches; no list of them is longer.
pub(crate) const WATCHES_MAX: i64 = 500;

/// Said of a stored word that no program of ours wrote.
pub(crate) fn odd(what: &'static str) -> store::Error {
    store::Error::Other(format!("a stored {what} is none").into())
}

const WATCH: &str = "id, version, name, kind, list, organ, ground, days, running, changed_at, held_at \
                     FROM watches_watches";

impl FromRow for Watch {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (list, organ): (String, String) = (row.get("list")?, row.get("organ")?);
        Ok(Self {
            id: row.get("id")?,
            version: row.get("version")?,
            rule: Rule {
                name: row.get("name")?,
                kind: Kind::parse(&row.get::<String>("kind")?).ok_or_else(|| odd("kind"))?,
                list: match list.is_empty() {
                    true => None,
                    false => Some(list.parse().map_err(|_| odd("list"))?),
                },
                organ: Some(organ).filter(|organ| !organ.is_empty()),
                ground: row.get("ground")?,
                days: row.get("days")?,
            },
            running: row.get("running")?,
            changed_at: row.get("changed_at")?,
            held_at: row.get("held_at")?,
        })
    }
}

fn list_of(rule: &Rule) -> String {
    rule.list.map(|list| list.to_string()).unwrap_or_default()
}

/// Puts a new watch down.
pub fn put_watch(tx: &Tx<'_>, _permit: &Permit, watch: &Watch) -> Outcome<()> {
    let rule = &watch.rule;
    tx.run(
        "INSERT INTO watches_watches (id, version, name, kind, list, organ, ground, days, running, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            watch.id.into(),
            watch.version.into(),
            rule.name.as_str().into(),
            rule.kind.as_str().into(),
            list_of(rule).into(),
            rule.organ.as_deref().unwrap_or_default().into(),
            rule.ground.as_str().into(),
            i64::from(rule.days).into(),
            i64::from(watch.running).into(),
            watch.changed_at.into(),
        ],
    )?;
    Ok(())
}

/// Puts the next version of a watch in its place.
pub fn change_watch(tx: &Tx<'_>, _permit: &Permit, watch: &Watch) -> Outcome<()> {
    let rule = &watch.rule;
    let changed = tx.run(
        "UPDATE watches_watches SET version = $2, name = $3, list = $4, organ = $5, ground = $6, days = $7,
             running = $8, changed_at = $9
         WHERE id = $1 AND version = $2 - 1",
        &[
            watch.id.into(),
            watch.version.into(),
            rule.name.as_str().into(),
            list_of(rule).into(),
            rule.organ.as_deref().unwrap_or_default().into(),
            rule.ground.as_str().into(),
            i64::from(rule.days).into(),
            i64::from(watch.running).into(),
            watch.changed_at.into(),
        ],
    )?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Fault::said("a watch moved inside a transaction").into())
    }
}

/// Keeps a version with its reason.
pub fn put_version(
    tx: &Tx<'_>,
    _permit: &Permit,
    watch: Id<WatchId>,
    version: &Version,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_versions (watch, version, rule, running, reason, by_name, at, act)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            watch.into(),
            version.version.into(),
            serde_json::to_string(&version.rule).map_err(Fault::from)?.into(),
            i64::from(version.running).into(),
            version.reason.as_str().into(),
            version.by_name.as_str().into(),
            version.at.into(),
            version.act.as_str().into(),
        ],
    )?;
    Ok(())
}

impl FromRow for Version {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let rule: String = row.get("rule")?;
        Ok(Self {
            version: row.get("version")?,
            rule: serde_json::from_str(&rule).map_err(|_| odd("rule"))?,
            running: row.get("running")?,
            reason: row.get("reason")?,
            by_name: row.get("by_name")?,
            at: row.get("at")?,
            act: row.get("act")?,
        })
    }
}

/// The versions of a watch, the newest first; the last hundred.
pub fn versions(reader: &Reader<'_>, watch: Id<WatchId>) -> Outcome<Vec<Version>> {
    Ok(reader.all(
        "SELECT version, rule, running, reason, by_name, at, act FROM watches_versions
         WHERE watch = $1 ORDER BY version DESC LIMIT 100",
        &[watch.into()],
    )?)
}

/// A watch.
pub fn watch(reader: &Reader<'_>, id: Id<WatchId>) -> Outcome<Option<Watch>> {
    Ok(reader.maybe(&format!("SELECT {WATCH} WHERE id = $1"), &[id.into()])?)
}

/// All watches, those that run first.
pub fn watches(reader: &Reader<'_>) -> Outcome<Vec<Watch>> {
    let sql = format!("SELECT {WATCH} ORDER BY running DESC, name, id LIMIT {WATCHES_MAX}");
    Ok(reader.all(&sql, &[])?)
}

/// Those of a kind that run.
pub fn running(reader: &Reader<'_>, kind: Kind) -> Outcome<Vec<Watch>> {
    let sql =
        format!("SELECT {WATCH} WHERE running = 1 AND kind = $1 ORDER BY id LIMIT {WATCHES_MAX}");
    Ok(reader.all(&sql, &[kind.as_str().into()])?)
}

/// Notes when a list was last held against those that look at it.
pub fn note_held(tx: &Tx<'_>, _permit: &Permit, list: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE watches_watches SET held_at = $2
         WHERE running = 1 AND list IN ('', $1) AND kind IN ('died_on_list', 'two_names')",
        &[list.into(), now.into()],
    )?;
    Ok(())
}

/// Notes when all that those of a kind look at, which is on no list, was last held.
pub fn note_kind_held(tx: &Tx<'_>, _permit: &Permit, kind: Kind, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE watches_watches SET held_at = $2 WHERE running = 1 AND kind = $1",
        &[kind.as_str().into(), now.into()],
    )?;
    Ok(())
}

/// What has come of a watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Nobody has decided.
    pub open: i64,
    /// Of those, past their day.
    pub late: i64,
}

/// What is open of each watch, and how much of it is late.
pub fn open_tallies(reader: &Reader<'_>, today: Day) -> Outcome<Vec<(String, Tally)>> {
    let rows: Vec<(String, i64, i64)> = reader.all(
        "SELECT watch, CAST(COUNT(*) AS BIGINT) AS open,
             CAST(SUM(CASE WHEN due < $1 THEN 1 ELSE 0 END) AS BIGINT) AS late
         FROM watches_hits WHERE standing = 'open' GROUP BY watch LIMIT 1000",
        &[today.into()],
    )?;
    Ok(rows.into_iter().map(|(watch, open, late)| (watch, Tally { open, late })).collect())
}

/// How many hits of a watch stand how.
pub fn standings(reader: &Reader<'_>, watch: Id<WatchId>) -> Outcome<Vec<(String, i64)>> {
    Ok(reader.all(
        "SELECT standing, CAST(COUNT(*) AS BIGINT) AS many FROM watches_hits
         WHERE standing IN ('open', 'confirmed', 'not_so', 'withdrawn') AND watch = $1
         GROUP BY standing",
        &[watch.into()],
    )?)
}
