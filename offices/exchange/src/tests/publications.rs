//! What gateways publish to the centre: parts in their order, whole or not at all, of their own resources alone.

use exchange_contract::{Completed, Mode, PublicationPart, Rows};
use testkit::city::{City, each_city};

use super::*;
use crate::rules::parts::{Left, Part, Run, chained};

fn cell(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The parts of a run, the last one saying so.
fn parts(run: &str, tables: &[&[[&str; 2]]]) -> Vec<Part> {
    let (mut made, mut chain) = (Vec::new(), String::new());
    for (place, rows) in tables.iter().enumerate() {
        let part = i64::try_from(place + 1).unwrap();
        let items = vec!["code".into(), "site".into()];
        let publication = Run { run: run.into(), part, mode: Mode::Whole, items, ..Run::default() };
        let rows = rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
        let mut part = Part { publication, rows, ..Part::default() };
        chain = chained(&chain, &part).unwrap();
        if place + 1 == tables.len() {
            part.publication.of = Some(part.publication.part);
            part.publication.digest = Some(chain.clone());
        }
        made.push(part);
    }
    made
}

const TABLE: [&[[&str; 2]]; 3] =
    [&[["1", "滨湖南路"], ["2", ""]], &[["3", "古城路"]], &[["4", "文苑路"]]];

/// A gateway that gives permits, and the centre's certificate.
async fn giving(city: &City) -> (Player, Certificate) {
    staffed(city).await;
    let centre = certified(city).await;
    let housing = Player::new("housing", "ezhou-zjj", day(2030));
    registered(city, &housing, "201001/000001\n201001/000002").await;
    (housing, centre)
}

fn sent(
    city: &City,
    housing: &Player,
    centre: &Certificate,
    parts: &[Part],
    first: u64,
) -> Vec<Message> {
    let drafts = (first..).zip(parts).map(|(sequence, part)| {
        let draft = Draft {
            resource: PERMITS.into(),
            purpose: "publication".into(),
            order: ordered("publication 201001/000001", sequence),
            ..housing.draft(city, Kind::Publish, (CENTRE, CENTRE))
        };
        (draft, serde_json::to_value(part).unwrap())
    });
    housing.sign(drafts.collect(), centre)
}

async fn announced(city: &City) -> Vec<Completed> {
    let all = ledger::Sought::between(Moment::from_millis(0), city.now().plus_seconds(1));
    let look = move |r: &Reader<'_>| Ok(ledger::search(r, &all, None, 50)?.rows);
    let acts = city.hall.store.read(look).await.unwrap();
    let acts = acts.into_iter().filter(|act| act.kind == exchange_contract::COMPLETE);
    acts.map(|act| serde_json::from_value(act.content()).unwrap()).collect()
}

async fn rows(city: &City, publication: &str, part: i64) -> Option<Rows> {
    let question = PublicationPart { publication: publication.into(), part };
    let who = ledger::Who::clockwork();
    let desk = &city.hall.desk;
    desk.ask("catalogue", "datasets", &who, &question, city.now()).await.unwrap().value
}

#[test]
fn parts_come_in_their_order_and_the_last_one_tells_who_listens() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = giving(&city).await;
        let messages = sent(&city, &housing, &centre, &parts("run 1", &TABLE), 1);
        let said = housing.send(&city, &messages[..2]).await;
        assert_eq!((became(&said, 0).0, became(&said, 1).0), ("stored", "stored"), "{said}");
        assert!(announced(&city).await.is_empty(), "one is missing");
        // The line broke off: all of it comes again, with the last one.
        let said = housing.send(&city, &messages).await;
        assert_eq!((became(&said, 0).0, became(&said, 2).0), ("known", "stored"), "{said}");
        housing.send(&city, &messages).await;
        let told = announced(&city).await;
        assert_eq!(told.len(), 1, "once in effect");
        let told = &told[0];
        assert_eq!((told.parts, told.rows, told.mode), (3, 4, Mode::Whole));
        assert_eq!((&*told.resource, &*told.organ), (PERMITS, "ezhou-zjj"));
        assert_eq!(told.items, ["code", "site"]);
        let first = rows(&city, &told.publication, 1).await.unwrap();
        assert_eq!(first.rows, [vec![cell("1"), cell("滨湖南路")], vec![cell("2"), None]]);
        assert_eq!(rows(&city, &told.publication, 3).await.unwrap().rows.len(), 1);
        assert!(rows(&city, &told.publication, 4).await.is_none());
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("最近推送到中心的数据").says("已收齐").says(PERMITS);
        city.clock.pass_seconds(91 * 86_400);
        city.job("exchange.tidy").await;
        assert!(rows(&city, &told.publication, 1).await.is_none(), "bytes are kept no longer");
    });
}

