//! Passwords: changed, reset by two administrators, set with a one-time code.

use access::{Allowed, Over, PasswordHash, authorise};
use base::{Id, Outcome, Refusal, RefusalKind};
use frame::{ActCx, not_found};
use ledger::Act;
use serde_json::json;

use super::{CODE_SECONDS, mint_code, slowly, who_of};
use crate::rules::{self, Agreed};
use crate::store;
use crate::terms::{OWN, REGISTER, RESET, Reset, ResetState};

/// Asks for a new password. The answer is the same whether there is such an account or not.
pub async fn ask_reset(cx: &ActCx, login: &str) -> Outcome<()> {
    let (now, actor, login) = (cx.now(), cx.actor().clone(), login.trim().to_lowercase());
    let id: Id<Reset> = Id::mint(now);
    let act = Act::new(now, "identity.reset_asked", "reset", id)
        .content(json!({ "address": cx.address().to_string() }));
    let throttle = format!("reset {}", cx.address());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
        let allowed = access::hit(tx, &throttle, 10, 3_600, now)?;
        let account = access::account_by_login(tx, &login)?;
        if let (Allowed::Yes(_), Some(account)) = (allowed, account)
            && store::ask_reset(tx, &permit, id, &account, now)?
        {
            ledger::record(tx, permit.who(), &act)?;
        }
        Ok(())
    })
    .await
}

/// Agrees to a reset. The second of two administrators gets the one-time code to hand over, once.
pub async fn agree_reset(cx: &ActCx, id: Id<Reset>) -> Outcome<Option<String>> {
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let code = mint_code()?;
    let issued = code.clone();
    let act = |kind| Act::new(now, kind, "reset", id);
    let (first, second) = (act("identity.reset_agreed"), act("identity.reset_granted"));
    let agreed = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &RESET, Over::City)?;
            let reset = store::reset_by_id(tx, id)?.ok_or_else(|| not_found("这项申请"))?;
            let agreed = rules::agree(&reset, permit.account())?;
            match agreed {
                Agreed::First => {
                    store::first_agreement(tx, &permit, id, now)?;
                    ledger::record(tx, permit.who(), &first)?;
                }
                Agreed::Second => {
                    store::finish(tx, &permit, id, ResetState::Granted, now)?;
                    let ends = now.plus_seconds(CODE_SECONDS);
                    access::issue_code(tx, &permit, &keys, reset.account, &issued, ends)?;
                    ledger::record(tx, permit.who(), &second)?;
                }
            }
            Ok(agreed)
        })
        .await?;
    Ok((agreed == Agreed::Second).then_some(code))
}

/// Declines a reset.
pub async fn decline_reset(cx: &ActCx, id: Id<Reset>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.reset_declined", "reset", id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &RESET, Over::City)?;
        let reset = store::reset_by_id(tx, id)?.ok_or_else(|| not_found("这项申请"))?;
        rules::agree(&reset, permit.account())?;
        store::finish(tx, &permit, id, ResetState::Declined, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Uses a one-time code to set a password.
pub async fn use_code(cx: &ActCx, login: &str, code: &str, password: &str) -> Outcome<()> {
    access::check_strength(login.trim(), password).map_err(rules::weak)?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let (login, code) = (login.trim().to_lowercase(), code.to_owned());
    let (keys, plain) = (cx.hall().keys.clone(), password.to_owned());
    let hash = slowly({
        let keys = keys.clone();
        move || PasswordHash::new(&keys, &plain)
    })
    .await?;
    let act = Act::new(now, "identity.password_set", "login", &login);
    // A wrong code must be counted, so the transaction answers and the refusal comes after it.
    let right = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
            let Some(account) = access::account_by_login(tx, &login)? else { return Ok(false) };
            if !access::take_code(tx, &keys, account.id, &code, now)? {
                return Ok(false);
            }
            access::change_password(tx, &permit, account.id, &hash, now)?;
            ledger::record(tx, &who_of(&account), &act)?;
            Ok(true)
        })
        .await?;
    if right {
        return Ok(());
    }
    let words = "用户名或一次性代码不对，或者代码已经过期";
    Err(Refusal::new(RefusalKind::Invalid, "identity.wrong_code", words)
        .field("code", words)
        .remedy("一次性代码 24 小时内有效，输错 5 次作废；请找管理员重新签发")
        .into())
}

/// Changes one's own password.
pub async fn change_password(cx: &ActCx, old: &str, new: &str) -> Outcome<()> {
    let person = cx.signed_in()?.clone();
    access::check_strength(&person.login, new).map_err(rules::weak)?;
    let (id, now, actor) = (person.account, cx.now(), cx.actor().clone());
    let account = cx.read(move |r| access::account_by_id(r, id)).await?;
    let kept = account.and_then(|account| account.password).unwrap_or_else(PasswordHash::of_nobody);
    let (keys, old, new) = (cx.hall().keys.clone(), old.to_owned(), new.to_owned());
    let hash = slowly(move || {
        if kept.matches(&keys, &old)? { PasswordHash::new(&keys, &new).map(Some) } else { Ok(None) }
    })
    .await?;
    let Some(hash) = hash else {
        let words = "现在的密码不对";
        return Err(Refusal::new(RefusalKind::Invalid, "identity.wrong_old", words)
            .field("old", words)
            .into());
    };
    let act = Act::new(now, "identity.password_set", "login", &person.login);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        access::change_password(tx, &permit, id, &hash, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
