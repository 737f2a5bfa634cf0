//! Certificates, requests and revocation lists: what is read is written and read the same, and
//! nothing that a trusted authority did not sign is trusted.

use std::sync::LazyLock;

use base::Moment;
use seal::SigningKey;
use seal::cert::{
    Authority, Certificate, Issue, Lists, Profile, Purpose, Request, RevocationList, Serial,
    Subject, Trust,
};

/// 2026-03-02.
const NOW: Moment = Moment::from_millis(1_772_380_800_000);

struct Known {
    root: Authority,
    holder: Certificate,
    list: RevocationList,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let (from, until) = (NOW.plus_seconds(-86_400), NOW.plus_seconds(86_400));
    let (key, holder) = (SigningKey::generate(), SigningKey::generate());
    let root = Authority::found(&Subject::named("根"), key, Serial::mint(), from, until);
    let root = root.expect("a root");
    let issue = Issue {
        serial: Serial::mint(),
        subject: &Subject::named("网关"),
        key: &holder.public(),
        profile: Profile::Signature,
        from,
        until,
        list: Some("http://127.0.0.1/list.crl"),
        ocsp: None,
    };
    let holder = root.issue(&issue).expect("a certificate");
    let list = root.list(1, from, until, &[]).expect("a list");
    Known { root, holder, list }
});

/// Takes the bytes for each of the three, and for a change to one that holds.
pub fn check(bytes: &[u8]) {
    certificate(bytes);
    if let Ok(request) = Request::read(bytes) {
        let again = Request::read(request.to_pem().expect("PEM").as_bytes());
        assert_eq!(again.expect("it reads back").key(), request.key());
    }
    if let Ok(list) = RevocationList::read(bytes) {
        let again = RevocationList::read(list.to_pem().expect("PEM").as_bytes());
        assert_eq!(again.expect("it reads back").len(), list.len());
        assert!(!list.is_of(KNOWN.root.certificate()), "nobody else signs for the root");
    }
    let Some(changed) = changed(KNOWN.holder.der(), bytes) else { return };
    certificate(&changed);
    if let Ok(list) =
        RevocationList::read(&self::changed(KNOWN.list.der(), bytes).unwrap_or_default())
    {
        let same = list.der() == KNOWN.list.der();
        assert_eq!(list.is_of(KNOWN.root.certificate()), same, "no byte of a list can change");
    }
}

fn certificate(bytes: &[u8]) {
    let Ok(read) = Certificate::read(bytes) else { return };
    let pem = read.to_pem().expect("PEM");
    assert_eq!(Certificate::read(pem.as_bytes()).as_ref(), Ok(&read), "it reads back");
    let root = KNOWN.root.certificate().clone();
    let trust = Trust::new(Lists::IfThere).root(root.clone()).expect("a root");
    let trusted = trust.check(&read, Purpose::Signature, NOW).is_ok();
    assert_eq!(trusted, read == KNOWN.holder, "only what was issued is trusted");
}

/// These bytes with others in one place.
fn changed(whole: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let [high, low, gone, new @ ..] = bytes else { return None };
    let mut changed = whole.to_vec();
    let from = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
    let to = (from + usize::from(*gone)).min(changed.len());
    changed.splice(from..to, new.iter().copied());
    Some(changed)
}
