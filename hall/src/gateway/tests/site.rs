//! A site with its store and its keys, and a centre that says what a test wants said.

mod late;
mod renewed;

use std::path::Path;
use std::sync::Arc;

use base::{FixedClock, Id, Moment};
use data_encoding::BASE64;
use delivery::{Embedded, Transport, Wanted};
use message::{Draft, End, Item, Kind, Message, Opener, Order, Sealed, Sealer, sign_batch};
use seal::cert::{Authority, Certificate, Issue, Profile, Serial, Subject};
use seal::{LogKey, SigningKey};
use serde_json::{Value, json};

use super::super::book::Book;
use super::super::centre::{Became, TakenIn};
use super::super::config::Config;
use super::super::local;
use super::super::rules::{Ask, Publish, warnings};
use super::super::sent::Signed;
use super::super::site::{ASKS, IN, OUT, OUTWARDS, Site};
use super::super::{receive, send};

const ALL: Wanted = Wanted { letters_max: 100, bytes_max: 10_000_000 };

/// Somebody with keys and certificates.
struct Party {
    name: &'static str,
    key: SigningKey,
    sealing_key: SigningKey,
    signing: Certificate,
    sealing: Certificate,
}

impl Party {
    fn new(authority: &Authority, name: &'static str, now: Moment) -> Self {
        Self::until(authority, name, (now, now.plus_seconds(365 * 86_400)))
    }

    fn until(authority: &Authority, name: &'static str, (now, until): (Moment, Moment)) -> Self {
        let (key, sealing_key) = (SigningKey::generate(), SigningKey::generate());
        let issue = |key: &SigningKey, profile| {
            let issue = Issue {
                serial: Serial::mint(),
                subject: &Subject::named(name),
                key: &key.public(),
                profile,
                from: now.plus_seconds(-86_400),
                until,
                list: None,
                ocsp: None,
            };
            authority.issue(&issue).unwrap()
        };
        let signing = issue(&key, Profile::Signature);
        let sealing = issue(&sealing_key, Profile::Encipherment);
        Self { name, key, sealing_key, signing, sealing }
    }

    fn told(&self, organ: &str) -> Value {
        json!({
            "name": self.name, "organs": [organ], "signing": BASE64.encode(self.signing.der()),
            "sealing": BASE64.encode(self.sealing.der()),
        })
    }

    fn sign(&self, draft: Draft, to: &Certificate, body: &Value) -> Message {
        let (sealer, signer) = (Sealer::default(), self.signing.fingerprint());
        let sealed = draft.seal(&sealer, to, &signer, body.to_string().as_bytes()).unwrap();
        let key = LogKey::Here(self.key.clone());
        sign_batch(&key, self.name, vec![sealed]).unwrap().remove(0)
    }
}

/// The housing authority's site, and what the health commission's would send.
struct Scene {
    site: Arc<Site>,
    clock: FixedClock,
    own: Certificate,
    health: Party,
    centre: Party,
    authority: Authority,
    home: tempfile::TempDir,
}

fn lay(home: &Path, own: &Party, authority: &Authority) -> Config {
    let write = |name: &str, text: String| std::fs::write(home.join(name), text).unwrap();
    for (name, key) in [("signing.pem", &own.key), ("sealing.pem", &own.sealing_key)] {
        write(name, key.to_pem().unwrap().to_string());
        crate::commands::restrict(&home.join(name)).unwrap();
    }
    write("signing.crt", own.signing.to_pem().unwrap());
    write("sealing.crt", own.sealing.to_pem().unwrap());
    write("authority.pem", authority.certificate().to_pem().unwrap());
    super::super::config::lay_token(&home.join("token")).unwrap();
    let text = "name = \"zjj\"\norgans = [\"ezhou-zjj\"]\ncentre = \"https://centre\"\nauthority = \"authority.pem\"\n";
    write("gateway.toml", text.to_owned());
    Config::read(&home.join("gateway.toml")).unwrap()
}

