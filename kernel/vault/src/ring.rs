//! The keys of the ring as every process learns of them, and how far what stood under an old one has been
//! written anew. They stand beside the keys of files: each is enclosed by the key above it.

use base::{Id, Moment, Outcome};
use seal::{RingKey, Use};
use store::{Error, FromRow, Reader, Row, Tx};

use crate::terms::Key;

/// A key of the ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingRow {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub usage: Use,
    /// Its version among those.
    pub version: i64,
    /// The key, enclosed by the master key; nothing once it was retired.
    pub enclosed: Option<String>,
    /// From when on it seals, or is written under.
    pub seals_from: Moment,
    /// Since when nothing has been found under an older one.
    pub clean_at: Option<Moment>,
    /// When it was announced.
    pub announced_at: Moment,
    /// When it was destroyed.
    pub retired_at: Option<Moment>,
}

impl FromRow for RingRow {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let usage: String = row.get("usage")?;
        Ok(Self {
            id: row.get("id")?,
            // A CHECK keeps others out.
            usage: Use::parse(&usage).unwrap_or(Use::Seal),
            version: row.get("version")?,
            enclosed: row.get("enclosed")?,
            seals_from: row.get("seals_from")?,
            clean_at: row.get("clean_at")?,
            announced_at: row.get("announced_at")?,
            retired_at: row.get("retired_at")?,
        })
    }
}

impl RingRow {
    /// The key as it is told to the ring of a process.
    pub fn told(&self, now: Moment) -> RingKey {
        RingKey {
            id: self.id.clone(),
            usage: self.usage,
            version: u32::try_from(self.version).unwrap_or_default(),
            enclosed: self.enclosed.clone(),
            waits: self.seals_from > now,
        }
    }

    /// Whether it was retired.
    pub fn is_retired(&self) -> bool {
        self.enclosed.is_none()
    }
}

/// The keys that were announced, the lowest version first; none for a use before its first exchange.
pub fn ring(reader: &Reader<'_>) -> Outcome<Vec<RingRow>> {
    Ok(reader.all(
        "SELECT id, usage, version, enclosed, seals_from, clean_at, announced_at, retired_at
         FROM vault_ring
         ORDER BY usage, version",
        &[],
    )?)
}

/// Notes a key. One that is there already stays as it is.
pub fn announce(tx: &Tx<'_>, key: &RingKey, now: Moment, seals_from: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO vault_ring (id, usage, version, enclosed, announced_at, seals_from)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        &[
            key.id.as_str().into(),
            key.usage.name().into(),
            i64::from(key.version).into(),
            key.enclosed.as_deref().into(),
            now.into(),
            seals_from.into(),
        ],
    )?;
    Ok(())
}

/// From this moment on the key serves, whatever was announced of it. Says whether that is new.
pub fn serve(tx: &Tx<'_>, id: &str, now: Moment) -> Outcome<bool> {
    let changed = tx.run(
        "UPDATE vault_ring SET seals_from = $1 WHERE id = $2 AND seals_from > $1",
        &[now.into(), id.into()],
    )?;
    Ok(changed > 0)
}

/// Notes that nothing has been found under an older key than this. Says whether that is new.
pub fn note_clean(tx: &Tx<'_>, id: &str, now: Moment) -> Outcome<bool> {
    let noted = tx.run(
        "UPDATE vault_ring SET clean_at = $1 WHERE id = $2 AND clean_at IS NULL",
        &[now.into(), id.into()],
    )?;
    Ok(noted > 0)
}

/// Destroys a key. The row stays, and says to the other processes that it is gone.
pub fn retire(tx: &Tx<'_>, id: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE vault_ring SET enclosed = NULL, retired_at = $1 WHERE id = $2",
        &[now.into(), id.into()],
    )?;
    Ok(())
}

/// How far a place has been sealed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// `access_accounts.phone_sealed`.
    pub place: String,
    /// Under which version.
    pub version: i64,
    /// The key of the last row that was looked at, as JSON; empty before the first.
    pub after_key: String,
    /// Rows when it began.
    pub total: i64,
    /// Rows that were looked at.
    pub seen: i64,
    /// Rows that were sealed anew.
    pub resealed: i64,
    /// Rows that do not open.
    pub damaged: i64,
    /// Whether its end was reached.
    pub done: bool,
}

