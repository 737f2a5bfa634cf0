//! Signing in by another identity platform: begun here, shown there, finished here. What the platform says
//! is checked outside of any transaction; what it means here is decided inside one.

mod turns;

use access::{
    Account, Allowed, Device, FactorKind, Kind, Level, NewAccount, NewSession, OfBoth, Over, Proof,
    SessionKind, Token, authorise,
};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use frame::{ActCx, Cx, IdentityProvider, not_found};
use ledger::Act;
use seal::Keys;
use serde_json::{Value, json};
use store::{Reader, Tx};
use subtle::ConstantTimeEq;

use self::turns::asked;
use super::holder::died_on;
use super::session::{device_of, disabled, mint_nonce, offered, replaced};
use super::{citizen_holding, who_of};
use crate::rules::providers::{
    away, begun_elsewhere, check_token, failed, may_sign_in, not_begun, of_dead, stated,
};
use crate::store::providers as rows;
use crate::terms::providers::{PENDING, Pending, STATED, Stated};
use crate::terms::{OWN, REGISTER};
use crate::wire::jose::{NotSigned, Unchecked};
use crate::wire::provider::{Known, Trouble, kept, known, redeem, user_info};

/// A sign-in at a platform may take so long.
pub(crate) const PENDING_SECONDS: i64 = 600;
/// What a platform said is decided upon within so long.
const STATED_SECONDS: i64 = 600;
/// Sign-ins begun from one address within ten minutes.
const BEGUN_MAX: i64 = 60;
const BEGUN_SECONDS: i64 = 600;

/// The platform of this name.
pub(crate) fn provider(cx: &Cx, id: &str) -> Result<IdentityProvider, Refusal> {
    let found = cx.hall().providers.iter().find(|provider| provider.id == id);
    found.cloned().ok_or_else(|| not_found("这个身份认证平台"))
}

/// Where a platform sends people back to.
fn back_to(cx: &Cx, provider: &IdentityProvider) -> String {
    format!("{}/sign-in/back/{}", cx.hall().city.url, provider.id)
}

fn state_mac(keys: &Keys, state: &str) -> [u8; 32] {
    keys.mac("identity.pending.state", state.as_bytes())
}

/// Who somebody is at a platform: its issuer is part of it, so that two platforms never mean one another's.
fn subject_mac(keys: &Keys, provider: &IdentityProvider, sub: &str) -> [u8; 32] {
    keys.mac("identity.links.subject", format!("{}\n{sub}", provider.issuer).as_bytes())
}

async fn known_now(cx: &Cx, provider: &IdentityProvider, anew: bool) -> Outcome<Known> {
    let now = cx.now();
    if let Some(kept) = kept(provider, now).filter(|_| !anew) {
        return Ok(kept);
    }
    let found = asked(provider, move |provider| known(provider, now, anew)).await?;
    Ok(found.map_err(|_| away(provider))?)
}

/// Begins a sign-in: the address at the platform, and the state that this browser keeps.
pub(crate) async fn begin(
    cx: &ActCx,
    provider: &IdentityProvider,
    next: &str,
) -> Outcome<(String, Token)> {
    let known = known_now(cx, provider, false).await?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let (state, nonce, verifier) = (Token::mint()?, Token::mint()?, Token::mint()?);
    let pending = Pending {
        provider: provider.id.clone(),
        nonce: nonce.as_str().to_owned(),
        verifier: verifier.as_str().to_owned(),
        next: next.to_owned(),
    };
    let plain = serde_json::to_vec(&pending).map_err(Fault::from)?;
    let (sealed, mac) = (keys.seal(PENDING, &plain), state_mac(&keys, state.as_str()));
    let place = format!("provider {}", cx.neighbourhood());
    let allowed = cx
        .write(move |tx| {
            let hit = access::hit(tx, &place, BEGUN_MAX, BEGUN_SECONDS, now)?;
            if let Allowed::Yes(_) = hit {
                let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
                rows::put_pending(
                    tx,
                    &permit,
                    mac,
                    &sealed,
                    now.plus_seconds(PENDING_SECONDS),
                    now,
                )?;
            }
            Ok(hit)
        })
        .await?;
    if let Allowed::NotUntil(until) = allowed {
        return Err(super::session::too_often(until).into());
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_str().as_bytes());
    let asks = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &back_to(cx, provider)),
        ("scope", &provider.scopes.join(" ")),
        ("state", state.as_str()),
        ("nonce", nonce.as_str()),
        ("code_challenge", &BASE64URL_NOPAD.encode(digest.as_ref())),
        ("code_challenge_method", "S256"),
    ];
    Ok((crate::rules::openid::answer_at(&known.places.authorization_endpoint, &asks), state))
}

