//! What passes: asks of the city's registers, and messages from gateway to gateway.

use delivery::evidence::{Known, verify};
use testkit::city::{City, each_city};

use super::*;

#[test]
fn an_ask_of_the_register_is_answered_on_terms_on_record_and_acknowledged() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let draft = Draft { fields: vec!["name".into()], ..housing.ask(&city) };
        let id = draft.id;
        let ask = housing.sign(vec![(draft, json!({ "number": NUMBER }))], &centre);
        let said = housing.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("stored", ""), "{said}");
        assert!(said["receipt"].as_str().unwrap().contains("exchange.taken_in"));
        let items = housing.fetch(&city).await;
        let answer = items[0].message.header();
        assert_eq!((answer.kind, answer.in_reply_to), (Kind::Answer, Some(id)));
        let plain = housing.opener().open(answer, items[0].message.body()).unwrap();
        let told: Value = serde_json::from_slice(&plain).unwrap();
        assert_eq!(told["value"], json!({ "name": "张三" }), "cut to what was asked");
        assert_eq!(told["source"], "人口基础信息");
        let terms = items[0].terms.clone().unwrap().terms;
        assert_eq!(answer.terms, Some(terms.digest().unwrap()));
        assert!(kinds(&city).await.contains(&"ask.answered".to_owned()));
        let answer_id = answer.id;
        assert!(housing.fetch(&city).await.is_empty(), "it is out");
        let said = housing.acknowledge(&city, &[answer_id], &centre).await;
        assert_eq!(became(&said, 0), ("taken", ""));
        city.settle().await;
        city.clock.pass_seconds(3_600);
        assert!(housing.fetch(&city).await.is_empty(), "it has arrived");
        let page = city.client("watcher").await.get("/desk/exchange/messages").await.expect(200);
        page.says("已确认").says(&answer_id.to_string());
        let place = format!("/desk/exchange/messages/{answer_id}");
        let page = city.client("watcher").await.get(&place).await.expect(200);
        page.says("中心已受理并保存").says("已送达对方网关").says("对方网关已确认收到");
    });
}

#[test]
fn the_file_of_an_exchange_proves_it_offline_and_no_word_of_it_can_change() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let draft = housing.ask(&city);
        let id = draft.id;
        let ask = housing.sign(vec![(draft, json!({ "number": NUMBER }))], &centre);
        housing.send(&city, &ask).await;
        let answer = housing.fetch(&city).await.remove(0).message.header().id;
        housing.acknowledge(&city, &[answer], &centre).await;
        city.settle().await;
        let place = format!("/desk/exchange/messages/{id}/evidence");
        let file = city.client("watcher").await.get(&place).await.expect(200).text;
        let key = city.hall.keys.log_key().public();
        let known = Known { log: Some(&key), authority: Some(AUTHORITY.certificate()) };
        let verdict = verify(&file, &known);
        assert!(verdict.holds(), "{verdict:?}");
        let said: Vec<&str> = verdict.checks.iter().map(|one| one.words.as_str()).collect();
        let said = said.join("\n");
        for words in ["查询：网关“housing”", "答复：网关“centre”", "一对", "共享条件", "已确认收到"]
        {
            assert!(said.contains(words), "{words}: {said}");
        }
        // Without the keys it says what it could not judge.
        let verdict = verify(&file, &Known { log: None, authority: None });
        assert!(verdict.holds() && verdict.unjudged.len() > 2, "{verdict:?}");
        for (from, to) in [("\"address\"", "\"phone\""), ("核对住房补贴申请", "随便看看")]
        {
            let changed = file.replacen(from, to, 1);
            assert_ne!(changed, file, "{from}");
            assert!(!verify(&changed, &known).holds(), "{from}");
        }
        // Where the receipt of its storing is missing, the time is its sender's own, which is said.
        let mut bundle: Value = serde_json::from_str(&file).unwrap();
        bundle["messages"][1]["steps"].as_array_mut().unwrap().remove(0);
        let verdict = verify(&bundle.to_string(), &known);
        let open = verdict.unjudged.join("\n");
        assert!(open.contains("没有中心受理这条消息的有效回执"), "{open}");
        let mut bundle: Value = serde_json::from_str(&file).unwrap();
        bundle["messages"][0]["steps"][0]["proof"]["step"]["at"] = json!(1);
        assert!(!verify(&bundle.to_string(), &known).holds());
    });
}

