//! Proving that one is who is signed in: one's password again, for what a borrowed session must not do.

use std::sync::Arc;

use access::{Account, Actor, Attempt, Lock, Over, PasswordHash, Permit, authorise};
use base::{Id, Outcome, Refusal, RefusalKind};
use frame::{ActCx, Hall};
use ledger::Act;
use seal::Keys;

use super::{Turn, known};
use crate::rules;
use crate::terms::OWN;

/// That the person who is signed in knows the password.
#[derive(Clone)]
pub struct Proven {
    account: Id<Account>,
    hash: PasswordHash,
    keys: Arc<Keys>,
    lock: Lock,
    /// Under which name its browser's attempts are counted.
    known: Option<String>,
}

/// Said where a password is asked for again and none came.
pub(super) const NO_PASSWORD: &str = "请再写一次现在的密码";

/// Compares what was typed into `field` with the password of who is signed in. The attempt is
/// counted first, with those of signing in: five wrong ones lock the account.
pub async fn prove(cx: &ActCx, password: &str, field: &str) -> Outcome<Proven> {
    if password.is_empty() {
        // None was tried, so none is counted.
        let refusal = Refusal::new(RefusalKind::Invalid, "identity.no_password", NO_PASSWORD);
        return Err(refusal.field(field, NO_PASSWORD).into());
    }
    let (id, now, actor) = (cx.signed_in()?.account, cx.now(), cx.actor().clone());
    let lock = cx.sign_in_rule().lock;
    let turn = Turn::wait().await?;
    let known = known::known(cx, id);
    let (browser, typed_in) = (known.clone(), field.to_owned());
    let (attempt, account) = cx
        .write(move |tx| {
            authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
            let account = access::account_by_id(tx, id)?;
            if account.as_ref().is_some_and(|account| account.password.is_none()) {
                return Err(none_yet(&typed_in).into());
            }
            let attempt = known::reserve(tx, browser.as_deref(), lock, id, now)?;
            Ok((attempt, account))
        })
        .await?;
    if let Attempt::LockedUntil(until) = attempt {
        return Err(rules::locked(until).into());
    }
    let kept = account.map(|account| account.password_hash(&cx.hall().keys)).transpose()?.flatten();
    let kept = kept.unwrap_or_else(PasswordHash::of_nobody);
    let (keys, given, hash) = (cx.hall().keys.clone(), password.to_owned(), kept.clone());
    if turn.slowly(move || kept.matches(&keys, Some(id), &given)).await? {
        return Ok(Proven { account: id, hash, keys: cx.hall().keys.clone(), lock, known });
    }
    let (who, act) = (cx.who(), Act::new(now, "identity.password_failed", "account", id));
    cx.write(move |tx| ledger::record(tx, &who, &act)).await?;
    Err(wrong(field, lock).into())
}

/// An account that a platform opened has none until its holder sets one: nothing was tried.
fn none_yet(field: &str) -> Refusal {
    let words = "这个账户还没有密码";
    Refusal::new(RefusalKind::Conflict, "identity.no_password_yet", words)
        .field(field, "还没有密码，请先到“我的账户”里设置")
        .remedy("请先到“我的账户”里设置密码")
}

fn wrong(field: &str, lock: Lock) -> Refusal {
    let words = "现在的密码不对";
    Refusal::new(RefusalKind::Invalid, "identity.wrong_old", words)
        .field(field, words)
        .remedy(lock.warning())
}

/// So many hashes are sealed in one transaction.
const SEALED_AT_ONCE: i64 = 200;

/// Seals the hashes of passwords that stand bare, from before they were sealed. Killed, it goes on with what is left.
pub(crate) async fn seal_passwords(hall: &Arc<Hall>) -> Outcome<()> {
    loop {
        let keys = hall.keys.clone();
        let more = hall.write(move |tx| {
            let permit = access::clockwork("identity.passwords");
            access::seal_passwords(tx, &permit, &keys, SEALED_AT_ONCE)
        });
        if !more.await? {
            return Ok(());
        }
    }
}

impl Proven {
    /// Inside the transaction of what the password was asked for: it still is the password, and the
    /// attempts before it are forgotten. Gives the account and the permit over it.
    pub fn holds(&self, tx: &::store::Tx<'_>, actor: &Actor) -> Outcome<(Account, Permit)> {
        let permit = authorise(tx, actor, &OWN, Over::Account(self.account.to_string()))?;
        let account = access::account_by_id(tx, self.account)?
            .filter(|account| account.keeps(&self.keys, &self.hash))
            .ok_or_else(|| wrong("password", self.lock))?;
        known::succeeded(tx, self.known.as_deref(), account.id)?;
        Ok((account, permit))
    }
}
