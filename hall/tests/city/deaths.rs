//! What a death ends: signing in and mandates both ways; and that a wrong entry in the register can be taken back.

use serde_json::json;
use testkit::city::PASSWORD;
use testkit::{City, each_city};

use crate::counter::record;
use crate::journey::{apply, city_with_people, no_of};

const HEAD: &str = "公民身份号码,姓名,性别,出生日期,民族,住址,电话,死亡日期";
const CHEN: &str =
    "420702199003076634,陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678";
const NUMBER: &str = "420702199003076634";
const WANG: &str =
    "42070419851231001X,王建国,男,1985-12-31,汉族,鄂州市鄂城区武昌大道2号,13812345679";
const ZHOU: &str =
    "420703199502280003,周小满,女,1995-02-28,汉族,鄂州市华容区容州大道9号,13712345678";
const ZHOUS_NUMBER: &str = "420703199502280003";

/// The register brings a file that says of somebody when they died, or that they did not.
async fn register_brings(city: &City, person: &str, died: &str) {
    let csv = format!("{HEAD}\n{person},{died}\n");
    let by = population::acts::By::CommandLine;
    population::acts::import(&city.hall, by, csv.into(), "deaths.csv").await.expect("a load");
}

/// The same of her, and it is announced.
async fn register_says(city: &City, died: &str) {
    register_brings(city, CHEN, died).await;
    city.settle().await;
}

async fn signs_in(city: &City) -> testkit::Answer {
    let form = [("account", "citizen"), ("password", PASSWORD)];
    city.visitor().post("/sign-in", &form).await
}

#[test]
fn a_death_ends_signing_in_and_mandates_and_changes_no_case() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let principal = city.client("citizen").await;
        let no = no_of(&apply(&principal).await).to_owned();
        let (_, agent, id) =
            crate::mandates::mandate(&city, json!({ "powers": ["look_up"] })).await;
        agent.get(&format!("/my/cases/{no}")).await.expect(200);
        let before = crate::journey::case(&city, &no).await;
        city.settle().await;
        city.letters();

        register_says(&city, "2026-03-01").await;
        assert_eq!(principal.get("/me").await.status.as_u16(), 303, "signed out");
        signs_in(&city).await.expect(422).says("人口登记显示本人已在2026年3月1日死亡");
        agent.get(&format!("/my/cases/{no}")).await.expect(404);
        let seen = agent.get(&format!("/me/mandates/{id}")).await.expect(200);
        seen.says("人口登记显示一方死亡，委托终止").says("第一百七十四条");
        let letters = city.letters();
        let told = letters.iter().find(|one| one.to == "other@example.com").expect("a letter");
        assert!(told.text.contains("陈晓敏已经去世。请您节哀"), "{}", told.text);
        assert!(told.text.contains("第一百七十四条"), "{}", told.text);
        for harsh in ["修改密码", "不是您本人操作", "立即失效", "2026年3月1日"] {
            assert!(!told.text.contains(harsh), "{harsh}: {}", told.text);
        }
        assert!(letters.iter().all(|one| one.to != "citizen@example.com"));

        let desk = city.client("clerk").await.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("申请人已死亡（登记日期：2026年3月1日）");
        let after = crate::journey::case(&city, &no).await;
        assert_eq!(
            (before.state, before.version, before.due),
            (after.state, after.version, after.due)
        );
        let read = record(&city).await;
        let kinds: Vec<&str> = read.iter().map(|act| act.kind.as_str()).collect();
        for kind in ["population.died", "identity.account_of_dead", "identity.mandate_ended"] {
            assert_eq!(kinds.iter().filter(|known| **known == kind).count(), 1, "{kind}");
        }
        assert!(read.iter().all(|act| !act.json().to_string().contains(NUMBER)));
        // The same file again tells nothing again; one that has no such column says nothing of deaths.
        register_says(&city, "2026-03-01").await;
        let silent = format!("{}\n{}\n", HEAD.trim_end_matches(",死亡日期"), CHEN);
        let by = population::acts::By::CommandLine;
        population::acts::import(&city.hall, by, silent.into(), "old.csv").await.expect("a load");
        city.settle().await;
        let read = record(&city).await;
        let told = |act: &&ledger::Recorded| act.kind.starts_with("population.d");
        assert_eq!(read.iter().filter(told).count(), 1);
        signs_in(&city).await.expect(422);
    });
}

