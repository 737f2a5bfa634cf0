//! Certificates, held against `openssl`'s opinion and against everything that may be wrong.

mod enveloped;
mod ocsp;

use base::Moment;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::SigningKey;
use crate::judge::{file, openssl, sits};

/// 2026-03-02, a Monday.
const NOW: Moment = Moment::from_millis(1_772_380_800_000);
const DAY: i64 = 86_400;

fn days(count: i64) -> Moment {
    NOW.plus_seconds(count * DAY)
}

fn root() -> Authority {
    let subject = Subject {
        organization: Some("鄂州市人民政府".into()),
        ..Subject::named("鄂州市政务设备根")
    };
    let key = SigningKey::from_seed(b"root");
    Authority::found(&subject, key, Serial::mint(), days(-10), days(3_650)).unwrap()
}

fn issue(authority: &Authority, name: &str, profile: Profile) -> (SigningKey, Certificate) {
    let key = SigningKey::from_seed(name.as_bytes());
    let certificate = authority
        .issue(&Issue {
            serial: Serial::mint(),
            subject: &Subject::named(name),
            key: &key.public(),
            profile,
            from: days(-1),
            until: days(365),
            list: Some("http://127.0.0.1/pki/list.crl"),
            ocsp: None,
        })
        .unwrap();
    (key, certificate)
}

fn trusting(root: &Authority) -> Trust {
    Trust::new(Lists::IfThere).root(root.certificate().clone()).unwrap()
}

/// `openssl verify` for one link: it gives the SM2 identity to the certificate it is asked about,
/// and to none above it.
fn openssl_verifies(dir: &TempDir, issuer: &Certificate, certificate: &Certificate) -> bool {
    let above = file(dir.path(), "above.pem", issuer.to_pem().unwrap().as_bytes());
    let asked = file(dir.path(), "asked.pem", certificate.to_pem().unwrap().as_bytes());
    let at = (NOW.millis() / 1_000).to_string();
    let id = "distid:1234567812345678";
    let strict = ["verify", "-x509_strict", "-partial_chain", "-attime", &at, "-vfyopt", id];
    openssl(&[&strict[..], &["-CAfile", &above, &asked]].concat(), b"").is_some()
}

#[test]
fn openssl_agrees_to_what_is_issued() {
    if !sits() {
        return;
    }
    let (dir, root) = (TempDir::new().unwrap(), root());
    let (_, middle) = issue(&root, "签发一号", Profile::Authority);
    let middle = Authority::of(SigningKey::from_seed("签发一号".as_bytes()), middle).unwrap();
    let (_, holder) = issue(&middle, "网关 7, 西区 + \"甲\"", Profile::Signature);
    assert!(openssl_verifies(&dir, root.certificate(), middle.certificate()));
    assert!(openssl_verifies(&dir, middle.certificate(), &holder));
    assert!(!openssl_verifies(&dir, root.certificate(), &holder));
    let leaf = file(dir.path(), "leaf.pem", holder.to_pem().unwrap().as_bytes());
    let name = ["-subject", "-nameopt", "RFC2253,utf8,-esc_msb"];
    let said = openssl(&[&["x509", "-in", &leaf, "-noout"], &name[..]].concat(), b"").unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("网关 7"), "{said}");
    let trust = trusting(&root).between(middle.certificate().clone());
    assert_eq!(trust.check(&holder, Purpose::Signature, NOW), Ok(()));
}

#[test]
fn openssl_reads_the_list_and_agrees_to_its_signature() {
    if !sits() {
        return;
    }
    let (dir, root) = (TempDir::new().unwrap(), root());
    let (_, bad) = issue(&root, "丢了的网关", Profile::Signature);
    let revoked = Revoked { serial: bad.serial(), at: days(-1), reason: Reason::KeyCompromise };
    let list = root.list(7, days(-1), days(6), &[revoked]).unwrap();
    assert_eq!((list.number(), list.len()), (Some(7), 1));
    let crl = file(dir.path(), "list.pem", list.to_pem().unwrap().as_bytes());
    let text = String::from_utf8(openssl(&["crl", "-in", &crl, "-noout", "-text"], b"").unwrap());
    let text = text.unwrap();
    assert!(text.contains(&bad.serial().to_hex().to_uppercase()), "{text}");
    assert!(text.contains("Key Compromise"), "{text}");
    // `openssl crl` takes no SM2 identity, so the signature is laid before `pkeyutl`.
    let (body, signature) = parts::Signed::split(list.der()).unwrap();
    let body = file(dir.path(), "body", &body);
    let signature = file(dir.path(), "signature", &signature);
    let key = root.certificate().key().to_pem().unwrap();
    let key = file(dir.path(), "key.pem", key.as_bytes());
    let agreed = openssl(
        &[
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            &key,
            "-rawin",
            "-in",
            &body,
            "-digest",
            "sm3",
            "-sigfile",
            &signature,
            "-pkeyopt",
            "distid:1234567812345678",
        ],
        b"",
    );
    assert!(agreed.is_some(), "openssl refuses the list's signature");
}

