//! What values are found by is put under another key while the city works: everything is found before, meanwhile and
//! afterwards, nothing is there twice, and nothing stands as it stood at the end.

use std::time::Duration;

use base::Id;
use frame::rotation;
use seal::Use;
use testkit::{City, each_city};

use crate::backup::drawn_columns;
use crate::counter::{brought, city_with_a_principal, taken_in};
use crate::joined::registering;
use crate::journey::apply;

const CHEN: &str = "420702199003076634";
const ZHOU: (&str, &str) = ("周小满", "420703199502280003");
const WANG: &str = "42070419851231001X";
const PEOPLE: &str = "公民身份号码,姓名,性别,出生日期,民族,住址,电话,死亡日期\n\
     420702199003076634,陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678,\n\
     42070419851231001X,王建国,男,1985-12-31,汉族,鄂州市鄂城区武昌大道2号,13812345679,";

/// A city with something in every column that is covered.
async fn filled(city: &City) {
    let clerk = city_with_a_principal(city).await;
    taken_in(&clerk, &brought(ZHOU, "2026-04-30")).await;
    apply(&city.client("citizen").await).await;
    for (login, name, role) in [
        ("keeper", "吴涛", "sysadmin"),
        ("warden", "郑洁", "secadmin"),
        ("privacy", "许静", "privacy"),
        ("privacy2", "田文涛", "privacy"),
    ] {
        city.account(login, name, role, "ezhou").await;
    }
    city.account("registrar", "周登记", "registrar", "ezhou-gjj").await;
    looks(city).await;
    registered_twice(city).await;
    died_on_a_list(city).await;
    entered_wrongly(city).await;
    let page = defers(city).await.expect(303).leads_to().split('?').next().unwrap().to_owned();
    let second = city.client("privacy2").await;
    second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
    // The phone is not the one of the register: the number is only stated.
    registering(&city.visitor(), ("陈晓敏", CHEN), "stated", "13900001111").await.expect(303);
    city.clock.pass_seconds(1);
    city.settle().await;
}

/// Somebody is registered twice, and a data steward says so.
async fn registered_twice(city: &City) {
    let people = "公民身份号码,姓名,性别,出生日期,民族,住址,电话
420702199003070056,陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678
420106199003070454,陈晓敏,男,1990-03-07,汉族,武汉市武昌区中山路8号,
";
    let registrar = city.client("registrar").await;
    let file = ("file", "again.csv", people.as_bytes());
    registrar.upload("/desk/population/loads", &[], file).await.expect(303);
    city.settle().await;
    let list = registrar.get("/desk/population/same").await.expect(200).text;
    let (_, after) = list.split_once("/desk/population/same/pairs/").expect("a pair that waits");
    let no = after.split('"').next().expect("its number");
    let said = [("verdict", "same"), ("reason", "电话核实")];
    let path = format!("/desk/population/same/pairs/{no}");
    city.account("steward", "秦朗", "datasteward", "ezhou-gjj").await;
    city.client("steward").await.post(&path, &said).await.expect(303);
}

/// Somebody who has died is on a list of payments, and a watch finds it.
async fn died_on_a_list(city: &City) {
    city.account("catalogue", "韩雪", "datamanager", "ezhou").await;
    let watch = [
        ("name", "去世人员领取高龄津贴"),
        ("kind", "died_on_list"),
        ("list", ""),
        ("organ", ""),
        ("ground", "《社会救助暂行办法》第十三条"),
        ("days", "10"),
        ("reason", "审计要求"),
    ];
    city.client("catalogue").await.post("/desk/watches", &watch).await.expect(303);
    let list = "公民身份号码,姓名,发放项目,起始日期,截止日期
420106199003070454,陈晓敏,高龄津贴,2020-01-01,
";
    let fields = [("list", ""), ("new", "高龄津贴"), ("extent", "whole")];
    let file = ("file", "list.csv", list.as_bytes());
    city.client("steward").await.upload("/desk/watches/lists", &fields, file).await.expect(303);
    let dead = "公民身份号码,姓名,性别,出生日期,民族,住址,电话,死亡日期
420106199003070454,陈晓敏,男,1990-03-07,汉族,武汉市武昌区中山路8号,,2026-02-20
";
    let file = ("file", "dead.csv", dead.as_bytes());
    let registrar = city.client("registrar").await;
    registrar.upload("/desk/population/loads", &[], file).await.expect(303);
    city.settle().await;
}

