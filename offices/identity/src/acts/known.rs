//! A browser in which somebody has signed in before is known to be theirs. Wrong passwords from it are counted by
//! themselves, so that a stranger who knows a name can lock the name for strangers, and not for its holder (OWASP: device
//! cookies). It opens nothing: it only decides which count an attempt belongs to. A browser is known to be one person's at a
//! time: where several share one, the last who has signed in.

use access::{Account, Attempt, Lock};
use base::{Fault, Id, Moment, Outcome};
use data_encoding::HEXLOWER;
use frame::Cx;
use seal::Keys;
use store::Tx;
use subtle::ConstantTimeEq;

/// The context under which a mark is made.
const CONTEXT: &str = "identity.known_browser";

/// A mark for the browser in which somebody has just shown who they are; none where it has one of theirs already.
pub fn mark(cx: &Cx, account: Id<Account>) -> Result<Option<String>, Fault> {
    if cx.sign_in_rule().known_browser_days == 0 || known(cx, account).is_some() {
        return Ok(None);
    }
    let mut nonce = [0u8; 16];
    getrandom::fill(&mut nonce).map_err(|error| Fault::said(error.to_string()))?;
    let said = format!("{account}.{}.{}", cx.now().millis(), HEXLOWER.encode(&nonce));
    let mac = cx.hall().keys.mac(CONTEXT, said.as_bytes());
    Ok(Some(format!("{said}.{}", HEXLOWER.encode(&mac))))
}

/// The name under which this browser's attempts at the account are counted, if it is known.
pub(super) fn known(cx: &Cx, account: Id<Account>) -> Option<String> {
    let days = cx.sign_in_rule().known_browser_days;
    read(&cx.hall().keys, cx.known_browser()?, account, (days, cx.now()))
}

fn read(
    keys: &Keys,
    mark: &str,
    account: Id<Account>,
    (days, now): (i64, Moment),
) -> Option<String> {
    let (said, mac) = mark.rsplit_once('.')?;
    let mac = HEXLOWER.decode(mac.as_bytes()).ok()?;
    let right: bool = keys.mac(CONTEXT, said.as_bytes()).as_slice().ct_eq(&mac).into();
    let mut parts = said.split('.');
    let (whose, since, nonce) = (parts.next()?, parts.next()?, parts.next()?);
    let since = Moment::from_millis(since.parse().ok()?);
    let in_time = since <= now && now < since.plus_seconds(days * 86_400);
    (right && in_time && whose == account.to_string()).then(|| format!("known {nonce}"))
}

/// Counts an attempt at an account, before anything is compared: with those of its browser, if that is known, else with
/// those of everybody.
pub(super) fn reserve(
    tx: &Tx<'_>,
    known: Option<&str>,
    lock: Lock,
    account: Id<Account>,
    now: Moment,
) -> Outcome<Attempt> {
    match known {
        Some(name) => access::reserve_named(tx, lock, name, now),
        None => access::reserve_attempt(tx, lock, account, now),
    }
}

/// Forgets the attempts after a right one: those of its browser, if that is known, for a stranger's go on counting.
pub(super) fn succeeded(tx: &Tx<'_>, known: Option<&str>, account: Id<Account>) -> Outcome<()> {
    match known {
        Some(name) => access::forget_named(tx, name),
        None => access::record_success(tx, account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_its_accounts_in_its_time_and_cannot_be_made_without_the_keys() {
        let (keys, now) = (Keys::for_tests(), Moment::from_millis(1_772_380_800_000));
        let (own, other) = (Id::mint(now), Id::mint(now));
        let said = format!("{own}.{}.00ff", now.millis());
        let mark = format!("{said}.{}", HEXLOWER.encode(&keys.mac(CONTEXT, said.as_bytes())));
        let at = |mark: &str, account, days: i64| {
            read(&keys, mark, account, (180, now.plus_seconds(days * 86_400)))
        };
        assert_eq!(at(&mark, own, 0).as_deref(), Some("known 00ff"));
        assert!(at(&mark, own, 179).is_some() && at(&mark, own, 180).is_none());
        assert!(at(&mark, own, -1).is_none(), "from the future");
        assert!(at(&mark, other, 0).is_none());
        for n in 0..mark.len() {
            let mut forged = mark.clone().into_bytes();
            forged[n] = if forged[n] == b'0' { b'1' } else { b'0' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(at(&forged, own, 0).is_none(), "byte {n}");
        }
        for nothing in ["", ".", "...", "a.b.c.d", &said] {
            assert!(at(nothing, own, 0).is_none());
        }
    }
}