fn scene() -> Scene {
    let (home, now) = (tempfile::tempdir().unwrap(), super::at(0));
    let (root, key) = (Subject::named("设备证书根"), SigningKey::generate());
    let (from, until) = (now.plus_seconds(-86_400), now.plus_seconds(3_650 * 86_400));
    let authority = Authority::found(&root, key, Serial::mint(), from, until).unwrap();
    let party = |name| Party::new(&authority, name, now);
    let (own, health, centre) = (party("zjj"), party("wjw"), party(exchange::CENTRE));
    let config = lay(home.path(), &own, &authority);
    let told = json!({
        "centre": centre.told(exchange::CENTRE), "gateways": [health.told("ezhou-wjw")],
    });
    std::fs::create_dir_all(home.path().join("data")).unwrap();
    std::fs::write(home.path().join("data/directory.json"), told.to_string()).unwrap();
    let clock = FixedClock::at(now);
    let site = Site::open(config, Arc::new(clock.clone())).unwrap();
    Scene { site, clock, own: own.sealing, health, centre, authority, home }
}

impl Scene {
    async fn publish(&self, key: Option<&str>) -> Id<Message> {
        let new = json!({
            "to": "ezhou-wjw", "resource": "housing.permits", "purpose": "p", "key": key,
            "body": { "no": 1 }, "life_seconds": 60,
        });
        let new: Publish = serde_json::from_value(new).unwrap();
        local::publish(&self.site, new).await.unwrap()
    }

    async fn ask(&self) -> Id<Message> {
        let ask = json!({
            "to": "ezhou-wjw", "resource": "health.births", "purpose": "p",
            "question": { "mother": "1" }, "life_seconds": 60,
        });
        let ask: Ask = serde_json::from_value(ask).unwrap();
        local::ask(&self.site, ask).await.unwrap().0
    }

    /// What goes out now, signed.
    fn out(&self) -> Vec<Signed> {
        let now = self.site.now();
        let take = move |tx: &store::Tx<'_>| Embedded.take(tx, OUT, ALL, &OUTWARDS, now);
        let taken = self.site.store.write_now(take).unwrap();
        send::signed(&self.site, &taken).unwrap()
    }

    fn said(&self, messages: Vec<Signed>, state: &str, code: &str, highest: Option<i64>) {
        let results = messages.iter().map(|message| Became {
            id: message.header().id,
            state: state.into(),
            code: code.into(),
            words: "中心的话".into(),
            highest,
        });
        let results = results.collect();
        let said = TakenIn { act: None, receipt: None, steps: Vec::new(), results };
        send::settle(&self.site, messages, said).unwrap();
    }

    async fn told(&self, id: Id<Message>) -> Value {
        local::answer(&self.site, id).await.unwrap().unwrap_or_default()
    }
}

/// What the health commission gives unasked, one of a key or not.
fn from_health(now: Moment, sequence: Option<u64>) -> Draft {
    Draft {
        id: Id::mint(now),
        kind: Kind::Publish,
        from: End::new("wjw", "ezhou-wjw"),
        to: End::new("zjj", "ezhou-zjj"),
        at: now,
        expires: now.plus_seconds(3_600),
        in_reply_to: None,
        resource: "health.beds".into(),
        purpose: "p".into(),
        fields: Vec::new(),
        terms: None,
        order: sequence.map(|sequence| Order { key: "k".into(), sequence }),
    }
}

fn numbers(messages: &[Signed]) -> Vec<u64> {
    messages.iter().map(|one| one.header().order.as_ref().unwrap().sequence).collect()
}