/// Somebody is registered under the number of another person.
async fn entered_wrongly(city: &City) {
    for said in ["张玉兰,女,1949-12-31,汉族,鄂城区", "李秀英,女,1949-12-31,汉族,华容区"]
    {
        let people =
            format!("公民身份号码,姓名,性别,出生日期,民族,住址,电话\n11010519491231002X,{said},\n");
        let file = ("file", "entered.csv", people.as_bytes());
        let registrar = city.client("registrar").await;
        registrar.upload("/desk/population/loads", &[], file).await.expect(303);
        city.settle().await;
    }
}

async fn looks(city: &City) {
    let form = [("number", CHEN), ("purpose", "serve")];
    city.client("registrar").await.post("/desk/population", &form).await.expect(200).says("陈晓敏");
}

async fn defers(city: &City) -> testkit::Answer {
    let order = [
        ("whom", "person"),
        ("shown", CHEN),
        ("organ", "ezhou-gjj"),
        ("ground", "secret"),
        ("law", "《中华人民共和国监察法》第四十三条"),
        ("approver", "鄂州市监察委员会"),
        ("document", "鄂州公〔2026〕3号"),
        ("approved_by", "主任李明"),
        ("purpose", "调查期间不能惊动本人"),
        ("until", "2026-04-01"),
    ];
    city.client("privacy").await.post("/desk/deferrals", &order).await
}

/// Two administrators let the key be exchanged.
async fn agreed(city: &City) {
    let wish = [("key", "cover"), ("reason", "每年更换，鄂政发〔2026〕9号")];
    let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
    keeper.post("/desk/keys/exchange", &wish).await.expect(303);
    let page = warden.get("/desk/keys").await.expect(200).text;
    let (_, id) = page.split_once("href=\"/desk/authority/proposals/").expect("a proposal");
    let place = format!("/desk/authority/proposals/{}", id.split('"').next().unwrap());
    warden.get(&place).await.expect(200).says("检索密钥").says("新旧都能查到");
    warden.post(&format!("{place}/agree"), &[]).await.expect(303);
    keeper.get("/desk/keys").await.expect(200).says("正在更换");
    keeper.post("/desk/keys/exchange", &wish).await.expect(422).says("还没有完成");
}

/// How many forms of each length stand in the covered columns: of 32 bytes, and of 36.
async fn forms(city: &City) -> [i64; 2] {
    let columns: Vec<_> = frame::sealed::covered(&city.hall).copied().collect();
    let read = move |r: &store::Reader<'_>| {
        let mut forms = [0; 2];
        for seal::CoveredColumn { table, column, .. } in &columns {
            let mut here = 0;
            for (count, length) in forms.iter_mut().zip([32, 36]) {
                let found: i64 = r.one(
                    &format!(
                        "SELECT CAST(COUNT(*) AS BIGINT) FROM {table}
                         WHERE {column} IS NOT NULL AND LENGTH({column}) = {length}"
                    ),
                    &[],
                )?;
                here += found;
                *count += found;
            }
            assert!(here > 0, "nothing stands in {table}.{column}");
        }
        Ok(forms)
    };
    city.hall.store.read(read).await.expect("the columns")
}

/// Everything is found by its number, and nothing can be there twice.
async fn all_is_found(city: &City, stage: &str) {
    looks(city).await;
    let citizen = city.client("citizen").await;
    let seen = citizen.get("/me/looks").await.expect(200).text;
    assert_eq!(seen.matches("周登记").count(), 1, "{stage}: the first look, and none deferred");
    let by = population::acts::By::CommandLine;
    let again = population::acts::import(&city.hall, by, PEOPLE.into(), stage).await;
    let tally = again.expect("a load").tally;
    assert_eq!((tally.added, tally.changed, tally.unchanged), (0, 0, 2), "{stage}");
    defers(city).await.expect(422);
    let (keys, today) = (city.hall.keys.clone(), city.now().day());
    let read = move |r: &store::Reader<'_>| {
        let own = access::account_by_number(r, &keys, CHEN)?.map(|one| one.login);
        let all = access::accounts_on_number(r, &keys, CHEN)?.len();
        Ok((own, all, access::mandates_between(r, &keys, (ZHOU.1, WANG), today)?.len()))
    };
    let found = city.hall.store.read(read).await.expect("found");
    assert_eq!(found, (Some("citizen".to_owned()), 2, 1), "{stage}");
    assert_eq!(twice(city).await, ["access.number_taken"; 2], "{stage}");
    let hall = city.hall.clone();
    let opened = tokio::task::spawn_blocking(move || frame::sealed::inspect(&hall)).await;
    assert!(opened.expect("looked").is_good(), "{stage}");
}

