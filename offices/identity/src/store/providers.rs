//! The SQL of signing in by another identity platform.

use access::{Account, Permit};
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::providers::Link;

/// Keeps a sign-in that was begun; what is over is dropped.
pub fn put_pending(
    tx: &Tx<'_>,
    _permit: &Permit,
    mac: [u8; 32],
    kept_sealed: &[u8],
    ends: Moment,
    now: Moment,
) -> Outcome<()> {
    tx.run("DELETE FROM identity_pending WHERE ends_at <= $1", &[now.into()])?;
    tx.run(
        "INSERT INTO identity_pending (state_mac, kept_sealed, ends_at) VALUES ($1, $2, $3)",
        &[mac.into(), kept_sealed.to_vec().into(), ends.into()],
    )?;
    Ok(())
}

/// Takes a sign-in that was begun, which is good once.
pub fn take_pending(
    tx: &Tx<'_>,
    _permit: &Permit,
    mac: [u8; 32],
    now: Moment,
) -> Outcome<Option<Vec<u8>>> {
    Ok(tx.maybe(
        "DELETE FROM identity_pending WHERE state_mac = $1 AND ends_at > $2 RETURNING kept_sealed",
        &[mac.into(), now.into()],
    )?)
}

/// The account of somebody at a platform.
pub fn account_of(reader: &Reader<'_>, subject_mac: [u8; 32]) -> Outcome<Option<Id<Account>>> {
    Ok(reader.maybe(
        "SELECT account FROM identity_links WHERE subject_mac = $1",
        &[subject_mac.into()],
    )?)
}

/// Notes that somebody signed in by a link.
pub fn touch_link(
    tx: &Tx<'_>,
    _permit: &Permit,
    subject_mac: [u8; 32],
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE identity_links SET used_at = $1 WHERE subject_mac = $2",
        &[now.into(), subject_mac.into()],
    )?;
    Ok(())
}

/// Joins somebody at a platform to an account. A link to an account that is closed gives way.
pub fn put_link(
    tx: &Tx<'_>,
    _permit: &Permit,
    subject_mac: [u8; 32],
    account: Id<Account>,
    (provider, name): (&str, &str),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO identity_links (subject_mac, account, provider, name, joined_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (subject_mac) DO UPDATE SET account = excluded.account,
             joined_at = excluded.joined_at, used_at = excluded.used_at",
        &[subject_mac.into(), account.into(), provider.into(), name.into(), now.into()],
    )?;
    Ok(())
}

/// The platforms by which an account is signed in to; at most 50.
pub fn links(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Link>> {
    Ok(reader.all(
        "SELECT provider, name, joined_at, used_at FROM identity_links
         WHERE account = $1 ORDER BY provider LIMIT 50",
        &[account.into()],
    )?)
}

/// Takes the links of an account with a platform away. Says whether there was one.
pub fn end_links(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    provider: &str,
) -> Outcome<bool> {
    let ended = tx.run(
        "DELETE FROM identity_links WHERE account = $1 AND provider = $2",
        &[account.into(), provider.into()],
    )?;
    Ok(ended > 0)
}

/// Takes all links of an account away.
pub fn end_all_links(tx: &Tx<'_>, _permit: &Permit, account: Id<Account>) -> Outcome<()> {
    tx.run("DELETE FROM identity_links WHERE account = $1", &[account.into()])?;
    Ok(())
}

impl FromRow for Link {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            provider: row.get("provider")?,
            name: row.get("name")?,
            joined_at: row.get("joined_at")?,
            used_at: row.get("used_at")?,
        })
    }
}
