//! The verbs: sign in and out, register, reset a password, open accounts, give posts.

use access::{
    Account, Actor, Allowed, Holding, Kind, NewAccount, NewOrgan, Over, PasswordHash, SessionKind,
    Token, authorise,
};
use base::{CitizenNumber, Day, Fault, Id, Moment, Outcome, PersonName, Phone, Refusal, RefusalKind};
use data_encoding::BASE32_NOPAD;
use frame::{ActCx, not_found};
use ledger::Act;
use population_contract::NameMatches;
use seal::Keys;
use serde_json::json;

use crate::rules::{self, Agreed};
use crate::store;
use crate::terms::{ADMINISTER, GRANT, OWN, REGISTER, RESET, Reset, ResetState};

/// Wrong sign-ins from one address within ten minutes before it must wait.
const ADDRESS_FAILURES_MAX: i64 = 20;
const ADDRESS_WINDOW_SECONDS: i64 = 600;
/// A one-time code is good for a day.
const CODE_SECONDS: i64 = 24 * 3_600;

/// A one-time code: ten characters of base 32, shown once.
pub fn mint_code() -> Result<String, Fault> {
    let mut bytes = [0u8; 6];
    getrandom::fill(&mut bytes).map_err(|error| Fault::said(error.to_string()))?;
    let mut code = BASE32_NOPAD.encode(&bytes).to_lowercase();
    code.truncate(10);
    // 0, 1 and 8 are not in this alphabet, and o and l are read as letters: nothing is mistaken.
    Ok(code)
}

/// Hashes or compares off the async threads: it takes tens of milliseconds by design.
async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::from)?
}

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
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let (keys, given) = (cx.hall().keys.clone(), password.to_owned());
    let known = hash.is_some();
    let right = slowly(move || {
        hash.unwrap_or_else(PasswordHash::of_nobody).matches(&keys, &given)
    })
    .await?;
    let Some(account) = account.filter(|_| known && right) else {
        return Err(failed(cx, login, throttle).await?.into());
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

fn who_of(account: &Account) -> ledger::Who {
    ledger::Who {
        account: Some(account.id.to_string()),
        name: account.name.clone(),
        post: String::new(),
        organ: String::new(),
        organ_name: String::new(),
    }
}

fn too_often(until: Moment) -> Refusal {
    let words = "从这里登录失败的次数太多，请稍后再试";
    Refusal::new(RefusalKind::TooMany, "identity.address_waits", words)
        .remedy(format!("{} 之后可以再试", until.to_minute()))
}

async fn failed(cx: &ActCx, login: &str, throttle: String) -> Outcome<Refusal> {
    let (now, login) = (cx.now(), login.trim().to_lowercase());
    let act = Act::new(now, "identity.sign_in_failed", "login", &login)
        .content(json!({ "address": cx.address().to_string() }));
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

/// What a citizen enters to register.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Login name.
    pub account: String,
    /// Name.
    pub name: String,
    /// Citizen number.
    pub number: String,
    /// Mobile phone.
    pub phone: String,
    /// Mail address; may be empty.
    pub email: String,
    /// Password.
    pub password: String,
    /// The password again.
    pub again: String,
}

/// Checks what was entered, field by field; all mistakes are told at once.
pub fn check_registration(entered: &Registration) -> Result<(), Refusal> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "identity.registration", "有几处需要修改");
    let mut note = |field: &str, words: Option<String>| {
        if let Some(words) = words {
            refusal.fields.push(base::FieldError { field: field.into(), message: words });
        }
    };
    note("name", entered.name.parse::<PersonName>().err().map(|e| e.to_string()));
    note("number", entered.number.parse::<CitizenNumber>().err().map(|e| e.to_string()));
    note("phone", entered.phone.parse::<Phone>().err().map(|e| e.to_string()));
    let email = entered.email.trim();
    let looks_like_mail = email.is_empty()
        || email.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.'));
    note("email", (!looks_like_mail).then(|| "邮箱地址不完整，例如 name@example.com".to_owned()));
    note("account", rules::check_login(entered.account.trim()).err().map(|r| r.message));
    let strength = access::check_strength(entered.account.trim(), &entered.password);
    note("password", strength.err().map(|weakness| weakness.to_string()));
    let differs = entered.password != entered.again;
    note("again", differs.then(|| "两次输入的密码不一样".to_owned()));
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// Registers a citizen. Name and number are compared with the register of residents: agreement
/// makes the account a real-name one.
pub async fn register(cx: &ActCx, entered: Registration) -> Outcome<Id<Account>> {
    check_registration(&entered)?;
    let now = cx.now();
    let number: CitizenNumber = entered.number.parse().map_err(Fault::from)?;
    let name: PersonName = entered.name.parse().map_err(Fault::from)?;
    let phone: Phone = entered.phone.parse().map_err(Fault::from)?;
    let question = NameMatches { number: number.to_string(), name: name.to_string() };
    let matches = cx.ask("identity", "register", &question).await?;
    let real_name = match matches.value {
        Some(true) => true,
        Some(false) => {
            let words = "姓名与身份证号码对不上，请核对";
            return Err(Refusal::new(RefusalKind::Invalid, "identity.name_differs", words)
                .field("name", words)
                .remedy("核对无误的，请带身份证到户籍地派出所核对登记信息")
                .into());
        }
        None => false,
    };
    let (keys, password) = (cx.hall().keys.clone(), entered.password.clone());
    let hash = slowly(move || PasswordHash::new(&keys, &password)).await?;
    let email = entered.email.trim();
    let new = NewAccount {
        id: Id::mint(now),
        login: entered.account.trim().to_lowercase(),
        kind: Kind::Citizen,
        name: name.to_string(),
        password: Some(hash),
        number: Some(number.to_string()),
        phone: Some(phone.to_string()),
        email: (!email.is_empty()).then(|| email.to_owned()),
        real_name,
    };
    open_citizen(cx, new, matches.ask_id.to_string()).await
}