/// How it is refused that a number is proven to be a second person's: by registering, and by proving what was stated.
async fn twice(city: &City) -> [String; 2] {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let second = move |tx: &store::Tx<'_>| {
        let new = access::NewAccount {
            id: Id::mint(now),
            login: "second".into(),
            kind: access::Kind::Citizen,
            name: "陈晓敏".into(),
            password: None,
            number: Some(CHEN.into()),
            phone: None,
            email: None,
            real_name: true,
        };
        access::create_account(tx, &access::clockwork("test"), &keys, &new, now)
    };
    let registered = city.hall.write(second).await.expect_err("refused");
    let keys = city.hall.keys.clone();
    let prove = move |tx: &store::Tx<'_>| {
        let stated = access::account_by_login(tx, "stated")?.expect("an account");
        let permit = access::clockwork("test");
        access::prove_number(tx, &permit, &keys, stated.id, access::Proof::Counter)
    };
    let proven = city.hall.write(prove).await.expect_err("refused");
    [registered, proven].map(|stop| stop.refusal().expect("a refusal").code.to_owned())
}

/// The exchange is killed again and again until it has come to its end.
async fn killed_until_done(city: &City) {
    let mut killed = 0;
    for round in 1.. {
        // A job that was broken off is somebody's for five minutes.
        city.clock.pass_seconds(366);
        // Ever longer, so that what else is due comes to its end some time.
        let limit = Duration::from_millis(round + round * round / 20);
        let _ = tokio::time::timeout(limit, frame::clockwork::settle(&city.hall)).await;
        let standing = rotation::standing(&city.hall, Use::Cover).await.expect("it stands");
        if standing.keys.last().is_some_and(|key| key.clean_at.is_some()) {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "it was never killed");
}

#[test]
fn what_values_are_found_by_comes_under_another_key_while_everything_is_found() {
    each_city(hall::OFFICES, async |city| {
        filled(&city).await;
        let [bare, covered] = forms(&city).await;
        assert!(bare > 0 && covered == 0);
        all_is_found(&city, "before").await;

        agreed(&city).await;
        all_is_found(&city, "it waits").await;
        assert_eq!(forms(&city).await[1], 0);
        city.clock.pass_seconds(66);
        rotation::keep_up(&city.hall).await.expect("it serves");
        all_is_found(&city, "it serves").await;
        registering(&city.visitor(), ("陈晓敏", CHEN), "chen2", "13812345678")
            .await
            .expect(422)
            .says("已经");
        // Her number comes under the new key, and the case that a window took in stands under the old one.
        registering(&city.visitor(), ZHOU, "zhou", "13712345678").await.expect(303);
        let [bare, covered] = forms(&city).await;
        assert!(bare > 0 && covered > 0, "both stand");

        killed_until_done(&city).await;
        city.settle().await;
        all_is_found(&city, "all is under the new one").await;
        assert_eq!(forms(&city).await[0], 0, "nothing stands bare");
        city.clock.pass_seconds(3_600);
        city.settle().await;
        let ring = city.hall.keys.keys_for(Use::Cover);
        assert_eq!(ring.iter().map(|key| key.version).collect::<Vec<_>>(), [2]);
        all_is_found(&city, "the old one is gone").await;
        assert_eq!(forms(&city).await[0], 0);
        let cases = access_to_cases(&city, "zhou").await;
        assert_eq!(cases, 1, "the case came to her account");

        agreed(&city).await;
        city.clock.pass_seconds(66);
        killed_until_done(&city).await;
        city.clock.pass_seconds(3_600);
        city.settle().await;
        assert_eq!(city.hall.keys.keys_for(Use::Cover)[0].version, 3);
        all_is_found(&city, "the third").await;

        register_says_that_wang_died(&city).await;
        let (keys, today) = (city.hall.keys.clone(), city.now().day());
        let read = move |r: &store::Reader<'_>| {
            let ended = access::mandates_between(r, &keys, (ZHOU.1, WANG), today)?.is_empty();
            Ok((ended, access::account_by_login(r, "other")?.and_then(|one| one.died_on)))
        };
        let (ended, died) = city.hall.store.read(read).await.expect("read");
        assert!(ended && died.is_some(), "whom the register names is found");
        city.clock.pass_seconds(40 * 86_400);
        city.settle().await;
        let seen = city.client("citizen").await.get("/me/looks").await.expect(200).text;
        assert!(seen.matches("周登记").count() > 5, "told at the end");
    });
}

