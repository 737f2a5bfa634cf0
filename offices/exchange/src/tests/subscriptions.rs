//! A gateway subscribes to a resource: it gets the whole, then what changed, in order, within what was agreed, for as long as
//! that runs.

use ask::{Condition, Ending, Operator, Rate, Share, admitted};
use catalogue_contract::{ChangedRows, KeyPart, RowChanges, Rows, SetStanding, Stands};
use exchange_contract::Mode;
use ledger::Act;
use testkit::city::{City, each_city};

use super::*;
use crate::rules::parts::Part;
use crate::store::subscriptions::of_gateway;
use crate::terms::Subscription;

/// So long one load of the played catalogue stands, seconds.
const STANDS: i64 = 1_000;

/// The load that stands, as the clock has it: the first, the second, the first again (the second was taken back), then one
/// that came when nobody knew the others any more.
fn load(now: Moment) -> i64 {
    match now.millis() / 1_000 / STANDS % 100 {
        0 | 2 => 1,
        1 => 2,
        _ => 9,
    }
}

fn table(load: i64) -> Vec<[&'static str; 3]> {
    match load {
        1 => {
            vec![["1", "滨湖南路", "鄂城区"], ["2", "古城路", "华容区"], ["3", "文苑路", "鄂城区"]]
        }
        2 => vec![
            ["1", "滨湖北路", "鄂城区"],
            ["2", "古城东路", "华容区"],
            ["4", "凤凰路", "鄂城区"],
        ],
        _ => vec![["5", "江碧路", "鄂城区"]],
    }
}

const FIELDS: [&str; 3] = ["no", "site", "district"];

pub(super) fn standing(
    _: &Reader<'_>,
    _: &Keys,
    asked: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked: SetStanding = serde_json::from_value(asked.clone()).unwrap();
    let load = load(now);
    let stands = Stands {
        resource_name: "施工许可".into(),
        load,
        rows: 3,
        fields: FIELDS.map(str::to_owned).to_vec(),
        key: vec!["no".into()],
        told_since: load != 9 && asked.since != 9,
        person: Some(KeyPart { field: "no".into(), code: "no".into() }),
        entity: None,
    };
    Ok((asked.resource == PERMITS).then(|| Arc::new(serde_json::to_value(stands).unwrap())))
}

