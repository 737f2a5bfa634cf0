//! With a bus: what is put down waits for it, arrives by it, goes past it while it is away, and is refused in the end.

use std::collections::BTreeMap;

use testkit::city::{City, each_city};

use super::*;
use crate::acts::bus;
use crate::terms::queue_of;

/// Shorter than what counts as a jump of the centre's clock.
const PATIENCE_SECONDS: i64 = 120;

async fn asked(city: &City, housing: &Player, centre: &Certificate) -> Value {
    let ask = housing.sign(vec![(housing.ask(city), json!({ "number": NUMBER }))], centre);
    housing.send(city, &ask).await
}

/// How many come, each once: they are acknowledged.
async fn fetched(city: &City, housing: &Player, centre: &Certificate) -> usize {
    let items = housing.fetch(city).await;
    let ids: Vec<_> = items.iter().map(|item| item.message.header().id).collect();
    if !ids.is_empty() {
        housing.acknowledge(city, &ids, centre).await;
    }
    ids.len()
}

async fn waiting(city: &City) -> String {
    city.client("watcher").await.get("/desk/exchange").await.expect(200).text
}

#[test]
fn what_is_put_down_arrives_by_the_bus_or_past_it_while_it_is_away_and_is_refused_in_the_end() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        assert!(!waiting(&city).await.contains("交换总线"), "none is used");
        bus::take_into_use(&city.hall, PATIENCE_SECONDS).await.unwrap();
        let node = |name: &str, whole, silent_seconds| ::bus::Node {
            name: name.into(),
            whole,
            behind: if whole { 0 } else { 12 },
            silent_seconds,
        };
        let standing = ::bus::Standing {
            stream: "exchange".into(),
            leader: "n1".into(),
            nodes: vec![node("n1", true, 0), node("n2", true, 0), node("n3", false, 70)],
            replicas: 3,
            ..::bus::Standing::default()
        };
        bus::reached(&city.hall, &standing).await.unwrap();
        // By the bus.
        assert_eq!(became(&asked(&city, &housing, &centre).await, 0), ("stored", ""));
        assert!(housing.fetch(&city).await.is_empty(), "the bus has not brought it");
        let page = waiting(&city).await;
        for words in ["连接着", "共 3 个", "主节点 n1", "n3", "12 步", "连接不上"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let queue = queue_of("housing");
        assert_eq!(bus::queues(&city.hall).await.unwrap(), std::slice::from_ref(&queue));
        let out = bus::going_out(&city.hall, &queue).await.unwrap();
        let brought = || BTreeMap::from([(queue.clone(), vec![out[0].id])]);
        let (rung, early) = bus::arrived(&city.hall, brought()).await.unwrap();
        assert_eq!((rung, early.len()), (vec!["housing".to_owned()], 0));
        assert_eq!(fetched(&city, &housing, &centre).await, 1);
        let (rung, _) = bus::arrived(&city.hall, brought()).await.unwrap();
        assert!(rung.is_empty(), "twice is once");
        // Past it.
        asked(&city, &housing, &centre).await;
        assert_eq!(bus::without_bus(&city.hall).await.unwrap(), 0, "it was there just now");
        city.clock.pass_seconds(20);
        assert_eq!(bus::without_bus(&city.hall).await.unwrap(), 1);
        assert_eq!(fetched(&city, &housing, &centre).await, 1);
        crate::acts::watch(city.hall.clone(), city.now()).await.unwrap();
        let page = waiting(&city).await;
        assert!(page.contains("交换总线连接不上"), "an alarm: {page}");
        // Not any more.
        city.settle().await;
        city.clock.pass_seconds(PATIENCE_SECONDS);
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        let packet = Player::packet(city.now(), &ask);
        let token = housing.token(&city).await;
        let refused =
            housing.post(&city, "/exchange/v1/messages", &token, packet).await.expect(503);
        refused.says("交换总线连接不上，中心暂停受理消息");
        // It is back.
        bus::reached(&city.hall, &standing).await.unwrap();
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("stored", ""));
        crate::acts::watch(city.hall.clone(), city.now()).await.unwrap();
        assert!(waiting(&city).await.contains("现在没有告警"));
        // It is given up: what lies in the outbox moves with it.
        assert!(!bus::give_up(&city.hall).await.unwrap(), "somebody holds it");
        city.settle().await;
        city.clock.pass_seconds(60);
        assert!(bus::give_up(&city.hall).await.unwrap());
        assert_eq!(fetched(&city, &housing, &centre).await, 1);
        assert_eq!(became(&asked(&city, &housing, &centre).await, 0), ("stored", ""));
        assert_eq!(fetched(&city, &housing, &centre).await, 1, "straight into the queue again");
    });
}
