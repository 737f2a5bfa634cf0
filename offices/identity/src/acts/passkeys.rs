//! Passkeys: put on record, shown as the second factor, and by citizens alone in the place of name and password.

use access::{Account, Allowed, Factor, FactorKind, FactorState, NewFactor, SessionKind, Token};
use base::{Fault, Id, Moment, Outcome, Stop};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use frame::{ActCx, Cx};
use ledger::Act;
use seal::Keys;
use seal::passkey::{self, Assertion, Holder, NoPasskeys, Passkey, PasskeyError, Site};
use seal::sm3;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::factors::{may_add, settle, told};
use super::prove::prove;
use super::session::{
    ADDRESS_FAILURES_MAX, ADDRESS_WINDOW_SECONDS, address_of, disabled, new_session, too_often,
};
use super::who_of;
use crate::rules;

/// So long may somebody take to sign in by a passkey alone.
const ALONE_SECONDS: i64 = 300;

/// The site whose passkeys count: the address under which the city is configured, whatever a request says.
pub fn site_of(cx: &Cx) -> Result<Site, NoPasskeys> {
    Site::at(&cx.hall().city.url)
}

fn site(cx: &Cx) -> Outcome<Site> {
    Ok(site_of(cx).map_err(|why| rules::unfit_passkey(why.to_string()))?)
}

/// What a new passkey answers: bound to this very session.
pub fn enrolment_challenge(cx: &Cx) -> Option<[u8; 16]> {
    let person = cx.person()?;
    let mac = cx.hall().keys.mac("identity.passkey_nonce", &person.session);
    mac.first_chunk::<16>().copied()
}

/// What a browser handed over, in base 64 for addresses.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The passkey's name.
    pub id: String,
    /// What the browser was asked.
    pub client_data: String,
    /// What the device says.
    pub device_data: String,
    /// The signature over both.
    pub signature: String,
}

fn bytes(text: &str) -> Result<Vec<u8>, PasskeyError> {
    BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| PasskeyError::Unreadable)
}

fn mark_of(id: &[u8]) -> [u8; 32] {
    sm3(&[b"passkey", id])
}

impl Shown {
    /// Whether this passkey has signed the challenge; its new count.
    pub(super) fn by(
        &self,
        site: &Site,
        challenge: &[u8],
        passkey: &Passkey,
        holder: Holder,
    ) -> Result<u32, PasskeyError> {
        let (asked, said) = (bytes(&self.client_data)?, bytes(&self.device_data)?);
        let signature = bytes(&self.signature)?;
        let shown = Assertion { client_data: &asked, device_data: &said, signature: &signature };
        passkey::check(site, challenge, passkey, &shown, holder)
    }

    /// The one of these factors that it is of.
    fn of<'f>(&self, factors: &'f [Factor]) -> Option<(&'f Factor, &'f Passkey)> {
        let id = bytes(&self.id).ok()?;
        factors.iter().filter(|factor| factor.state == FactorState::Active).find_map(|factor| {
            let passkey = factor.passkey.as_ref().filter(|passkey| passkey.id == id)?;
            Some((factor, passkey))
        })
    }

    /// Judges it in the second step: the factor and its new count.
    pub(super) fn in_second(
        &self,
        cx: &Cx,
        nonce: &[u8],
        factors: &[Factor],
    ) -> Outcome<Result<(Id<Factor>, u32), PasskeyError>> {
        let site = site(cx)?;
        let Some((factor, passkey)) = self.of(factors) else {
            return Ok(Err(PasskeyError::BadSignature));
        };
        // The password has been shown: a touch will do.
        let counted = self.by(&site, nonce, passkey, Holder::Present);
        Ok(counted.map(|count| (factor.id, count)))
    }
}

