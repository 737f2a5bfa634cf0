//! The step between password and session.

use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::sessions::SessionKind;

/// So long may the second step take.
const CHALLENGE_SECONDS: i64 = 5 * 60;
/// So many wrong seconds factors, and the password is asked for again.
const TRIES_MAX: i64 = 5;

/// Somebody who has shown the password of an account, or whom another platform has named.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Whose.
    pub account: Id<Account>,
    /// Where the session will be used.
    pub kind: SessionKind,
    /// What a certificate's key signs: 128 random bits, for this one challenge.
    pub nonce: [u8; 16],
    /// Until when.
    pub ends: Moment,
    /// By what the first step was shown: `pwd`, or `ext` for another platform.
    pub first: String,
}

impl FromRow for Challenge {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let nonce: Vec<u8> = row.get("nonce")?;
        let kind: String = row.get("kind")?;
        Ok(Self {
            account: row.get("account")?,
            kind: SessionKind::parse(&kind),
            nonce: nonce.try_into().unwrap_or_default(),
            ends: row.get("ends_at")?,
            first: row.get("first_way")?,
        })
    }
}

const COLUMNS: &str = "account, kind, nonce, ends_at, first_way";

/// Opens a challenge; an earlier one of the same account stays, so that nobody who knows a password
/// ends another's sign-in. What has ended is dropped.
pub fn open_challenge(
    tx: &Tx<'_>,
    mac: [u8; 32],
    account: Id<Account>,
    (kind, first): (SessionKind, &str),
    nonce: [u8; 16],
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_challenges (token_mac, account, kind, nonce, tries, ends_at, first_way)
         VALUES ($1, $2, $3, $4, 0, $5, $6)",
        &[
            mac.into(),
            account.into(),
            kind.as_str().into(),
            nonce.to_vec().into(),
            now.plus_seconds(CHALLENGE_SECONDS).into(),
            first.into(),
        ],
    )?;
    tx.run("DELETE FROM access_challenges WHERE ends_at < $1", &[now.into()])?;
    Ok(())
}

/// The challenge of a token, if it still stands; nothing is counted.
pub fn challenge(reader: &Reader<'_>, mac: [u8; 32], now: Moment) -> Outcome<Option<Challenge>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {COLUMNS} FROM access_challenges
             WHERE token_mac = $1 AND ends_at > $2 AND tries < $3
                 AND done_at IS NULL"
        ),
        &[mac.into(), now.into(), TRIES_MAX.into()],
    )?)
}

/// Counts a try of the second step, in a transaction of its own, before anything is compared.
pub fn try_challenge(tx: &Tx<'_>, mac: [u8; 32], now: Moment) -> Outcome<Option<Challenge>> {
    Ok(tx.maybe(
        &format!(
            "UPDATE access_challenges SET tries = tries + 1
             WHERE token_mac = $1 AND ends_at > $2 AND tries < $3 AND done_at IS NULL
             RETURNING {COLUMNS}"
        ),
        &[mac.into(), now.into(), TRIES_MAX.into()],
    )?)
}

/// Uses a challenge up. No if it was used meanwhile: a second factor opens one session.
pub fn take_challenge(tx: &Tx<'_>, mac: [u8; 32], now: Moment) -> Outcome<bool> {
    let taken = tx.run(
        "UPDATE access_challenges SET done_at = $2 WHERE token_mac = $1 AND done_at IS NULL",
        &[mac.into(), now.into()],
    )?;
    Ok(taken > 0)
}

/// Whose challenge this was, if it was used up; known for as long as it would have stood at least.
pub fn done_challenge(reader: &Reader<'_>, mac: [u8; 32]) -> Outcome<Option<Id<Account>>> {
    Ok(reader.maybe(
        "SELECT account FROM access_challenges WHERE token_mac = $1 AND done_at IS NOT NULL",
        &[mac.into()],
    )?)
}

/// Ends every challenge of an account: its password or its factors are others now.
pub fn end_challenges(tx: &Tx<'_>, account: Id<Account>) -> Outcome<()> {
    tx.run("DELETE FROM access_challenges WHERE account = $1", &[account.into()])?;
    Ok(())
}
