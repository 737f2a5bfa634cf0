//! How it goes, as it is counted and shown; and alarms that begin and end.

use testkit::city::{City, each_city};

use super::*;
use crate::store::flows as kept;
use crate::terms::Alarm;

async fn watched(city: &City) {
    city.job("exchange.watch").await;
}

/// But of the clock: it is that of the whole process, and those of other tests leap.
pub(super) async fn alarms(city: &City, state: &'static str) -> Vec<Alarm> {
    let mut found = city.hall.store.read(move |r| kept::alarms(r, state, 50)).await.unwrap();
    found.retain(|one| one.about != "clock");
    found
}

/// So many acts of a kind tell of an alarm, but of the clock.
pub(super) async fn told(city: &City, kind: &str) -> usize {
    let all = ledger::Sought::between(Moment::from_millis(0), city.now().plus_seconds(1));
    let look = move |r: &Reader<'_>| Ok(ledger::search(r, &all, None, 100)?.rows);
    let acts = city.hall.store.read(look).await.unwrap();
    acts.iter().filter(|act| act.kind == kind && act.content()["about"] != "clock").count()
}

async fn seen(city: &City, of: &str) -> Answer {
    let place = format!("/desk/exchange?of={of}");
    city.client("watcher").await.get(&place).await.expect(200)
}

#[test]
fn what_passed_is_counted_once_by_hour_and_shown_with_what_failed_and_why() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        seen(&city, "day").await.says("这段时间没有交换").says("没有消息").says("现在没有告警");
        let asks = (0..3).map(|_| (housing.ask(&city), json!({ "number": NUMBER })));
        let asks = housing.sign(asks.collect(), &centre);
        housing.send(&city, &asks).await;
        // What comes again is not counted again.
        housing.send(&city, &asks).await;
        let outside = Draft { fields: vec!["phone".into()], ..housing.ask(&city) };
        let outside = housing.sign(vec![(outside, json!({ "number": NUMBER }))], &centre);
        housing.send(&city, &outside).await;
        city.clock.pass_seconds(7);
        let answers: Vec<Id<Message>> =
            housing.fetch(&city).await.iter().map(|item| item.message.header().id).collect();
        city.clock.pass_seconds(40);
        housing.acknowledge(&city, &answers[..2], &centre).await;
        let since = ("h", 0);
        let edges = city.hall.store.read(move |r| kept::edges(r, since)).await.unwrap();
        let many = |from: &str, kind: &str, outcome: &str| {
            let of = edges
                .iter()
                .filter(|edge| edge.from == from && edge.kind == kind && edge.outcome == outcome);
            of.map(|edge| edge.many).sum::<i64>()
        };
        assert_eq!(many("housing", "ask", "stored"), 3);
        assert_eq!(many("housing", "ask", "refused"), 1);
        assert_eq!(many("centre", "answer", "stored"), 3);
        assert_eq!(many("centre", "answer", "delivered"), 3);
        assert_eq!(many("centre", "answer", "acknowledged"), 2);
        let page = seen(&city, "hour").await;
        page.says("要的字段超出共享条件").says("ask.field_outside").says("ezhou-zjj的网关");
        page.says("10 秒以内")
            .says("1 分钟以内")
            .says("population.person")
            .says("class=\"flow-map\"");
        for of in ["day", "week"] {
            seen(&city, of).await.says("受理的消息").says("ask.field_outside");
        }
        // An hour later it is not of the last hour any more, and still of the day.
        city.clock.pass_seconds(3_700);
        seen(&city, "hour").await.says("这段时间没有交换");
        seen(&city, "day").await.says("ask.field_outside");
        city.clock.pass_seconds(61 * 86_400);
        city.job("exchange.tidy").await;
        let left = city.hall.store.read(move |r| kept::edges(r, since)).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    });
}