async fn access_to_cases(city: &City, login: &'static str) -> i64 {
    let read = move |r: &store::Reader<'_>| {
        let id = access::account_by_login(r, login)?.expect("an account").id;
        Ok(r.one(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM flow_cases WHERE applicant_account = $1",
            &[id.into()],
        )?)
    };
    city.hall.store.read(read).await.expect("counted")
}

async fn register_says_that_wang_died(city: &City) {
    let csv = format!("{PEOPLE}2026-03-01\n");
    let by = population::acts::By::CommandLine;
    population::acts::import(&city.hall, by, csv.into(), "deaths.csv").await.expect("a load");
    city.settle().await;
}

/// What is exchanged is what the schema calls blind, and the two columns that hold a mark by another name.
#[test]
fn every_blind_index_of_the_schema_is_declared() {
    let other = [("approvals_applications", "person_mark"), ("ask_subjects", "mark")];
    let drawn = drawn_columns(|table, column| {
        column.ends_with("_blind") || other.contains(&(table, column))
    });
    let offices = hall::OFFICES.iter().flat_map(|office| office.covered);
    let declared = access::COVERED
        .iter()
        .chain(ask::COVERED)
        .chain(register::COVERED)
        .chain(linkage::COVERED)
        .chain(offices);
    let mut declared: Vec<_> =
        declared.map(|covered| format!("{}.{}", covered.table, covered.column)).collect();
    declared.sort();
    assert_eq!(declared, drawn);
}

#[test]
fn what_was_looked_at_before_there_were_covers_is_found_after_the_upgrade_and_after_an_exchange() {
    testkit::database::each_database(|store| {
        let whole = ask::MIGRATIONS;
        let new = whole.files.iter().position(|file| file.name == "0006_subjects");
        let (before, _) = whole.files.split_at(new.expect("a migration"));
        store.migrate(&[store::MigrationSet { files: before, ..whole }]).expect("the old tables");
        let keys = std::sync::Arc::new(seal::Keys::for_tests());
        let about = ask::About::Person(CHEN.into());
        let mark = ask::mark(&keys, &about);
        let (now, look) = (
            base::Moment::from_millis(1_000),
            Id::<ask::Asked>::mint(base::Moment::from_millis(1)),
        );
        let old = "INSERT INTO ask_reads (id, at, asker, kind, purpose, subject, name, organ_name, fields, found, act)
             VALUES ($1, 1, '', '', '', $2, '', '', '', 1, '')";
        store.write_now(move |tx| Ok(tx.run(old, &[look.into(), mark.into()])?)).expect("a look");
        store.migrate(&[whole]).expect("the upgrade");
        let found = || {
            let (keys, about) = (keys.clone(), about.clone());
            let read =
                move |r: &store::Reader<'_>| ask::reads_about(r, &keys, &about, (None, 10), now);
            store.read_now(read).expect("read").len()
        };
        assert_eq!(found(), 1);
        let mut next = keys.mint_key(Use::Cover, &keys.keys_for(Use::Cover));
        for waits in [true, false] {
            next.waits = waits;
            keys.take_in(std::slice::from_ref(&next)).expect("taken in");
            assert_eq!(found(), 1, "waits: {waits}");
        }
        let anew = keys.cover_anew(&mark).expect("held").expect("anew");
        let sql = "UPDATE ask_subjects SET mark = $1";
        store.write_now(move |tx| Ok(tx.run(sql, &[anew.as_slice().into()])?)).expect("covered");
        let gone = seal::RingKey { enclosed: None, ..keys.keys_for(Use::Cover).remove(0) };
        keys.take_in(&[gone]).expect("the first is gone");
        assert_eq!(found(), 1);
    });
}