#[test]
fn a_wrong_entry_is_taken_back_by_the_registrar_and_a_clerk_who_sees_the_person() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let no = no_of(&apply(&city.client("citizen").await).await).to_owned();
        register_says(&city, "2026-03-01").await;
        let clerk = city.client("clerk").await;
        let card = [("name", "陈晓敏"), ("number", NUMBER), ("seen", "true"), ("login", "citizen")];
        let page = clerk.post("/desk/holders", &card).await.expect(200);
        page.says("账户已经停用：人口登记显示本人死亡");
        clerk.post("/desk/holders/reopen", &card).await.expect(422).says("人口登记还没有更正");

        register_says(&city, "").await;
        signs_in(&city).await.expect(422).says("这个账户已经停用");
        let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        assert!(!page.text.contains("申请人已死亡"), "the register has taken it back");
        clerk.post("/desk/holders/reopen", &card).await.expect(303);
        signs_in(&city).await.expect(303);
        city.settle().await;
        assert!(
            city.letters()
                .iter()
                .any(|one| one.text.contains("您的账户已经由政务服务窗口当面核实恢复"))
        );
    });
}

#[test]
fn nobody_files_at_the_window_for_who_has_died_and_a_paper_ends_with_a_death() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        register_says(&city, "2026-03-01").await;
        let person =
            [("item", "housing-fund"), ("name", "陈晓敏"), ("number", NUMBER), ("came", "self")];
        let refused = city.client("clerk").await.post("/desk/counter", &person).await.expect(422);
        refused.says("人口登记显示这个人已在2026年3月1日死亡");
    });
}

#[test]
fn nobody_takes_up_the_name_of_who_died_before() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        register_brings(&city, ZHOU, "2026-03-01").await;
        city.settle().await;
        let relative = city.visitor();
        let entered = [
            ("name", "周小满"),
            ("number", ZHOUS_NUMBER),
            ("phone", "13712345678"),
            ("email", ""),
            ("account", "relative"),
            ("password", "Lake-2026-east"),
            ("again", "Lake-2026-east"),
        ];
        relative.post("/register", &entered).await.expect(303);
        relative.get("/me").await.expect(200).says("没有与人口登记核对一致");
        relative.post("/me/compare", &[]).await.expect(422).says("还是没有核对一致");
        let clerk = city.client("clerk").await;
        let card =
            [("name", "周小满"), ("number", ZHOUS_NUMBER), ("seen", "true"), ("login", "relative")];
        let refused = clerk.post("/desk/holders/prove", &card).await.expect(422);
        refused.says("人口登记显示持证人已在2026年3月1日死亡");
        // What such an account files says it to the desk, and to nobody else.
        let program = city.client("relative").await;
        let no = no_of(&apply(&program).await).to_owned();
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("申请人已死亡（登记日期：2026年3月1日）");
        let own = program.get(&format!("/my/cases/{no}")).await.expect(200);
        assert!(!own.text.contains("申请人已死亡"), "{}", own.text);
    });
}

#[test]
fn what_was_begun_at_the_counter_is_not_filed_once_the_applicant_has_died() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let clerk = city.client("clerk").await;
        let person =
            [("item", "housing-fund"), ("name", "陈晓敏"), ("number", NUMBER), ("came", "self")];
        let begun = clerk.post("/desk/counter", &person).await.expect(303);
        let draft = begun.leads_to().to_owned();
        crate::applying::fill(&clerk, &draft).await;
        register_says(&city, "2026-03-01").await;
        let refused = clerk.post(&format!("{draft}/submit"), &[]).await.expect(422);
        refused.says("人口登记显示申请人已在2026年3月1日死亡");
    });
}