#[test]
fn rows_that_stayed_with_the_department_are_told_with_their_keys_and_the_desk_sees_how_many() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = giving(&city).await;
        let mut all = parts("run 1", &TABLE);
        all[0].left = vec![vec![cell("7"), None]];
        let mut chain = String::new();
        for part in &all {
            chain = chained(&chain, part).unwrap();
        }
        all[2].publication.digest = Some(chain);
        let words = "第 9 行“site”：没有值，这一项必须填写".to_owned();
        all[2].publication.left = Some(Left { rows: 3, words });
        housing.send(&city, &sent(&city, &housing, &centre, &all, 1)).await;
        let told = announced(&city).await.remove(0);
        assert_eq!((told.rows, told.left), (4, 3));
        assert!(told.left_words.contains("第 9 行"), "{told:?}");
        let first = rows(&city, &told.publication, 1).await.unwrap();
        assert_eq!(first.left, [vec![cell("7"), None]]);
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("3 行没有通过网关的检查，留在部门：第 9 行“site”");
        // A key that was taken out on the way makes it another whole.
        let mut other = parts("run 2", &TABLE);
        other[1].left = vec![vec![cell("8"), None]];
        let said = housing.send(&city, &sent(&city, &housing, &centre, &other, 4)).await;
        assert_eq!(became(&said, 2), ("refused", "exchange.part_digest"), "{said}");
    });
}

#[test]
fn a_gateway_is_told_once_what_the_centre_has_not_taken_in() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = giving(&city).await;
        let messages = sent(&city, &housing, &centre, &parts("run 1", &TABLE), 1);
        housing.send(&city, &messages).await;
        let publication = announced(&city).await.remove(0).publication;
        let refuse = async |publication: &str| {
            let content = json!({
                "publication": publication, "resource": PERMITS, "code": "catalogue.columns_changed",
                "reason": "表的列变了，缺少：“名称”",
            });
            let act =
                ledger::Act::new(city.now(), "catalogue.publication_refused", "resource", PERMITS)
                    .content(content);
            let write =
                move |tx: &::store::Tx<'_>| ledger::record(tx, &ledger::Who::clockwork(), &act);
            city.hall.write(write).await.unwrap();
            city.settle().await;
        };
        // Of one that nobody knows nothing is said; what is told twice is said once.
        for publication in ["01J00000000000000000000000", &publication, &publication] {
            refuse(publication).await;
        }
        let mut came = housing.fetch(&city).await;
        assert_eq!(came.len(), 1, "one word");
        let word = came.remove(0).message;
        let header = word.header();
        assert_eq!((header.kind, &*header.resource), (Kind::Refusal, PERMITS));
        assert_eq!(header.in_reply_to, Some(messages[2].header().id), "of its last part");
        let plain = housing.opener().open(header, word.body()).unwrap();
        let body: Value = serde_json::from_slice(&plain).unwrap();
        assert_eq!(body["code"], "exchange.not_taken_in");
        assert_eq!(body["words"], "表的列变了，缺少：“名称”");
        housing.acknowledge(&city, &[header.id], &centre).await;
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("没有采用").says("缺少：“名称”");
        // What is said of an old one, once all of the table has come again, is on the page, and nothing is to be mended.
        let old = sent(&city, &housing, &centre, &parts("run 2", &TABLE), 4);
        housing.send(&city, &old).await;
        let old = announced(&city).await.remove(1).publication;
        let anew = sent(&city, &housing, &centre, &parts("run 3", &TABLE), 7);
        housing.send(&city, &anew).await;
        assert_eq!(announced(&city).await.len(), 3);
        refuse(&old).await;
        assert!(housing.fetch(&city).await.is_empty());
    });
}

