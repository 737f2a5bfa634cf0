//! Signing in and out.

use ::store::Reader;
use access::{
    Account, Allowed, Attempt, Device, Factor, FactorKind, FactorState, NewSession, PasswordHash,
    SessionKind, SignInRule, Token,
};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::ActCx;
use ledger::Act;

use super::{Turn, known, who_of};
use crate::rules;

/// Wrong sign-ins from one address within ten minutes before it must wait.
pub(super) const ADDRESS_FAILURES_MAX: i64 = 20;
pub(super) const ADDRESS_WINDOW_SECONDS: i64 = 600;
/// The context under which names that nobody has are made comparable without being readable.
const UNKNOWN_LOGIN: &str = "identity.unknown_login";

/// What an attempt to sign in may do, counted before anything is compared.
enum Reserved {
    /// Compare with the password of this account, or with nobody's.
    Compare(Option<Box<Account>>),
    /// The name is locked: nothing is compared.
    Locked(Option<Id<Account>>, Moment),
    /// The address must wait: nothing is compared.
    AddressWaits(Moment),
}

/// What a right password leads to.
pub enum SignedIn {
    /// A session.
    Opened(Box<Account>, Token),
    /// The second step: the token names it, and opens nothing by itself.
    Second(Token, Second),
}

/// What the second step may be shown by.
#[derive(Clone, Debug)]
pub struct Second {
    /// The kinds that the account has, the strongest first.
    pub kinds: Vec<FactorKind>,
}

/// Signs in with a password: opens a session, or the second step where the account has one.
///
/// Counts the attempt first, per name (five lock it) and per address, then compares, outside of any
/// transaction, then settles. Refuses with one answer whether the name or the password is wrong,
/// takes the same time for both, and compares nothing while a name is locked.
pub async fn sign_in(
    cx: &ActCx,
    login: &str,
    password: &str,
    kind: SessionKind,
) -> Outcome<SignedIn> {
    // First in the queue of those who hash, then counted: who only waits has not tried yet.
    let turn = Turn::wait().await?;
    let account = match reserve(cx, login).await? {
        Reserved::Compare(account) => account,
        Reserved::Locked(account, until) => {
            put_on_record(cx, account, login).await?;
            return Err(rules::locked(until).into());
        }
        Reserved::AddressWaits(until) => return Err(too_often(until).into()),
    };
    let known_as = account.as_ref().map(|account| account.id);
    let kept =
        account.as_ref().map(|account| account.password_hash(&cx.hall().keys)).transpose()?;
    let kept = kept.flatten();
    let (keys, given) = (cx.hall().keys.clone(), password.to_owned());
    let compared = kept.clone().unwrap_or_else(PasswordHash::of_nobody);
    let right = turn.slowly(move || compared.matches(&keys, known_as, &given)).await?;
    let (Some(account), Some(proven), true) = (account, kept, right) else {
        put_on_record(cx, known_as, login).await?;
        return Err(rules::wrong_credentials(cx.sign_in_rule().lock).into());
    };
    open(cx, *account, proven, kind).await
}

