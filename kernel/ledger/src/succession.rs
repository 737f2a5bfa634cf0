//! How one key that signs for the log succeeds another: the statement that both sign, who signs checkpoints
//! since, and the list of all keys that others verify by.

use base::{Fault, Moment, Outcome};
use seal::note::{LogKeys, Succession};
use seal::{Keys, LogKey, PublicKey};
use store::{FromRow, Reader, Row, Tx};

use crate::log::Ledger;
use crate::sequencer::take_head;

/// A key of the log that took the place of one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessionRow {
    /// Its version; the one that the city was founded with is the first and has no row.
    pub version: i64,
    /// The public half of the one before, as [`PublicKey::to_hex`] has it.
    pub old_key: String,
    /// Its own.
    pub new_key: String,
    /// What both signed.
    pub statement: String,
    /// Since when it signs.
    pub at: Moment,
    /// When the one before signed last.
    pub old_retired_at: Option<Moment>,
}

impl FromRow for SuccessionRow {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            version: row.get("version")?,
            old_key: row.get("old_key")?,
            new_key: row.get("new_key")?,
            statement: row.get("statement")?,
            at: row.get("at")?,
            old_retired_at: row.get("old_retired_at")?,
        })
    }
}

/// All of them, the first one first.
pub fn successions(reader: &Reader<'_>) -> Outcome<Vec<SuccessionRow>> {
    Ok(reader.all(
        "SELECT version, old_key, new_key, statement, at, old_retired_at FROM ledger_successions
         ORDER BY version",
        &[],
    )?)
}

fn last(reader: &Reader<'_>) -> Outcome<Option<SuccessionRow>> {
    Ok(reader.maybe(
        "SELECT version, old_key, new_key, statement, at, old_retired_at FROM ledger_successions
         ORDER BY version DESC LIMIT 1",
        &[],
    )?)
}

impl Ledger {
    /// The keys that the log has had under its name, as they are published.
    pub async fn log_keys(&self) -> Outcome<LogKeys> {
        let (keys, origin) = (self.keys.clone(), self.origin.clone());
        let listed = self.store.read(move |reader| listed(reader, &keys, &origin)).await?;
        listed.map_err(|words| Fault::said(words).into())
    }

    /// The same, blocking.
    pub fn log_keys_now(&self) -> Outcome<LogKeys> {
        let (keys, origin) = (self.keys.clone(), self.origin.clone());
        let listed = self.store.read_now(move |reader| listed(reader, &keys, &origin))?;
        listed.map_err(|words| Fault::said(words).into())
    }
}

/// The keys of the log of this name as the database has them; words, where they do not lead from one to the
/// next. Statements under another name are those of a log that the city had at another address.
fn listed(reader: &Reader<'_>, keys: &Keys, origin: &str) -> Outcome<Result<LogKeys, String>> {
    let name = format!("{origin}/successor\n");
    let rows = successions(reader)?.into_iter().filter(|row| row.statement.starts_with(&name));
    let rows: Vec<SuccessionRow> = rows.collect();
    let Some(first) = rows.first() else {
        return Ok(Ok(LogKeys::only(origin, signers(reader, keys)?.newest().public())));
    };
    let first = PublicKey::from_hex(&first.old_key)?;
    let listed = LogKeys::from_first(origin, first, rows.iter().map(|row| row.statement.as_str()));
    Ok(listed.map_err(|error| error.to_string()))
}

/// The same, if the newest of them is held here: so what the database says of keys is not taken on its word.
pub(crate) fn known(
    reader: &Reader<'_>,
    keys: &Keys,
    origin: &str,
) -> Outcome<Result<LogKeys, String>> {
    let listed = listed(reader, keys, origin)?;
    Ok(listed.and_then(|listed| match listed.newest().and_then(|key| keys.log_key_of(key)) {
        Some(_) => Ok(listed),
        None => Err("登记簿公布的最后一把公钥，这里没有它的私钥".into()),
    }))
}

/// Who signs a checkpoint at this moment, the oldest first; never empty.
pub(crate) struct Signers(Vec<LogKey>);

impl std::ops::Deref for Signers {
    type Target = [LogKey];

    fn deref(&self) -> &[LogKey] {
        &self.0
    }
}

impl Signers {
    fn newest(&self) -> LogKey {
        let Some(newest) = self.0.last() else { std::process::abort() };
        newest.clone()
    }
}

/// The newest key, and the one before while that is not retired. Refuses to go on without the newest: this
/// process has not heard of it yet, and another one gives the acts their places meanwhile.
pub(crate) fn signers(reader: &Reader<'_>, keys: &Keys) -> Outcome<Signers> {
    let Some(last) = last(reader)? else { return Ok(Signers(vec![keys.log_key()])) };
    let newest = keys
        .log_key_of(&PublicKey::from_hex(&last.new_key)?)
        .ok_or_else(|| Fault::said("the newest key of the log has not come to this process yet"))?;
    let old = match last.old_retired_at {
        None => keys.log_key_of(&PublicKey::from_hex(&last.old_key)?),
        Some(_) => None,
    };
    Ok(Signers(old.into_iter().chain([newest]).collect()))
}

/// Lets this key take the place of the one that signs now: both sign the statement, and every checkpoint after
/// it. Takes the head of the log, so that none comes between.
pub fn succeed(
    tx: &Tx<'_>,
    keys: &Keys,
    origin: &str,
    (version, new): (i64, &LogKey),
    now: Moment,
) -> Outcome<Succession> {
    let size = take_head(tx, now)?.size;
    let old = signers(tx, keys)?.newest();
    // A clock that was put back makes no statement that nobody takes.
    let at = last(tx)?.map_or(now, |last| last.at.max(now));
    let said = Succession {
        origin: origin.into(),
        from: size.unsigned_abs(),
        old: old.public(),
        new: new.public(),
        seconds: at.millis().div_euclid(1_000).unsigned_abs(),
    };
    let statement = said.sign(&old, new)?;
    tx.run(
        "INSERT INTO ledger_successions (version, old_key, new_key, statement, at)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            version.into(),
            said.old.to_hex().into(),
            said.new.to_hex().into(),
            statement.into(),
            at.into(),
        ],
    )?;
    Ok(said)
}

/// The key before this version signs no more. Says whether that is new.
pub fn retire_old(tx: &Tx<'_>, version: i64, now: Moment) -> Outcome<bool> {
    let retired = tx.run(
        "UPDATE ledger_successions SET old_retired_at = $1
         WHERE version = $2 AND old_retired_at IS NULL",
        &[now.into(), version.into()],
    )?;
    Ok(retired > 0)
}
