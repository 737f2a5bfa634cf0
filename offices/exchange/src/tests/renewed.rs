//! A gateway's certificate is exchanged while messages are under way.

use testkit::city::{City, each_city};

use super::*;

/// The same gateway with another certificate for signing: of another key, or of the same one.
fn renewed(player: &Player, key: SigningKey, until: Moment) -> Player {
    let sealing_key = player.sealing_key.clone();
    Player {
        signing: issue(player.name, &key, Profile::Signature, until),
        sealing: player.sealing.clone(),
        key,
        sealing_key,
        sealer: Sealer::default(),
        ..*player
    }
}

/// Whom the centre tells a gateway of.
async fn directory(city: &City, player: &Player) -> Value {
    let token = player.token(city).await;
    let request = Request::builder().uri("/exchange/v1/directory");
    let request = request.header("authorization", format!("Bearer {token}"));
    city.visitor().ask(request.body(Body::empty()).unwrap()).await.expect(200).json()
}

fn ask(city: &City, player: &Player, order: Option<Order>) -> (Draft, Value) {
    (Draft { order, ..player.ask(city) }, json!({ "number": NUMBER }))
}

#[test]
fn what_the_old_certificate_signed_is_taken_in_after_the_new_one_is_registered_for_as_long_as_it_counts()
 {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let under_way = housing.sign(vec![ask(&city, &housing, ordered("k", 1))], &centre);
        let id = under_way[0].header().id;
        let new = renewed(&housing, SigningKey::generate(), day(2031));
        let refused = new.knock(&city, city.now(), "early").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.bad_signature", "nobody knows it yet");
        registered(&city, &new, "").await;
        let said = housing.send(&city, &under_way).await;
        assert_eq!(became(&said, 0), ("stored", ""), "{said}");
        let next = new.sign(vec![ask(&city, &new, ordered("k", 2))], &centre);
        assert_eq!(became(&new.send(&city, &next).await, 0), ("stored", ""));
        // The old one signs on until the gateway was started again.
        let last = housing.sign(vec![ask(&city, &housing, ordered("k", 3))], &centre);
        assert_eq!(became(&housing.send(&city, &last).await, 0), ("stored", ""));
        assert_eq!(new.fetch(&city).await.len(), 3, "each is answered");
        let own = directory(&city, &new).await["gateways"][0].clone();
        assert_eq!(own["signing"], BASE64.encode(new.signing.der()));
        assert_eq!(own["former"][0]["signing"], BASE64.encode(housing.signing.der()));
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("原来的签名证书").says("换下，用它签名的消息收到");
        // Both hold in evidence: each message by the certificate that signed it.
        city.settle().await;
        let place = format!("/desk/exchange/messages/{id}/evidence");
        let file = city.client("watcher").await.get(&place).await.expect(200);
        let known = delivery::evidence::Known { log: None, authority: None };
        let verdict = delivery::evidence::verify(&file.text, &known);
        assert!(verdict.holds(), "{verdict:?}");
        city.clock.pass_seconds(7 * 86_400 + 1);
        let refused = housing.knock(&city, city.now(), "late").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.bad_signature", "its time is over");
        new.token(&city).await;
    });
}

#[test]
fn what_a_certificate_signed_that_is_not_registered_yet_waits_and_passes_once_it_is() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        // The key is the same: the gateway is let in, and signs by a certificate that nobody has registered.
        let new = renewed(&housing, housing.key.clone(), day(2031));
        let asks = vec![ask(&city, &new, ordered("k", 1)), ask(&city, &new, ordered("k", 2))];
        let asks = new.sign(asks, &centre);
        let said = new.send(&city, &asks).await;
        for place in 0..2 {
            assert_eq!(became(&said, place), ("later", "exchange.other_certificate"));
        }
        assert_eq!(said["steps"], json!([]), "nothing is settled");
        new.send(&city, &asks).await;
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        let page = page.expect(200);
        page.says("换发证书后，请先到中心登记新证书");
        let said = page.text.matches("换发证书后").count();
        assert_eq!(said, 1, "however often it comes, it is said once a minute");
        assert!(kinds(&city).await.contains(&"exchange.refused".to_owned()));
        registered(&city, &new, "").await;
        let said = new.send(&city, &asks).await;
        let codes: Vec<_> = (0..2).map(|place| became(&said, place)).collect();
        assert_eq!(codes, [("stored", ""), ("stored", "")], "no number was used up");
    });
}