/// Opens the session of who has proven this password, if it is still the account's; or the second
/// step, where the account has a second factor. Only a whole sign-in forgets the attempts before it.
async fn open(
    cx: &ActCx,
    account: Account,
    proven: PasswordHash,
    kind: SessionKind,
) -> Outcome<SignedIn> {
    let (now, token, address, id) = (cx.now(), Token::mint()?, address_of(cx), account.id);
    let act = Act::new(now, "identity.signed_in", "account", id);
    let (keys, opened, nonce) = (cx.hall().keys.clone(), token.clone(), mint_nonce()?);
    let known = known::known(cx, id);
    let (hall, lock, new) =
        (cx.hall().clone(), cx.sign_in_rule().lock, new_session(cx, &account, kind, None));
    let second = cx.write(move |tx| {
        // The password may have been changed, or the account closed, while it was compared.
        let account = access::account_by_id(tx, id)?
            .filter(|account| account.keeps(&keys, &proven))
            .ok_or_else(|| rules::wrong_credentials(lock))?;
        if account.state != "active" {
            return Err(disabled(&account).into());
        }
        access::give_back(tx, &address, now)?;
        let rule = hall.sign_in.on(now.day());
        let kinds = offered(tx, rule, &account, &access::factors_of(tx, id)?, now)?;
        if !kinds.is_empty() {
            let mac = opened.challenge_mac(&keys);
            access::open_challenge(tx, mac, id, (kind, "pwd"), nonce, now)?;
            return Ok(Some(Second { kinds }));
        }
        known::succeeded(tx, known.as_deref(), id)?;
        access::open_session(tx, &keys, &opened, &new, now)?;
        ledger::record(tx, &who_of(&account), &act)?;
        Ok(None)
    });
    Ok(match second.await? {
        Some(second) => SignedIn::Second(token, second),
        None => SignedIn::Opened(Box::new(account), token),
    })
}

pub(super) fn mint_nonce() -> Result<[u8; 16], base::Fault> {
    let mut nonce = [0u8; 16];
    getrandom::fill(&mut nonce).map_err(|error| base::Fault::said(error.to_string()))?;
    Ok(nonce)
}

/// By what this account may do the second step now, the strongest first.
pub(super) fn offered(
    reader: &Reader<'_>,
    rule: &SignInRule,
    account: &Account,
    factors: &[Factor],
    now: Moment,
) -> Outcome<Vec<FactorKind>> {
    let in_use = |kind: &FactorKind| {
        factors.iter().any(|one| one.kind == *kind && one.state == FactorState::Active)
    };
    let held: Vec<FactorKind> = FactorKind::ALL.into_iter().filter(in_use).collect();
    if held.is_empty() {
        return Ok(held);
    }
    let known = access::known_of(reader, account, None)?;
    Ok(rules::offered(&held, &rule.counting(&known, now)))
}

/// The session that the request of who has proven to be this account opens.
pub(super) fn new_session(
    cx: &ActCx,
    account: &Account,
    kind: SessionKind,
    second: Option<FactorKind>,
) -> NewSession {
    let longest = cx.sign_in_rule().longest_seconds.of(account.kind);
    NewSession {
        replaces: replaced(cx, kind),
        account: account.id,
        kind,
        second,
        device: device_of(cx, kind),
        ends: cx.now().plus_seconds(longest),
    }
}

/// The session that this browser had before: who signs in anew leaves none behind. A program may hold several.
pub(super) fn replaced(cx: &ActCx, kind: SessionKind) -> Option<[u8; 32]> {
    cx.person().filter(|_| kind == SessionKind::Web).map(|person| person.session)
}

/// From where a session is opened.
pub(super) fn device_of(cx: &ActCx, kind: SessionKind) -> Device {
    let browser = match kind {
        SessionKind::Web => rules::browser_said(cx.agent()),
        SessionKind::Api => String::new(),
    };
    Device { browser, place: cx.address().to_string() }
}

pub(super) fn address_of(cx: &ActCx) -> String {
    format!("sign-in {}", cx.neighbourhood())
}

