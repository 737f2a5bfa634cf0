//! Asking about single certificates, held against `openssl`'s inquiries and its reading of our answers.

use super::*;
use crate::judge::{file, openssl, sits};

fn revoked() -> Standing {
    Standing::Revoked(days(-1), Reason::KeyCompromise)
}

#[test]
fn openssl_asks_and_reads_what_is_answered() {
    if !sits() {
        return;
    }
    let (dir, root) = (TempDir::new().unwrap(), root());
    let ca = file(dir.path(), "root.pem", root.certificate().to_pem().unwrap().as_bytes());
    let (_, good) = issue(&root, "网关", Profile::Signature);
    let (_, bad) = issue(&root, "丢了的网关", Profile::Signature);
    let good_pem = file(dir.path(), "good.pem", good.to_pem().unwrap().as_bytes());
    let bad_pem = file(dir.path(), "bad.pem", bad.to_pem().unwrap().as_bytes());
    for digest in ["-sha1", "-sha256", "-sm3"] {
        let asked = dir.path().join("asked.der");
        let asked = asked.to_str().unwrap();
        let made = openssl(
            &[
                "ocsp", "-issuer", &ca, digest, "-cert", &good_pem, digest, "-cert", &bad_pem,
                "-reqout", asked,
            ],
            b"",
        );
        assert!(made.is_some(), "openssl asks by {digest}");
        let inquiry = Inquiry::read(&std::fs::read(asked).unwrap()).unwrap();
        let serials = vec![Some(good.serial()), Some(bad.serial())];
        assert_eq!(inquiry.serials(root.certificate()).unwrap(), serials, "by {digest}");
        let standings = [Standing::Good, revoked()];
        let answer = root.answer(&inquiry, &standings, (NOW, days(1))).unwrap();
        assert!(answer.is_of(root.certificate()) && answer.answers(&inquiry));
        let path = file(dir.path(), "answer.der", answer.der());
        // `openssl ocsp` of 3.0 gives no SM2 identity where it checks an answer, and refuses each that has
        // the identity of GM/T 0009. So it reads the answer here, and the signature is laid before `pkeyutl`.
        let read = openssl(
            &[
                "ocsp",
                "-respin",
                &path,
                "-reqin",
                asked,
                "-issuer",
                &ca,
                digest,
                "-cert",
                &good_pem,
                digest,
                "-cert",
                &bad_pem,
                "-noverify",
                "-resp_text",
            ],
            b"",
        );
        let read = String::from_utf8_lossy(&read.expect("openssl reads the answer")).into_owned();
        assert!(read.contains("Cert Status: good"), "{read}");
        assert!(read.contains("Cert Status: revoked"), "{read}");
        assert!(read.contains("keyCompromise"), "{read}");
        assert!(read.contains("OCSP Nonce"), "{read}");
    }
}

#[test]
fn openssl_agrees_to_the_signature_under_an_answer() {
    if !sits() {
        return;
    }
    let (dir, root) = (TempDir::new().unwrap(), root());
    let (_, good) = issue(&root, "网关", Profile::Signature);
    let asked = Inquiry::about(root.certificate(), &[good.serial()], None).unwrap();
    let inquiry = Inquiry::read(&asked).unwrap();
    let answer = root.answer(&inquiry, &[Standing::Good], (NOW, days(1))).unwrap();
    let (body, signature) = answer.split().unwrap();
    let key = file(dir.path(), "key.pem", root.certificate().key().to_pem().unwrap().as_bytes());
    let body = file(dir.path(), "body", &body);
    let signature = file(dir.path(), "signature", &signature);
    let words = "pkeyutl -verify -pubin -rawin -digest sm3 -pkeyopt distid:1234567812345678";
    let words: Vec<&str> = words.split(' ').collect();
    let files = ["-inkey", &key, "-in", &body, "-sigfile", &signature];
    assert!(openssl(&[&words[..], &files[..]].concat(), b"").is_some());
}

#[test]
fn an_answer_is_for_who_asked_and_by_who_issued() {
    let root = root();
    let (_, holder) = issue(&root, "网关", Profile::Signature);
    let unknown = Serial::mint();
    let asked = Inquiry::about(root.certificate(), &[holder.serial(), unknown], Some(b"new"));
    let inquiry = Inquiry::read(&asked.unwrap()).unwrap();
    // What nothing is said of is unknown.
    let answer = root.answer(&inquiry, &[revoked()], (NOW, days(1))).unwrap();
    assert_eq!(answer.standings(), [revoked(), Standing::Unknown]);
    assert_eq!(answer.made(), NOW);
    let other = Inquiry::about(root.certificate(), &[holder.serial()], Some(b"old")).unwrap();
    assert!(!answer.answers(&Inquiry::read(&other).unwrap()));
    let subject = Subject::named("别人");
    let key = SigningKey::from_seed(b"x");
    let stranger = Authority::found(&subject, key, Serial::mint(), days(-1), days(9)).unwrap();
    assert!(!answer.is_of(stranger.certificate()));
    let foreign = inquiry.serials(stranger.certificate()).unwrap();
    assert_eq!(foreign, [None, None], "what another has issued is not ours to answer for");
}