#[test]
fn a_request_of_openssl_is_read_and_one_of_ours_is_read_by_openssl() {
    if !sits() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let key = openssl(&["genpkey", "-algorithm", "SM2"], b"").unwrap();
    let key = file(dir.path(), "key.pem", &key);
    let pem = openssl(
        &[
            "req",
            "-new",
            "-key",
            &key,
            "-sm3",
            "-sigopt",
            "distid:1234567812345678",
            "-utf8",
            "-subj",
            "/C=CN/CN=王",
        ],
        b"",
    );
    let request = Request::read(&pem.unwrap()).unwrap();
    assert!(request.subject().contains("CN=王"), "{}", request.subject());
    let ours = Request::make(&Subject::named("李敏"), &SigningKey::from_seed(b"li")).unwrap();
    let path = file(dir.path(), "ours.pem", ours.to_pem().unwrap().as_bytes());
    let verified = openssl(
        &["req", "-in", &path, "-verify", "-noout", "-vfyopt", "distid:1234567812345678"],
        b"",
    );
    assert!(verified.is_some());
}

#[test]
fn a_request_must_be_signed_by_its_own_key() {
    let request = Request::make(&Subject::named("李敏"), &SigningKey::from_seed(b"li")).unwrap();
    let pem = request.to_pem().unwrap();
    let (_, der) = x509_cert::der::pem::decode_vec(pem.as_bytes()).unwrap();
    // The last byte of the name, still a letter.
    let place = der.windows(6).position(|part| part == "李敏".as_bytes()).unwrap();
    let mut other = der;
    other[place + 5] ^= 1;
    assert_eq!(Request::read(&other).unwrap_err(), CertError::NotHeld);
}

#[test]
fn each_thing_wrong_with_a_certificate_is_told_as_what_it_is() {
    let root = root();
    let (_, holder) = issue(&root, "网关", Profile::Signature);
    let trust = trusting(&root);
    assert_eq!(trust.check(&holder, Purpose::Signature, NOW), Ok(()));
    let check = |at| trust.check(&holder, Purpose::Signature, at);
    assert_eq!(check(days(-2)), Err(Untrusted::NotYetValid(days(-1))));
    assert_eq!(check(days(365)), Ok(()));
    assert_eq!(check(days(366)), Err(Untrusted::Expired(days(365))));
    let other = trust.check(&holder, Purpose::Encipherment, NOW);
    assert!(matches!(other, Err(Untrusted::WrongPurpose(_))));
    let nobody = Trust::new(Lists::IfThere);
    let unknown = nobody.check(&holder, Purpose::Signature, NOW);
    assert!(matches!(unknown, Err(Untrusted::UnknownIssuer(_))));
    // A holder who issues: the name fits, the right does not.
    let (key, certificate) = issue(&root, "签发者", Profile::Signature);
    assert_eq!(Authority::of(key, certificate).unwrap_err(), CertError::NotAPair);
    // Somebody founds an authority of the same name.
    let subject = Subject {
        organization: Some("鄂州市人民政府".into()),
        ..Subject::named("鄂州市政务设备根")
    };
    let false_root = Authority::found(
        &subject,
        SigningKey::from_seed(b"false"),
        Serial::mint(),
        days(-10),
        days(3_650),
    );
    let (_, forged) = issue(&false_root.unwrap(), "网关", Profile::Signature);
    assert_eq!(trust.check(&forged, Purpose::Signature, NOW), Err(Untrusted::BadSignature));
}

