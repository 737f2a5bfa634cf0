//! Organs' certificates from a licensed service, whose part `openssl` and an authority of tests play.

use std::io::Write;
use std::process::{Command, Stdio};

use data_encoding::{BASE64, HEXLOWER};
use seal::SigningKey;
use seal::cert::{
    Authority, Certificate, Issue, Profile, Reason, Request, Revoked, Serial, Subject,
};
use testkit::Answer;
use testkit::city::{City, each_city};

use super::{OFFICES, kinds, staffed};

const ORGAN: &str = "鄂州市人民政府办公室";
const PLACE: &str = "/desk/organ-certificates/city";

fn openssl(args: &[&str], stdin: &[u8]) -> Option<Vec<u8>> {
    let mut command = Command::new("openssl");
    let command = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().expect("openssl starts");
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then_some(output.stdout)
}

/// A private key as a service encloses it for the holder of `to` (GB/T 35276: SM2EnvelopedKey), in base 64.
fn enclosed(city: &City, to: &seal::PublicKey, key: &SigningKey) -> String {
    let sm4 = [9u8; 16];
    let (public, plain) = (city.folder().join("to.pem"), city.folder().join("sm4"));
    std::fs::write(&public, to.to_pem().unwrap()).unwrap();
    std::fs::write(&plain, sm4).unwrap();
    let (public, plain) = (public.to_str().unwrap(), plain.to_str().unwrap());
    let words = ["pkeyutl", "-encrypt", "-pubin", "-inkey", public, "-in", plain];
    let cipher = openssl(&words, b"").expect("openssl encrypts with SM2");
    let hex = HEXLOWER.encode(&sm4);
    let words = ["enc", "-sm4-ecb", "-nopad", "-K", &hex];
    let sealed = openssl(&words, &secret(key)).expect("openssl encrypts with SM4");
    let name = b"\x30\x0c\x06\x08\x2a\x81\x1c\xcf\x55\x01\x68\x01\x05\x00";
    let point = [&b"\x03\x42\x00"[..], &key.public().to_bytes()].concat();
    let private = [&b"\x03\x21\x00"[..], &sealed].concat();
    let parts = [&name[..], &cipher, &point, &private].concat();
    let head = match u8::try_from(parts.len()) {
        Ok(short) => vec![0x30, 0x81, short],
        Err(_) => [&[0x30, 0x82][..], &u16::try_from(parts.len()).unwrap().to_be_bytes()].concat(),
    };
    BASE64.encode(&[head, parts].concat())
}

/// The secret number of a key, out of its PKCS#8.
fn secret(key: &SigningKey) -> Vec<u8> {
    let pem = key.to_pem().unwrap();
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64.decode(text.as_bytes()).unwrap();
    let mark = b"\x02\x01\x01\x04\x20";
    let place = der.windows(5).position(|part| part == mark).unwrap() + 5;
    der[place..place + 32].to_vec()
}

/// What a service hands out.
struct Handed {
    signing: String,
    encipherment: String,
    enveloped: String,
    serial: Serial,
}

fn service() -> Authority {
    let from = base::Day::new(2026, 1, 1).unwrap().start();
    let until = base::Day::new(2036, 1, 1).unwrap().start();
    let subject = Subject::named("湖北电子认证");
    Authority::found(&subject, SigningKey::generate(), Serial::mint(), from, until).unwrap()
}

fn certificate(
    city: &City,
    service: &Authority,
    (name, key, profile): (&str, &seal::PublicKey, Profile),
    days: i64,
) -> Certificate {
    let from = base::Day::new(2026, 1, 1).unwrap().start();
    service
        .issue(&Issue {
            serial: Serial::mint(),
            subject: &Subject::named(name),
            key,
            profile,
            from,
            until: city.now().plus_seconds(days * 86_400),
            list: None,
            ocsp: None,
        })
        .unwrap()
}

fn handed_out(city: &City, service: &Authority, request: &str, name: &str, days: i64) -> Handed {
    let request = Request::read(request.as_bytes()).unwrap();
    let inner = SigningKey::generate();
    let signing = certificate(city, service, (name, request.key(), Profile::Signature), days);
    let encipherment =
        certificate(city, service, (name, &inner.public(), Profile::Encipherment), days);
    Handed {
        signing: signing.to_pem().unwrap(),
        encipherment: encipherment.to_pem().unwrap(),
        enveloped: enclosed(city, request.key(), &inner),
        serial: signing.serial(),
    }
}