#[test]
fn an_ask_of_another_department_travels_with_its_terms_and_its_answer_comes_back_sealed() {
    each_city(OFFICES, async |city: City| {
        let (housing, _) = connected(&city).await;
        let health = Player::new("health", "ezhou-wjw", day(2030));
        registered(&city, &health, "health.births").await;
        let draft = || Draft {
            resource: "health.births".into(),
            fields: vec!["born".into()],
            ..housing.draft(&city, Kind::Ask, ("health", "ezhou-wjw"))
        };
        // Deny by default: nothing was agreed.
        let ask = housing.sign(vec![(draft(), json!({ "mother": NUMBER }))], &health.sealing);
        let said = housing.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("refused", "ask.no_terms"));
        let births = Terms { kind: "health.births", fields: &["born", "name"], ..SUBSIDY };
        agree_on(&city, births).await;
        let outside = Draft { fields: vec!["father".into()], ..draft() };
        let ask = housing.sign(vec![(outside, json!({}))], &health.sealing);
        let said = housing.send(&city, &ask).await;
        assert_eq!(became(&said, 0), ("refused", "ask.field_outside"));
        let ask = housing.sign(vec![(draft(), json!({ "mother": NUMBER }))], &health.sealing);
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("stored", ""));
        let item = health.fetch(&city).await.remove(0);
        let header = item.message.header();
        let terms = item.terms.clone().unwrap();
        terms.terms.cover(header, city.now()).unwrap();
        assert_eq!(terms.terms.fields, ["born", "name"]);
        let plain = health.opener().open(header, item.message.body()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&plain).unwrap()["mother"], NUMBER);
        let reply = || Draft {
            resource: "health.births".into(),
            in_reply_to: Some(header.id),
            terms: Some(terms.terms.digest().unwrap()),
            ..health.draft(&city, Kind::Answer, ("housing", "ezhou-zjj"))
        };
        let answer = health.sign(vec![(reply(), json!({ "born": 2 }))], &housing.sealing);
        assert_eq!(became(&health.send(&city, &answer).await, 0), ("stored", ""));
        let twice = health.sign(vec![(reply(), json!({ "born": 3 }))], &housing.sealing);
        let said = health.send(&city, &twice).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.answered_already"));
        let back = housing.fetch(&city).await.remove(0);
        assert_eq!(back.terms.as_ref(), Some(&terms), "the terms come along with the answer");
        let plain = housing.opener().open(back.message.header(), back.message.body()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&plain).unwrap()["born"], 2);
        // Nobody answers what was asked of somebody else.
        let posing = Draft { in_reply_to: Some(header.id), ..reply() };
        let posing = Draft { from: End::new("housing", "ezhou-zjj"), ..posing };
        let posing = housing.sign(vec![(posing, json!({}))], &housing.sealing);
        let said = housing.send(&city, &posing).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.no_such_ask"));
    });
}

#[test]
fn what_was_sent_again_counts_once_and_those_of_one_key_come_in_their_order() {
    each_city(OFFICES, async |city: City| {
        let (housing, _) = connected(&city).await;
        let health = Player::new("health", "ezhou-wjw", day(2030));
        registered(&city, &health, "").await;
        // Housing gives permits to health: health is the consumer.
        let reason = [("reason", "改资源".to_owned())];
        let mut form = housing.form("housing.permits");
        form.last_mut().unwrap().1 = reason[0].1.clone();
        post(&city, "keeper", "/desk/exchange/register", &form).await.expect(303);
        agreed(&city).await;
        let permits =
            Terms { asker: "organ:ezhou-wjw", kind: "housing.permits", fields: &["*"], ..SUBSIDY };
        agree_on(&city, permits).await;
        let publish = |sequence| Draft {
            resource: "housing.permits".into(),
            order: ordered("permit 7", sequence),
            ..housing.draft(&city, Kind::Publish, ("health", "ezhou-wjw"))
        };
        let drafts = (1..=3).map(|n| (publish(n), json!({ "n": n }))).collect();
        let sent = housing.sign(drafts, &health.sealing);
        let said = housing.send(&city, &sent[..2]).await;
        assert_eq!((became(&said, 0).0, became(&said, 1).0), ("stored", "stored"));
        let said = housing.send(&city, &sent[1..]).await;
        assert_eq!(became(&said, 0), ("known", "exchange.replayed"));
        assert_eq!(became(&said, 1), ("stored", ""));
        let early = housing.sign(vec![(publish(5), json!({}))], &health.sealing);
        assert_eq!(became(&housing.send(&city, &early).await, 0), ("early", ""));
        let past = housing.sign(vec![(publish(2), json!({}))], &health.sealing);
        let said = housing.send(&city, &past).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.replayed"), "another under its number");
        // One that is refused uses its number up, so that those behind it do not wait for ever.
        let refused = Draft { resource: "housing.secrets".into(), ..publish(4) };
        let refused = housing.sign(vec![(refused, json!({}))], &health.sealing);
        assert_eq!(became(&housing.send(&city, &refused).await, 0).0, "refused");
        assert_eq!(became(&housing.send(&city, &early).await, 0), ("stored", ""));
        let items = health.fetch(&city).await;
        let numbers: Vec<u64> = items
            .iter()
            .map(|item| item.message.header().order.as_ref().unwrap().sequence)
            .collect();
        assert_eq!(numbers, [1, 2, 3, 5]);
        let gateway = "/desk/exchange/gateways/housing";
        let page = city.client("watcher").await.get(gateway).await.expect(200);
        page.says("以前收到过");
    });
}