#[test]
fn an_inquiry_has_its_limits() {
    let root = root();
    let about = |count: usize, nonce: Option<&[u8]>| {
        let serials: Vec<Serial> = (0..count).map(|_| Serial::mint()).collect();
        Inquiry::read(&Inquiry::about(root.certificate(), &serials, nonce).unwrap())
    };
    assert!(about(8, None).is_ok());
    assert!(about(9, None).is_err());
    assert!(about(0, None).is_err());
    assert!(about(1, Some(&[7; 128])).is_ok());
    assert!(about(1, Some(&[7; 129])).is_err());
    assert!(matches!(Inquiry::read(&[0x30; 5_000]), Err(CertError::TooLong(..))));
    for bytes in [&b""[..], b"0\x00", b"hello"] {
        assert!(matches!(Inquiry::read(bytes), Err(CertError::Shape(_))));
    }
    assert_eq!(Refused::Malformed.der().unwrap(), [0x30, 3, 10, 1, 1]);
    assert_eq!(Refused::Unauthorized.der().unwrap(), [0x30, 3, 10, 1, 6]);
    assert!(Answer::read(&Refused::Malformed.der().unwrap()).is_err());
}

#[test]
fn a_responder_answers_for_the_authority_that_certified_it_for_that_and_in_its_time() {
    let root = root();
    let (_, holder) = issue(&root, "张三", Profile::Signature);
    let asked = Inquiry::about(root.certificate(), &[holder.serial()], Some(b"once")).unwrap();
    let inquiry = Inquiry::read(&asked).unwrap();
    let answer = root.answer(&inquiry, &[revoked()], (NOW, days(1))).unwrap();
    let (key, responder) = issue(&root, "状态服务", Profile::Answers);
    let given = answer.by(&key, &responder).unwrap();
    assert!(!given.is_of(root.certificate()) && given.is_for(root.certificate(), NOW));
    assert_eq!(given.standing_of(&inquiry), Some(revoked()));
    assert!(!given.is_for(root.certificate(), days(400)), "its certificate has ended");
    // One that holds another certificate of the authority, or one of another authority, is no responder.
    let (key, plain) = issue(&root, "李四", Profile::Signature);
    assert!(!answer.by(&key, &plain).unwrap().is_for(root.certificate(), NOW));
    let key = SigningKey::from_seed(b"x");
    let subject = Subject::named("鄂州市政务设备根");
    let stranger = Authority::found(&subject, key, Serial::mint(), days(-1), days(900)).unwrap();
    let (key, foreign) = issue(&stranger, "状态服务", Profile::Answers);
    assert!(!answer.by(&key, &foreign).unwrap().is_for(root.certificate(), NOW));
    // And a responder's certificate with another's signature under the answer is nothing.
    let (_, responder) = issue(&root, "状态服务", Profile::Answers);
    let key = SigningKey::from_seed("别的密钥".as_bytes());
    assert!(!answer.by(&key, &responder).unwrap().is_for(root.certificate(), NOW));
}

#[test]
fn what_an_issuer_answers_counts_beside_its_list() {
    let root = root();
    let (_, holder) = issue(&root, "张三", Profile::Signature);
    let told = |standing, until| Told { serial: holder.serial(), standing, until };
    let judged = |trust: Trust, at| trust.check(&holder, Purpose::Signature, at);
    let with = |one| trusting(&root).told(root.certificate().clone(), one);
    assert_eq!(judged(with(told(Standing::Good, None)), NOW), Ok(()));
    let refused = judged(with(told(revoked(), None)), NOW);
    assert!(matches!(refused, Err(Untrusted::Revoked(..))));
    assert_eq!(judged(with(told(Standing::Unknown, None)), NOW), Err(Untrusted::NotIssued));
    // A list that is out of date says nothing; who has just been asked does.
    let stale = || root.list(1, days(-9), days(-1), &[]).unwrap();
    let late = judged(trusting(&root).list(stale()), NOW);
    assert!(matches!(late, Err(Untrusted::StaleList { .. })));
    let fresh = with(told(Standing::Good, Some(days(1)))).list(stale());
    assert_eq!(judged(fresh.clone(), NOW), Ok(()));
    assert!(judged(fresh, days(2)).is_err(), "the answer's time is over, too");
    // What the list names stays taken back, whatever is answered.
    let named = root.list(
        2,
        days(-1),
        days(1),
        &[Revoked { serial: holder.serial(), at: days(-1), reason: Reason::KeyCompromise }],
    );
    let both = with(told(Standing::Good, Some(days(1)))).list(named.unwrap());
    assert!(matches!(judged(both, NOW), Err(Untrusted::Revoked(..))));
}

#[test]
fn a_certificate_names_where_to_ask() {
    let (_, holder) = issue(&root(), "张三", Profile::Signature);
    let named = holder.addresses();
    assert_eq!(named.lists, ["http://127.0.0.1/pki/list.crl"]);
    assert!(named.ask.is_empty());
}