/// Trusts the service, as two administrators have agreed elsewhere.
async fn trusted(city: &City, service: &Authority) {
    let root = service.certificate().clone();
    city.hall
        .write(move |tx| {
            let permit = access::clockwork("test");
            access::propose_authority(tx, &permit, &root)?;
            tx.run("UPDATE access_authorities SET proposed_by = ''", &[])?;
            access::trust_at_founding(tx, &permit, &access::fingerprint_of(&root))
        })
        .await
        .unwrap();
}

async fn request(city: &City) -> String {
    let keeper = city.client("keeper").await;
    keeper.post(&format!("{PLACE}/key"), &[]).await.expect(303);
    keeper.get(&format!("{PLACE}/request")).await.expect(200).text
}

async fn hand_in(city: &City, handed: &Handed) -> Answer {
    let form = [
        ("for_signing", handed.signing.as_str()),
        ("for_encryption", &handed.encipherment),
        ("enveloped", &handed.enveloped),
        ("reason", "湖北电子认证〔2026〕8号"),
    ];
    city.client("keeper").await.post(&format!("{PLACE}/take-in"), &form).await
}

async fn waiting(city: &City) -> String {
    let page = city.client("warden").await.get(PLACE).await.expect(200);
    let id = super::between(&page.text, "href=\"/desk/authority/proposals/", "\"");
    format!("/desk/authority/proposals/{id}")
}

async fn agreed(city: &City) -> Answer {
    city.clock.pass_seconds(1);
    let place = waiting(city).await;
    city.client("warden").await.post(&format!("{place}/agree"), &[]).await
}

#[test]
fn an_organ_gets_its_certificates_from_a_licensed_service_by_two_people() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let watcher = city.client("watcher").await;
        watcher.get("/desk/organ-certificates").await.expect(200).says("1 个机关没有有效的证书");
        let service = service();
        trusted(&city, &service).await;
        let asked = request(&city).await;
        let keeper = city.client("keeper").await;
        let twice = keeper.post(&format!("{PLACE}/key"), &[]).await.expect(422);
        twice.says("已经有一把密钥在等证书");
        hand_in(&city, &handed_out(&city, &service, &asked, ORGAN, 365)).await.expect(303);
        let place = waiting(&city).await;
        let own = keeper.post(&format!("{place}/agree"), &[]).await.expect(422);
        own.says("提出的人不能自己同意");
        watcher.get(&place).await.expect(200).says("湖北电子认证").says(ORGAN);
        agreed(&city).await.expect(303);
        let page = watcher.get(PLACE).await.expect(200);
        page.says("现在的证书").says("签名证书").says("加密证书").says("湖北电子认证");
        let list = watcher.get("/desk/organ-certificates").await.expect(200);
        assert!(!list.text.contains("没有有效的证书"));
        // The next one takes its place, and what stood stays in the history.
        city.clock.pass_seconds(300 * 86_400);
        let asked = request(&city).await;
        hand_in(&city, &handed_out(&city, &service, &asked, ORGAN, 365)).await.expect(303);
        agreed(&city).await.expect(303);
        let page = city.client("watcher").await.get(PLACE).await.expect(200);
        page.says("以前的").says("已换发");
        assert!(kinds(&city).await.contains(&"certificates.organ_taken_in".to_owned()));
        // Both private keys are still there, sealed: what was encrypted to the old one can be read.
        let kept: i64 = city
            .hall
            .store
            .read(|r| {
                Ok(r.one(
                    "SELECT CAST(COUNT(*) AS BIGINT) FROM certificates_organs
                     WHERE secret_sealed IS NOT NULL AND inner_sealed IS NOT NULL",
                    &[],
                )?)
            })
            .await
            .unwrap();
        assert_eq!(kept, 2);
    });
}