#[tokio::test]
async fn a_key_goes_on_from_where_the_centre_stands() {
    let scene = scene();
    scene.publish(Some("k")).await;
    scene.publish(Some("k")).await;
    let sent = scene.out();
    assert_eq!(numbers(&sent), [1, 2]);
    // The store was put back from a backup: the centre has taken nine of this key.
    scene.said(sent, "refused", "exchange.replayed", Some(9));
    scene.clock.pass_seconds(5);
    let sent = scene.out();
    assert_eq!(numbers(&sent), [10, 11], "none is lost");
    scene.said(sent, "stored", "", None);
    scene.publish(Some("k")).await;
    let sent = scene.out();
    assert_eq!(numbers(&sent), [12]);
    // One before it was refused without using its number up: the centre waits for that one.
    scene.said(sent, "early", "", Some(10));
    scene.clock.pass_seconds(5);
    let sent = scene.out();
    assert_eq!(numbers(&sent), [11]);
    // There is no room at the centre: what waits behind it is early, and nobody has counted otherwise.
    scene.publish(Some("k")).await;
    scene.said(sent, "busy", "", None);
    scene.clock.pass_seconds(5);
    assert_eq!(numbers(&scene.out()), [11, 12]);
}

#[tokio::test]
async fn what_was_not_sent_in_its_time_is_told_and_goes_for_its_number_alone() {
    let scene = scene();
    let (ordered, plain) = (scene.publish(Some("k")).await, scene.publish(None).await);
    scene.clock.pass_seconds(61);
    assert!(scene.out().is_empty());
    send::bury(&scene.site, scene.site.now()).unwrap();
    let inbox = local::inbox(&scene.site, 10).await.unwrap();
    let codes: Vec<&Value> = inbox.iter().map(|one| &one["body"]["code"]).collect();
    assert_eq!(codes, ["gateway.not_sent", "gateway.not_sent"]);
    let sent = scene.out();
    assert_eq!(sent.iter().map(|one| one.header().id).collect::<Vec<_>>(), [ordered]);
    scene.said(sent, "refused", "exchange.expired", None);
    assert!(scene.out().is_empty() && scene.told(plain).await["kind"] == "refusal");
}

#[tokio::test]
async fn an_answer_that_comes_after_all_takes_the_place_of_the_word_that_nothing_is_known() {
    let scene = scene();
    let ask = scene.ask().await;
    assert_eq!(scene.out().len(), 1, "it is sent, and the answer of the centre is lost");
    scene.clock.pass_seconds(200);
    assert!(scene.out().is_empty());
    send::bury(&scene.site, scene.site.now()).unwrap();
    assert_eq!(scene.told(ask).await["body"]["code"], "gateway.not_known");
    let now = scene.site.now();
    let draft = Draft {
        kind: Kind::Answer,
        in_reply_to: Some(ask),
        resource: "health.births".into(),
        ..from_health(now, None)
    };
    let message = scene.health.sign(draft, &scene.own, &json!({ "value": 2 }));
    receive::take(&scene.site, vec![Item { message, terms: None }], now).unwrap();
    let told = scene.told(ask).await;
    assert_eq!((&told["kind"], &told["body"]["value"]), (&json!("answer"), &json!(2)), "{told}");
}

#[tokio::test]
async fn an_answer_that_the_centre_refuses_becomes_a_word_to_who_asked_and_is_said() {
    let scene = scene();
    let now = scene.site.now();
    let asked = scene.ask().await;
    let ask = scene.out().remove(0);
    let turned = message::Header {
        from: ask.header().to.clone(),
        to: ask.header().from.clone(),
        ..ask.header().clone()
    };
    // The same ask as if it had come here from the health commission.
    let draft = super::super::answers::reply(&turned, Kind::Answer, None, now);
    let to = local::party(&scene.site, "ezhou-wjw").unwrap();
    let draft =
        Draft { from: End::new("zjj", "ezhou-zjj"), to: End::new("wjw", "ezhou-wjw"), ..draft };
    let letter = local::letter_of(&scene.site, draft, &to, b"{}").unwrap();
    let bound = super::super::site::BOUND;
    let put = move |tx: &store::Tx<'_>| {
        Embedded.put(tx, OUT, std::slice::from_ref(&letter), &bound, now)?.held()
    };
    scene.site.store.write_now(put).unwrap();
    let answer = scene.out();
    assert_eq!(answer[0].header().kind, Kind::Answer);
    scene.said(answer, "refused", "exchange.receiver_stopped", None);
    let said = warnings(&scene.site.standing(), now).join(" ");
    assert!(said.contains("的答复，中心没有受理：中心的话"), "{said}");
    let word = scene.out();
    let header = word[0].header();
    assert_eq!((header.kind, header.in_reply_to), (Kind::Refusal, Some(asked)));
    scene.said(word, "stored", "", None);
}