/// Puts a passkey on record that a browser has just made for who is signed in.
pub async fn add_passkey(
    cx: &ActCx,
    name: &str,
    client_data: &str,
    attestation: &str,
    password: &str,
) -> Outcome<()> {
    let name = rules::factor_name(name)?;
    let challenge = enrolment_challenge(cx).unwrap_or_default();
    let site = site(cx)?;
    let made = bytes(client_data)
        .and_then(|asked| Ok((asked, bytes(attestation)?)))
        .and_then(|(asked, made)| passkey::take_new(&site, &challenge, &asked, &made))
        .map_err(|why| rules::unfit_passkey(why.to_string()))?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let new = NewFactor {
        id: Id::mint(now),
        account: cx.signed_in()?.account,
        kind: FactorKind::Passkey,
        name,
        secret_sealed: None,
        certificate: None,
        mark: Some(mark_of(&made.id)),
        passkey: Some(made),
        state: FactorState::Waiting,
    };
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        may_add(tx, &hall, (&account, &actor), new.kind, now)?;
        access::add_factor(tx, &permit, &new, now)?;
        access::confirm_factor(tx, &permit, new.id, 0, now)?;
        settle(tx, &actor, new.kind)?;
        told(tx, &hall, &account, (new.kind, &new.name), true, now)?;
        let act = Act::new(now, "identity.factor_added", "account", account.id)
            .content(json!({ "kind": new.kind.as_str(), "name": new.name }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// A challenge for who signs in by a passkey alone: chance, until when, and a MAC over both. It is kept nowhere
/// until it is used.
pub fn challenge_alone(cx: &Cx) -> Result<String, Fault> {
    let mut nonce = [0u8; 16];
    getrandom::fill(&mut nonce).map_err(|error| Fault::said(error.to_string()))?;
    let ends = cx.now().plus_seconds(ALONE_SECONDS).millis().to_be_bytes();
    let said = [&nonce[..], &ends].concat();
    let mac = mac_alone(&cx.hall().keys, &said);
    Ok(BASE64URL_NOPAD.encode(&[said.as_slice(), &mac].concat()))
}

fn mac_alone(keys: &Keys, said: &[u8]) -> [u8; 32] {
    keys.mac("identity.passkey_alone", said)
}

/// The bytes of a challenge of ours that has not run out.
fn still_good(cx: &Cx, challenge: &str) -> Option<Vec<u8>> {
    let whole = bytes(challenge).ok()?;
    let (said, mac) = whole.split_at_checked(24)?;
    let right: bool = mac_alone(&cx.hall().keys, said).as_slice().ct_eq(mac).into();
    let ends = i64::from_be_bytes(*said.last_chunk::<8>()?);
    (right && cx.now().millis() < ends).then_some(whole)
}

/// What was found of who signs in by a passkey alone.
enum Found {
    Passkey(Box<(Account, Factor)>),
    Nobody,
    AddressWaits(Moment),
}

/// Signs a citizen in by a passkey and nothing else: the device must have found out who holds it. A challenge opens
/// one session at most.
pub async fn sign_in_alone(
    cx: &ActCx,
    challenge: &str,
    shown: &Shown,
) -> Outcome<(Account, Token)> {
    let site = site(cx)?;
    let asked = still_good(cx, challenge).ok_or_else(rules::passkey_over)?;
    let id = bytes(&shown.id).map_err(|why| rules::wrong_passkey(why.to_string()))?;
    let (account, factor) = match find(cx, mark_of(&id)).await? {
        Found::Passkey(found) => *found,
        Found::Nobody => return Err(rules::unknown_passkey().into()),
        Found::AddressWaits(until) => return Err(too_often(until).into()),
    };
    let passkey = factor.passkey.as_ref().ok_or_else(rules::unknown_passkey)?;
    let count = match shown.by(&site, &asked, passkey, Holder::Verified) {
        Ok(count) => count,
        Err(why) => {
            put_on_record(cx, &account, why).await?;
            return Err(rules::wrong_passkey(why.to_string()).into());
        }
    };
    rules::may_enter_alone(&account)?;
    match open(cx, &account, (factor.id, count), &asked).await {
        Ok(token) => Ok((account, token)),
        // A signature that comes again, or a count that another request has passed meanwhile.
        Err(Stop::Refused(refusal)) => {
            let copied = refusal.code == rules::WRONG_PASSKEY;
            record_failed(cx, &account, copied).await?;
            Err(Stop::Refused(refusal))
        }
        Err(fault) => Err(fault),
    }
}

async fn find(cx: &ActCx, mark: [u8; 32]) -> Outcome<Found> {
    let (now, address) = (cx.now(), address_of(cx));
    cx.write(move |tx| {
        let hit = access::hit(tx, &address, ADDRESS_FAILURES_MAX, ADDRESS_WINDOW_SECONDS, now)?;
        if let Allowed::NotUntil(until) = hit {
            return Ok(Found::AddressWaits(until));
        }
        let Some(factor) = access::factor_by_mark(tx, mark)? else { return Ok(Found::Nobody) };
        let account = access::account_by_id(tx, factor.account)?;
        let fits = factor.kind == FactorKind::Passkey && factor.state == FactorState::Active;
        let account = account.filter(|_| fits);
        Ok(account.map_or(Found::Nobody, |one| Found::Passkey(Box::new((one, factor)))))
    })
    .await
}

async fn open(
    cx: &ActCx,
    account: &Account,
    (factor, count): (Id<Factor>, u32),
    challenge: &[u8],
) -> Outcome<Token> {
    let (now, token, address, id) = (cx.now(), Token::mint()?, address_of(cx), account.id);
    let new = new_session(cx, account, SessionKind::Web, Some(FactorKind::Passkey));
    let act = Act::new(now, "identity.signed_in", "account", id)
        .content(json!({ "by": FactorKind::Passkey.as_str() }));
    let (keys, opened) = (cx.hall().keys.clone(), token.clone());
    let used = format!("passkey {}", HEXLOWER.encode(&sm3(&[challenge])));
    cx.write(move |tx| {
        let account = access::account_by_id(tx, id)?.ok_or_else(rules::unknown_passkey)?;
        if account.state != "active" {
            return Err(disabled(&account).into());
        }
        // The first use is the only one, in whichever process.
        if access::hit(tx, &used, 1, 2 * ALONE_SECONDS, now)? != Allowed::Yes(1) {
            return Err(rules::passkey_used().into());
        }
        if !access::take_count(tx, factor, count, now)? {
            let why = PasskeyError::CountedBackwards;
            return Err(rules::wrong_passkey(why.to_string()).into());
        }
        access::give_back(tx, &address, now)?;
        access::open_session(tx, &keys, &opened, &new, now)?;
        access::note_first(tx, opened.mac(&keys), "user")?;
        ledger::record(tx, &who_of(&account), &act)
    })
    .await?;
    Ok(token)
}

/// Records a passkey that was refused; one that counts backwards may have been copied, which auditors look for.
pub(super) async fn put_on_record(cx: &ActCx, account: &Account, why: PasskeyError) -> Outcome<()> {
    record_failed(cx, account, why == PasskeyError::CountedBackwards).await
}

async fn record_failed(cx: &ActCx, account: &Account, copied: bool) -> Outcome<()> {
    let act = Act::new(cx.now(), "identity.second_failed", "account", account.id).content(json!({
        "kind": FactorKind::Passkey.as_str(),
        "copied": copied,
    }));
    let who = cx.who();
    cx.write(move |tx| ledger::record(tx, &who, &act)).await
}
