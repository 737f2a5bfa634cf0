//! What a gateway hears that counts otherwise or lost an answer; how often may be asked; what is given unasked.

use ask::{Rate, Share};
use delivery::evidence::{Known, verify};
use ledger::Verdict;
use testkit::city::{City, each_city};

use super::*;

/// Housing gives permits to the health commission.
async fn giving(city: &City, fields: &'static [&'static str]) -> (Player, Player) {
    let (housing, _) = connected(city).await;
    let health = Player::new("health", "ezhou-wjw", day(2030));
    registered(city, &health, "health.births").await;
    registered(city, &housing, "housing.permits").await;
    let permits = Terms { asker: "organ:ezhou-wjw", kind: "housing.permits", fields, ..SUBSIDY };
    agree_on(city, permits).await;
    (housing, health)
}

fn permit(city: &City, housing: &Player) -> Draft {
    Draft {
        resource: "housing.permits".into(),
        ..housing.draft(city, Kind::Publish, ("health", "ezhou-wjw"))
    }
}

#[test]
fn a_gateway_that_counts_otherwise_hears_where_its_key_stands() {
    each_city(OFFICES, async |city: City| {
        let (housing, health) = giving(&city, &["*"]).await;
        let publish = |sequence| {
            let order = ordered("permit 7", sequence);
            let draft = Draft { order, ..permit(&city, &housing) };
            housing.sign(vec![(draft, json!({}))], &health.sealing)
        };
        housing.send(&city, &publish(1)).await;
        housing.send(&city, &publish(2)).await;
        let said = housing.send(&city, &publish(7)).await;
        assert_eq!((became(&said, 0).0, &said["results"][0]["highest"]), ("early", &json!(2)));
        let said = housing.send(&city, &publish(1)).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.replayed"));
        assert_eq!(said["results"][0]["highest"], 2);
        // What came too late was seen by the centre, and uses its number up.
        let order = ordered("permit 7", 3);
        let late = Draft { order, expires: city.now().plus_seconds(60), ..permit(&city, &housing) };
        let late = housing.sign(vec![(late, json!({}))], &health.sealing);
        city.settle().await;
        city.clock.pass_seconds(61);
        let said = housing.send(&city, &late).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.expired"));
        assert_eq!(became(&housing.send(&city, &publish(4)).await, 0), ("stored", ""));
    });
}

#[test]
fn what_was_taken_in_is_recognised_when_its_time_is_over() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let ask = Draft { expires: city.now().plus_seconds(60), ..housing.ask(&city) };
        let ask = housing.sign(vec![(ask, json!({ "number": NUMBER }))], &centre);
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("stored", ""));
        // The answer of the centre was lost on its way.
        city.settle().await;
        city.clock.pass_seconds(120);
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("known", "exchange.replayed"));
        assert_eq!(housing.fetch(&city).await.len(), 1);
    });
}

#[test]
fn another_department_is_asked_as_often_as_was_agreed() {
    each_city(OFFICES, async |city: City| {
        let (housing, health) = giving(&city, &["*"]).await;
        let share = Share {
            organ: "ezhou-zjj".into(),
            organ_name: "鄂州市住房和城乡建设局".into(),
            kind: "health.births".into(),
            purpose: "subsidy".into(),
            about: "核对住房补贴申请".into(),
            fields: vec!["born".into()],
            ground: "政务数据共享条例第二十三条".into(),
            valid_seconds: 3_600,
            filter: Vec::new(),
            yes_no: false,
            rate: Rate { per_minute: Some(2), per_day: None },
            from: city.now().day(),
            until: Some(city.now().day()),
            request: "1".into(),
            version: 1,
            resource: "1".into(),
        };
        let put = move |tx: &::store::Tx<'_>| {
            ask::put_share(tx, &access::clockwork("exchange.watch"), &share)
        };
        city.hall.write(put).await.unwrap();
        let asks = (0..3).map(|_| {
            let draft = housing.draft(&city, Kind::Ask, ("health", "ezhou-wjw"));
            (Draft { resource: "health.births".into(), ..draft }, json!({ "mother": NUMBER }))
        });
        let asks = housing.sign(asks.collect(), &health.sealing);
        let said = housing.send(&city, &asks).await;
        assert_eq!((became(&said, 0).0, became(&said, 1).0), ("stored", "stored"), "{said}");
        assert_eq!(became(&said, 2), ("refused", "ask.too_often"));
        let terms = health.fetch(&city).await.remove(0).terms.unwrap().terms;
        let tomorrow = city.now().day().plus(1).start();
        assert_eq!(terms.until, tomorrow.millis(), "not beyond the last day agreed on");
    });
}

async fn proved(city: &City, id: Id<Message>) -> Verdict {
    let place = format!("/desk/exchange/messages/{id}/evidence");
    let file = city.client("watcher").await.get(&place).await.expect(200).text;
    let key = city.hall.keys.log_key().public();
    verify(&file, &Known { log: Some(&key), authority: Some(AUTHORITY.certificate()) })
}

#[test]
fn what_is_given_unasked_says_its_fields_and_is_proved_whenever_it_was_taken_in() {
    each_city(OFFICES, async |city: City| {
        let (housing, health) = giving(&city, &["no"]).await;
        let sign = |draft: Draft| housing.sign(vec![(draft, json!({ "no": 7 }))], &health.sealing);
        let said = housing.send(&city, &sign(permit(&city, &housing))).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.fields_unsaid"));
        // Made today, taken in tomorrow, on terms of tomorrow.
        let expires = city.now().plus_seconds(3 * 86_400);
        let draft = Draft { fields: vec!["no".into()], expires, ..permit(&city, &housing) };
        let (id, message) = (draft.id, sign(draft));
        city.settle().await;
        city.clock.pass_seconds(86_400);
        assert_eq!(became(&housing.send(&city, &message).await, 0), ("stored", ""));
        city.settle().await;
        let verdict = proved(&city, id).await;
        assert!(verdict.holds(), "{verdict:?}");
        let said: Vec<&str> = verdict.checks.iter().map(|one| one.words.as_str()).collect();
        assert!(said.contains(&"推送在共享条件之内"), "{said:?}");
    });
}

#[test]
fn a_clock_that_leapt_stops_traffic_until_it_has_gone_right_for_a_while() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let watch = async || {
            city.settle().await;
            city.job("exchange.watch").await;
            city.settle().await;
        };
        watch().await;
        city.clock.pass_seconds(3 * 3_600);
        watch().await;
        city.clock.pass_seconds(61);
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        let (token, packet) = (housing.token(&city).await, Player::packet(city.now(), &ask));
        let refused = housing.post(&city, "/exchange/v1/messages", &token, packet).await;
        let refused = refused.expect(503);
        assert_eq!(refused.json()["code"], "exchange.stalled");
        refused.says("时钟跳动了").says("自动恢复");
        for _ in 0..6 {
            watch().await;
        }
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("stored", ""));
    });
}
