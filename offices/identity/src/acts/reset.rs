//! Passwords: changed, reset by two administrators, set with a one-time code.

use access::{Account, Allowed, Over, PasswordHash, authorise};
use base::{Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, not_found};
use ledger::Act;
use serde_json::json;

use super::prove::prove;
use super::session::failure;
use super::{CODE_SECONDS, Turn, mint_code, slowly, who_of};
use crate::rules::{self, Agreed};
use crate::store;
use crate::terms::{OWN, REGISTER, RESET, Reset, ResetState};

/// Asks for a new password. The answer is the same whether there is such an account or not.
pub async fn ask_reset(cx: &ActCx, login: &str) -> Outcome<()> {
    let (now, actor, login) = (cx.now(), cx.actor().clone(), login.trim().to_lowercase());
    let id: Id<Reset> = Id::mint(now);
    let act = Act::new(now, "identity.reset_asked", "reset", id);
    let throttle = format!("reset {}", cx.neighbourhood());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
        let allowed = access::hit(tx, &throttle, 10, 3_600, now)?;
        // A closed account stays closed: nobody is asked to open it again.
        let account = access::account_by_login(tx, &login)?.filter(|held| held.state != "closed");
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
            let account = access::account_by_id(tx, reset.account)?;
            account.filter(|held| held.state != "closed").ok_or_else(|| not_found("这个账户"))?;
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

/// Tries of one-time codes from one address within ten minutes before it must wait.
const CODES_MAX: i64 = 20;
const CODES_SECONDS: i64 = 600;

/// Uses a one-time code to set a password. The try is counted before anything is hashed; the code
/// is used up only when the new password is there to be set.
pub async fn use_code(cx: &ActCx, login: &str, code: &str, password: &str) -> Outcome<Id<Account>> {
    access::check_strength(&cx.sign_in_rule().password, login.trim(), password)
        .map_err(rules::weak)?;
    let (login, code) = (login.trim().to_lowercase(), code.to_owned());
    let turn = Turn::wait().await?;
    let id = match tried(cx, &login, &code).await? {
        Tried::Right(id) => id,
        Tried::Wrong(account) => {
            put_on_record(cx, account, &login).await?;
            return Err(wrong_code().into());
        }
        Tried::AddressWaits(until) => return Err(codes_wait(until).into()),
    };
    let (now, actor, keys, plain) =
        (cx.now(), cx.actor().clone(), cx.hall().keys.clone(), password.to_owned());
    let hash = turn.slowly(move || PasswordHash::new(&keys, &plain)).await?;
    let (keys, address, named) = (cx.hall().keys.clone(), codes_from(cx), login.clone());
    let set = cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
        // Another request may have used the code while the password was hashed.
        let account = access::account_by_id(tx, id)?.ok_or_else(wrong_code)?;
        if !access::take_code(tx, &keys, id, &code, now)? {
            return Err(wrong_code().into());
        }
        access::give_back(tx, &address, now)?;
        access::change_password(tx, &permit, &keys, (id, &hash), now)?;
        // Who had to come by a code may have lost the phone or the token too: all is set up anew.
        let ended = access::end_all_factors(tx, id)?;
        access::end_all_signers(tx, id)?;
        store::providers::end_all_links(tx, &permit, id)?;
        let act = Act::new(now, "identity.password_set", "login", &login)
            .content(json!({ "factors_ended": ended }));
        ledger::record(tx, &who_of(&account), &act)
    });
    let set = set.await;
    if let Err(Stop::Refused(refusal)) = &set
        && refusal.code == WRONG_CODE
    {
        put_on_record(cx, Some(id), &named).await?;
    }
    set.map(|()| id)
}

async fn put_on_record(cx: &ActCx, account: Option<Id<Account>>, login: &str) -> Outcome<()> {
    let (who, act) = (cx.who(), failure(cx, "identity.code_failed", account, login));
    cx.write(move |tx| ledger::record(tx, &who, &act)).await
}

enum Tried {
    Right(Id<Account>),
    Wrong(Option<Id<Account>>),
    AddressWaits(Moment),
}

/// Counts a try in a transaction of its own, which commits whatever comes of it.
async fn tried(cx: &ActCx, login: &str, code: &str) -> Outcome<Tried> {
    let (now, address, keys) = (cx.now(), codes_from(cx), cx.hall().keys.clone());
    let (login, code) = (login.to_owned(), code.to_owned());
    cx.write(move |tx| {
        let hit = access::hit(tx, &address, CODES_MAX, CODES_SECONDS, now)?;
        if let Allowed::NotUntil(until) = hit {
            return Ok(Tried::AddressWaits(until));
        }
        let Some(account) = access::account_by_login(tx, &login)? else {
            return Ok(Tried::Wrong(None));
        };
        let right = access::try_code(tx, &keys, account.id, &code, now)?;
        Ok(if right { Tried::Right(account.id) } else { Tried::Wrong(Some(account.id)) })
    })
    .await
}

fn codes_from(cx: &ActCx) -> String {
    format!("code {}", cx.neighbourhood())
}

const WRONG_CODE: &str = "identity.wrong_code";

/// The same words for no such account, no code, a wrong one, a used one and one whose time is over: whoever tries
/// learns nothing of who may set a password.
fn wrong_code() -> Refusal {
    let words = "用户名或一次性代码不对，或者代码已经过期";
    Refusal::new(RefusalKind::Invalid, WRONG_CODE, words)
        .field("code", words)
        .remedy("一次性代码 24 小时内有效，输错 5 次作废；请找管理员重新签发")
}

fn codes_wait(until: Moment) -> Refusal {
    let words = "从这里输错一次性代码的次数太多，请稍后再试";
    Refusal::new(RefusalKind::TooMany, "identity.codes_wait", words)
        .remedy(format!("{} 之后可以再试", until.to_minute()))
}

/// Changes one's own password.
pub async fn change_password(cx: &ActCx, old: &str, new: &str) -> Outcome<()> {
    let login = cx.signed_in()?.login.clone();
    access::check_strength(&cx.sign_in_rule().password, &login, new).map_err(rules::weak)?;
    rules::is_another(old, new)?;
    let proven = prove(cx, old, "old").await?;
    let (now, keys, new) = (cx.now(), cx.hall().keys.clone(), new.to_owned());
    let hash = slowly(move || PasswordHash::new(&keys, &new)).await?;
    let keys = cx.hall().keys.clone();
    let act = Act::new(now, "identity.password_set", "login", &login);
    let actor = cx.actor().clone();
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        access::change_password(tx, &permit, &keys, (account.id, &hash), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Sets the first password of an account that a platform opened: by whoever has just come in by that platform.
pub async fn set_first_password(cx: &ActCx, new: &str) -> Outcome<()> {
    let person = cx.signed_in()?;
    let (id, session, login) = (person.account, person.session, person.login.clone());
    access::check_strength(&cx.sign_in_rule().password, &login, new).map_err(rules::weak)?;
    let (now, keys, new) = (cx.now(), cx.hall().keys.clone(), new.to_owned());
    let hash = slowly(move || PasswordHash::new(&keys, &new)).await?;
    let (keys, actor) = (cx.hall().keys.clone(), cx.actor().clone());
    let act = Act::new(now, "identity.password_set", "login", &login);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        let has_one =
            access::account_by_id(tx, id)?.is_none_or(|account| account.password.is_some());
        let opened = access::sign_in_of(tx, session, now)?.map(|sign_in| sign_in.at);
        rules::may_set_first(has_one, opened, now)?;
        access::change_password(tx, &permit, &keys, (id, &hash), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