/// Two rows an answer.
pub(super) fn changes(
    _: &Reader<'_>,
    _: &Keys,
    asked: &Value,
    _: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked: RowChanges = serde_json::from_value(asked.clone()).unwrap();
    let view = |load: i64| -> Vec<Vec<Option<String>>> {
        let rows = table(load).into_iter().filter(|row| {
            let whole: Value = FIELDS
                .iter()
                .zip(row)
                .map(|(f, c)| ((*f).to_owned(), json!(c)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            admitted(&whole, &asked.filter).is_some()
        });
        let cut = |row: [&str; 3]| {
            let given =
                FIELDS.iter().zip(row).filter(|(f, _)| asked.fields.iter().any(|one| one == *f));
            given.map(|(_, cell)| Some(cell.to_owned())).collect()
        };
        rows.map(cut).collect()
    };
    let (was, is) = (if asked.from > 0 { view(asked.from) } else { Vec::new() }, view(asked.to));
    let mut all: Vec<(bool, Vec<Option<String>>)> =
        is.iter().filter(|row| !was.contains(row)).map(|row| (false, row.clone())).collect();
    let gone = was.iter().filter(|row| !is.iter().any(|one| one[0] == row[0]));
    all.extend(gone.map(|row| (true, row.clone())));
    let at = usize::try_from(asked.at).unwrap();
    let some = all.iter().skip(at).take(2);
    let told = ChangedRows {
        rows: some.clone().map(|(_, row)| row.clone()).collect(),
        gone: some.enumerate().filter(|(_, one)| one.0).map(|(place, _)| place).collect(),
        next: (at + 2 < all.len()).then_some(asked.at + 2),
    };
    Ok(Some(Arc::new(serde_json::to_value(told).unwrap())))
}

fn share(city: &City, fields: &[&str], rate: Rate) -> Share {
    Share {
        organ: "ezhou-wjw".into(),
        organ_name: "鄂州市卫生健康委员会".into(),
        kind: "catalogue.changes".into(),
        purpose: "2026-1".into(),
        about: "了解医院工程".into(),
        fields: fields.iter().map(|one| (*one).to_owned()).collect(),
        ground: "政务数据共享条例第二十三条".into(),
        valid_seconds: 3_600,
        filter: vec![Condition {
            field: "district".into(),
            op: Operator::Is,
            value: json!("鄂城区"),
        }],
        yes_no: false,
        rate,
        from: city.now().day(),
        until: None,
        request: "2026-1".into(),
        version: 1,
        resource: PERMITS.into(),
    }
}

/// A gateway of the health commission, with these terms, when the first load has just come to stand.
async fn sharing(city: &City, fields: &[&str], rate: Rate) -> (Player, Certificate) {
    staffed(city).await;
    let centre = certified(city).await;
    let health = Player::new("health", "ezhou-wjw", day(2030));
    registered(city, &health, "").await;
    let whole = STANDS * 100;
    pass(city, whole - city.now().millis() / 1_000 % whole + 1).await;
    let share = share(city, fields, rate);
    let put = move |tx: &::store::Tx<'_>| {
        ask::put_share(tx, &access::clockwork("exchange.watch"), &share)
    };
    city.hall.write(put).await.unwrap();
    (health, centre)
}

/// What the gateway wishes of a subscription, and what the centre says of it.
async fn wished(
    city: &City,
    health: &Player,
    centre: &Certificate,
    (wish, fields): (&str, &[&str]),
) -> (String, String) {
    pass(city, 1).await;
    let draft = Draft {
        resource: PERMITS.into(),
        purpose: "2026-1".into(),
        fields: fields.iter().map(|one| (*one).to_owned()).collect(),
        ..health.draft(city, Kind::Ask, (CENTRE, CENTRE))
    };
    let messages = health.sign(vec![(draft, json!({ "subscription": wish }))], centre);
    let said = health.send(city, &messages).await;
    city.settle().await;
    let (state, code) = became(&said, 0);
    (state.to_owned(), code.to_owned())
}

/// Fetches, opens and acknowledges what came.
async fn came(city: &City, health: &Player, centre: &Certificate) -> Vec<(Item, Value)> {
    let items = health.fetch(city).await;
    let ids: Vec<_> = items.iter().map(|item| item.message.header().id).collect();
    if !ids.is_empty() {
        health.acknowledge(city, &ids, centre).await;
    }
    let opener = health.opener();
    let open = |item: Item| {
        let plain = opener.open(item.message.header(), item.message.body()).unwrap();
        let body = serde_json::from_slice(&plain).unwrap();
        (item, body)
    };
    items.into_iter().map(open).collect()
}

/// The parts among what came: how each stands to what came before, what is put and what is gone, whether it is the last.
fn parts(came: &[(Item, Value)]) -> Vec<(Mode, Vec<String>, Vec<String>, bool)> {
    let parts = came.iter().filter(|(item, _)| item.message.header().kind == Kind::Publish);
    parts
        .map(|(_, body)| {
            let part: Part = serde_json::from_value(body.clone()).unwrap();
            let text = |row: &Vec<Option<String>>| {
                let cells: Vec<&str> = row.iter().flatten().map(String::as_str).collect();
                cells.join(" ")
            };
            let (mut put, mut gone) = (Vec::new(), Vec::new());
            for (place, row) in part.rows.iter().enumerate() {
                if part.gone.contains(&place) {
                    gone.push(row[0].clone().unwrap())
                } else {
                    put.push(text(row))
                }
            }
            (part.publication.mode, put, gone, part.publication.of.is_some())
        })
        .collect()
}

/// The log is up to date before time goes by.
async fn pass(city: &City, seconds: i64) {
    city.settle().await;
    city.clock.pass_seconds(seconds);
}

/// The next load comes to stand, and the catalogue tells.
async fn next_load(city: &City) {
    pass(city, STANDS).await;
    told(city, "catalogue.rows_brought", "201001-000001", json!({})).await;
}

async fn told(city: &City, kind: &'static str, subject: &str, content: Value) {
    let act = Act::new(city.now(), kind, "resource", subject).content(content);
    let who = ledger::Who::clockwork();
    city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
    city.settle().await;
}

async fn subscription(city: &City) -> Subscription {
    city.hall.store.read(|r| of_gateway(r, "health")).await.unwrap().remove(0)
}

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn a_subscriber_gets_the_whole_then_what_changed_and_what_was_taken_back() {
    each_city(OFFICES, async |city: City| {
        let (health, centre) = sharing(&city, &["no", "site"], Rate::default()).await;
        assert_eq!(wished(&city, &health, &centre, ("begin", &[])).await.0, "stored");
        let first = came(&city, &health, &centre).await;
        assert_eq!(first[0].0.message.header().kind, Kind::Answer);
        assert_eq!(
            first[0].1["value"],
            json!({ "subscription": "active", "fields": ["no", "site"] })
        );
        // Only what was agreed: two fields, one district.
        let whole = (Mode::Whole, owned(&["1 滨湖南路", "3 文苑路"]), owned(&[]), true);
        assert_eq!(parts(&first), std::slice::from_ref(&whole));
        let (item, _) = &first[1];
        let header = item.message.header();
        let terms = item.terms.clone().unwrap().terms;
        assert!(terms.cover(header, city.now()).is_ok(), "the terms travel with it");
        assert_eq!(header.order.as_ref().unwrap().sequence, 1);
        next_load(&city).await;
        let second = came(&city, &health, &centre).await;
        let changes = [
            (Mode::Changes, owned(&["1 滨湖北路", "4 凤凰路"]), owned(&[]), false),
            (Mode::Changes, owned(&[]), owned(&["3"]), true),
        ];
        assert_eq!(parts(&second), changes);
        next_load(&city).await;
        let undone = [
            (Mode::Changes, owned(&["1 滨湖南路", "3 文苑路"]), owned(&[]), false),
            (Mode::Changes, owned(&[]), owned(&["4"]), true),
        ];
        assert_eq!(parts(&came(&city, &health, &centre).await), undone);
        // What is not told load by load comes as the whole; looked at again, there is nothing more.
        next_load(&city).await;
        let anew = [(Mode::Whole, owned(&["5 江碧路"]), owned(&[]), true)];
        assert_eq!(parts(&came(&city, &health, &centre).await), anew);
        pass(&city, 3_700).await;
        city.job("exchange.subscriptions").await;
        city.settle().await;
        assert!(came(&city, &health, &centre).await.is_empty());
        // All of it once more, for a gateway that was put back.
        wished(&city, &health, &centre, ("begin", &[])).await;
        assert_eq!(parts(&came(&city, &health, &centre).await), anew);
        let page = city.client("watcher").await;
        page.get("/desk/exchange/gateways/health").await.expect(200).says("已送到最新");
        let place = format!("/desk/exchange/subscriptions/{}", subscription(&city).await.id);
        page.get(&place).await.expect(200).says("约定的全部信息项").says("10 行");
        // Each message is proved as every other.
        let place = format!("/desk/exchange/messages/{}/evidence", header.id);
        let file = page.get(&place).await.expect(200).text;
        assert!(file.contains("stored") && file.contains("acknowledged"), "{file}");
        let known = delivery::evidence::Known { log: None, authority: None };
        let verdict = delivery::evidence::verify(&file, &known);
        assert!(verdict.checks.iter().all(|check| check.holds), "{verdict:?}");
    });
}

#[test]
fn nothing_is_given_that_was_not_agreed_on() {
    each_city(OFFICES, async |city: City| {
        let (health, centre) = sharing(&city, &["no", "site"], Rate::default()).await;
        let refused = [
            (&["no", "district"][..], "ask.field_outside"),
            (&["site"][..], "exchange.key_outside"),
        ];
        for (fields, code) in refused {
            let said = wished(&city, &health, &centre, ("begin", fields)).await;
            assert_eq!(said, ("refused".to_owned(), code.to_owned()));
        }
        let other = Draft {
            resource: PERMITS.into(),
            purpose: "curiosity".into(),
            ..health.draft(&city, Kind::Ask, (CENTRE, CENTRE))
        };
        let other = health.sign(vec![(other, json!({ "subscription": "begin" }))], &centre);
        let said = health.send(&city, &other).await;
        assert_eq!(became(&said, 0), ("refused", "ask.no_terms"), "{said}");
        assert!(came(&city, &health, &centre).await.is_empty());
        // Less than was agreed may be had.
        wished(&city, &health, &centre, ("begin", &["no"])).await;
        let whole = (Mode::Whole, owned(&["1", "3"]), owned(&[]), true);
        assert_eq!(parts(&came(&city, &health, &centre).await), [whole]);
        assert_eq!(wished(&city, &health, &centre, ("end", &[])).await.0, "stored");
        came(&city, &health, &centre).await;
        next_load(&city).await;
        assert!(came(&city, &health, &centre).await.is_empty(), "it was ended");
        let kinds = kinds(&city).await;
        for kind in ["exchange.subscribed", "exchange.unsubscribed"] {
            assert!(kinds.contains(&kind.to_owned()), "{kind}: {kinds:?}");
        }
    });
}

#[test]
fn a_subscription_stops_with_its_terms_and_both_sides_are_told_why() {
    each_city(OFFICES, async |city: City| {
        let (health, centre) = sharing(&city, &["no", "site"], Rate::default()).await;
        wished(&city, &health, &centre, ("begin", &[])).await;
        came(&city, &health, &centre).await;
        let begun = subscription(&city).await.ask;
        let end = |tx: &::store::Tx<'_>| {
            let (permit, why) = (access::clockwork("exchange.watch"), "项目结束");
            ask::end_shares(tx, &permit, Ending::Request("2026-1"), (why, Moment::from_millis(0)))
        };
        assert_eq!(city.hall.write(end).await.unwrap(), 1);
        told(&city, "catalogue.share_ended", "case", json!({ "resource": PERMITS })).await;
        let last = came(&city, &health, &centre).await;
        let (item, body) = &last[0];
        assert_eq!(item.message.header().kind, Kind::Refusal);
        assert_eq!(item.message.header().in_reply_to, Some(begun));
        assert_eq!(body["code"], "ask.terms_over");
        assert!(body["words"].as_str().unwrap().contains("项目结束"), "{body}");
        next_load(&city).await;
        assert!(came(&city, &health, &centre).await.is_empty());
        let page = city.client("watcher").await.get("/desk/exchange/gateways/health").await;
        page.expect(200).says("已停止").says("项目结束");
        let said = wished(&city, &health, &centre, ("begin", &[])).await;
        assert_eq!(said.1, "ask.terms_over");
    });
}

