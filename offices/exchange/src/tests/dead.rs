//! Letters that nobody took, and a gateway that is behind.

use delivery::Transport;
use testkit::city::{City, each_city};

use super::*;

#[test]
fn what_is_never_acknowledged_or_rejected_waits_for_somebody_to_decide() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let asks = (0..2).map(|_| (housing.ask(&city), json!({ "number": NUMBER })));
        let asks = housing.sign(asks.collect(), &centre);
        housing.send(&city, &asks).await;
        let answers: Vec<Id<Message>> =
            housing.fetch(&city).await.iter().map(|item| item.message.header().id).collect();
        let draft = housing.draft(&city, Kind::Ack, (CENTRE, CENTRE));
        let rejected = json!({ "rejected": [{ "id": answers[0].to_string(), "words": "打不开" }] });
        housing.send(&city, &housing.sign(vec![(draft, rejected)], &centre)).await;
        // The other one is handed out again and again, and never acknowledged; the second time it has longer.
        city.settle().await;
        city.clock.pass_seconds(31);
        assert_eq!(housing.fetch(&city).await.len(), 1);
        city.settle().await;
        city.clock.pass_seconds(31);
        assert!(housing.fetch(&city).await.is_empty());
        for _ in 0..11 {
            city.settle().await;
            city.clock.pass_seconds(931);
            housing.fetch(&city).await;
        }
        assert!(housing.fetch(&city).await.is_empty());
        let page = city.client("watcher").await.get("/desk/exchange/dead").await.expect(200);
        page.says("对方网关不收：打不开").says("一直没有确认");
        let place = |id: Id<Message>, verb: &str| format!("/desk/exchange/dead/housing/{id}{verb}");
        let seen = city.client("watcher").await.get(&place(answers[0], "")).await.expect(200);
        assert!(!seen.text.contains("停止投递"), "who may not decide is not asked");
        let reason = [("reason", "对方已修复".to_owned())];
        post(&city, "keeper", &place(answers[0], "/resend"), &[]).await.expect(422);
        post(&city, "keeper", &place(answers[0], "/resend"), &reason).await.expect(303);
        post(&city, "keeper", &place(answers[1], "/drop"), &reason).await.expect(303);
        let again = housing.fetch(&city).await;
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].message.header().id, answers[0]);
        city.job("exchange.watch").await;
        let page = city.client("watcher").await.get("/desk/exchange/messages").await.expect(200);
        page.says("已停止投递");
        for kind in ["exchange.resent", "exchange.dropped"] {
            assert!(kinds(&city).await.contains(&kind.to_owned()), "{kind}");
        }
    });
}

#[test]
fn however_many_letters_are_dead_the_last_of_them_is_marked_too() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        housing.send(&city, &ask).await;
        let answer = housing.fetch(&city).await.remove(0).message.header().id;
        // More lie there than are looked at in one transaction, all of them older.
        let now = city.now();
        let letters: Vec<delivery::Letter> = (1..=1_200)
            .map(|n| delivery::Letter {
                id: Id::from_bits(n),
                order: None,
                expires: now.plus_seconds(60),
                content: vec![1],
            })
            .collect();
        let old = now.plus_seconds(-60);
        let lay = move |tx: &::store::Tx<'_>| {
            delivery::Embedded
                .put(tx, "to:nobody", &letters, &delivery::Bound::NONE, old)?
                .held()?;
            delivery::kill_all(tx, "to:nobody", "没有人来取", now).map(drop)
        };
        city.hall.write(lay).await.unwrap();
        let draft = housing.draft(&city, Kind::Ack, (CENTRE, CENTRE));
        let rejected = json!({ "rejected": [{ "id": answer.to_string(), "words": "打不开" }] });
        housing.send(&city, &housing.sign(vec![(draft, rejected)], &centre)).await;
        let undone = move |tx: &::store::Tx<'_>| {
            let set = "UPDATE exchange_messages SET state = 'delivered' WHERE id = $1";
            tx.run(set, &[answer.into()])?;
            Ok(())
        };
        city.hall.write(undone).await.unwrap();
        for _ in 0..2 {
            city.job("exchange.watch").await;
            let state = move |r: &Reader<'_>| crate::store::messages::message(r, answer);
            let state = city.hall.store.read(state).await.unwrap().unwrap().state;
            assert_eq!(state, "dead", "behind 1,200 others");
        }
    });
}

#[test]
fn the_bytes_of_what_has_arrived_go_after_their_time_and_the_headers_stay() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        let id = ask[0].header().id;
        housing.send(&city, &ask).await;
        let answer = housing.fetch(&city).await.remove(0).message.header().id;
        housing.acknowledge(&city, &[answer], &centre).await;
        let place = format!("/desk/exchange/messages/{id}/evidence");
        city.client("watcher").await.get(&place).await.expect(200);
        city.clock.pass_seconds(91 * 86_400);
        city.job("exchange.tidy").await;
        city.client("watcher").await.get(&place).await.expect(404);
        let place = format!("/desk/exchange/messages/{id}");
        city.client("watcher").await.get(&place).await.expect(200).says("已确认");
    });
}

#[test]
fn however_much_is_kept_no_longer_it_is_gone_within_the_hour() {
    each_city(OFFICES, async |city: City| {
        let letters: Vec<delivery::Letter> = (1..=4_500)
            .map(|n| delivery::Letter {
                id: Id::from_bits(n),
                order: None,
                expires: city.now(),
                content: vec![1],
            })
            .collect();
        let now = city.now();
        let kept = move |tx: &::store::Tx<'_>| delivery::keep(tx, "to:centre", &letters, now);
        city.hall.write(kept).await.unwrap();
        city.clock.pass_seconds(91 * 86_400);
        city.job("exchange.tidy").await;
        let left = |r: &Reader<'_>| {
            let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM delivery_letters";
            let left: i64 = r.one(sql, &[])?;
            Ok(left)
        };
        assert_eq!(city.hall.store.read(left).await.unwrap(), 0);
    });
}

#[test]
fn what_was_given_up_and_is_acknowledged_after_all_has_arrived_and_nobody_acknowledges_without_end()
{
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        housing.send(&city, &ask).await;
        let answer = housing.fetch(&city).await.remove(0).message.header().id;
        for _ in 0..12 {
            city.settle().await;
            city.clock.pass_seconds(31);
            housing.fetch(&city).await;
        }
        let hall = city.hall.clone();
        (hall.job("exchange.watch").unwrap().work)(hall.clone(), Value::Null, city.now())
            .await
            .unwrap();
        let place = format!("/desk/exchange/messages/{answer}");
        let page = city.client("watcher").await.get(&place).await.expect(200);
        assert!(!page.text.contains("对方网关已确认收到"));
        housing.acknowledge(&city, &[answer], &centre).await;
        city.settle().await;
        let page = city.client("watcher").await.get(&place).await.expect(200);
        page.says("对方网关已确认收到");
        let many: Vec<Id<Message>> = (1..=1_001).map(Id::from_bits).collect();
        let said = housing.acknowledge(&city, &many, &centre).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.body"));
    });
}
