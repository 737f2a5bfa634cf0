//! One's second factors: set up, shown to work, taken away. Each asks for the password again.

use access::{
    Account, Actor, CodeSecret, Factor, FactorKind, FactorState, NewFactor, Over, Owed, Permit,
    Standing,
};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use frame::{ActCx, Hall, not_found, post};
use ledger::Act;
use serde_json::json;

use super::letters;
use super::prove::prove;
use crate::rules;
use crate::terms::OWN;

/// Sets up codes by time. The secret is shown until a first code has proven that an app has it.
pub async fn begin_codes(cx: &ActCx, name: &str, password: &str) -> Outcome<Id<Factor>> {
    let name = rules::factor_name(name)?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let secret = CodeSecret::mint()?;
    let account = cx.signed_in()?.account;
    let new = NewFactor {
        id: Id::mint(now),
        account,
        kind: FactorKind::Code,
        name,
        secret_sealed: Some(secret.sealed(&hall.keys, account)),
        certificate: None,
        passkey: None,
        mark: None,
        state: FactorState::Waiting,
    };
    let id = new.id;
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        let standing = access::factors_of(tx, account.id)?;
        may_add(tx, &hall, (&account, &actor), FactorKind::Code, now)?;
        // Who begins anew has lost what was shown before.
        for left in standing.iter().filter(|factor| factor.state == FactorState::Waiting) {
            access::end_factor(tx, &permit, left.id)?;
        }
        access::add_factor(tx, &permit, &new, now)
    })
    .await?;
    Ok(id)
}

/// Puts codes to use by the first of them.
pub async fn confirm_codes(cx: &ActCx, id: Id<Factor>, typed: &str) -> Outcome<()> {
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let typed = typed.to_owned();
    cx.write(move |tx| {
        let (account, permit, factor) = own_factor(tx, &actor, id)?;
        if factor.state == FactorState::Active {
            return Ok(());
        }
        not_instead_of_the_second_step(tx, &hall, (&account, &actor), now)?;
        let secret = secret_of(&hall, &factor)?;
        let step = secret.step_of(&typed, now, 0).map_err(|_| rules::wrong_first_code())?;
        access::confirm_factor(tx, &permit, id, step, now)?;
        settle(tx, &actor, factor.kind)?;
        told(tx, &hall, &account, (factor.kind, &factor.name), true, now)?;
        let act = Act::new(now, "identity.factor_added", "account", account.id)
            .content(json!({ "kind": factor.kind.as_str(), "name": factor.name }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// A session that has not shown the account's second factor does not put another in its place.
fn not_instead_of_the_second_step(
    tx: &::store::Tx<'_>,
    hall: &Hall,
    (account, actor): (&Account, &Actor),
    now: Moment,
) -> Outcome<()> {
    let settling =
        |person: &access::Person| person.standing == Standing::Settling(Owed::SecondFactor);
    if !actor.person().is_some_and(settling) {
        return Ok(());
    }
    let known = access::known_of(tx, account, None)?;
    let counting = hall.sign_in.on(now.day()).counting(&known, now);
    let counts =
        |factor: &Factor| factor.state == FactorState::Active && counting.contains(&factor.kind);
    if !access::factors_of(tx, account.id)?.iter().any(counts) {
        return Ok(());
    }
    let words = "您的账户已经有登录的第二步，这次登录没有用到它";
    Err(Refusal::new(RefusalKind::Conflict, "identity.second_not_shown", words)
        .remedy("请退出，重新登录，用它完成第二步")
        .into())
}

/// Whether this account may have another factor of this kind, by the rule of the day.
pub(super) fn may_add(
    tx: &::store::Tx<'_>,
    hall: &Hall,
    (account, actor): (&Account, &Actor),
    kind: FactorKind,
    now: Moment,
) -> Outcome<()> {
    not_instead_of_the_second_step(tx, hall, (account, actor), now)?;
    let known = access::known_of(tx, account, None)?;
    let counting = hall.sign_in.on(now.day()).counting(&known, now);
    Ok(rules::may_add_factor(&access::factors_of(tx, account.id)?, kind, &counting)?)
}

/// Who had to set up a second factor before anything else has shown one now: the session is whole.
pub(super) fn settle(tx: &::store::Tx<'_>, actor: &Actor, kind: FactorKind) -> Outcome<()> {
    match actor.person() {
        Some(person) if person.standing == Standing::Settling(Owed::SecondFactor) => {
            access::raise_session(tx, person.session, kind)
        }
        _ => Ok(()),
    }
}

/// Takes a factor away. What opens the next sign-in changes, so the password is asked for, and the
/// mail address is told.
pub async fn end_factor(cx: &ActCx, id: Id<Factor>, password: &str) -> Outcome<()> {
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        not_instead_of_the_second_step(tx, &hall, (&account, &actor), now)?;
        let standing = access::factors_of(tx, account.id)?;
        let Some(factor) = standing.iter().find(|factor| factor.id == id) else { return Ok(()) };
        access::end_factor(tx, &permit, id)?;
        access::end_challenges(tx, account.id)?;
        if factor.state == FactorState::Waiting {
            return Ok(());
        }
        told(tx, &hall, &account, (factor.kind, &factor.name), false, now)?;
        let act = Act::new(now, "identity.factor_ended", "account", account.id)
            .content(json!({ "kind": factor.kind.as_str(), "name": factor.name }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

fn own_factor(
    tx: &::store::Tx<'_>,
    actor: &Actor,
    id: Id<Factor>,
) -> Outcome<(Account, Permit, Factor)> {
    let missing = || not_found("这种登录方式");
    let person = actor.person().ok_or_else(missing)?;
    let over = Over::Account(person.account.to_string());
    let permit = access::authorise(tx, actor, &OWN, over)?;
    let account = access::account_by_id(tx, person.account)?.ok_or_else(missing)?;
    let standing = access::factors_of(tx, person.account)?;
    let factor = standing.into_iter().find(|factor| factor.id == id).ok_or_else(missing)?;
    Ok((account, permit, factor))
}

/// The secret of codes in the open.
pub(crate) fn secret_of(hall: &Hall, factor: &Factor) -> Outcome<CodeSecret> {
    let sealed = factor.secret_sealed.as_deref().unwrap_or_default();
    CodeSecret::unsealed(&hall.keys, factor.account, sealed)?.ok_or_else(|| {
        Refusal::new(RefusalKind::Conflict, "identity.no_secret", "这种登录方式已经失效")
            .remedy("请删除后重新设置")
            .into()
    })
}

/// Tells the mail address what was added or taken away, by kind and name.
pub(super) fn told(
    tx: &::store::Tx<'_>,
    hall: &Hall,
    account: &Account,
    factor: (FactorKind, &str),
    added: bool,
    now: base::Moment,
) -> Outcome<()> {
    let Some(to) = account.email(&hall.keys) else { return Ok(()) };
    let letter = letters::factor_changed(hall, &account.name, &to, factor, added);
    post::enqueue(tx, &hall.keys, &letter, now)
}