async fn open_citizen(cx: &ActCx, new: NewAccount, ask: String) -> Outcome<Id<Account>> {
    let (now, actor, keys, id) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone(), new.id);
    let act = Act::new(now, "identity.registered", "account", id)
        .content(json!({ "login": new.login, "real_name": new.real_name, "ask": ask }));
    let holding = citizen_holding(id, now);
    let already = cx.person().is_some();
    if already {
        let words = "您已经登录，不用再注册";
        return Err(Refusal::new(RefusalKind::Conflict, "identity.signed_in", words).into());
    }
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
        access::create_account(tx, &permit, &keys, &new, now)?;
        access::give_holding(tx, &permit, &holding)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// The post every citizen holds.
pub fn citizen_holding(account: Id<Account>, now: Moment) -> Holding {
    Holding {
        id: Id::mint(now),
        account,
        role: "citizen".into(),
        organ: String::new(),
        post: "个人用户".into(),
        from: now.day(),
        until: None,
    }
}

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

/// Opens a staff account. Gives the one-time code to hand over, once.
pub async fn open_staff(cx: &ActCx, login: &str, name: &str) -> Outcome<String> {
    rules::check_login(login.trim())?;
    let name: PersonName = name.parse().map_err(|error: base::BadName| {
        Refusal::new(RefusalKind::Invalid, "identity.bad_name", error.to_string())
            .field("name", error.to_string())
    })?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let code = mint_code()?;
    let new = staff_account(Id::mint(now), login.trim(), &name.to_string());
    let act = Act::new(now, "identity.account_opened", "account", new.id)
        .content(json!({ "login": new.login, "name": new.name }));
    let issued = code.clone();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        access::create_account(tx, &permit, &keys, &new, now)?;
        access::issue_code(tx, &permit, &keys, new.id, &issued, now.plus_seconds(CODE_SECONDS))?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(code)
}

