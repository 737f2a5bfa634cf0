//! The demo's second factors: one official signs in with a code, one with a certificate.

use access::{
    Account, CODE_SECRET, CodeSecret, FactorKind, FactorState, NewFactor, confirm_factor,
};
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

/// Gives `clerk3` codes by time and `examiner3` a certificate, whose private key stands in
/// `demo-keys/examiner3.pem` of the data folder. Does nothing the second time.
pub async fn demo_factors(hall: &Hall, since: Moment) -> Outcome<()> {
    let (clerk, examiner) = (account(hall, "clerk3").await?, account(hall, "examiner3").await?);
    let id = clerk.id;
    if !hall.store.read(move |r| access::factors_of(r, id)).await?.is_empty() {
        return Ok(());
    }
    let now = hall.now();
    let folder = hall.data.join("demo-keys");
    let key = SigningKey::in_file(&folder.join("examiner3.pem")).map_err(fault)?;
    let (authority, certificate) = issued(&key, now)?;
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

fn issued(key: &SigningKey, now: Moment) -> Outcome<(Authority, Certificate)> {
    let (from, until) = (now.plus_seconds(-86_400), now.plus_seconds(2 * YEAR_SECONDS));
    let subject = Subject {
        organization: Some("演示，不是依法设立的电子认证服务机构".into()),
        ..Subject::named("演示证书签发机构")
    };
    let root = Authority::found(&subject, SigningKey::generate(), Serial::mint(), from, until);
    let root = root.map_err(fault)?;
    let holder = Subject {
        organization: Some("鄂州市市场监督管理局".into()),
        ..Subject::named("夏凯")
    };
    let certificate = root
        .issue(&Issue {
            serial: Serial::mint(),
            subject: &holder,
            key: &key.public(),
            profile: Profile::Signature,
            from,
            until: now.plus_seconds(YEAR_SECONDS),
            list: None,
        })
        .map_err(fault)?;
    Ok((root, certificate))
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
        secret_sealed: Some(hall.keys.seal(CODE_SECRET, secret.bytes())),
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