#[test]
fn a_certificate_that_ends_or_is_revoked_is_said_and_what_it_signed_waits_for_another() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let centre = certified(&city).await;
        let ends = city.now().plus_seconds(600);
        let housing = Player::new("housing", "ezhou-zjj", ends);
        registered(&city, &housing, "").await;
        agree_on(&city, SUBSIDY).await;
        let token = housing.token(&city).await;
        city.settle().await;
        city.clock.pass_seconds(700);
        let asks = housing.sign(vec![ask(&city, &housing, None)], &centre);
        let packet = Player::packet(city.now(), &asks);
        let said = housing.post(&city, "/exchange/v1/messages", &token, packet).await.expect(200);
        assert_eq!(became(&said.json(), 0), ("later", "exchange.certificate_expired"));
        said.says("证书已经过期");
        let new = renewed(&housing, SigningKey::generate(), day(2030));
        let sealing = issue("housing", &new.sealing_key, Profile::Encipherment, day(2030));
        let new = Player { sealing, ..new };
        registered(&city, &new, "").await;
        // It is the same message, signed anew.
        let id = asks[0].header().id;
        let again = Draft { id, ..ask(&city, &new, None).0 };
        let again = new.sign(vec![(again, json!({ "number": NUMBER }))], &centre);
        assert_eq!(became(&new.send(&city, &again).await, 0), ("stored", ""));
        let token = new.token(&city).await;
        REVOKED.lock().unwrap().push(new.signing.serial());
        let asks = new.sign(vec![ask(&city, &new, None)], &centre);
        let packet = Player::packet(city.now(), &asks);
        let said = new.post(&city, "/exchange/v1/messages", &token, packet).await.expect(200);
        assert_eq!(became(&said.json(), 0), ("later", "exchange.certificate_revoked"));
        said.says("被吊销");
        let refused = new.knock(&city, city.now(), "revoked").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.certificate_revoked");
    });
}

#[test]
fn of_a_gateway_that_was_stopped_the_old_certificate_counts_no_more() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let stolen = housing.sign(vec![ask(&city, &housing, None)], &centre);
        let reason = [("reason", "私钥可能泄露".to_owned())];
        let place = |verb: &str| format!("/desk/exchange/gateways/housing/{verb}");
        post(&city, "keeper", &place("suspend"), &reason).await.expect(303);
        let new = renewed(&housing, SigningKey::generate(), day(2031));
        registered(&city, &new, "").await;
        post(&city, "keeper", &place("resume"), &reason).await.expect(303);
        agreed(&city).await;
        let refused = housing.knock(&city, city.now(), "thief").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.bad_signature");
        let said = new.send(&city, &stolen).await;
        assert_eq!(became(&said, 0), ("later", "exchange.other_certificate"));
        // One that was exchanged while it was in use ends when the gateway is stopped.
        let third = renewed(&new, SigningKey::generate(), day(2032));
        registered(&city, &third, "").await;
        new.token(&city).await;
        post(&city, "keeper", &place("suspend"), &reason).await.expect(303);
        post(&city, "keeper", &place("resume"), &reason).await.expect(303);
        agreed(&city).await;
        new.knock(&city, city.now(), "other thief").await.expect(403);
        third.token(&city).await;
    });
}

#[test]
fn the_centre_changes_its_own_keys_and_what_was_sealed_for_the_old_ones_or_signed_by_them_holds() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let asks = || housing.sign(vec![ask(&city, &housing, None)], &centre);
        let (before, under_way) = (asks(), asks());
        let id = before[0].header().id;
        housing.send(&city, &before).await;
        let old = directory(&city, &housing).await["centre"].clone();
        city.clock.pass_seconds(1);
        certified(&city).await;
        let new = directory(&city, &housing).await["centre"].clone();
        assert_ne!(new["signing"], old["signing"]);
        assert_eq!(new["former"][0]["signing"], old["signing"]);
        assert_eq!(new["former"][0]["until"], json!(city.now().millis()));
        // What was sealed for the old certificate still opens.
        assert_eq!(became(&housing.send(&city, &under_way).await, 0), ("stored", ""));
        let came = housing.fetch(&city).await;
        let signers: Vec<String> =
            came.iter().map(|item| item.message.header().signer.clone()).collect();
        assert_eq!(signers.len(), 2);
        assert_ne!(signers[0], signers[1]);
        city.settle().await;
        let place = format!("/desk/exchange/messages/{id}/evidence");
        let file = city.client("watcher").await.get(&place).await.expect(200);
        let known = delivery::evidence::Known { log: None, authority: None };
        let verdict = delivery::evidence::verify(&file.text, &known);
        assert!(verdict.holds(), "{verdict:?}");
    });
}

#[test]
fn what_was_taken_in_before_its_sender_heard_of_it_is_known_when_the_next_certificate_signs_it() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let sent = housing.sign(vec![ask(&city, &housing, ordered("k", 1))], &centre);
        let said = housing.send(&city, &sent).await;
        assert_eq!(became(&said, 0), ("stored", ""), "and the answer is lost");
        let new = renewed(&housing, SigningKey::generate(), day(2031));
        registered(&city, &new, "").await;
        let again = |change: fn(&mut Header)| {
            let mut header = sent[0].header().clone();
            header.signer = HEXLOWER.encode(&new.signing.fingerprint());
            change(&mut header);
            let sealed = Sealed::of(header, sent[0].body().to_vec()).unwrap();
            sign_batch(&LogKey::Here(new.key.clone()), new.name, vec![sealed]).unwrap()
        };
        let said = new.send(&city, &again(|_| {})).await;
        assert_eq!(became(&said, 0).0, "known", "{said}");
        // Another message of the same name is none of it.
        let said = new.send(&city, &again(|header| header.purpose.push('x'))).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.replayed"), "{said}");
        assert_eq!(new.fetch(&city).await.len(), 1, "it is answered once");
    });
}
