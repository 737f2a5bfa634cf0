//! What does not pass: each is refused in words that say what to do, and is on record.

use testkit::city::{City, each_city};

use super::*;

/// The refusals that the gateway's page tells of.
async fn on_record(city: &City, words: &str) {
    let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
    page.expect(200).says(words);
}

#[test]
fn a_clock_three_hours_off_is_told_by_how_much() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let ahead = city.now().plus_seconds(3 * 3_600);
        let refused = housing.knock(&city, ahead, "a").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.clock");
        refused.says("快 3 小时 0 分");
        let behind = city.now().plus_seconds(-3 * 3_600);
        housing.knock(&city, behind, "b").await.expect(403).says("慢 3 小时 0 分");
        on_record(&city, "快 3 小时 0 分").await;
        // A clock that goes wrong after it was let in.
        let token = housing.token(&city).await;
        let ask = housing.sign(vec![(housing.ask(&city), json!({}))], &centre);
        let packet = Player::packet(behind, &ask);
        let refused = housing.post(&city, "/exchange/v1/messages", &token, packet).await;
        refused.expect(403).says("慢 3 小时 0 分");
        // And a message that says to come from the future.
        let draft = Draft { at: ahead, expires: ahead.plus_seconds(60), ..housing.ask(&city) };
        let ask = housing.sign(vec![(draft, json!({ "number": NUMBER }))], &centre);
        let said = housing.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.clock"));
        assert!(kinds(&city).await.contains(&"exchange.refused".to_owned()));
    });
}

#[test]
fn a_certificate_that_has_expired_opens_no_session() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        certified(&city).await;
        let ends = city.now().plus_seconds(20 * 86_400);
        let housing = Player::new("housing", "ezhou-zjj", ends);
        registered(&city, &housing, "").await;
        let page = city.client("keeper").await.get("/desk/exchange/gateways").await.expect(200);
        page.says("证书快到期");
        housing.token(&city).await;
        city.clock.pass_seconds(21 * 86_400);
        let refused = housing.knock(&city, city.now(), "late").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.certificate_expired");
        refused.says("证书已经过期");
        on_record(&city, "证书已经过期").await;
    });
}

#[test]
fn a_knock_that_was_overheard_opens_nothing_and_a_token_ends() {
    each_city(OFFICES, async |city: City| {
        let (housing, _) = connected(&city).await;
        let token = housing.token(&city).await;
        // Who has another key is told so, and writes nothing in the gateway's name.
        let posing = Player::new("housing", "ezhou-zjj", day(2030));
        let refused = posing.knock(&city, city.now(), "posing").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.bad_signature");
        assert!(!kinds(&city).await.contains(&"exchange.refused".to_owned()));
        housing.knock(&city, city.now(), "once").await.expect(200);
        let again = housing.knock(&city, city.now(), "once").await.expect(409);
        assert_eq!(again.json()["code"], "exchange.replayed");
        let fetch = || json!({ "limit": 1, "wait_seconds": 0 }).to_string().into_bytes();
        housing.post(&city, "/exchange/v1/fetch", &token, fetch()).await.expect(200);
        let other = token.replacen("housing", "health", 1);
        housing.post(&city, "/exchange/v1/fetch", &other, fetch()).await.expect(401);
        city.clock.pass_seconds(901);
        let over = housing.post(&city, "/exchange/v1/fetch", &token, fetch()).await.expect(401);
        assert_eq!(over.json()["code"], "exchange.session_over");
    });
}

#[test]
fn half_a_message_and_one_of_20_mb_are_refused_and_the_whole_one_passes_afterwards() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let token = housing.token(&city).await;
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        let packet = Player::packet(city.now(), &ask);
        let half = packet[..packet.len() / 2].to_vec();
        let refused = housing.post(&city, "/exchange/v1/messages", &token, half).await;
        let refused = refused.expect(422);
        assert_eq!(refused.json()["code"], "exchange.half");
        refused.says("只收到半条消息");
        let large = json!("x".repeat(20 * 1024 * 1024));
        let large = housing.sign(vec![(housing.ask(&city), large)], &centre);
        let large = Player::packet(city.now(), &large);
        let refused = housing.post(&city, "/exchange/v1/messages", &token, large).await;
        let refused = refused.expect(413);
        assert_eq!(refused.json()["code"], "exchange.too_large");
        refused.says("超过上限");
        for words in ["只收到半条消息", "超过上限"] {
            on_record(&city, words).await;
        }
        let whole = housing.post(&city, "/exchange/v1/messages", &token, packet).await;
        assert_eq!(became(&whole.expect(200).json(), 0), ("stored", ""));
    });
}