impl FromRow for Turn {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            place: row.get("place")?,
            version: row.get("version")?,
            after_key: row.get("after_key")?,
            total: row.get("total")?,
            seen: row.get("seen")?,
            resealed: row.get("resealed")?,
            damaged: row.get("damaged")?,
            done: row.get::<i64>("done")? != 0,
        })
    }
}

impl Turn {
    /// Rows that nobody has looked at yet.
    pub fn left(&self) -> i64 {
        if self.done { 0 } else { (self.total - self.seen).max(0) }
    }
}

/// How far every place has come.
pub fn turns(reader: &Reader<'_>) -> Outcome<Vec<Turn>> {
    Ok(reader.all(
        "SELECT place, version, after_key, total, seen, resealed, damaged, done FROM vault_turns
         ORDER BY place",
        &[],
    )?)
}

/// How far a place has come under a version.
pub fn turn(reader: &Reader<'_>, place: &str, version: i64) -> Outcome<Option<Turn>> {
    Ok(reader.maybe(
        "SELECT place, version, after_key, total, seen, resealed, damaged, done FROM vault_turns
         WHERE place = $1 AND version = $2",
        &[place.into(), version.into()],
    )?)
}

/// Begins a place, anew if it was begun before.
pub fn begin_turn(tx: &Tx<'_>, place: &str, version: i64, total: i64) -> Outcome<()> {
    tx.run(
        "INSERT INTO vault_turns
         (place, version, after_key, total, seen, resealed, damaged, done)
         VALUES ($1, $2, '', $3, 0, 0, 0, 0)
         ON CONFLICT (place) DO UPDATE SET version = excluded.version, after_key = '',
         total = excluded.total, seen = 0, resealed = 0, damaged = 0, done = 0",
        &[place.into(), version.into(), total.into()],
    )?;
    Ok(())
}

/// Goes on from `was` to `now`, unless somebody else has gone on from there. Says whether it did.
pub fn go_on(tx: &Tx<'_>, was: &Turn, now: &Turn) -> Outcome<bool> {
    let gone = tx.run(
        "UPDATE vault_turns
         SET after_key = $1, seen = $2, resealed = $3, damaged = $4, done = $5
         WHERE place = $6 AND version = $7 AND after_key = $8 AND done = 0",
        &[
            now.after_key.as_str().into(),
            now.seen.into(),
            now.resealed.into(),
            now.damaged.into(),
            i64::from(now.done).into(),
            was.place.as_str().into(),
            was.version.into(),
            was.after_key.as_str().into(),
        ],
    )?;
    Ok(gone > 0)
}

/// Where the keys of files stand, for [`Turn::place`].
pub const ENCLOSED: &str = "vault_keys.wrapped";

/// The context under which a file's key is enclosed.
pub fn enclosed_context(id: Id<Key>) -> String {
    format!("vault.key.{id}")
}

/// The keys of files behind an id that were not erased, enclosed.
pub fn enclosed_after(
    reader: &Reader<'_>,
    after: &str,
    limit: i64,
) -> Outcome<Vec<(Id<Key>, Vec<u8>)>> {
    Ok(reader.all(
        "SELECT id, wrapped FROM vault_keys WHERE id > $1 AND wrapped IS NOT NULL
         ORDER BY id LIMIT $2",
        &[after.into(), limit.into()],
    )?)
}

/// How many keys of files there are that were not erased.
pub fn enclosed_count(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(reader
        .one("SELECT CAST(COUNT(*) AS BIGINT) FROM vault_keys WHERE wrapped IS NOT NULL", &[])?)
}

/// Puts the same key, enclosed anew, in the place of what stood there, unless that was erased or
/// changed meanwhile.
pub fn enclose_anew(tx: &Tx<'_>, id: Id<Key>, old: &[u8], new: &[u8]) -> Outcome<bool> {
    let changed = tx.run(
        "UPDATE vault_keys SET wrapped = $1 WHERE id = $2 AND wrapped = $3",
        &[new.into(), id.into(), old.into()],
    )?;
    Ok(changed > 0)
}