#[test]
fn an_administrator_stops_a_subscription_for_a_reason_and_allows_it_again() {
    each_city(OFFICES, async |city: City| {
        let (health, centre) = sharing(&city, &["no", "site"], Rate::default()).await;
        wished(&city, &health, &centre, ("begin", &[])).await;
        came(&city, &health, &centre).await;
        let place = format!("/desk/exchange/subscriptions/{}", subscription(&city).await.id);
        let keeper = city.client("keeper").await;
        keeper.post(&format!("{place}/stop"), &[("reason", "")]).await.expect(422);
        keeper.post(&format!("{place}/stop"), &[("reason", "泄露了数据")]).await.expect(303);
        city.settle().await;
        let told = came(&city, &health, &centre).await;
        assert!(told[0].1["words"].as_str().unwrap().contains("泄露了数据"), "{told:?}");
        let said = wished(&city, &health, &centre, ("begin", &[])).await;
        assert_eq!(said.1, "exchange.subscription_barred");
        keeper.get(&place).await.expect(200).says("中心已停止").says("泄露了数据");
        keeper.post(&format!("{place}/allow"), &[("reason", "已经整改")]).await.expect(303);
        assert_eq!(wished(&city, &health, &centre, ("begin", &[])).await.0, "stored");
        assert_eq!(parts(&came(&city, &health, &centre).await).len(), 1);
        let kinds = kinds(&city).await;
        for kind in ["exchange.subscription_stopped", "exchange.subscription_allowed"] {
            assert!(kinds.contains(&kind.to_owned()), "{kind}: {kinds:?}");
        }
    });
}