#[test]
fn an_authority_below_issues_to_holders_only() {
    let root = root();
    let (_, middle) = issue(&root, "一级", Profile::Authority);
    let middle = Authority::of(SigningKey::from_seed("一级".as_bytes()), middle).unwrap();
    let (_, lower) = issue(&middle, "二级", Profile::Authority);
    let lower = Authority::of(SigningKey::from_seed("二级".as_bytes()), lower).unwrap();
    let (_, holder) = issue(&lower, "网关", Profile::Signature);
    let trust =
        trusting(&root).between(middle.certificate().clone()).between(lower.certificate().clone());
    assert_eq!(trust.check(&holder, Purpose::Signature, NOW), Err(Untrusted::PathTooLong));
}

#[test]
fn an_authority_counts_within_its_spans_alone_and_a_line_says_them() {
    let root = root();
    let (_, holder) = issue(&root, "holder", Profile::Signature);
    let spans = vec![
        Span { since: days(-1), until: Some(days(10)) },
        Span { since: days(20), until: None },
    ];
    let lines: Vec<String> = spans.iter().map(|span| span.to_line()).collect();
    let text = format!("鄂州市\r\n{}\r\n", lines.join("\r\n"));
    let read = Span::in_text(&text).expect("read");
    assert_eq!(read, spans);
    let certificate = root.certificate().clone();
    let trust = Trust::new(Lists::IfThere).root_within(certificate.clone(), read).unwrap();
    let check = |day: i64| trust.check(&holder, Purpose::Signature, days(day));
    assert_eq!(check(0), Ok(()));
    assert_eq!(check(30), Ok(()));
    for day in [10, 15] {
        assert!(matches!(check(day), Err(Untrusted::NotThen(..))), "{day}");
    }
    // Of one that is trusted by another's signature the same holds.
    let below = Span { since: days(5), until: Some(days(6)) };
    let (_, other) = issue(&root, "other", Profile::Signature);
    let trust = Trust::new(Lists::IfThere).between_within(certificate, vec![below]);
    let refused = trust.check(&other, Purpose::Signature, days(0));
    assert!(matches!(refused, Err(Untrusted::NotThen(..))), "{refused:?}");
    // No line is always; a broken one is none.
    assert_eq!(Span::in_text("受信任的机构"), Some(Vec::new()));
    for broken in [
        "cityhall-trusted:",
        "cityhall-trusted: 1",
        "cityhall-trusted: 1 x",
        "cityhall-trusted: - 2",
    ] {
        assert_eq!(Span::in_text(broken), None, "{broken}");
    }
}

#[test]
fn what_was_taken_back_is_refused_and_an_old_list_decides_nothing() {
    let root = root();
    let (_, good) = issue(&root, "网关", Profile::Signature);
    let (_, bad) = issue(&root, "丢了的网关", Profile::Signature);
    let needed = || Trust::new(Lists::Needed).root(root.certificate().clone()).unwrap();
    let none = needed().check(&good, Purpose::Signature, NOW);
    assert!(matches!(none, Err(Untrusted::NoList(_))));
    let revoked = Revoked { serial: bad.serial(), at: days(-1), reason: Reason::Superseded };
    let list = root.list(1, days(-1), days(6), &[revoked]).unwrap();
    let trust = needed().list(list.clone());
    assert_eq!(trust.check(&good, Purpose::Signature, NOW), Ok(()));
    let taken_back = trust.check(&bad, Purpose::Signature, NOW);
    assert_eq!(taken_back, Err(Untrusted::Revoked(days(-1), Reason::Superseded)));
    let stale = trust.check(&good, Purpose::Signature, days(7));
    assert!(matches!(stale, Err(Untrusted::StaleList { .. })));
    // A list that somebody else signed says nothing.
    let subject = Subject::named("别人");
    let other =
        Authority::found(&subject, SigningKey::from_seed(b"x"), Serial::mint(), days(-1), days(9));
    let foreign = other.unwrap().list(9, days(0), days(9), &[]).unwrap();
    let trust = needed().list(foreign);
    assert!(matches!(trust.check(&good, Purpose::Signature, NOW), Err(Untrusted::NoList(_))));
}

