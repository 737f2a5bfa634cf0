//! Certificates for the staff of a test's city, and a client that signs what it is asked to sign.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use access::{SIGNING_GROUND, Signer};
use base::{Day, Id, Moment};
use seal::cert::{Authority, Certificate, Issue, Profile, Serial, Subject};
use seal::{PublicKey, SigningKey};

use crate::city::City;

fn day(year: i16) -> Moment {
    Day::new(year, 1, 1).expect("a day").start()
}

/// An authority of tests, the same in every city of this process: keys are slow to make.
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let subject = Subject::named("测试证书签发机构");
        let key = SigningKey::generate();
        Authority::found(&subject, key, Serial::mint(), day(2020), day(2060)).expect("an authority")
    })
}

/// A certificate for signing that the authority issues to `key`, good for twenty years.
pub fn certificate(name: &str, key: &PublicKey) -> Certificate {
    let subject = Subject::named(name);
    let (from, until) = (day(2020), day(2040));
    let profile = Profile::Signature;
    let issue = Issue {
        serial: Serial::mint(),
        subject: &subject,
        key,
        profile,
        from,
        until,
        list: None,
        ocsp: None,
    };
    authority().issue(&issue).expect("a certificate")
}

/// The key of a person of this name, in whichever city of this process.
fn key_of(login: &str, name: &str) -> (SigningKey, Certificate) {
    static KEYS: OnceLock<Mutex<HashMap<String, (SigningKey, Certificate)>>> = OnceLock::new();
    let mut keys = KEYS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let made = keys.entry(format!("{login} {name}")).or_insert_with(|| {
        let key = SigningKey::generate();
        let certificate = certificate(name, &key.public());
        (key, certificate)
    });
    made.clone()
}

impl City {
    /// From now on decisive acts are signed here. Whoever of the staff is asked for as a client has a
    /// certificate, and the client signs by itself.
    pub async fn demand_signatures(&self) {
        let now = self.now();
        self.hall
            .write(move |tx| {
                let permit = access::clockwork("test");
                let root = authority().certificate();
                access::propose_authority(tx, &permit, root)?;
                access::trust_at_founding(tx, &permit, &access::fingerprint_of(root))?;
                access::put_signing_rule(tx, &permit, now, true, SIGNING_GROUND)
            })
            .await
            .expect("the rule stands");
    }

    /// The key with which a member of the staff signs: that of the demo, or one of this process, which is put
    /// on record. None where nothing is signed.
    pub async fn signing_key(&self, login: &str) -> Option<SigningKey> {
        let of_the_demo = self.hall.data.join(format!("demo-keys/{login}.pem"));
        if let Ok(pem) = std::fs::read_to_string(of_the_demo) {
            return SigningKey::from_pem(&pem).ok();
        }
        let (now, name) = (self.now(), login.to_owned());
        let known = self
            .hall
            .store
            .read(move |r| {
                let rule = access::signing_rule(r, now)?.is_some_and(|(_, demanded)| demanded);
                let account = access::account_by_login(r, &name)?;
                let staff = account.filter(|account| account.kind == access::Kind::Staff);
                let Some(account) = staff.filter(|_| rule) else { return Ok(None) };
                let known = !access::signers_of(r, account.id)?.is_empty();
                Ok(Some((account.id, account.name, known)))
            })
            .await;
        let (account, name, known) = known.expect("a read")?;
        let (key, certificate) = key_of(login, &name);
        if !known {
            let signer = Signer {
                id: Id::mint(now),
                account,
                name: "测试证书".into(),
                certificate: certificate.der().to_vec(),
                created_at: now,
            };
            let point = key.public().to_bytes();
            let add = move |tx: &store::Tx<'_>| {
                access::add_signer(tx, &access::clockwork("test"), &signer, &point)
            };
            self.hall.write(add).await.expect("the certificate is on record");
        }
        Some(key)
    }
}

/// The text and the token that a page or an answer asks to be signed.
pub fn asked_to_sign(answer: &crate::client::Answer) -> Option<(String, String)> {
    let json = answer.json();
    let said = |name: &str| json["signing"][name].as_str().map(str::to_owned);
    if let Some(asked) = said("text").zip(said("token")) {
        return Some(asked);
    }
    on_page(&answer.text)
}

/// The same on a page.
pub fn on_page(page: &str) -> Option<(String, String)> {
    let between = |before: &str, after: &str| {
        let (_, rest) = page.split_once(before)?;
        rest.split_once(after).map(|(found, _)| found.to_owned())
    };
    let text = between("id=\"to-sign\" tabindex=\"0\">", "</pre>")?;
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    let text = plain.iter().fold(text, |text, (from, to)| text.replace(from, to));
    Some((text, between("name=\"signing\" value=\"", "\"")?))
}
