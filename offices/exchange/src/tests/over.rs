//! What nobody takes in its time, and what waits for a gateway that is stopped for good.

use delivery::evidence::{Known, verify};
use testkit::city::{City, each_city};

use super::*;

/// Housing asks health for births, and gives it permits.
pub(super) async fn neighbours(city: &City) -> (Player, Player, Certificate) {
    let (housing, centre) = connected(city).await;
    let health = Player::new("health", "ezhou-wjw", day(2030));
    registered(city, &health, "health.births").await;
    registered(city, &housing, "housing.permits").await;
    let births = Terms { kind: "health.births", ..SUBSIDY };
    agree_on(city, births).await;
    let permits =
        Terms { asker: "organ:ezhou-wjw", kind: "housing.permits", fields: &["*"], ..SUBSIDY };
    agree_on(city, permits).await;
    (housing, health, centre)
}

pub(super) fn births(city: &City, housing: &Player) -> Draft {
    let draft = housing.draft(city, Kind::Ask, ("health", "ezhou-wjw"));
    Draft { resource: "health.births".into(), ..draft }
}

fn permits(city: &City, housing: &Player) -> Draft {
    let draft = housing.draft(city, Kind::Publish, ("health", "ezhou-wjw"));
    Draft { resource: "housing.permits".into(), ..draft }
}

/// What a gateway is told of an ask: the words of the one refusal that waits for it.
pub(super) async fn refused(city: &City, player: &Player, centre: &Certificate) -> (Header, Value) {
    let mut items = player.fetch(city).await;
    assert_eq!(items.len(), 1, "one word");
    let message = items.remove(0).message;
    let header = message.header().clone();
    player.acknowledge(city, &[header.id], centre).await;
    let plain = player.opener().open(&header, message.body()).unwrap();
    (header, serde_json::from_slice(&plain).unwrap())
}

#[test]
fn whoever_asked_is_told_when_the_ask_was_not_taken_in_its_time_and_can_prove_it() {
    each_city(OFFICES, async |city: City| {
        let (housing, health, centre) = neighbours(&city).await;
        let ask = births(&city, &housing);
        let id = ask.id;
        let sent = vec![(ask, json!({ "mother": NUMBER })), (permits(&city, &housing), json!({}))];
        let sent = housing.sign(sent, &health.sealing);
        let said = housing.send(&city, &sent).await;
        assert_eq!((became(&said, 0), became(&said, 1)), (("stored", ""), ("stored", "")));
        city.clock.pass_seconds(3_601);
        city.job("exchange.watch").await;
        city.job("exchange.watch").await;
        let (header, body) = refused(&city, &housing, &centre).await;
        assert_eq!((header.kind, header.in_reply_to), (Kind::Refusal, Some(id)));
        assert_eq!(body["code"], "exchange.not_taken");
        assert!(body["words"].as_str().unwrap().contains("对方一直没有取走"), "{body}");
        // An ask that is over leaves nothing to decide; what was given unasked does.
        let page = city.client("watcher").await.get("/desk/exchange/dead").await.expect(200);
        page.says("对方一直没有取走").says(&sent[1].header().id.to_string());
        assert!(!page.text.contains(&id.to_string()), "nobody need decide on it");
        city.settle().await;
        let place = format!("/desk/exchange/messages/{id}");
        let page = city.client("watcher").await.get(&place).await.expect(200);
        page.says("已停止投递");
        let file = city.client("watcher").await.get(&format!("{place}/evidence")).await.expect(200);
        let key = city.hall.keys.log_key().public();
        let known = Known { log: Some(&key), authority: Some(AUTHORITY.certificate()) };
        let verdict = verify(&file.text, &known);
        assert!(verdict.holds(), "{verdict:?}");
        // The next one passes.
        let next = housing.sign(vec![(births(&city, &housing), json!({}))], &health.sealing);
        assert_eq!(became(&housing.send(&city, &next).await, 0), ("stored", ""));
        assert_eq!(health.fetch(&city).await.len(), 1);
    });
}

#[test]
fn an_answer_that_comes_after_that_is_taken_all_the_same() {
    each_city(OFFICES, async |city: City| {
        let (housing, health, _) = neighbours(&city).await;
        let ask = births(&city, &housing);
        let id = ask.id;
        housing.send(&city, &housing.sign(vec![(ask, json!({}))], &health.sealing)).await;
        assert_eq!(health.fetch(&city).await.len(), 1, "its acknowledgement is lost");
        city.clock.pass_seconds(3_601);
        city.job("exchange.watch").await;
        let draft = Draft {
            in_reply_to: Some(id),
            resource: "health.births".into(),
            ..health.draft(&city, Kind::Answer, ("housing", "ezhou-zjj"))
        };
        let answer = health.sign(vec![(draft, json!({ "value": 2 }))], &housing.sealing);
        assert_eq!(became(&health.send(&city, &answer).await, 0), ("stored", ""));
        let came: Vec<Kind> =
            housing.fetch(&city).await.iter().map(|item| item.message.header().kind).collect();
        assert_eq!(came, [Kind::Refusal, Kind::Answer]);
    });
}

#[test]
fn what_waits_for_a_gateway_that_is_stopped_for_good_lies_on_the_desk_and_who_asked_is_told() {
    each_city(OFFICES, async |city: City| {
        let (housing, health, centre) = neighbours(&city).await;
        let given = permits(&city, &housing);
        let id = given.id;
        let sent = vec![(births(&city, &housing), json!({})), (given, json!({}))];
        housing.send(&city, &housing.sign(sent, &health.sealing)).await;
        let reason = [("reason", "部门撤并".to_owned())];
        let revoke = "/desk/exchange/gateways/health/revoke";
        post(&city, "keeper", revoke, &reason).await.expect(303);
        city.job("exchange.watch").await;
        let (_, body) = refused(&city, &housing, &centre).await;
        assert!(body["words"].as_str().unwrap().contains("永久停用：部门撤并"), "{body}");
        let place = format!("/desk/exchange/dead/health/{id}");
        let page = city.client("keeper").await.get(&place).await.expect(200);
        page.says("网关已被中心永久停用：部门撤并");
        assert!(!page.text.contains("重新投递"), "nobody takes it any more");
        let again = post(&city, "keeper", &format!("{place}/resend"), &reason).await.expect(422);
        again.says("不能再投递");
        post(&city, "keeper", &format!("{place}/drop"), &reason).await.expect(303);
        let page = city.client("watcher").await.get("/desk/exchange/dead").await.expect(200);
        page.says("没有这样的消息");
        assert!(kinds(&city).await.contains(&"exchange.stopped".to_owned()));
    });
}