/// What a finished sign-in leads to.
pub(crate) enum Finished {
    /// A session, and where the person was going.
    Opened(Account, Token, String),
    /// The account has a second step of its own: the token of the step, by what, and where the person was going.
    Second(Token, Vec<FactorKind>, String),
    /// Nobody here is linked yet: what the platform said, sealed for the next step.
    Stranger(Stated, String),
}

/// Finishes a sign-in by what the platform sent back. `kept` is what this browser keeps of it.
pub(crate) async fn finish(
    cx: &ActCx,
    provider: &IdentityProvider,
    (code, state): (&str, &str),
    kept: Option<&str>,
) -> Outcome<Finished> {
    let pending = taken(cx, provider, state, kept).await?;
    match checked(cx, provider, code, &pending).await {
        Ok(stated) => enter(cx, provider, stated).await,
        Err(stop) => {
            if let Some(refusal) = stop.refusal() {
                put_on_record(cx, provider, refusal.code).await?;
            }
            Err(stop)
        }
    }
}

/// The sign-in that was begun, used up whatever comes of it.
async fn taken(
    cx: &ActCx,
    provider: &IdentityProvider,
    state: &str,
    kept: Option<&str>,
) -> Outcome<Pending> {
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let mac = state_mac(&keys, state);
    let sealed = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
            rows::take_pending(tx, &permit, mac, now)
        })
        .await?;
    let plain = sealed.and_then(|sealed| keys.unseal(PENDING, &sealed).ok());
    let pending: Option<Pending> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    // Somebody else's browser has begun it: who follows a planted address is not signed in as another.
    let pending = pending.filter(|pending| pending.provider == provider.id);
    let pending = pending.ok_or_else(not_begun)?;
    if kept != Some(state) {
        let refusal = begun_elsewhere();
        put_on_record(cx, provider, refusal.code).await?;
        return Err(refusal.into());
    }
    Ok(pending)
}

/// What the platform says of the person, after every check.
async fn checked(
    cx: &Cx,
    provider: &IdentityProvider,
    code: &str,
    pending: &Pending,
) -> Outcome<Stated> {
    let now = cx.now();
    let mut known = known_now(cx, provider, false).await?;
    let (there, code, back) = (known.clone(), code.to_owned(), back_to(cx, provider));
    let verifier = pending.verifier.clone();
    let given = asked(provider, move |p| redeem(p, &there, &code, &back, &verifier)).await?;
    let given = given.map_err(|trouble| match trouble {
        Trouble::Away => away(provider),
        Trouble::Refused => failed(provider, "identity.provider_code", "它不认这次登录的代码"),
    })?;
    let unreadable = || failed(provider, "identity.provider_token", "凭证读不懂");
    let token = Unchecked::read(&given.id_token).ok_or_else(unreadable)?;
    // It may sign by a key that is newer than what we keep.
    let mut claims = token.clone().signed_by_one(&known.keys);
    if claims.is_err() {
        known = known_now(cx, provider, true).await?;
        claims = token.signed_by_one(&known.keys);
    }
    let mut claims = claims.map_err(|why| match why {
        NotSigned::Wrong => failed(provider, "identity.provider_signature", "凭证的签名不对"),
        NotSigned::OtherCurve => {
            let words = "它签发凭证用的密钥不在 P-256 曲线上，本网站不能核对";
            failed(provider, "identity.provider_curve", words)
        }
    })?;
    let sub = check_token(provider, &claims, pending, now)?;
    let wanted = [Some(&provider.name_claim), provider.number_claim.as_ref()];
    if wanted.into_iter().flatten().any(|name| !claims.contains_key(name.as_str())) {
        let told = asked(provider, move |_| user_info(&known, &given.access_token)).await?;
        let told = told.map_err(|_| away(provider))?;
        if told.get("sub").and_then(Value::as_str).is_some_and(|other| other != sub) {
            return Err(
                failed(provider, "identity.provider_other", "它前后说的不是同一个人").into()
            );
        }
        for (name, value) in told {
            claims.entry(name).or_insert(value);
        }
    }
    Ok(stated(provider, sub, &claims, pending, now))
}

