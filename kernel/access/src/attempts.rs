//! How often a password or a one-time code may be tried.
//!
//! An attempt is counted in a transaction of its own before anything is compared, and that
//! transaction commits whatever comes of it. So a burst of parallel attempts gets no more of them
//! compared than attempts one after the other, and nobody makes the city hash for nothing.

use base::{Id, Moment, Outcome};
use seal::Keys;
use store::Tx;
use subtle::ConstantTimeEq;

use crate::accounts::Account;
use crate::rules::Lock;
use crate::terms::Permit;

/// So long are wrong passwords under a name of its own kept in mind.
const UNKNOWN_SECONDS: i64 = 24 * 3_600;
const CODE_TRIES_MAX: i64 = 5;

/// What an attempt at a password may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is counted: compare.
    Counted,
    /// Locked until then: compare nothing, so that a right password is answered as a wrong one.
    LockedUntil(Moment),
}

/// Counts an attempt at an account's password before it is compared. The last that the rule in force
/// allows in a row locks the account (GB/T 22239-2019 身份鉴别 b); it is compared itself, and opens the lock
/// if it is right (`record_success`).
pub fn reserve_attempt(tx: &Tx<'_>, lock: Lock, id: Id<Account>, now: Moment) -> Outcome<Attempt> {
    let counted = tx.run(
        "UPDATE access_accounts SET
             failures = CASE WHEN failures + 1 >= $2 THEN 0 ELSE failures + 1 END,
             locked_until = CASE WHEN failures + 1 >= $2 THEN CAST($3 AS BIGINT) END
         WHERE id = $1 AND (locked_until IS NULL OR locked_until <= $4)",
        &[id.into(), lock.failures_max.into(), now.plus_seconds(lock.seconds).into(), now.into()],
    )?;
    if counted > 0 {
        return Ok(Attempt::Counted);
    }
    let until: Option<Option<Moment>> =
        tx.maybe("SELECT locked_until FROM access_accounts WHERE id = $1", &[id.into()])?;
    Ok(until.flatten().map_or(Attempt::Counted, Attempt::LockedUntil))
}

/// Counts an attempt under a name of its own, and locks that as an account would be. For a name that nobody has, since
/// the lock would tell else which names there are; and for a browser that is known to be somebody's. `name` is the name of
/// a throttle that betrays nothing.
pub fn reserve_named(tx: &Tx<'_>, lock: Lock, name: &str, now: Moment) -> Outcome<Attempt> {
    let (hits, ends): (i64, Moment) = tx.one(
        "INSERT INTO access_throttles (name, hits, ends_at) VALUES ($1, 1, $2)
         ON CONFLICT (name) DO UPDATE SET
             hits = CASE WHEN access_throttles.ends_at <= $3 THEN 1
                         WHEN access_throttles.hits > $4 THEN access_throttles.hits
                         ELSE access_throttles.hits + 1 END,
             ends_at = CASE WHEN access_throttles.ends_at <= $3 THEN excluded.ends_at
                            WHEN access_throttles.hits + 1 = $4 THEN $5
                            ELSE access_throttles.ends_at END
         RETURNING hits, ends_at",
        &[
            name.into(),
            now.plus_seconds(UNKNOWN_SECONDS).into(),
            now.into(),
            lock.failures_max.into(),
            now.plus_seconds(lock.seconds).into(),
        ],
    )?;
    Ok(if hits > lock.failures_max { Attempt::LockedUntil(ends) } else { Attempt::Counted })
}

/// Forgets the attempts after a right password.
pub fn record_success(tx: &Tx<'_>, id: Id<Account>) -> Outcome<()> {
    tx.run(
        "UPDATE access_accounts SET failures = 0, locked_until = NULL
         WHERE id = $1 AND (failures > 0 OR locked_until IS NOT NULL)",
        &[id.into()],
    )?;
    Ok(())
}

/// Forgets what was counted under a name of its own.
pub fn forget_named(tx: &Tx<'_>, name: &str) -> Outcome<()> {
    tx.run("DELETE FROM access_throttles WHERE name = $1", &[name.into()])?;
    Ok(())
}

/// Keeps the MAC of a one-time code for an account, in the place of any earlier one.
pub fn issue_code(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    id: Id<Account>,
    code: &str,
    ends: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_codes (account, code_mac, tries, ends_at) VALUES ($1, $2, 0, $3)
         ON CONFLICT (account) DO UPDATE
         SET code_mac = excluded.code_mac, tries = 0, ends_at = excluded.ends_at",
        &[id.to_string().into(), code_mac(keys, id, code).into(), ends.into()],
    )?;
    Ok(())
}

fn code_mac(keys: &Keys, id: Id<Account>, code: &str) -> [u8; 32] {
    keys.mac("access.code", format!("{id} {}", code.trim().to_lowercase()).as_bytes())
}

/// Counts a try of a one-time code and says whether it is right; after five tries the code is void.
/// A right one is not used up yet: `take_code` does that. The count must be kept even when the code
/// is wrong, so this answers and never refuses.
pub fn try_code(
    tx: &Tx<'_>,
    keys: &Keys,
    id: Id<Account>,
    code: &str,
    now: Moment,
) -> Outcome<bool> {
    let kept: Option<Vec<u8>> = tx.maybe(
        "UPDATE access_codes SET tries = tries + 1
         WHERE account = $1 AND tries < $2 AND ends_at > $3 RETURNING code_mac",
        &[id.to_string().into(), CODE_TRIES_MAX.into(), now.into()],
    )?;
    Ok(kept.is_some_and(|kept| code_mac(keys, id, code).ct_eq(kept.as_slice()).into()))
}

/// Uses up a one-time code that was tried and right. No if it has been used or replaced meanwhile.
pub fn take_code(
    tx: &Tx<'_>,
    keys: &Keys,
    id: Id<Account>,
    code: &str,
    now: Moment,
) -> Outcome<bool> {
    let taken = tx.run(
        "DELETE FROM access_codes WHERE account = $1 AND code_mac = $2 AND ends_at > $3",
        &[id.to_string().into(), code_mac(keys, id, code).into(), now.into()],
    )?;
    Ok(taken > 0)
}
