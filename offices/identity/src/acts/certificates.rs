//! Certificates as second factors, and the authorities whose certificates count.

use ::store::Reader;
use access::{Account, FactorKind, FactorState, NewFactor, Over, authorise, fingerprint_of};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx};
use ledger::Act;
use seal::cert::{Certificate, Purpose, RevocationList, Untrusted};
use seal::{PublicKey, sm3};
use serde_json::json;

use super::factors::{may_add, settle, told};
use super::prove::prove;
use crate::rules;
use crate::terms::TRUST;

/// What a certificate's key signs, so that its holder reads what for.
pub fn challenge_text(cx: &Cx, what: &str, login: &str, nonce: &[u8]) -> String {
    let site = &cx.hall().city.url;
    let nonce = HEXLOWER.encode(nonce);
    format!("cityhall\n事项：{what}\n网站：{site}\n账户：{login}\n随机数：{nonce}")
}

/// What the key signs when its certificate is put on record: bound to this very session.
pub fn enrolment_text(cx: &Cx) -> Option<String> {
    let person = cx.person()?;
    let mac = cx.hall().keys.mac("identity.certificate_nonce", &person.session);
    let nonce = mac.get(..16).unwrap_or_default();
    Some(challenge_text(cx, "登记数字证书", &person.login, nonce))
}

/// Whether `signature` (base 64: r‖s, or the DER that certificates use) is the key's over `text`.
pub(super) fn is_signed(key: &PublicKey, text: &str, signature: &str) -> bool {
    frame::serve::signature_of(signature)
        .is_some_and(|signature| key.verify(text.as_bytes(), &signature))
}

/// The certificate that somebody hands in, once they have shown that they hold its key.
pub(super) fn handed_in(cx: &ActCx, pem: &str, signature: &str) -> Outcome<Certificate> {
    let certificate = Certificate::read(pem.as_bytes())
        .map_err(|why| rules::unfit_certificate(why.to_string()))?;
    let text = enrolment_text(cx).unwrap_or_default();
    if !is_signed(certificate.key(), &text, signature) {
        return Err(rules::wrong_second("signature", cx.sign_in_rule().lock).into());
    }
    Ok(certificate)
}

/// Whether a certificate may stand for this account: it is in its holder's name, and it is trusted now.
pub(super) fn fits(
    reader: &Reader<'_>,
    certificate: &Certificate,
    account: &Account,
    now: Moment,
) -> Outcome<()> {
    rules::in_whose_name(&certificate.common_name().unwrap_or_default(), &account.name)?;
    access::trust(reader, &[certificate])?
        .check(certificate, Purpose::Signature, now)
        .map_err(|why| rules::unfit_certificate(why.to_string()).into())
}

/// Puts a certificate on record as a second factor: it is trusted now, and whoever is signed in holds
/// its key.
pub async fn add_certificate(
    cx: &ActCx,
    name: &str,
    pem: &str,
    signature: &str,
    password: &str,
) -> Outcome<()> {
    let name = rules::factor_name(name)?;
    let certificate = handed_in(cx, pem, signature)?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let new = NewFactor {
        id: Id::mint(now),
        account: cx.signed_in()?.account,
        kind: FactorKind::Certificate,
        name,
        secret_sealed: None,
        certificate: Some(certificate.der().to_vec()),
        passkey: None,
        mark: Some(sm3(&[&certificate.key().to_bytes()])),
        state: FactorState::Waiting,
    };
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        may_add(tx, &hall, (&account, &actor), new.kind, now)?;
        fits(tx, &certificate, &account, now)?;
        access::add_factor(tx, &permit, &new, now)?;
        access::confirm_factor(tx, &permit, new.id, 0, now)?;
        settle(tx, &actor, new.kind)?;
        told(tx, &hall, &account, (new.kind, &new.name), true, now)?;
        let act = Act::new(now, "identity.factor_added", "account", account.id).content(json!({
            "kind": new.kind.as_str(), "name": new.name,
            "certificate": fingerprint_of(&certificate), "subject": certificate.subject(),
        }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Proposes an authority whose certificates shall count.
pub async fn propose_authority(cx: &ActCx, pem: &str) -> Outcome<()> {
    let certificate = Certificate::read(pem.as_bytes())
        .map_err(|why| rules::unfit_certificate(why.to_string()))?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = authority_act(cx, "identity.authority_proposed", &fingerprint_of(&certificate))
        .content(json!({ "subject": certificate.subject() }));
    let (from, until) = (certificate.from(), certificate.until());
    let untimely = (now < from).then_some(Untrusted::NotYetValid(from));
    if let Some(why) = untimely.or((now > until).then_some(Untrusted::Expired(until))) {
        return Err(rules::unfit_certificate(why.to_string()).into());
    }
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TRUST, Over::City)?;
        access::propose_authority(tx, &permit, &certificate)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

fn authority_act(cx: &Cx, kind: &'static str, fingerprint: &str) -> Act {
    Act::new(cx.now(), kind, "authority", fingerprint)
}

/// Agrees to a proposed authority: another person than who proposed it.
pub async fn agree_authority(cx: &ActCx, fingerprint: &str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = authority_act(cx, "identity.authority_trusted", fingerprint);
    let fingerprint = fingerprint.to_owned();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TRUST, Over::City)?;
        access::agree_authority(tx, &permit, &fingerprint, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Ends the trust in an authority: its certificates sign nobody in from now on.
pub async fn end_authority(cx: &ActCx, fingerprint: &str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = authority_act(cx, "identity.authority_ended", fingerprint);
    let fingerprint = fingerprint.to_owned();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TRUST, Over::City)?;
        if access::end_authority(tx, &permit, &fingerprint, now)? {
            ledger::record(tx, permit.who(), &act)?;
        }
        Ok(())
    })
    .await
}

/// Takes in a revocation list.
pub async fn put_list(cx: &ActCx, pem: &str) -> Outcome<()> {
    let list = RevocationList::read(pem.as_bytes()).map_err(|why| {
        Refusal::new(RefusalKind::Invalid, "identity.unfit_list", why.to_string())
            .field("list", why.to_string())
    })?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    access::have_read(list.clone());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TRUST, Over::City)?;
        let authority = access::put_list(tx, &permit, &list)?;
        let act = Act::new(now, "identity.list_taken_in", "authority", &authority)
            .content(json!({ "number": list.number(), "revoked": list.len() }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