async fn put_on_record(cx: &ActCx, provider: &IdentityProvider, code: &str) -> Outcome<()> {
    let act = Act::new(cx.now(), "identity.provider_failed", "provider", &provider.id)
        .content(json!({ "code": code }));
    let who = cx.who();
    cx.write(move |tx| ledger::record(tx, &who, &act)).await
}

/// The account to which this belongs: that of the link, or the one whose proven number it is.
fn belongs_to(
    tx: &Reader<'_>,
    keys: &Keys,
    mac: [u8; 32],
    stated: &Stated,
) -> Outcome<Option<(Account, bool)>> {
    let linked = match rows::account_of(tx, mac)? {
        Some(id) => access::account_by_id(tx, id)?.filter(|account| account.state != "closed"),
        None => None,
    };
    if let Some(account) = linked {
        return Ok(Some((account, false)));
    }
    let Some(number) = &stated.number else { return Ok(None) };
    Ok(access::account_by_number(tx, keys, number)?.map(|account| (account, true)))
}

/// Nobody is signed in or proven to be somebody in the name of who has died: a death is announced once, and a platform may
/// come after it. The look is on record; where the number was shown before, the account is disabled with the death.
async fn living(cx: &ActCx, provider: &IdentityProvider, stated: &Stated) -> Outcome<()> {
    let Some(number) = &stated.number else { return Ok(()) };
    let Some(died) = died_on(cx, "platform", number).await? else { return Ok(()) };
    put_on_record(cx, provider, "identity.platform_says_living").await?;
    Err(of_dead(provider, died).into())
}

async fn enter(cx: &ActCx, provider: &IdentityProvider, stated: Stated) -> Outcome<Finished> {
    let (keys, mac) = (cx.hall().keys.clone(), subject_mac(&cx.hall().keys, provider, &stated.sub));
    let said = stated.clone();
    let before = cx.read(move |r| belongs_to(r, &keys, mac, &said)).await?;
    if before.is_some_and(|(account, _)| !account.real_name && account.state == "active") {
        living(cx, provider, &stated).await?;
    }
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let (token, mac) = (Token::mint()?, subject_mac(&cx.hall().keys, provider, &stated.sub));
    let (opened, named, said) = (token.clone(), provider.clone(), stated.clone());
    let (here, hall, nonce) = (Here::of_request(cx), cx.hall().clone(), mint_nonce()?);
    let account = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
            let Some((account, by_number)) = belongs_to(tx, &keys, mac, &said)? else {
                return Ok(None);
            };
            if account.state != "active" {
                return Err(disabled(&account).into());
            }
            may_sign_in(&named, account.kind)?;
            if by_number {
                let pair = (named.id.as_str(), named.name.as_str());
                rows::put_link(tx, &permit, mac, account.id, pair, now)?;
                let act = linked_act(&named, &account, "number", now);
                ledger::record(tx, &who_of(&account), &act)?;
            }
            rows::touch_link(tx, &permit, mac, now)?;
            // Whom another platform names has shown what a password shows, and no more.
            let factors = access::factors_of(tx, account.id)?;
            let kinds = offered(tx, hall.sign_in.on(now.day()), &account, &factors, now)?;
            if kinds.is_empty() {
                open(tx, &keys, &named, &account, (&opened, &here.of(&account, now)), now)?;
            } else {
                let (mac, way) = (opened.challenge_mac(&keys), (SessionKind::Web, "ext"));
                access::open_challenge(tx, mac, account.id, way, nonce, now)?;
            }
            Ok(Some((account, kinds)))
        })
        .await?;
    Ok(match account {
        Some((account, kinds)) if kinds.is_empty() => Finished::Opened(account, token, stated.next),
        Some((_, kinds)) => Finished::Second(token, kinds, stated.next),
        None => {
            let browser = Token::mint()?.as_str().to_owned();
            let stated = Stated { browser, ..stated };
            let plain = serde_json::to_vec(&stated).map_err(Fault::from)?;
            let sealed = BASE64URL_NOPAD.encode(&cx.hall().keys.seal(STATED, &plain));
            Finished::Stranger(stated, sealed)
        }
    })
}