#[test]
fn a_death_that_is_taken_back_before_it_was_announced_ends_nothing() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        register_brings(&city, CHEN, "2026-03-01").await;
        register_brings(&city, CHEN, "").await;
        city.settle().await;
        let read = record(&city).await;
        let told = |kind: &str| read.iter().filter(|act| act.kind == kind).count();
        assert_eq!((told("population.died"), told("population.death_corrected")), (0, 1));
        assert_eq!(told("identity.account_of_dead"), 0);
        signs_in(&city).await.expect(303);
        // What a later file does not change of it is no reason to keep silent.
        register_brings(&city, CHEN, "2026-03-01").await;
        register_brings(&city, &CHEN.replace("1号", "3号"), "2026-03-01").await;
        city.settle().await;
        signs_in(&city).await.expect(422);
    });
}

#[test]
fn what_had_run_out_does_not_end_again_and_nobody_is_written_to() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (_, _, id) = crate::mandates::mandate(&city, json!({})).await;
        city.clock.pass_seconds(31 * 24 * 3_600);
        register_says(&city, "2026-03-01").await;
        let read = record(&city).await;
        assert!(read.iter().any(|act| act.kind == "identity.account_of_dead"));
        assert!(read.iter().all(|act| act.kind != "identity.mandate_ended"));
        assert!(city.letters().iter().all(|one| !one.text.contains("已经去世")));
        let agent = city.client("other").await;
        agent.get(&format!("/me/mandates/{id}")).await.expect(200).says("已经到期");
    });
}

#[test]
fn who_has_given_a_mandate_reads_that_its_agent_died_and_nothing_of_what_stands() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (principal, _, id) = crate::mandates::mandate(&city, json!({})).await;
        register_brings(&city, WANG, "2026-03-01").await;
        city.settle().await;
        let seen = principal.get(&format!("/me/mandates/{id}")).await.expect(200);
        seen.says("人口登记显示一方死亡，委托终止").says("第一百七十三条第四项");
        assert!(!seen.text.contains("第一百七十四条"), "{}", seen.text);
        let letters = city.letters();
        let told = letters.iter().find(|one| one.to == "citizen@example.com").expect("a letter");
        assert!(told.text.contains("第一百七十三条第四项"), "{}", told.text);
        assert!(!told.text.contains("第一百七十四条"), "{}", told.text);
        assert!(told.text.contains("王建国已经去世"), "{}", told.text);
    });
}

/// Lets a listener be given an act of this kind once more, late: as one that could not take it then.
async fn hears_late(city: &City, listener: &'static str, kind: &str) {
    let read = record(city).await;
    let act = read.iter().find(|act| act.kind == kind).expect("told");
    let (seq, due) = (act.seq.expect("in the log"), city.now());
    let write = move |tx: &store::Tx<'_>| {
        tx.run(
            "INSERT INTO ledger_deliveries (listener, seq, tries, due, fault)
             VALUES ($1, $2, 1, $3, 'a fault')",
            &[listener.into(), seq.into(), due.into()],
        )?;
        Ok(())
    };
    city.hall.write(write).await.expect("it waits");
    city.settle().await;
    let left = city
        .hall
        .store
        .read(|r| Ok(r.one::<i64>("SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_deliveries", &[])?));
    assert_eq!(left.await.expect("counted"), 0, "it was taken");
}

