//! Organs' certificates: a key pair is made here, a licensed service issues, two people take in.

use ::store::Tx;
use access::{Organ, Over, Permit, authorise};
use base::{Fault, FieldError, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use seal::cert::{Certificate, Purpose, Request, Subject, open_enveloped};
use seal::{SigningKey, sm3};
use serde_json::json;
use zeroize::Zeroizing;

use super::authority::proposal;
use super::{proposals, rule};
use crate::rules::{self, check_reason, wrong};
use crate::store::organs as rows;
use crate::terms::organs::{INNER_KEY, KeyState, ORGAN_KEY, OrganKey};
use crate::terms::{DECIDE, Proposal, Wish};

/// An organ by id.
pub async fn organ(cx: &Cx, id: &str) -> Outcome<Organ> {
    let id = id.to_owned();
    let found = cx.read(move |r| access::organ_by_id(r, &id)).await?;
    Ok(found.ok_or_else(|| not_found("这个机关"))?)
}

/// Makes a key pair for an organ, and the request that a licensed service asks for. The private key never
/// leaves the city.
pub async fn make_key(cx: &ActCx, organ: &Organ) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let person = cx.signed_in()?;
    let key = SigningKey::generate();
    let subject = Subject { organization: Some(organ.name.clone()), ..Subject::named(&organ.name) };
    let unfit = |why: seal::cert::CertError| {
        Refusal::new(RefusalKind::Invalid, "certificates.unfit_name", why.to_string())
    };
    let request = Request::make(&subject, &key).map_err(unfit)?;
    let pem = key.to_pem().map_err(Fault::from)?;
    let new = OrganKey {
        id: Id::mint(now),
        organ: organ.id.clone(),
        organ_name: organ.name.clone(),
        secret_sealed: Some(cx.hall().keys.seal(ORGAN_KEY, pem.as_bytes())),
        request: request.der().to_vec(),
        key_mark: HEXLOWER.encode(&sm3(&[&key.public().to_bytes()])),
        keeper: person.account.to_string(),
        keeper_name: person.name.clone(),
        made_at: now,
        state: KeyState::Made,
        signing: None,
        encipherment: None,
        until: None,
        taken_at: None,
    };
    let act = Act::new(now, "certificates.organ_key_made", "organ", &new.organ)
        .content(json!({ "key": new.id.to_string(), "mark": new.key_mark }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        let waits = |one: &OrganKey| matches!(one.state, KeyState::Made | KeyState::HandedIn);
        if rows::keys_of(tx, &new.organ)?.iter().any(waits) {
            let words = "这个机关已经有一把密钥在等证书";
            return Err(Refusal::new(RefusalKind::Conflict, "certificates.key_waits", words)
                .remedy("请先收下它的证书，或者销毁它")
                .into());
        }
        rows::put_key(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Drops a key for which nothing was issued, and destroys it. One person may: it only takes away.
pub async fn drop_key(cx: &ActCx, organ: &str, id: Id<OrganKey>) -> Outcome<()> {
    let (now, actor, organ) = (cx.now(), cx.actor().clone(), organ.to_owned());
    let act = Act::new(now, "certificates.organ_key_dropped", "organ", &organ)
        .content(json!({ "key": id.to_string() }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        let key = rows::key_by_id(tx, id)?.filter(|key| key.organ == organ);
        key.ok_or_else(|| not_found("这把密钥"))?;
        if !rows::drop_key(tx, &permit, id)? {
            let words = "这把密钥已经收到证书，不能销毁";
            return Err(Refusal::new(RefusalKind::Conflict, "certificates.key_used", words).into());
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// What the service has issued, as it is handed in.
#[derive(Clone, Debug, Default)]
pub struct HandedIn {
    /// The certificate for signing, PEM or DER.
    pub signing: Vec<u8>,
    /// The certificate to which others encrypt.
    pub encipherment: Vec<u8>,
    /// Its private key, enclosed for the signing key (GB/T 35276).
    pub enveloped: Vec<u8>,
    /// Why.
    pub reason: String,
}

/// What was read of it.
struct Read {
    signing: Certificate,
    encipherment: Certificate,
    inner: SigningKey,
}

/// Proposes to take in what a service has issued for an organ's key. Both certificates are held against the
/// authorities that are trusted and their lists, here and once more when a second person agrees.
pub async fn propose_taking_in(
    cx: &ActCx,
    key: &OrganKey,
    handed: &HandedIn,
) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let mut errors: Vec<FieldError> = check_reason(&handed.reason).into_iter().collect();
    let secret = opened(cx, key)?;
    let read = read(&secret, handed, &mut errors);
    rules::mended(errors)?;
    let read = read.ok_or_else(|| not_found("这些证书"))?;
    let pem = read.inner.to_pem().map_err(Fault::from)?;
    let inner_sealed = cx.hall().keys.seal(INNER_KEY, pem.as_bytes());
    let until = read.signing.until().min(read.encipherment.until());
    let wish = Wish::TakeIn {
        key: key.id.to_string(),
        organ: key.organ.clone(),
        organ_name: key.organ_name.clone(),
        holder: read.signing.subject(),
        issuer: read.signing.issuer(),
        signing: access::fingerprint_of(&read.signing),
        encipherment: access::fingerprint_of(&read.encipherment),
        until: until.millis(),
    };
    let title = format!("收下{}的签名证书和加密证书", key.organ_name);
    let new = proposal(now, &rule, (wish, key.id.to_string()), (title, &handed.reason));
    let (id, name) = (key.id, key.organ_name.clone());
    proposals::propose(cx, new, move |tx, permit| {
        judged(tx, &name, (&read.signing, &read.encipherment), now)?;
        let parts = (read.signing.der(), read.encipherment.der(), inner_sealed.as_slice());
        if !rows::hand_in(tx, permit, id, parts, until)? {
            return Err(not_waiting().into());
        }
        Ok(())
    })
    .await
}

fn not_waiting() -> Refusal {
    let words = "这把密钥现在不等证书";
    Refusal::new(RefusalKind::Conflict, "certificates.key_not_waiting", words)
}

/// The organ's private key for signing.
fn opened(cx: &Cx, key: &OrganKey) -> Outcome<SigningKey> {
    let sealed = key.secret_sealed.as_ref().ok_or_else(not_waiting)?;
    let pem = Zeroizing::new(cx.hall().keys.unseal(ORGAN_KEY, sealed).map_err(Fault::from)?);
    let text = std::str::from_utf8(&pem).map_err(Fault::from)?;
    Ok(SigningKey::from_pem(text).map_err(Fault::from)?)
}

/// Reads what was handed in, and holds each part against the key that it is for.
fn read(secret: &SigningKey, handed: &HandedIn, errors: &mut Vec<FieldError>) -> Option<Read> {
    let mut certificate = |field: &str, bytes: &[u8]| match Certificate::read(bytes) {
        Ok(read) => Some(read),
        Err(_) if bytes.is_empty() => {
            errors.push(wrong(field, "请粘贴证书"));
            None
        }
        Err(why) => {
            errors.push(wrong(field, why.to_string()));
            None
        }
    };
    let signing = certificate("for_signing", &handed.signing);
    let encipherment = certificate("for_encryption", &handed.encipherment);
    if signing.as_ref().is_some_and(|one| *one.key() != secret.public()) {
        errors.push(wrong("for_signing", "这张证书不是给这把密钥签发的"));
    }
    let inner = match open_enveloped(&handed.enveloped, secret) {
        Ok(inner) => Some(inner),
        Err(_) if handed.enveloped.is_empty() => {
            errors.push(wrong("enveloped", "请粘贴加密私钥"));
            None
        }
        Err(why) => {
            errors.push(wrong("enveloped", why.to_string()));
            None
        }
    };
    if let (Some(inner), Some(encipherment)) = (&inner, &encipherment)
        && inner.public() != *encipherment.key()
    {
        errors.push(wrong("enveloped", "加密私钥和加密证书不是一对"));
    }
    Some(Read { signing: signing?, encipherment: encipherment?, inner: inner? })
}

/// Whether both certificates are in the organ's name and trusted now; everything wrong is told at once.
fn judged(
    tx: &Tx<'_>,
    organ_name: &str,
    (signing, encipherment): (&Certificate, &Certificate),
    now: Moment,
) -> Outcome<()> {
    let trust = access::trust(tx, &[signing, encipherment])?;
    let mut errors = Vec::new();
    let parts = [
        ("for_signing", signing, Purpose::Signature),
        ("for_encryption", encipherment, Purpose::Encipherment),
    ];
    for (field, certificate, purpose) in parts {
        let name = certificate.common_name().unwrap_or_default();
        if name.trim() != organ_name {
            errors.push(wrong(field, format!("证书上的名称是“{name}”，与机关的名称不同")));
        } else if let Err(why) = trust.check(certificate, purpose, now) {
            errors.push(wrong(field, why.to_string()));
        }
    }
    Ok(rules::mended(errors)?)
}

/// Takes in what a proposal has handed in, once more judged as it stands now; gives what the act says.
pub(super) fn take_in(
    tx: &Tx<'_>,
    permit: &Permit,
    wish: &Wish,
    now: Moment,
) -> Outcome<serde_json::Value> {
    let Wish::TakeIn { key, signing, encipherment, until, issuer, .. } = wish else {
        return Err(not_found("这项提议").into());
    };
    let found = rows::key_by_id(tx, key_id(key)?)?.filter(|key| key.state == KeyState::HandedIn);
    let found = found.ok_or_else(not_waiting)?;
    let read = |der: &Option<Vec<u8>>| {
        let read = Certificate::read(der.as_deref().unwrap_or_default());
        read.map_err(super::authority::fault)
    };
    let pair = (read(&found.signing)?, read(&found.encipherment)?);
    judged(tx, &found.organ_name, (&pair.0, &pair.1), now)?;
    if !rows::take_in(tx, permit, &found, now)? {
        return Err(not_waiting().into());
    }
    access::watch(tx, &pair.0)?;
    access::watch(tx, &pair.1)?;
    Ok(json!({
        "key": key, "signing": signing, "encipherment": encipherment, "issuer": issuer,
        "until": until,
    }))
}

/// The key of a proposal.
pub(super) fn key_id(text: &str) -> Result<Id<OrganKey>, Refusal> {
    text.parse().map_err(|_| not_found("这项提议"))
}
