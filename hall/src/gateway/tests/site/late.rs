//! What was not taken in its time, here and elsewhere.

use super::super::super::answers;
use super::*;

#[tokio::test]
async fn without_the_centre_too_it_is_told_that_an_ask_was_not_sent_in_its_time() {
    let scene = scene();
    let asked = scene.ask().await;
    scene.clock.pass_seconds(61);
    // Nothing is taken to be sent while the centre is away.
    send::bury(&scene.site, scene.site.now()).unwrap();
    assert_eq!(scene.told(asked).await["body"]["code"], "gateway.not_sent");
}

#[tokio::test]
async fn an_ask_that_nobody_answers_in_its_time_is_answered_with_a_refusal() {
    let scene = scene();
    let now = scene.site.now();
    let draft = Draft {
        kind: Kind::Ask,
        resource: "housing.permits".into(),
        expires: now.plus_seconds(60),
        ..from_health(now, None)
    };
    let ask = scene.health.sign(draft, &scene.own, &json!({ "no": 1 }));
    let id = ask.header().id;
    let content = Item { message: ask, terms: None }.to_bytes();
    let expires = now.plus_seconds(60);
    let letter = delivery::Letter { id, order: None, expires, content };
    let bound = super::super::super::site::BOUND;
    let put = move |tx: &store::Tx<'_>| {
        Embedded.put(tx, ASKS, std::slice::from_ref(&letter), &bound, now)?.held()
    };
    scene.site.store.write_now(put).unwrap();
    scene.clock.pass_seconds(61);
    answers::round(&scene.site).unwrap();
    answers::round(&scene.site).unwrap();
    let sent = scene.out();
    assert_eq!(sent.len(), 1, "once");
    let header = sent[0].header();
    assert_eq!((header.kind, header.in_reply_to), (Kind::Refusal, Some(id)));
    let keys = vec![(scene.health.sealing.fingerprint(), scene.health.sealing_key.clone())];
    let plain = Opener::new(keys).open(header, sent[0].body()).unwrap();
    let said: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(said["code"], "gateway.not_answered_in_time");
    let depth = scene.site.store.read_now(|r| delivery::depth(r, ASKS)).unwrap();
    assert_eq!(depth.held, 0, "nothing is left of it");
}

#[tokio::test]
async fn what_the_centre_said_of_an_ask_gives_way_to_its_answer() {
    let scene = scene();
    let asked = scene.ask().await;
    let sent = scene.out();
    scene.said(sent, "stored", "", None);
    let now = scene.site.now();
    let reply = |kind, from: End| Draft {
        kind,
        from,
        in_reply_to: Some(asked),
        resource: "health.births".into(),
        ..from_health(now, None)
    };
    let body = json!({ "code": "exchange.not_taken", "words": "对方一直没有取走" });
    let draft = reply(Kind::Refusal, End::new(exchange::CENTRE, exchange::CENTRE));
    let refusal = scene.centre.sign(draft, &scene.own, &body);
    receive::take(&scene.site, vec![Item { message: refusal, terms: None }], now).unwrap();
    assert_eq!(scene.told(asked).await["body"]["code"], "exchange.not_taken");
    let draft = reply(Kind::Answer, End::new("wjw", "ezhou-wjw"));
    let answer = scene.health.sign(draft, &scene.own, &json!({ "value": 2 }));
    receive::take(&scene.site, vec![Item { message: answer, terms: None }], now).unwrap();
    assert_eq!(scene.told(asked).await["body"]["value"], 2);
}
