//! What programs fetch and ask, with `openssl` in the place of somebody else's program.

use std::path::Path;
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::Request as HttpRequest;
use data_encoding::BASE64;
use seal::SigningKey;
use seal::cert::{Answer, Inquiry, Reason, Refused, Serial, Standing};
use testkit::city::{City, each_city};

use super::{OFFICES, founded, issued, list, revoked, root, staffed};

pub(super) const DISTID: &str = "distid:1234567812345678";

pub(super) fn openssl(args: &[&str]) -> Option<String> {
    let output = Command::new("openssl").args(args).stderr(Stdio::null()).output();
    let output = output.expect("openssl starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

pub(super) fn kept(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    path.to_str().expect("a path").to_owned()
}

pub(super) async fn ask(city: &City, inquiry: Vec<u8>) -> testkit::Answer {
    let request = HttpRequest::builder().method("POST").uri("/ca/ocsp");
    let request = request.header("content-type", "application/ocsp-request");
    let answer = city.visitor().ask(request.body(Body::from(inquiry)).unwrap()).await.expect(200);
    assert_eq!(answer.kind.as_deref(), Some("application/ocsp-response"));
    answer
}

#[test]
fn openssl_agrees_to_the_chain_and_reads_the_list() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let holder = issued(&city, "省级平台网关", &SigningKey::generate()).await;
        let folder = city.folder();
        let place = format!("/desk/authority/certificates/{}/file", holder.serial().to_hex());
        let watcher = city.client("watcher").await;
        let pem = watcher.get(&format!("{place}?form=pem")).await.expect(200).bytes;
        let chain = watcher.get(&format!("{place}?form=chain")).await.expect(200).text;
        assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
        let der = watcher.get(&format!("{place}?form=der")).await.expect(200).bytes;
        assert_eq!(der, holder.der());
        let root = city.visitor().get("/ca/root?form=pem").await.expect(200).bytes;
        let (root, pem) = (kept(folder, "root.pem", &root), kept(folder, "gw.pem", &pem));
        let at = (city.now().millis() / 1_000).to_string();
        let verify = ["verify", "-x509_strict", "-attime", &at, "-vfyopt", DISTID];
        assert!(openssl(&[&verify[..], &["-CAfile", &root, &pem]].concat()).is_some());
        let text = openssl(&["x509", "-in", &pem, "-noout", "-text"]).unwrap();
        assert!(text.contains("URI:http://city.test/ca/crl"), "{text}");
        assert!(text.contains("OCSP - URI:http://city.test/ca/ocsp"), "{text}");
        revoked(&city, &holder.serial().to_hex(), "4").await;
        let crl = city.visitor().get("/ca/crl?form=pem").await.expect(200).bytes;
        let crl = kept(folder, "list.pem", &crl);
        let text = openssl(&["crl", "-in", &crl, "-noout", "-text"]).unwrap();
        assert!(text.contains(&holder.serial().to_hex().to_uppercase()), "{text}");
        assert!(text.contains("Superseded"), "{text}");
        // `openssl verify -crl_check` of 3.0 gives SM2's identity to the certificate alone and not to the
        // list, so that it refuses each list signed as GM/T 0009 has it. kernel/seal lays the list's
        // signature before `pkeyutl` instead.
        assert!(list(&city).await.is_of(&super::root(&city).await));
    });
}

#[test]
fn a_program_asks_by_post_and_by_get_and_hears_of_a_revocation_at_once() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let holder = issued(&city, "省级平台网关", &SigningKey::generate()).await;
        let folder = city.folder();
        let root = root(&city).await;
        let ca = kept(folder, "root.pem", root.to_pem().unwrap().as_bytes());
        let pem = kept(folder, "gw.pem", holder.to_pem().unwrap().as_bytes());
        let asked = folder.join("asked.der");
        let out = asked.to_str().unwrap();
        openssl(&["ocsp", "-issuer", &ca, "-cert", &pem, "-reqout", out]).expect("openssl asks");
        let bytes = std::fs::read(&asked).unwrap();
        let inquiry = Inquiry::read(&bytes).unwrap();
        let good = Answer::read(&ask(&city, bytes.clone()).await.bytes).unwrap();
        assert!(good.is_of(&root) && good.answers(&inquiry));
        assert_eq!(good.standings(), [Standing::Good]);
        let text = BASE64.encode(&bytes);
        for path in [text.replace('/', "%2F").replace('+', "%2B"), text] {
            let got = city.visitor().get(&format!("/ca/ocsp/{path}")).await.expect(200);
            assert!(Answer::read(&got.bytes).unwrap().answers(&inquiry));
        }
        city.clock.pass_seconds(60);
        revoked(&city, &holder.serial().to_hex(), "1").await;
        let answer = ask(&city, bytes).await.bytes;
        let bad = Answer::read(&answer).unwrap();
        assert_eq!(bad.standings(), [Standing::Revoked(city.now(), Reason::KeyCompromise)]);
        // As in kernel/seal, `openssl ocsp` reads the answer; it has no way to give SM2's identity, so that the
        // signature is laid before `pkeyutl` there.
        let resp = kept(folder, "answer.der", &answer);
        let read = ["ocsp", "-respin", &resp, "-reqin", out, "-issuer", &ca, "-cert", &pem];
        let read = openssl(&[&read[..], &["-noverify"]].concat()).expect("openssl reads it");
        assert!(read.contains("revoked") && read.contains("keyCompromise"), "{read}");
    });
}

#[test]
fn what_is_no_inquiry_is_told_as_such_and_what_is_not_ours_is_unknown() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let known = testkit::signing::authority().certificate();
        let foreign = Inquiry::about(known, &[Serial::mint()], None).unwrap();
        let none = ask(&city, foreign.clone()).await.bytes;
        assert_eq!(none, Refused::Unauthorized.der().unwrap(), "there is no authority yet");
        super::city_founded(&city).await;
        let malformed = Refused::Malformed.der().unwrap();
        for bytes in [Vec::new(), b"hello".to_vec(), vec![0x30; 100_000]] {
            assert_eq!(ask(&city, bytes).await.bytes, malformed);
        }
        for path in ["hello", "%FF", "!!!!"] {
            let answer = city.visitor().get(&format!("/ca/ocsp/{path}")).await;
            assert_eq!(answer.expect(200).bytes, malformed, "{path}");
        }
        let answer = Answer::read(&ask(&city, foreign).await.bytes).unwrap();
        assert_eq!(answer.standings(), [Standing::Unknown]);
        let root = root(&city).await;
        let never = Inquiry::about(&root, &[Serial::mint()], Some(b"a nonce")).unwrap();
        let answer = Answer::read(&ask(&city, never.clone()).await.bytes).unwrap();
        assert_eq!(answer.standings(), [Standing::Unknown]);
        assert!(answer.answers(&Inquiry::read(&never).unwrap()));
    });
}
