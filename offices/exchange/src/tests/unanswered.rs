//! A gateway takes asks and vanishes: whoever asked hears of it when the time of the ask is over.

use testkit::city::{City, each_city};

use super::over::{births, neighbours, refused};
use super::*;

/// Health has fetched an ask of housing and has said so.
async fn taken(city: &City, housing: &Player, health: &Player, centre: &Certificate) -> Draft {
    let ask = births(city, housing);
    let sent = housing.sign(vec![(ask.clone(), json!({ "mother": NUMBER }))], &health.sealing);
    assert_eq!(became(&housing.send(city, &sent).await, 0), ("stored", ""));
    assert_eq!(health.fetch(city).await.len(), 1);
    health.acknowledge(city, &[ask.id], centre).await;
    ask
}

#[test]
fn whoever_asked_is_told_when_the_ask_was_taken_and_never_answered_and_the_desk_sees_by_whom() {
    each_city(OFFICES, async |city: City| {
        let (housing, health, centre) = neighbours(&city).await;
        let ask = taken(&city, &housing, &health, &centre).await;
        city.clock.pass_seconds(3_601);
        city.job("exchange.watch").await;
        assert!(housing.fetch(&city).await.is_empty(), "a word may be on its way");
        city.clock.pass_seconds(120);
        city.job("exchange.watch").await;
        city.job("exchange.watch").await;
        let (header, body) = refused(&city, &housing, &centre).await;
        assert_eq!((header.kind, header.in_reply_to), (Kind::Refusal, Some(ask.id)));
        assert_eq!(body["code"], "exchange.not_answered");
        let watcher = city.client("watcher").await;
        let page = watcher.get("/desk/exchange/gateways/health").await.expect(200);
        page.says("到期没有答复的查询").says("health.births").says(&ask.id.to_string());
        let page = watcher.get("/desk/exchange").await.expect(200);
        page.says("取走的查询到期没有答复，最近60 分钟里有 1 条");
        // It comes back: the answer is taken all the same, and the alarm ends.
        let draft = Draft {
            in_reply_to: Some(ask.id),
            resource: "health.births".into(),
            ..health.draft(&city, Kind::Answer, ("housing", "ezhou-zjj"))
        };
        let answer = health.sign(vec![(draft, json!({ "value": 2 }))], &housing.sealing);
        assert_eq!(became(&health.send(&city, &answer).await, 0), ("stored", ""));
        assert_eq!(housing.fetch(&city).await.len(), 1);
        city.clock.pass_seconds(3_700);
        city.job("exchange.watch").await;
        let page = city.client("watcher").await.get("/desk/exchange").await.expect(200);
        page.says("最近结束的告警");
    });
}

#[test]
fn of_an_ask_that_was_answered_or_refused_in_its_time_nothing_more_is_said() {
    each_city(OFFICES, async |city: City| {
        let (housing, health, centre) = neighbours(&city).await;
        for kind in [Kind::Answer, Kind::Refusal] {
            let ask = taken(&city, &housing, &health, &centre).await;
            let draft = Draft {
                in_reply_to: Some(ask.id),
                resource: "health.births".into(),
                ..health.draft(&city, kind, ("housing", "ezhou-zjj"))
            };
            let reply = health.sign(vec![(draft, json!({ "value": 2 }))], &housing.sealing);
            assert_eq!(became(&health.send(&city, &reply).await, 0), ("stored", ""));
            let came: Vec<Id<Message>> =
                housing.fetch(&city).await.iter().map(|item| item.message.header().id).collect();
            housing.acknowledge(&city, &came, &centre).await;
        }
        city.clock.pass_seconds(4_000);
        city.job("exchange.watch").await;
        assert!(housing.fetch(&city).await.is_empty());
        let page = city.client("watcher").await.get("/desk/exchange/gateways/health").await;
        assert!(!page.expect(200).text.contains("到期没有答复"));
    });
}