/// A certificate of P-256, made for this test.
const CERTIFICATE_P256: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBbDCCAROgAwIBAgIUVUwRSM0d/hs30W42TzXhNDA5lCEwCgYIKoZIzj0EAwIw\n\
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjcwMTUyMjZaFw0zNjExMjQwMTUyMjZaMAwx\n\
CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQuyQ75WUpBebau\n\
6IwmS5qBig5IcDps6e/X9lWoo4uQtdlqA+Q8jKW+vH2dBIPVCKx8qEfuovS4cRVZ\n\
xdQgMORZo1MwUTAdBgNVHQ4EFgQU0t7hhM5/WMdOVgq44TFcCSl1ks0wHwYDVR0j\n\
BBgwFoAU0t7hhM5/WMdOVgq44TFcCSl1ks0wDwYDVR0TAQH/BAUwAwEB/zAKBggq\n\
hkjOPQQDAgNHADBEAiBkfOCtFj64zjGiIeCsuQhh3RHDaxsxZpWNITQaotdzpAIg\n\
dLq/LrSJMBThnXtKnPTsHexZ3dz59F9c2809t3yvabA=\n\
-----END CERTIFICATE-----\n";
/// A request of the same key.
const REQUEST_P256: &str = "\
-----BEGIN CERTIFICATE REQUEST-----\n\
MIHHMG4CAQAwDDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA\n\
BC7JDvlZSkF5tq7ojCZLmoGKDkhwOmzp79f2Vaiji5C12WoD5DyMpb68fZ0Eg9UI\n\
rHyoR+6i9LhxFVnF1CAw5FmgADAKBggqhkjOPQQDAgNJADBGAiEA+j9s6eo4PIOT\n\
nPalu0h298mBS1NngJbngBiguFdMC4MCIQDcbVUPNVXycEG2+ln1ffugx+LI77f2\n\
rc2e5iG4Ezt8mQ==\n\
-----END CERTIFICATE REQUEST-----\n";

#[test]
fn foreign_keys_and_algorithms_are_told_as_such() {
    let wrong = CertError::WrongCurve;
    assert_eq!(Certificate::read(CERTIFICATE_P256.as_bytes()).unwrap_err(), wrong);
    assert_eq!(Request::read(REQUEST_P256.as_bytes()).unwrap_err(), wrong);
    if !sits() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let key = openssl(&["genpkey", "-algorithm", "SM2"], b"").unwrap();
    let key = file(dir.path(), "sm2.pem", &key);
    let made = openssl(
        &["req", "-x509", "-new", "-key", &key, "-sha256", "-subj", "/CN=x", "-days", "9"],
        b"",
    );
    if let Some(made) = made {
        assert_eq!(Certificate::read(&made).unwrap_err(), CertError::WrongAlgorithm);
    }
}

#[test]
fn what_is_no_certificate_is_refused_before_it_is_read_whole() {
    let huge = vec![b'-'; 70_000];
    assert!(matches!(Certificate::read(&huge), Err(CertError::TooLong(..))));
    for bytes in [&b""[..], b"-----BEGIN CERTIFICATE-----", b"\x30\x80", b"hello"] {
        assert!(matches!(Certificate::read(bytes), Err(CertError::Shape(_))));
        assert!(Request::read(bytes).is_err());
        assert!(RevocationList::read(bytes).is_err());
    }
    let request = Request::make(&Subject::named("李"), &SigningKey::from_seed(b"li")).unwrap();
    let pem = request.to_pem().unwrap();
    assert!(matches!(Certificate::read(pem.as_bytes()), Err(CertError::Shape(_))));
}

proptest! {
    #[test]
    fn one_changed_byte_makes_a_certificate_worthless(place in 0usize..2_000, change in 1u8..) {
        let root = root();
        let (_, holder) = issue(&root, "网关", Profile::Signature);
        let mut der = holder.der().to_vec();
        let place = place % der.len();
        der[place] ^= change;
        if let Ok(read) = Certificate::read(&der) {
            prop_assert!(trusting(&root).check(&read, Purpose::Signature, NOW).is_err());
        }
    }

    #[test]
    fn names_come_back_as_they_went_in(name in "[\\PC&&[^\u{0}]]{1,40}") {
        let name = name.trim().to_owned();
        prop_assume!(!name.is_empty());
        let subject = Subject::named(&name);
        if let Ok(request) = Request::make(&subject, &SigningKey::from_seed(b"li")) {
            let root = root();
            let issued = root.issue(&Issue {
                serial: Serial::mint(),
                subject: &subject,
                key: request.key(),
                profile: Profile::Signature,
                from: days(-1),
                until: days(1),
                list: None,
                ocsp: None,
            }).unwrap();
            prop_assert_eq!(issued.common_name(), Some(name));
        }
    }
}
