//! The demo's certificates and second factors: one official signs in with a code, one with a certificate, and
//! all sign what they decide.

use std::path::Path;

use access::{Account, CodeSecret, FactorKind, FactorState, NewFactor, Signer, confirm_factor};
use base::{Fault, Id, Moment, Outcome, Stop};
use data_encoding::BASE32_NOPAD;
use frame::Hall;
use ledger::Act;
use seal::cert::{Authority, Certificate, Issue, Profile, Serial, Subject};
use seal::{SigningKey, sm3};
use serde_json::json;

/// The secret of the codes of `clerk3`, as one types it into an app. Like the passwords of the demo it is
/// known to all.
pub const CODES: &str = "MNUXI6LIMFWGYLLEMVWW6LLDN5SGK4ZB";
/// A certificate of the demo is good for so long.
const YEAR_SECONDS: i64 = 365 * 86_400;

/// Gives `clerk3` codes by time, `examiner3` a certificate to sign in with, and everybody else of the staff one
/// to sign acts with. The private keys stand in `demo-keys/` of the data folder, by login. Does nothing the
/// second time.
pub async fn demo_factors(hall: &Hall, since: Moment) -> Outcome<()> {
    let (clerk, examiner) = (account(hall, "clerk3").await?, account(hall, "examiner3").await?);
    let id = clerk.id;
    if !hall.store.read(move |r| access::factors_of(r, id)).await?.is_empty() {
        return Ok(());
    }
    let now = hall.now();
    let folder = hall.data.join("demo-keys");
    let authority = founded(now)?;
    let key = SigningKey::in_file(&folder.join("examiner3.pem")).map_err(fault)?;
    let certificate = issued(&authority, "夏凯", &key, now)?;
    let signers = signers(hall, &authority, &folder, now).await?;
    let codes = codes(hall, &clerk, since)?;
    let signed = certified(&examiner, &certificate, since);
    hall.write(move |tx| {
        let permit = access::clockwork("identity.demo");
        for (new, account) in [(&codes, &clerk), (&signed, &examiner)] {
            access::add_factor(tx, &permit, new, since)?;
            confirm_factor(tx, &permit, new.id, 0, since)?;
            let act = Act::new(since, "identity.factor_added", "account", account.id)
                .content(json!({ "kind": new.kind.as_str(), "name": new.name }));
            ledger::record(tx, permit.who(), &act)?;
        }
        for (new, key) in &signers {
            access::add_signer(tx, &permit, new, key)?;
            let act = Act::new(since, "identity.signer_added", "account", new.account)
                .content(json!({ "name": new.name }));
            ledger::record(tx, permit.who(), &act)?;
        }
        access::propose_authority(tx, &permit, authority.certificate())?;
        let fingerprint = access::fingerprint_of(authority.certificate());
        // The city that is only shown has nobody to ask: its maker proposes, its clockwork agrees.
        access::trust_at_founding(tx, &permit, &fingerprint)?;
        let act = Act::new(since, "identity.authority_trusted", "authority", &fingerprint);
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

async fn account(hall: &Hall, login: &'static str) -> Outcome<Account> {
    let found = hall.store.read(move |r| access::account_by_login(r, login)).await?;
    Ok(found.ok_or_else(|| Fault::said(format!("the demo has no account {login}")))?)
}

fn fault(error: impl std::fmt::Display) -> Stop {
    Fault::said(error.to_string()).into()
}

fn founded(now: Moment) -> Outcome<Authority> {
    let (from, until) = (now.plus_seconds(-86_400), now.plus_seconds(2 * YEAR_SECONDS));
    let subject = Subject {
        organization: Some("演示，不是依法设立的电子认证服务机构".into()),
        ..Subject::named("演示证书签发机构")
    };
    Authority::found(&subject, SigningKey::generate(), Serial::mint(), from, until).map_err(fault)
}

fn issued(root: &Authority, name: &str, key: &SigningKey, now: Moment) -> Outcome<Certificate> {
    let holder =
        Subject { organization: Some("鄂州市，演示".into()), ..Subject::named(name) };
    root.issue(&Issue {
        serial: Serial::mint(),
        subject: &holder,
        key: &key.public(),
        profile: Profile::Signature,
        from: now.plus_seconds(-86_400),
        until: now.plus_seconds(YEAR_SECONDS),
        list: None,
        ocsp: None,
    })
    .map_err(fault)
}

/// A certificate for signing for each of the staff who has none to sign in with, with its key's point.
async fn signers(
    hall: &Hall,
    authority: &Authority,
    folder: &Path,
    now: Moment,
) -> Outcome<Vec<(Signer, [u8; 65])>> {
    let mut signers = Vec::new();
    for (login, _, name, _) in super::STAFF.iter().filter(|(login, ..)| *login != "examiner3") {
        let key = SigningKey::in_file(&folder.join(format!("{login}.pem"))).map_err(fault)?;
        let certificate = issued(authority, name, &key, now)?;
        let signer = Signer {
            id: Id::mint(now),
            account: account(hall, login).await?.id,
            name: "演示证书".into(),
            certificate: certificate.der().to_vec(),
            created_at: now,
        };
        signers.push((signer, key.public().to_bytes()));
    }
    Ok(signers)
}

/// From now on decisive acts of the demo are signed: what its makers played before was not. Does nothing the
/// second time.
pub async fn demo_signing(hall: &Hall) -> Outcome<()> {
    let now = hall.now();
    let stands = hall.store.read(move |r| access::signing_rule(r, now.plus_millis(1))).await?;
    if stands.is_some() {
        return Ok(());
    }
    hall.write(move |tx| {
        let permit = access::clockwork("identity.demo");
        access::put_signing_rule(tx, &permit, now.plus_millis(1), true, access::SIGNING_GROUND)?;
        let act = Act::new(now, "identity.signing_demanded", "city", "demo")
            .authority(access::SIGNING_GROUND);
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

fn codes(hall: &Hall, clerk: &Account, since: Moment) -> Outcome<NewFactor> {
    let bytes = BASE32_NOPAD.decode(CODES.as_bytes()).map_err(fault)?;
    let secret =
        CodeSecret::from_bytes(&bytes).ok_or_else(|| fault("the demo's secret has 20 bytes"))?;
    Ok(NewFactor {
        id: Id::mint(since),
        account: clerk.id,
        kind: FactorKind::Code,
        name: "手机验证器".into(),
        secret_sealed: Some(secret.sealed(&hall.keys, clerk.id)),
        certificate: None,
        passkey: None,
        mark: None,
        state: FactorState::Waiting,
    })
}

fn certified(examiner: &Account, certificate: &Certificate, since: Moment) -> NewFactor {
    NewFactor {
        id: Id::mint(since),
        account: examiner.id,
        kind: FactorKind::Certificate,
        name: "演示证书".into(),
        secret_sealed: None,
        certificate: Some(certificate.der().to_vec()),
        passkey: None,
        mark: Some(sm3(&[&certificate.key().to_bytes()])),
        state: FactorState::Waiting,
    }
}