#[test]
fn each_thing_wrong_with_what_the_service_sent_stands_beside_its_field() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let service = service();
        let asked = request(&city).await;
        let good = || handed_out(&city, &service, &asked, ORGAN, 365);
        let unknown = hand_in(&city, &good()).await.expect(422);
        unknown.says("不在本市信任的名单里").says("湖北电子认证〔2026〕8号");
        trusted(&city, &service).await;
        let none = city.client("keeper").await.post(&format!("{PLACE}/take-in"), &[]).await;
        none.expect(422).says("请粘贴证书").says("请粘贴加密私钥").says("请写依据或者理由");
        let foreign = Request::make(&Subject::named(ORGAN), &SigningKey::generate()).unwrap();
        let foreign = handed_out(&city, &service, &foreign.to_pem().unwrap(), ORGAN, 365);
        let refused = hand_in(&city, &foreign).await.expect(422);
        refused.says("这张证书不是给这把密钥签发的").says("打不开加密私钥");
        let mixed = Handed { enveloped: good().enveloped, ..good() };
        hand_in(&city, &mixed).await.expect(422).says("加密私钥和加密证书不是一对");
        let swapped = good();
        let swapped = Handed { encipherment: swapped.signing.clone(), ..swapped };
        hand_in(&city, &swapped).await.expect(422).says("不是一对");
        let other = handed_out(&city, &service, &asked, "鄂州市公安局", 365);
        hand_in(&city, &other).await.expect(422).says("与机关的名称不同");
        let broken = Handed { enveloped: "AAAA".into(), ..good() };
        hand_in(&city, &broken).await.expect(422).says("内容不是加密私钥");
    });
}

#[test]
fn a_certificate_that_is_revoked_meanwhile_is_not_taken_in() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let service = service();
        trusted(&city, &service).await;
        let asked = request(&city).await;
        let handed = handed_out(&city, &service, &asked, ORGAN, 365);
        hand_in(&city, &handed).await.expect(303);
        let revoked =
            Revoked { serial: handed.serial, at: city.now(), reason: Reason::KeyCompromise };
        let next = city.now().plus_seconds(86_400);
        let list = service.list(1, city.now(), next, &[revoked]).unwrap();
        city.hall
            .write(move |tx| access::put_list(tx, &access::clockwork("test"), &list).map(|_| ()))
            .await
            .unwrap();
        agreed(&city).await.expect(422).says("吊销：私钥可能泄露");
        let page = city.client("watcher").await.get(PLACE).await.expect(200);
        page.says("这个机关没有证书");
    });
}

#[test]
fn what_nobody_agreed_to_is_handed_back_and_a_key_for_nothing_is_destroyed() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let service = service();
        trusted(&city, &service).await;
        let asked = request(&city).await;
        let handed = handed_out(&city, &service, &asked, ORGAN, 365);
        hand_in(&city, &handed).await.expect(303);
        hand_in(&city, &handed).await.expect(422).says("已经有人提出");
        let place = waiting(&city).await;
        let why = [("reason", "证书的名称要改")];
        let warden = city.client("warden").await;
        warden.post(&format!("{place}/decline"), &why).await.expect(303);
        let page = warden.get(PLACE).await.expect(200);
        let key = super::between(&page.text, "name=\"key\" value=\"", "\"").to_owned();
        city.client("li").await.post(&format!("{PLACE}/drop"), &[("key", &key)]).await.expect(403);
        warden.post(&format!("{PLACE}/drop"), &[("key", &key)]).await.expect(303);
        warden.post(&format!("{PLACE}/drop"), &[("key", &key)]).await.expect(422);
        hand_in(&city, &handed).await.expect(404);
        let kept: i64 = city
            .hall
            .store
            .read(|r| {
                Ok(r.one(
                    "SELECT CAST(COUNT(*) AS BIGINT) FROM certificates_organs
                     WHERE secret_sealed IS NOT NULL OR inner_sealed IS NOT NULL",
                    &[],
                )?)
            })
            .await
            .unwrap();
        assert_eq!(kept, 0);
        warden.get(PLACE).await.expect(200).says("已销毁");
        warden.get("/desk/organ-certificates/nowhere").await.expect(404);
    });
}

#[test]
fn an_organs_certificate_that_ends_is_told_to_who_asked_for_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let service = service();
        trusted(&city, &service).await;
        let asked = request(&city).await;
        hand_in(&city, &handed_out(&city, &service, &asked, ORGAN, 20)).await.expect(303);
        agreed(&city).await.expect(303);
        city.letters();
        city.job("certificates.watch").await;
        let letters = city.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "keeper@example.com");
        assert!(letters[0].text.contains(ORGAN), "{}", letters[0].text);
        let list = city.client("watcher").await.get("/desk/authority/ending").await.expect(200);
        list.says(ORGAN).says("机关证书");
    });
}