#[test]
fn what_is_not_its_own_is_not_taken_and_what_is_no_part_is_told_why() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = giving(&city).await;
        let of = |resource: &str, body: Value| {
            let draft = Draft {
                resource: resource.into(),
                ..housing.draft(&city, Kind::Publish, (CENTRE, CENTRE))
            };
            housing.sign(vec![(draft, body)], &centre)
        };
        let part = serde_json::to_value(&parts("run", &TABLE)[0]).unwrap();
        let codes = [
            ("population.person", part.clone(), "exchange.kind_not_registered"),
            ("201001/000002", part.clone(), "exchange.no_such_resource"),
            (PERMITS, json!({ "rows": [] }), "exchange.part"),
        ];
        for (resource, body, code) in codes {
            let said = housing.send(&city, &of(resource, body)).await;
            assert_eq!(became(&said, 0), ("refused", code), "{said}");
        }
        let health = Player::new("health", "ezhou-wjw", day(2030));
        registered(&city, &health, PERMITS).await;
        let draft = Draft {
            resource: PERMITS.into(),
            ..health.draft(&city, Kind::Publish, (CENTRE, CENTRE))
        };
        let said = health.send(&city, &health.sign(vec![(draft, part)], &centre)).await;
        assert_eq!(became(&said, 0), ("refused", "exchange.not_provider"), "{said}");
        assert!(announced(&city).await.is_empty());
    });
}

#[test]
fn a_run_that_lacks_a_part_or_is_another_whole_never_counts_and_the_next_one_does() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = giving(&city).await;
        let all = parts("run 1", &TABLE);
        // The second part was refused on its way: its number is used up, and the third finds it missing.
        let lacking = [all[0].clone(), all[2].clone()];
        let said = housing.send(&city, &sent(&city, &housing, &centre, &lacking, 1)).await;
        assert_eq!(became(&said, 0), ("stored", ""), "{said}");
        assert_eq!(became(&said, 1), ("refused", "exchange.part_missing"), "{said}");
        let mut other = parts("run 2", &TABLE);
        other[1].rows[0][1] = cell("别的路");
        let said = housing.send(&city, &sent(&city, &housing, &centre, &other, 3)).await;
        assert_eq!(became(&said, 2), ("refused", "exchange.part_digest"), "{said}");
        assert!(announced(&city).await.is_empty());
        let good = sent(&city, &housing, &centre, &parts("run 3", &TABLE), 6);
        let said = housing.send(&city, &good).await;
        assert_eq!(became(&said, 2), ("stored", ""), "{said}");
        assert_eq!(announced(&city).await.len(), 1);
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("没有收齐").says("已收齐");
    });
}

#[test]
fn what_a_gateway_tells_of_itself_is_an_alarm_until_it_takes_it_back() {
    each_city(OFFICES, async |city: City| {
        let (housing, _) = giving(&city).await;
        let tell = async |troubles: Value| {
            let body = json!({ "troubles": troubles }).to_string().into_bytes();
            let token = housing.token(&city).await;
            housing.post(&city, "/exchange/v1/troubles", &token, body).await.expect(200);
        };
        let changed = json!([{ "about": PERMITS, "words": "表“permits”的结构变了：少了 “site”" }]);
        tell(changed.clone()).await;
        tell(changed).await;
        city.job("exchange.watch").await;
        let page = city.client("watcher").await.get("/desk/exchange").await.expect(200);
        page.says("结构变了：少了 “site”");
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("结构变了：少了 “site”");
        tell(json!([])).await;
        city.job("exchange.watch").await;
        let page = city.client("watcher").await.get("/desk/exchange").await.expect(200);
        page.says("最近结束的告警");
        assert!(flows::alarms(&city, "open").await.is_empty());
        let began = flows::told(&city, "exchange.alarm_began").await;
        assert_eq!((began, flows::told(&city, "exchange.alarm_ended").await), (1, 1));
    });
}