/// Counts an attempt in a transaction of its own.
async fn reserve(cx: &ActCx, login: &str) -> Outcome<Reserved> {
    let (now, login, address) = (cx.now(), login.trim().to_lowercase(), address_of(cx));
    let (unknown, lock) = (format!("sign-in name {}", blind(cx, &login)), cx.sign_in_rule().lock);
    let (held, who) = (Act::new(now, "identity.sign_in_held", "site", "sign-in"), cx.who());
    let browser = (**cx).clone();
    cx.write(move |tx| {
        let hit = access::hit(tx, &address, ADDRESS_FAILURES_MAX, ADDRESS_WINDOW_SECONDS, now)?;
        if let Allowed::NotUntil(until) = hit {
            // Once while it waits: ten thousand tries are one line more on record.
            let first = format!("held {address}");
            if access::hit(tx, &first, 1, ADDRESS_WINDOW_SECONDS, now)? == Allowed::Yes(1) {
                ledger::record(tx, &who, &held)?;
            }
            return Ok(Reserved::AddressWaits(until));
        }
        let account = access::account_by_login(tx, &login)?;
        let attempt = match &account {
            Some(account) => {
                let known = known::known(&browser, account.id);
                known::reserve(tx, known.as_deref(), lock, account.id, now)?
            }
            None => access::reserve_named(tx, lock, &unknown, now)?,
        };
        Ok(match attempt {
            Attempt::Counted => Reserved::Compare(account.map(Box::new)),
            Attempt::LockedUntil(until) => {
                Reserved::Locked(account.map(|account| account.id), until)
            }
        })
    })
    .await
}

fn blind(cx: &ActCx, login: &str) -> String {
    HEXLOWER.encode(&cx.hall().keys.mark(UNKNOWN_LOGIN, login.as_bytes()))
}

/// Said to who has shown the password, or what stands in its place.
pub(super) fn disabled(account: &Account) -> Refusal {
    let refused = |words: String| Refusal::new(RefusalKind::Forbidden, "identity.disabled", words);
    if let Some(day) = account.died_on {
        let words = format!("这个账户已经停用：人口登记显示本人已在{}死亡", day.chinese());
        return refused(words).ground("《中华人民共和国民法典》第十三条").remedy(
            "登记有错的，请本人先到户籍地派出所更正登记，再带身份证到政务服务大厅的窗口恢复账户",
        );
    }
    refused("这个账户已经停用".into()).remedy(match account.kind {
        access::Kind::Staff => "请联系本单位的电子政务管理员",
        access::Kind::Citizen => "请带身份证到政务服务大厅的窗口，由工作人员当面核实后恢复",
    })
}

pub(super) fn too_often(until: Moment) -> Refusal {
    let words = "从这里登录失败的次数太多，请稍后再试";
    Refusal::new(RefusalKind::TooMany, "identity.address_waits", words)
        .remedy(format!("{} 之后可以再试", until.to_minute()))
}

/// Records a failure. What was typed is not put on record: people type a number or a password into
/// the wrong field. Equal names that nobody has can still be told to be equal.
/// From where it came stands beside the act, and is forgotten in its time.
async fn put_on_record(cx: &ActCx, account: Option<Id<Account>>, login: &str) -> Outcome<()> {
    let act = failure(cx, "identity.sign_in_failed", account, login);
    let who = cx.who();
    cx.write(move |tx| ledger::record(tx, &who, &act)).await
}

/// The act of a failure to show who one is.
pub(super) fn failure(
    cx: &ActCx,
    kind: &'static str,
    account: Option<Id<Account>>,
    login: &str,
) -> Act {
    match account {
        Some(account) => Act::new(cx.now(), kind, "account", account),
        None => Act::new(cx.now(), kind, "login", blind(cx, &login.trim().to_lowercase())),
    }
}

/// Ends the session of the request.
pub async fn sign_out(cx: &ActCx) -> Outcome<()> {
    let Some((session, account)) = cx.person().map(|person| (person.session, person.account))
    else {
        return Ok(());
    };
    let (who, act) = (cx.who(), Act::new(cx.now(), "identity.signed_out", "account", account));
    cx.write(move |tx| {
        access::end_session(tx, session)?;
        ledger::record(tx, &who, &act)
    })
    .await
}

/// Ends every session of the person.
pub async fn sign_out_everywhere(cx: &ActCx) -> Outcome<()> {
    let account = cx.signed_in()?.account;
    let act = Act::new(cx.now(), "identity.signed_out_everywhere", "account", account);
    let who = cx.who();
    cx.write(move |tx| {
        access::end_all_sessions(tx, account)?;
        ledger::record(tx, &who, &act)
    })
    .await
}