#[test]
fn a_full_queue_and_the_agreed_rate_make_a_subscription_wait_and_nothing_is_lost() {
    each_city(OFFICES, async |city: City| {
        let rate = Rate { per_minute: None, per_day: Some(2) };
        let (health, centre) = sharing(&city, &["no", "site"], rate).await;
        let letters: Vec<delivery::Letter> = (0..5_000)
            .map(|_| delivery::Letter {
                id: Id::mint(city.now()),
                order: None,
                expires: city.now().plus_seconds(60),
                content: b"x".to_vec(),
            })
            .collect();
        let (now, bound) = (city.now(), crate::acts::rule(city.now().day()).unwrap().bound());
        let put = move |tx: &::store::Tx<'_>| {
            delivery::Transport::put(&delivery::Embedded, tx, "to:health", &letters, &bound, now)?
                .held()
        };
        city.hall.write(put).await.unwrap();
        wished(&city, &health, &centre, ("begin", &[])).await;
        let waits = subscription(&city).await;
        assert!(waits.words.contains("已经满了") && waits.load == -1, "{waits:?}");
        let clear = |tx: &::store::Tx<'_>| {
            tx.run("DELETE FROM delivery_letters WHERE queue = 'to:health' AND bytes = 1", &[])?;
            let sql = "UPDATE delivery_queues SET held = held - 5000, bytes = bytes - 5000
                       WHERE name = 'to:health'";
            Ok(tx.run(sql, &[])?)
        };
        city.hall.write(clear).await.unwrap();
        pass(&city, 120).await;
        city.job("exchange.subscriptions").await;
        city.settle().await;
        assert_eq!(parts(&came(&city, &health, &centre).await).len(), 1);
        next_load(&city).await;
        assert_eq!(parts(&came(&city, &health, &centre).await).len(), 2);
        // The third time of the day is one too many; the next day it goes on.
        next_load(&city).await;
        assert!(came(&city, &health, &centre).await.is_empty());
        assert!(subscription(&city).await.words.contains("每天最多 2 次"));
    });
}