#[test]
fn a_field_outside_of_the_terms_a_foreign_organ_and_other_kinds_are_refused_one_by_one() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let ask = |change: &dyn Fn(&mut Draft)| {
            let mut draft = housing.ask(&city);
            change(&mut draft);
            (draft, json!({ "number": NUMBER }))
        };
        let drafts = vec![
            ask(&|draft| draft.fields = vec!["name".into(), "phone".into()]),
            ask(&|draft| draft.purpose = "curiosity".into()),
            ask(&|draft| draft.from.organ = "ezhou-wjw".into()),
            ask(&|draft| draft.resource = "identity.passwords".into()),
            ask(&|draft| draft.to = End::new("nowhere", "ezhou-wjw")),
            ask(&|draft| draft.expires = draft.at.plus_seconds(8 * 86_400)),
            ask(&|_| ()),
        ];
        let said = housing.send(&city, &housing.sign(drafts, &centre)).await;
        let codes: Vec<(&str, &str)> = (0..7).map(|place| became(&said, place)).collect();
        assert_eq!(
            codes,
            [
                ("refused", "ask.field_outside"),
                ("refused", "ask.no_terms"),
                ("refused", "exchange.not_its_organ"),
                ("refused", "exchange.kind_not_offered"),
                ("refused", "exchange.no_such_gateway"),
                ("refused", "exchange.life"),
                ("stored", ""),
            ],
            "what is wrong with one stops none of the others"
        );
        assert_eq!(said["steps"].as_array().unwrap().len(), 8, "each has a receipt");
        on_record(&city, "phone").await;
    });
}

#[test]
fn a_message_of_another_gateway_is_not_taken_from_who_replays_it() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let health = Player::new("health", "ezhou-wjw", day(2030));
        registered(&city, &health, "").await;
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        let said = health.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.other_gateway"));
        housing.send(&city, &ask).await;
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("known", "exchange.replayed"));
        // Its name serves nobody for something else.
        let mut other = housing.ask(&city);
        other.id = ask[0].header().id;
        let other = housing.sign(vec![(other, json!({ "number": "x" }))], &centre);
        let said = housing.send(&city, &other).await;
        assert_eq!(became(&said, 0).0, "refused");
        assert_eq!(housing.fetch(&city).await.len(), 1, "one answer");
        city.settle().await;
        city.clock.pass_seconds(8 * 86_400);
        let said = housing.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("known", "exchange.replayed"), "however late");
        let said = health.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.other_gateway"));
    });
}

#[test]
fn while_the_log_stands_still_traffic_goes_on_for_a_minute_and_is_then_refused_politely() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        city.settle().await;
        let sign =
            || housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        // From here on the sequencer does not run.
        assert_eq!(became(&housing.send(&city, &sign()).await, 0), ("stored", ""));
        city.clock.pass_seconds(30);
        assert_eq!(became(&housing.send(&city, &sign()).await, 0), ("stored", ""));
        let hall = city.hall.clone();
        (hall.job("exchange.watch").unwrap().work)(hall.clone(), Value::Null, city.now())
            .await
            .unwrap();
        let page = city.client("watcher").await.get("/desk/exchange").await.expect(200);
        page.says("登记簿停止了更新").says("秒以后暂停受理消息");
        city.clock.pass_seconds(31);
        let token = housing.token(&city).await;
        let packet = Player::packet(city.now(), &sign());
        let refused = housing.post(&city, "/exchange/v1/messages", &token, packet.clone()).await;
        let refused = refused.expect(503);
        assert_eq!(refused.json()["code"], "exchange.stalled");
        assert_eq!(refused.header("retry-after"), Some("15"));
        let fetch = json!({ "limit": 9, "wait_seconds": 0 }).to_string().into_bytes();
        let refused = housing.post(&city, "/exchange/v1/fetch", &token, fetch).await.expect(503);
        assert_eq!(refused.json()["code"], "exchange.stalled");
        city.settle().await;
        let whole = housing.post(&city, "/exchange/v1/messages", &token, packet).await;
        assert_eq!(became(&whole.expect(200).json(), 0), ("stored", ""));
    });
}
