//! Signing in and out.

use access::{Account, Allowed, PasswordHash, SessionKind, Token};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::ActCx;
use ledger::Act;
use serde_json::json;

use super::{slowly, who_of};
use crate::rules;

/// Wrong sign-ins from one address within ten minutes before it must wait.
const ADDRESS_FAILURES_MAX: i64 = 20;
const ADDRESS_WINDOW_SECONDS: i64 = 600;
/// The context under which names that nobody has are made comparable without being readable.
const UNKNOWN_LOGIN: &str = "identity.unknown_login";

/// Signs in with a password and opens a session.
///
/// Refuses with one answer whether the name or the password is wrong, takes the same time for
/// both, counts per account (five lock it) and per address.
pub async fn sign_in(
    cx: &ActCx,
    login: &str,
    password: &str,
    kind: SessionKind,
) -> Outcome<(Account, Token)> {
    let now = cx.now();
    let throttle = format!("sign-in {}", cx.address());
    let (name, sought) = (login.trim().to_lowercase(), throttle.clone());
    let (account, allowed) = cx
        .read(move |r| {
            let allowed = access::peek(r, &sought, ADDRESS_FAILURES_MAX, now)?;
            Ok((access::account_by_login(r, &name)?, allowed))
        })
        .await?;
    if let Allowed::NotUntil(until) = allowed {
        return Err(too_often(until).into());
    }
    let known_as = account.as_ref().map(|account| account.id);
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let (keys, given) = (cx.hall().keys.clone(), password.to_owned());
    let known = hash.is_some();
    let right =
        slowly(move || hash.unwrap_or_else(PasswordHash::of_nobody).matches(&keys, &given)).await?;
    let Some(account) = account.filter(|_| known && right) else {
        return Err(failed(cx, known_as, login, throttle).await?.into());
    };
    if account.locked_until.is_some_and(|until| until > now) {
        return Err(rules::locked(&account).into());
    }
    if account.state != "active" {
        return Err(Refusal::new(RefusalKind::Forbidden, "identity.disabled", "这个账户已经停用")
            .remedy("请联系本单位的电子政务管理员")
            .into());
    }
    let token = Token::mint()?;
    let act = Act::new(now, "identity.signed_in", "account", account.id);
    let (keys, who, opened) = (cx.hall().keys.clone(), who_of(&account), token.clone());
    let id = account.id;
    cx.write(move |tx| {
        access::record_success(tx, id)?;
        access::clear(tx, &throttle)?;
        access::open_session(tx, &keys, id, &opened, kind, now)?;
        ledger::record(tx, &who, &act)
    })
    .await?;
    Ok((account, token))
}

fn too_often(until: Moment) -> Refusal {
    let words = "从这里登录失败的次数太多，请稍后再试";
    Refusal::new(RefusalKind::TooMany, "identity.address_waits", words)
        .remedy(format!("{} 之后可以再试", until.to_minute()))
}

/// Counts and records a failure. What was typed is not put on record: people type a number or a
/// password into the wrong field. Equal names that nobody has can still be told to be equal.
async fn failed(
    cx: &ActCx,
    account: Option<Id<Account>>,
    login: &str,
    throttle: String,
) -> Outcome<Refusal> {
    let (now, login) = (cx.now(), login.trim().to_lowercase());
    let act = match account {
        Some(account) => Act::new(now, "identity.sign_in_failed", "account", account),
        None => {
            let blind = cx.hall().keys.blind(UNKNOWN_LOGIN, login.as_bytes());
            Act::new(now, "identity.sign_in_failed", "login", HEXLOWER.encode(&blind))
        }
    };
    let act = act.content(json!({ "address": cx.address().to_string() }));
    let who = cx.who();
    cx.write(move |tx| {
        access::hit(tx, &throttle, ADDRESS_FAILURES_MAX, ADDRESS_WINDOW_SECONDS, now)?;
        if let Some(account) = access::account_by_login(tx, &login)? {
            access::record_failure(tx, account.id, now)?;
        }
        ledger::record(tx, &who, &act)
    })
    .await?;
    Ok(rules::wrong_credentials())
}

/// Ends the session of the request.
pub async fn sign_out(cx: &ActCx) -> Outcome<()> {
    let Some(session) = cx.person().map(|person| person.session) else { return Ok(()) };
    cx.write(move |tx| access::end_session(tx, session)).await
}

/// Ends every session of the person.
pub async fn sign_out_everywhere(cx: &ActCx) -> Outcome<()> {
    let account = cx.signed_in()?.account;
    cx.write(move |tx| access::end_all_sessions(tx, account)).await
}