#[test]
fn an_alarm_begins_once_and_ends_once_however_often_it_is_looked_at() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        housing.token(&city).await;
        watched(&city).await;
        assert!(alarms(&city, "open").await.is_empty());
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        housing.send(&city, &ask).await;
        // The answer is not fetched, and the gateway does not come any more.
        city.settle().await;
        city.clock.pass_seconds(3_601);
        for _ in 0..3 {
            watched(&city).await;
            city.clock.pass_seconds(10);
        }
        let open = alarms(&city, "open").await;
        let mut kinds: Vec<&str> = open.iter().map(|one| one.kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["unseen", "waiting"], "{open:?}");
        assert_eq!(told(&city, "exchange.alarm_began").await, 2);
        let page = seen(&city, "day").await;
        page.says("没有连接").says("等到现在").says("class=\"count\"");
        // The clocks of other tests have leapt in this process; here traffic goes on.
        let goes_on = |tx: &::store::Tx<'_>| {
            crate::store::end_stall(tx, &access::clockwork("exchange.watch"), "clock")
        };
        city.hall.write(goes_on).await.unwrap();
        let answer = housing.fetch(&city).await.remove(0).message.header().id;
        housing.acknowledge(&city, &[answer], &centre).await;
        for _ in 0..2 {
            watched(&city).await;
        }
        assert!(alarms(&city, "open").await.is_empty());
        assert_eq!(alarms(&city, "over").await.len(), 2);
        assert_eq!(told(&city, "exchange.alarm_ended").await, 2);
        seen(&city, "day").await.says("最近结束的告警").says("历时");
    });
}

#[test]
fn a_clock_that_is_off_a_certificate_that_ends_and_a_dead_letter_are_said() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let centre = certified(&city).await;
        let ends = city.now().plus_seconds(20 * 86_400);
        let housing = Player::new("housing", "ezhou-zjj", ends);
        registered(&city, &housing, "").await;
        agree_on(&city, SUBSIDY).await;
        let late = city.now().plus_seconds(-90);
        housing.knock(&city, late, "late by a minute and a half").await.expect(200);
        watched(&city).await;
        let said = |open: &[Alarm]| {
            let mut all: Vec<String> =
                open.iter().map(|one| format!("{} {}", one.kind, one.words)).collect();
            all.sort();
            all.join("\n")
        };
        let open = said(&alarms(&city, "open").await);
        assert!(open.contains("certificate “ezhou-zjj的网关”的证书在"), "{open}");
        assert!(open.contains("offset “ezhou-zjj的网关”的时钟比中心慢"), "{open}");
        // It is right again, with a letter that its system will not take.
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        housing.send(&city, &ask).await;
        let answer = housing.fetch(&city).await.remove(0).message.header().id;
        let draft = housing.draft(&city, Kind::Ack, (CENTRE, CENTRE));
        let rejected = json!({ "rejected": [{ "id": answer.to_string(), "words": "打不开" }] });
        housing.send(&city, &housing.sign(vec![(draft, rejected)], &centre)).await;
        watched(&city).await;
        let open = said(&alarms(&city, "open").await);
        assert!(!open.contains("offset"), "{open}");
        assert!(open.contains("dead "), "{open}");
        seen(&city, "day").await.says("受理以后没有送达").says("没有送达的，等人处理");
    });
}

#[test]
fn a_queue_that_is_nearly_full_goes_on_being_said_until_it_is_well_below() {
    use crate::rules::alarms::{Seen, causes};
    use std::collections::HashSet;
    let now = day(2026);
    let rule = crate::acts::rule(now.day()).unwrap();
    let full = |percent: i64, stands: bool| {
        let depth = delivery::Depth {
            queue: "to:housing".into(),
            held: rule.letters_max * percent / 100,
            bytes: 1,
        };
        let gateway = crate::terms::Gateway {
            name: "housing".into(),
            title: "市住建局网关".into(),
            organs: Vec::new(),
            organ_names: Vec::new(),
            kinds: Vec::new(),
            signing: Vec::new(),
            sealing: Vec::new(),
            until: day(2030),
            state: crate::terms::State::Active,
            state_reason: String::new(),
            registered_at: now,
            seen: Some(now),
            offset_ms: Some(-900),
        };
        let stood = [("queue".to_owned(), "housing".to_owned())];
        let standing: HashSet<_> = stood.into_iter().filter(|_| stands).collect();
        let waiting = [delivery::Waiting { depth, oldest: Some(now), dead: 0 }];
        let (gateways, stalls) = ([gateway], []);
        let seen = Seen {
            gateways: &gateways,
            waiting: &waiting,
            stalls: &stalls,
            unanswered: &[],
            standing: &standing,
        };
        causes(&seen, &rule, now).into_iter().map(|one| one.kind).collect::<Vec<_>>()
    };
    assert_eq!(full(79, false), [""; 0]);
    assert_eq!(full(80, false), ["queue"]);
    assert_eq!(full(61, true), ["queue"]);
    assert_eq!(full(59, true), [""; 0]);
}
