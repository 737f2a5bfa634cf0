//! What is said of what was registered: of days before it, and by a proof, to whom that is told, and what of it is proved.

use ask::About;
use testkit::{City, each_city};

use super::same::number;
use super::{CHEN, OFFICES, WANG, load, registrar};
use crate::DEMO_CITIZEN_NUMBER;
use crate::acts::By;
use crate::terms::RESIDENTS;

const PATH: &str = "/desk/population/proof";

/// Eight residents, the fourth of them Chen.
fn eight() -> Vec<String> {
    let other = |n: u32| {
        let number = number(&format!("42070419880515{:03}", 2 * n + 101));
        format!("{number},王建国,男,1988-05-15,汉族,鄂州市鄂城区武昌大道{n}号,")
    };
    (0..8).map(|n| if n == 3 { CHEN.to_owned() } else { other(n) }).collect()
}

async fn looks(city: &City) -> Vec<ask::Read> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let read = move |r: &store::Reader<'_>| {
        let about = About::Person(DEMO_CITIZEN_NUMBER.into());
        ask::reads_about(r, &keys, &about, (None, 10), now)
    };
    city.hall.store.read(read).await.expect("looks")
}

#[test]
fn a_proof_holds_for_its_place_among_so_many_and_for_no_other() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let lines = eight();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        load(&city, &lines).await;
        city.settle().await;
        let sought = [("number", DEMO_CITIZEN_NUMBER), ("purpose", "serve")];
        let proof = registrar.post(PATH, &sought).await.expect(200).text;
        let key = city.hall.keys.log_key().public().clone();
        let verdict = register::verify(&proof, &key, None);
        assert!(verdict.holds(), "{verdict:?}");
        assert!(verdict.checks[0].words.contains("第 4 条，共 8 条"), "{verdict:?}");
        assert!(verdict.checks[0].words.contains("以后有没有更改，这份证明不说明"));
        // The same path leads to the same root in smaller trees.
        for size in 5..8 {
            let other = proof.replace("\"size\": 8", &format!("\"size\": {size}"));
            assert_ne!(other, proof);
            assert!(!register::verify(&other, &key, None).holds(), "of {size}");
        }
    });
}

#[test]
fn a_proof_of_what_was_undone_says_so() {
    each_city(OFFICES, async |city| {
        registrar(&city).await;
        let report = load(&city, &[CHEN]).await;
        city.pass_working_days(3);
        let (ground, why) = (city.hall.ground(), "导错了文件".to_owned());
        register::undo(&ground, &RESIDENTS, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        city.settle().await;
        let sought =
            [("number", DEMO_CITIZEN_NUMBER), ("purpose", "serve"), ("known", "2026-03-02")];
        let registrar = city.client("registrar").await;
        let proof = registrar.post(PATH, &sought).await.expect(200).text;
        let key = city.hall.keys.log_key().public().clone();
        let verdict = register::verify(&proof, &key, None);
        assert!(verdict.holds(), "it was registered so then: {verdict:?}");
        assert!(verdict.checks.iter().any(|check| check.words.contains("撤销，此后不再算数")));
        // The receipt of another act does not undo it.
        let mut other: serde_json::Value = serde_json::from_str(&proof).expect("JSON");
        other["undone"] = other["receipt"].clone();
        assert!(!register::verify(&other.to_string(), &key, None).holds());
    });
}

#[test]
fn whom_a_proof_is_about_learns_of_it_and_of_all_that_it_gives_out() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        load(&city, &[CHEN]).await;
        city.settle().await;
        let sought = [("number", DEMO_CITIZEN_NUMBER), ("purpose", "serve")];
        registrar.post(PATH, &sought).await.expect(200).says("ethnicity");
        let looks = looks(&city).await;
        let proof = looks.iter().find(|look| look.purpose.contains("登记证明")).expect("a look");
        for field in ["number", "ethnicity", "phone"] {
            assert!(proof.fields.iter().any(|one| one == field), "{:?}", proof.fields);
        }
        // Fewer fields are agreed: a proof cannot be cut, and is not given.
        let fewer = |tx: &store::Tx<'_>| {
            tx.run("UPDATE ask_terms SET fields = 'name,address' WHERE purpose = 'proof'", &[])?;
            Ok(())
        };
        city.hall.store.write(fewer).await.expect("fewer fields");
        registrar.post(PATH, &sought).await.expect(403).says("不能只给一部分");
    });
}

#[test]
fn who_is_asked_for_on_a_day_before_the_first_load_is_not_called_unknown() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        load(&city, &[CHEN]).await;
        let on = |number| [("number", number), ("purpose", "serve"), ("on", "2020-05-01")];
        let page = registrar.post("/desk/population", &on(DEMO_CITIZEN_NUMBER)).await.expect(200);
        page.says("登记从2026年3月2日起才有记载").says("2020年5月1日的情况");
        assert!(!page.text.contains("登记中没有这个人"));
        let wang = WANG.get(..18).expect("a number");
        let page = registrar.post("/desk/population", &on(wang)).await.expect(200);
        page.says("登记中没有这个人").says("2020年5月1日的情况");
    });
}