/// A number with the right last sign.
const PERSON: &str = "420704199001011231";

/// The row of one person.
pub(super) fn row(
    _: &Reader<'_>,
    _: &Keys,
    asked: &Value,
    _: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let known = asked["key"]["no"] == PERSON;
    Ok(known.then(|| Arc::new(json!({ "no": PERSON, "site": "滨湖南路", "district": "鄂城区" }))))
}

#[test]
fn a_row_is_asked_for_by_its_key_and_the_person_whom_it_names_reads_of_it() {
    each_city(OFFICES, async |city: City| {
        let (health, centre) = sharing(&city, &["no", "site"], Rate::default()).await;
        let terms = Share {
            kind: <Rows as ask::Question>::KIND.into(),
            purpose: "2026-2".into(),
            request: "2026-2".into(),
            ..share(&city, &["site"], Rate::default())
        };
        let put = move |tx: &::store::Tx<'_>| {
            ask::put_share(tx, &access::clockwork("exchange.watch"), &terms)
        };
        city.hall.write(put).await.unwrap();
        let asked = async |key: Value| {
            pass(&city, 1).await;
            let draft = Draft {
                resource: <Rows as ask::Question>::KIND.into(),
                purpose: "2026-2".into(),
                fields: owned(&["site"]),
                ..health.draft(&city, Kind::Ask, (CENTRE, CENTRE))
            };
            let question = json!({ "resource": PERMITS, "key": key });
            let said = health.send(&city, &health.sign(vec![(draft, question)], &centre)).await;
            let (state, code) = became(&said, 0);
            (state.to_owned(), code.to_owned())
        };
        assert_eq!(
            asked(json!({ "no": "7" })).await.1,
            "exchange.body",
            "it is no person's number"
        );
        assert_eq!(asked(json!({ "no": PERSON })).await, ("stored".to_owned(), String::new()));
        let answer = came(&city, &health, &centre).await.remove(0).1;
        assert_eq!(answer["value"], json!({ "site": "滨湖南路" }));
        let (keys, now, about) =
            (city.hall.keys.clone(), city.now(), ask::About::Person(PERSON.into()));
        let look = move |r: &Reader<'_>| ask::reads_about(r, &keys, &about, (None, 10), now);
        let looks = city.hall.store.read(look).await.unwrap();
        assert_eq!((looks.len(), looks[0].purpose.as_str()), (1, "了解医院工程"));
    });
}