fn linked_act(provider: &IdentityProvider, account: &Account, by: &str, now: Moment) -> Act {
    Act::new(now, "identity.provider_linked", "account", account.id)
        .content(json!({ "provider": provider.id, "name": provider.name, "by": by }))
}

/// Where a request comes from, for the session of whomever it turns out to be.
#[derive(Clone)]
struct Here {
    replaces: Option<[u8; 32]>,
    device: Device,
    longest: OfBoth,
}

impl Here {
    fn of_request(cx: &ActCx) -> Self {
        Self {
            replaces: replaced(cx, SessionKind::Web),
            device: device_of(cx, SessionKind::Web),
            longest: cx.sign_in_rule().longest_seconds,
        }
    }

    fn of(&self, account: &Account, now: Moment) -> NewSession {
        NewSession {
            replaces: self.replaces,
            account: account.id,
            kind: SessionKind::Web,
            second: None,
            device: self.device.clone(),
            ends: now.plus_seconds(self.longest.of(account.kind)),
        }
    }
}

fn open(
    tx: &Tx<'_>,
    keys: &Keys,
    provider: &IdentityProvider,
    account: &Account,
    (token, new): (&Token, &NewSession),
    now: Moment,
) -> Outcome<()> {
    access::open_session(tx, keys, token, new, now)?;
    access::note_first(tx, token.mac(keys), "ext")?;
    let act = Act::new(now, "identity.signed_in", "account", account.id)
        .content(json!({ "provider": provider.id, "name": provider.name }));
    ledger::record(tx, &who_of(account), &act)
}

/// What a platform said, as a page has carried it, if it is ours and not too old.
/// `kept` is the mark in the browser that goes on with it: an address that somebody else has planted leads nowhere.
pub(crate) fn carried(
    cx: &Cx,
    (text, kept): (&str, Option<&str>),
) -> Result<(IdentityProvider, Stated), Refusal> {
    let keys = &cx.hall().keys;
    let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let plain = sealed.and_then(|sealed| keys.unseal(STATED, &sealed).ok());
    let stated: Option<Stated> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    let is_mark = |kept: &str, mark: &str| bool::from(kept.as_bytes().ct_eq(mark.as_bytes()));
    let in_time = |one: &Stated| one.at.plus_seconds(STATED_SECONDS) >= cx.now();
    let stated = stated.filter(in_time).ok_or_else(not_begun)?;
    if !kept.is_some_and(|kept| !kept.is_empty() && is_mark(kept, &stated.browser)) {
        return Err(begun_elsewhere());
    }
    Ok((provider(cx, &stated.provider)?, stated))
}