#[tokio::test]
async fn one_that_does_not_open_hides_none_of_the_others() {
    let scene = scene();
    scene.publish(None).await;
    let refused = scene.out();
    let now = scene.site.now();
    let letter = delivery::Letter {
        id: Id::mint(now),
        order: None,
        expires: now.plus_seconds(60),
        content: b"Mnothing".to_vec(),
    };
    let bound = super::super::site::BOUND;
    let put = move |tx: &store::Tx<'_>| {
        Embedded.put(tx, IN, std::slice::from_ref(&letter), &bound, now)?.held()
    };
    scene.site.store.write_now(put).unwrap();
    scene.said(refused, "refused", "ask.no_terms", None);
    let inbox = local::inbox(&scene.site, 10).await.unwrap();
    let kinds: Vec<&Value> = inbox.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["unreadable", "refusal"]);
}

#[test]
fn a_message_keeps_its_body_under_another_number() {
    let scene = scene();
    let now = scene.site.now();
    let draft = from_health(now, Some(1));
    let signer = scene.health.signing.fingerprint();
    let sealed: Sealed =
        draft.seal(&Sealer::default(), &scene.own, &signer, b"body").unwrap().numbered(4).unwrap();
    let opened = scene.site.opener.open(sealed.header(), sealed.body()).unwrap();
    assert_eq!((&*opened, sealed.header().order.as_ref().unwrap().sequence), (&b"body"[..], 4));
}

#[tokio::test]
async fn what_may_hold_later_is_left_and_nothing_of_its_key_is_taken_before_it() {
    let scene = scene();
    let now = scene.site.now();
    let sent = |draft: Draft| {
        let message = scene.health.sign(draft, &scene.own, &json!({}));
        Item { message, terms: None }
    };
    let ahead = Draft { at: now.plus_seconds(400), ..from_health(now, Some(1)) };
    let strange = Draft { from: End::new("new", "ezhou-new"), ..from_health(now, None) };
    let never = Draft { to: End::new("zjj", "ezhou-wjw"), ..from_health(now, None) };
    let rejected = never.id;
    let items: Vec<Item> =
        [ahead, from_health(now, Some(2)), strange, never].map(sent).into_iter().collect();
    let said = || {
        let ack = scene.out().remove(0);
        let keys = vec![(scene.centre.sealing.fingerprint(), scene.centre.sealing_key.clone())];
        let plain = Opener::new(keys).open(ack.header(), ack.body()).unwrap();
        scene.said(vec![ack], "taken", "", None);
        serde_json::from_slice::<Value>(&plain).unwrap()
    };
    receive::take(&scene.site, items.clone(), now).unwrap();
    let told = said();
    assert_eq!(told["taken"], json!([]), "{told}");
    let ids: Vec<&Value> =
        told["rejected"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(rejected.to_string())]);
    scene.clock.pass_seconds(120);
    receive::take(&scene.site, items[..2].to_vec(), scene.site.now()).unwrap();
    let told = said();
    assert_eq!(told["taken"].as_array().unwrap().len(), 2, "{told}");
}

#[test]
fn nothing_is_fetched_while_what_came_before_has_found_nobody_to_take_it() {
    let scene = scene();
    let words = || receive::round(&scene.site).unwrap().unwrap().words().to_owned();
    assert!(!words().contains("已经放满"), "the centre is asked");
    let many = super::super::site::BOUND.letters_max;
    let fill = move |tx: &store::Tx<'_>| {
        let sql = "INSERT INTO delivery_queues (name, next, held, bytes) VALUES ($1, 1, $2, 0)";
        Ok(tx.run(sql, &[IN.into(), many.into()])?)
    };
    scene.site.store.write_now(fill).unwrap();
    assert!(words().contains("已经放满"), "it is not");
}