/// A staff account without a password.
pub fn staff_account(id: Id<Account>, login: &str, name: &str) -> NewAccount {
    NewAccount {
        id,
        login: login.to_lowercase(),
        kind: Kind::Staff,
        name: name.to_owned(),
        password: None,
        number: None,
        phone: None,
        email: None,
        real_name: true,
    }
}

/// Enters an organ or brings one up to date.
pub async fn put_organ(cx: &ActCx, organ: NewOrgan) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.organ_entered", "organ", &organ.id)
        .content(json!({ "name": organ.name, "parent": organ.parent, "code": organ.code }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        access::put_organ(tx, &permit, &organ)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Gives a post.
pub async fn give_post(
    cx: &ActCx,
    account: Id<Account>,
    role: &str,
    organ: &str,
    post: &str,
) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let known = access::ROLES.iter().any(|known| {
        known.name == role && !matches!(known.name, "anyone" | "citizen")
    });
    if !known {
        return Err(not_found("这个角色").into());
    }
    let title = if post.trim().is_empty() { access::role_title(role) } else { post.trim() };
    let holding = Holding {
        id: Id::mint(now),
        account,
        role: role.to_owned(),
        organ: organ.to_owned(),
        post: title.to_owned(),
        from: now.day(),
        until: None,
    };
    let act = Act::new(now, "identity.post_given", "account", account)
        .content(json!({ "role": role, "organ": organ, "post": holding.post }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &GRANT, Over::City)?;
        if permit.account() == account.to_string() {
            let words = "不能给自己授予岗位";
            return Err(Refusal::new(RefusalKind::Forbidden, "identity.own_post", words).into());
        }
        let found = access::account_by_id(tx, account)?.filter(|found| found.kind == Kind::Staff);
        found.ok_or_else(|| not_found("这个人员账户"))?;
        access::organ_by_id(tx, &holding.organ)?.ok_or_else(|| not_found("这个机构"))?;
        access::give_holding(tx, &permit, &holding)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Ends a post as of yesterday: it is gone with the next click.
pub async fn end_post(cx: &ActCx, account: Id<Account>, holding: Id<Holding>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let last: Day = now.day().plus(-1);
    let act = Act::new(now, "identity.post_ended", "account", account)
        .content(json!({ "holding": holding.to_string() }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &GRANT, Over::City)?;
        if !access::end_holding(tx, &permit, holding, last)? {
            return Err(not_found("这个岗位").into());
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Disables a staff account, or enables it again.
pub async fn set_state(cx: &ActCx, account: Id<Account>, state: &'static str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.account_state", "account", account)
        .content(json!({ "state": state }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        if permit.account() == account.to_string() {
            let words = "不能停用自己的账户";
            return Err(Refusal::new(RefusalKind::Conflict, "identity.own_state", words).into());
        }
        access::set_state(tx, &permit, account, state)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Founds the identity of a new city inside the founding transaction: the root organ and the three
/// administrators, each with a one-time code.
pub fn found(
    tx: &::store::Tx<'_>,
    keys: &Keys,
    root: &NewOrgan,
    admins: &[(Id<Account>, &str, &str, String)],
    now: Moment,
) -> Outcome<()> {
    let permit = access::clockwork("identity.found");
    access::put_organ(tx, &permit, root)?;
    for (id, role, name, code) in admins {
        access::create_account(tx, &permit, keys, &staff_account(*id, role, name), now)?;
        access::issue_code(tx, &permit, keys, *id, code, now.plus_seconds(7 * CODE_SECONDS))?;
        access::give_holding(
            tx,
            &permit,
            &Holding {
                id: Id::mint(now),
                account: *id,
                role: (*role).to_owned(),
                organ: root.id.clone(),
                post: access::role_title(role).to_owned(),
                from: now.day(),
                until: None,
            },
        )?;
    }
    Ok(())
}

/// Nobody in particular, for acts done before anyone is signed in.
pub fn nobody(now: Moment) -> Actor {
    Actor::Nobody { at: now }
}