/// Joins what a platform said to the account of who is signed in. A number that the platform proves and
/// the account states is proven with it.
pub(crate) async fn join(cx: &ActCx, carried_on: (&str, Option<&str>)) -> Outcome<String> {
    let (provider, stated) = carried(cx, carried_on)?;
    living(cx, &provider, &stated).await?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let (id, mac) = (cx.signed_in()?.account, subject_mac(&keys, &provider, &stated.sub));
    let next = stated.next.clone();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        let account = access::account_by_id(tx, id)?.ok_or_else(|| not_found("您的账户"))?;
        may_sign_in(&provider, account.kind)?;
        if let Some((other, _)) = belongs_to(tx, &keys, mac, &stated)?
            && other.id != id
        {
            let words = "它已经连着本站的另一个账户，或者那个账户核实过同一个身份证号码";
            return Err(Refusal::new(RefusalKind::Conflict, "identity.provider_taken", words)
                .remedy("请退出，直接用它登录")
                .into());
        }
        rows::put_link(tx, &permit, mac, id, (&provider.id, &provider.name), now)?;
        ledger::record(tx, permit.who(), &linked_act(&provider, &account, "holder", now))?;
        let same = stated.number.is_some() && account.number(&keys) == stated.number;
        if same && account.level() < Level::Proven {
            match account.real_name {
                true => access::raise_proof(tx, &permit, id, Proof::Platform)?,
                false => access::prove_number(tx, &permit, &keys, id, Proof::Platform)?,
            }
            let act = Act::new(now, "identity.number_proven", "account", id)
                .content(json!({ "by": provider.name, "provider": provider.id }));
            ledger::record(tx, permit.who(), &act)?;
        }
        Ok(())
    })
    .await?;
    Ok(next)
}

/// Opens an account for whom a platform named. It has no password until its holder sets one.
pub(crate) async fn register_stated(
    cx: &ActCx,
    carried_on: (&str, Option<&str>),
) -> Outcome<(Account, Token, String)> {
    let (provider, stated) = carried(cx, carried_on)?;
    if stated.name.is_empty() {
        let words = "它没有告诉本站您的姓名，不能直接开立账户";
        return Err(failed(&provider, "identity.provider_nameless", words)
            .remedy("请先注册，再连上")
            .into());
    }
    living(cx, &provider, &stated).await?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let (token, mac) = (Token::mint()?, subject_mac(&keys, &provider, &stated.sub));
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| Fault::said(error.to_string()))?;
    let new = NewAccount {
        id: Id::mint(now),
        login: format!("u{}", BASE32_NOPAD.encode(&bytes).to_lowercase()),
        kind: Kind::Citizen,
        name: stated.name.clone(),
        password: None,
        real_name: stated.number.is_some(),
        number: stated.number.clone(),
        phone: None,
        email: None,
    };
    let (holding, opened, next) =
        (citizen_holding(new.id, now), token.clone(), stated.next.clone());
    let here = Here::of_request(cx);
    let account = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
            if belongs_to(tx, &keys, mac, &stated)?.is_some() {
                return Err(not_begun().into());
            }
            access::create_account(tx, &permit, &keys, &new, now)?;
            access::raise_proof(tx, &permit, new.id, Proof::Platform)?;
            access::give_holding(tx, &permit, &holding)?;
            let act = Act::new(now, "identity.registered", "account", new.id).content(json!({
                "login": new.login, "real_name": new.real_name, "provider": provider.id,
                "proven_by": new.real_name.then_some(&provider.name),
            }));
            ledger::record(tx, permit.who(), &act)?;
            rows::put_link(tx, &permit, mac, new.id, (&provider.id, &provider.name), now)?;
            let account = access::account_by_id(tx, new.id)?;
            let account = account.ok_or_else(|| Fault::said("an account that was just opened"))?;
            ledger::record(
                tx,
                &who_of(&account),
                &linked_act(&provider, &account, "register", now),
            )?;
            open(tx, &keys, &provider, &account, (&opened, &here.of(&account, now)), now)?;
            Ok(account)
        })
        .await?;
    Ok((account, token, next))
}

/// Takes the link with a platform away, where there is another way to sign in.
pub(crate) async fn end_link(cx: &ActCx, provider: &str) -> Outcome<()> {
    let (now, actor, id) = (cx.now(), cx.actor().clone(), cx.signed_in()?.account);
    let provider = provider.to_owned();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        let account = access::account_by_id(tx, id)?;
        if account.is_some_and(|account| account.password.is_none()) {
            let words = "这个账户没有密码，断开以后就不能登录了";
            return Err(Refusal::new(RefusalKind::Conflict, "identity.only_way_in", words)
                .remedy("请先在“我的账户”里设置密码")
                .into());
        }
        if !rows::end_links(tx, &permit, id, &provider)? {
            return Err(not_found("这个身份认证平台").into());
        }
        let act = Act::new(now, "identity.provider_unlinked", "account", id)
            .content(json!({ "provider": provider }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