#[test]
fn a_listener_that_hears_of_a_death_after_it_was_taken_back_ends_nothing_of_who_lives() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let no = no_of(&apply(&city.client("citizen").await).await).to_owned();
        register_says(&city, "2026-03-01").await;
        city.clock.pass_seconds(60);
        register_says(&city, "").await;
        let clerk = city.client("clerk").await;
        let card = [("name", "陈晓敏"), ("number", NUMBER), ("seen", "true"), ("login", "citizen")];
        clerk.post("/desk/holders/reopen", &card).await.expect(303);
        let (principal, agent, id) =
            crate::mandates::mandate(&city, json!({ "powers": ["look_up"] })).await;

        hears_late(&city, "identity.deaths", "population.died").await;
        hears_late(&city, "approvals.deaths", "population.died").await;
        principal.get("/me").await.expect(200);
        signs_in(&city).await.expect(303);
        agent.get(&format!("/my/cases/{no}")).await.expect(200);
        principal.get(&format!("/me/mandates/{id}")).await.expect(200).says("收回委托");
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        assert!(!desk.text.contains("申请人已死亡"), "{}", desk.text);

        // A correction that is heard late takes no later death back.
        city.clock.pass_seconds(60);
        register_says(&city, "2026-03-02").await;
        hears_late(&city, "identity.deaths", "population.death_corrected").await;
        hears_late(&city, "approvals.deaths", "population.death_corrected").await;
        signs_in(&city).await.expect(422).says("人口登记显示本人已在2026年3月2日死亡");
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("申请人已死亡（登记日期：2026年3月2日）");
    });
}

#[test]
fn a_paper_mandate_ends_with_the_death_of_who_gave_it_and_of_its_agent() {
    each_city(hall::OFFICES, async |city| {
        let clerk = crate::counter::city_with_a_principal(&city).await;
        let brought = |principal| crate::counter::brought(principal, "2026-04-30");
        let zhou = crate::counter::taken_in(&clerk, &brought(("周小满", ZHOUS_NUMBER))).await;
        let chen = crate::counter::taken_in(&clerk, &brought(("陈晓敏", NUMBER))).await;
        city.settle().await;
        city.letters();
        let comes = async |no: &str| {
            let mut fields = vec![("reason", "书面提出")];
            fields.extend(crate::counter::agent_came("42070419851231001X"));
            clerk.post(&format!("/desk/cases/{no}/withdraw"), &fields).await
        };

        // She had no account: the paper ends all the same, and its agent, who has one, is told.
        register_brings(&city, ZHOU, "2026-03-01").await;
        city.settle().await;
        comes(&zhou).await.expect(422).says("人口登记显示一方死亡，委托终止");
        let desk = clerk.get(&format!("/desk/cases/{zhou}")).await.expect(200);
        desk.says("申请人已死亡").says("人口登记显示一方死亡，委托终止");
        assert!(!desk.text.contains("登记纸质委托书</a>"), "nobody acts for the dead");
        let path = format!("/desk/cases/{zhou}/paper");
        clerk.get(&path).await.expect(200).says("没有人能凭申请人的委托书办理");
        let letters = city.letters();
        let told = letters.iter().find(|one| one.to == "other@example.com").expect("a letter");
        assert!(told.text.contains("周小满已经去世。请您节哀"), "{}", told.text);
        assert!(letters.iter().all(|one| one.to != "citizen@example.com"));

        register_brings(&city, WANG, "2026-03-02").await;
        city.settle().await;
        comes(&chen).await.expect(422).says("人口登记显示一方死亡，委托终止");
        let letters = city.letters();
        let told = letters.iter().find(|one| one.to == "citizen@example.com").expect("a letter");
        assert!(told.text.contains("王建国已经去世"), "{}", told.text);
        assert!(told.text.contains("您可以自己继续办理"), "{}", told.text);
        // She comes herself.
        let own = [("reason", "书面提出"), ("came", "self")];
        clerk.post(&format!("/desk/cases/{chen}/withdraw"), &own).await.expect(303);
        let read = record(&city).await;
        let ended = read.iter().filter(|act| act.kind == "identity.mandate_ended");
        assert_eq!(ended.count(), 2);
    });
}
