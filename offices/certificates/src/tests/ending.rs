//! What ends soon is told: on the first page, in the menu, by letter, each threshold once.

use base::{Id, Moment};
use seal::SigningKey;
use seal::cert::{Issue, Profile, Serial, Subject};
use testkit::city::{City, each_city};

use super::{OFFICES, agreed, founded, issued};

const WATCH: &str = "certificates.watch";

async fn pass_days(city: &City, days: i64) {
    city.clock.pass_seconds(days * 86_400);
    city.job(WATCH).await;
}

/// A certificate for signing of this person that ends then.
async fn signer(city: &City, login: &str, name: &str, until: Moment) {
    let key = SigningKey::generate();
    let certificate = testkit::signing::authority()
        .issue(&Issue {
            serial: Serial::mint(),
            subject: &Subject::named(name),
            key: &key.public(),
            profile: Profile::Signature,
            from: city.now(),
            until,
            list: None,
            ocsp: None,
        })
        .unwrap();
    let signer = access::Signer {
        id: Id::mint(city.now()),
        account: city.actor(login).await.person().unwrap().account,
        name: "我的 UKey".into(),
        certificate: certificate.der().to_vec(),
        created_at: city.now(),
    };
    let point = key.public().to_bytes();
    let add = move |tx: &store::Tx<'_>| {
        access::add_signer(tx, &access::clockwork("test"), &signer, &point)
    };
    city.hall.write(add).await.unwrap();
}

#[test]
fn each_threshold_is_told_once_and_a_renewal_ends_it() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let key = SigningKey::generate();
        let gateway = issued(&city, "省级平台网关", &key).await;
        city.letters();
        // Of 365 days 335 pass: 30 are left.
        pass_days(&city, 334).await;
        assert!(city.letters().is_empty());
        pass_days(&city, 1).await;
        let letters = city.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "li@example.com");
        assert!(letters[0].text.contains("省级平台网关") && letters[0].text.contains("还有 30 天"));
        pass_days(&city, 1).await;
        city.job(WATCH).await;
        assert!(city.letters().is_empty(), "thirty days are told once");
        pass_days(&city, 22).await;
        assert_eq!(city.letters().len(), 1, "seven days");
        pass_days(&city, 6).await;
        assert_eq!(city.letters().len(), 1, "one day");
        let keeper = city.client("keeper").await;
        let list = keeper.get("/desk/authority/ending").await.expect(200);
        list.says("省级平台网关").says("还有 1 天");
        let place = format!("/desk/authority/certificates/{}/renew", gateway.serial().to_hex());
        let form = [("days", "365"), ("reason_renew", "到期")];
        keeper.post(&place, &form).await.expect(303);
        agreed(&city).await;
        city.job(WATCH).await;
        let list = keeper.get("/desk/authority/ending").await.expect(200);
        list.says("没有快到期的证书");
    });
}

#[test]
fn an_official_reads_on_the_first_page_that_the_certificate_ends() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        signer(&city, "li", "李敏", city.now().plus_seconds(20 * 86_400)).await;
        signer(&city, "watcher", "冯岩", city.now().plus_seconds(200 * 86_400)).await;
        city.letters();
        city.job(WATCH).await;
        let letters = city.letters();
        assert_eq!(letters.len(), 1);
        assert!(letters[0].text.contains("/me/signing"), "{}", letters[0].text);
        let li = city.actor("li").await;
        let now = city.now();
        let tell = crate::OFFICE.tells.expect("it tells");
        let person = li.person().unwrap().clone();
        let told = city.hall.store.read(move |r| tell(r, &person, now)).await.unwrap();
        assert_eq!(told.len(), 1);
        assert!(told[0].words.contains("签名证书“我的 UKey”"), "{}", told[0].words);
        assert_eq!(told[0].path.map(|(path, _)| path), Some("/me/signing"));
        let watcher = city.client("watcher").await;
        let list = watcher.get("/desk/authority/ending").await.expect(200);
        list.says("李敏").says("还有 20 天");
        assert!(!list.text.contains("冯岩（"));
        city.client("li").await.get("/desk/authority/ending").await.expect(403);
        // What is over is told no more.
        pass_days(&city, 21).await;
        let watcher = city.client("watcher").await;
        watcher.get("/desk/authority/ending").await.expect(200).says("没有快到期的证书");
    });
}
