//! The catalogue among the other offices: what a form may not ask for, what supervision sees, which cases used a resource,
//! and what a client that others wrote reads.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use testkit::{City, each_city};

use crate::contract::python_tool;
use crate::journey::{apply, city_with_people};
use crate::program::{Program, badly, cityhall, free_port, well};

#[test]
fn a_client_that_others_wrote_reads_the_catalogue() {
    let python = python_tool("ckanapi", "python");
    let home = tempfile::tempdir().unwrap();
    let program = Program::demo_at(home.path(), &format!("127.0.0.1:{}", free_port()));
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/city/catalogue/client.py");
    let said = Command::new(python).arg(client).arg(&program.url).output().expect("it runs");
    let (out, complained) =
        (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}{complained}");
    assert_eq!(out.lines().last(), Some("学校名录"), "{out}");
}

#[test]
fn a_catalogue_comes_by_command_with_a_report_of_each_resource() {
    let home = tempfile::tempdir().unwrap();
    let _program = Program::demo_at(home.path(), &format!("127.0.0.1:{}", free_port()));
    let mut demo: Value =
        serde_json::from_str(include_str!("../../../offices/catalogue/data/demo.json")).unwrap();
    let mut resource = demo["resources"][5].take();
    resource["name"] = json!("社会组织年度检查结果");
    resource["provider"] = json!("市民政局");
    resource["share"] = json!("1");
    let mut bad = resource.clone();
    bad["name"] = json!("没有依据的");
    bad["share"] = json!("3");
    let (file, key) =
        (home.path().join("more.json"), home.path().join("demo-keys/datamanager2.pem"));
    let mut brought = json!({ "source": "guide-2017", "resources": [resource, bad] });
    std::fs::write(&file, brought.to_string()).unwrap();
    let key = key.to_str().unwrap();
    let import = || {
        let file = file.to_str().unwrap();
        let args = ["import", "catalogue", file, "--reviewed-by", "datamanager2", "--key", key];
        cityhall(&args, home.path())
    };
    let said = badly(&import());
    assert!(said.contains("✓ 社会组织年度检查结果：102003/000002 第 1 版已发布"), "{said}");
    assert!(said.contains("✗ 没有依据的：") && said.contains("不予共享的，请写依据"), "{said}");
    assert!(said.contains("发布 1 个，已有而没有变化的 0 个，没有发布的 1 个"), "{said}");
    brought["resources"].as_array_mut().unwrap().pop();
    std::fs::write(&file, brought.to_string()).unwrap();
    assert!(well(&import()).contains("= 社会组织年度检查结果：102003/000002 已经在目录里"));
    brought["source"] = json!("elsewhere");
    std::fs::write(&file, brought.to_string()).unwrap();
    assert!(badly(&import()).contains("没有 elsewhere 这个来源的代码对照"));
}

/// A city with people and a resource of its register of residents, published by two.
pub async fn with_residents(city: &City) -> String {
    city_with_people(city).await;
    city.organ("police", None, "鄂州市公安局", "907").await;
    city.organ("civil", None, "鄂州市民政局", "908").await;
    for (login, role, organ) in [
        ("jiang", "datasteward", "civil"),
        ("qin", "datasteward", "police"),
        ("han", "datamanager", "police"),
        ("yuan", "datamanager", "police"),
        ("watcher", "supervisor", "police"),
    ] {
        city.account(login, login, role, organ).await;
    }
    let (han, yuan) = (city.actor("han").await, city.actor("yuan").await);
    let demo: Value =
        serde_json::from_str(include_str!("../../../offices/catalogue/data/demo.json")).unwrap();
    let key = city.signing_key("yuan").await.expect("signatures are demanded");
    for (at, organ) in [(0, "police"), (3, "civil")] {
        let mut resource = demo["resources"][at].clone();
        resource["provider"] = json!(organ);
        let signing = ledger::Signing::with_key(key.clone(), city.now());
        let work = catalogue::acts::import::take_in(&city.hall, (&han, &yuan), resource);
        ledger::signing_with(signing, work).await.expect("it is published");
    }
    city.settle().await;
    "101001-000001".to_owned()
}

async fn requested(city: &City, key: &str) -> String {
    let wish = [
        ("resource", key),
        ("items", "name"),
        ("items", "address"),
        ("purpose", "核对低保申请人的户籍"),
        ("ground", "《社会救助暂行办法》第五十八条"),
        ("manner", "接口查询"),
        ("until", "2027-03-01"),
    ];
    let filed = city.client("jiang").await.post("/desk/data-requests", &wish).await.expect(303);
    filed.leads_to().split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn supervision_sees_a_request_that_nobody_answers_in_its_days() {
    each_city(hall::OFFICES, async |city| {
        let key = with_residents(&city).await;
        let no = requested(&city, &key).await;
        city.pass_working_days(10);
        city.job("supervision.watch").await;
        let watcher = "/desk/supervision/signals";
        city.client("watcher").await.get(watcher).await.expect(200).says(&no).says("R01");
        city.pass_working_days(1);
        city.job("supervision.watch").await;
        city.client("watcher").await.get(watcher).await.expect(200).says("R04");
    });
}

#[test]
fn a_consent_lets_another_organ_ask_the_register_and_the_person_reads_it() {
    each_city(hall::OFFICES, async |city| {
        let key = with_residents(&city).await;
        let no = requested(&city, &key).await;
        let consent = [
            ("items", "name"),
            ("items", "address"),
            ("until", "2026-12-31"),
            ("ground", "《政务数据共享条例》第三条"),
        ];
        let place = format!("/desk/data-requests/{no}/consent");
        city.client("qin").await.post(&place, &consent).await.expect(303);
        let party = ask::Party { organ: "civil".into(), name: "民政局".into() };
        let (number, who) = ("420702199003076634", ledger::Who::clockwork());
        let about = ask::About::Person(number.into());
        let question = json!({ "number": number });
        let answer = city
            .hall
            .desk
            .ask_for(&party, "population.person", &no, &[], question, about, &who, city.now())
            .await
            .expect("it is answered");
        assert_eq!(answer.value.unwrap()["name"], "陈晓敏");
        let looks = city.client("citizen").await.get("/me/looks").await.expect(200);
        looks.says("鄂州市民政局").says("核对低保申请人的户籍");
    });
}

#[test]
fn a_form_that_asks_for_what_the_city_shares_is_not_published() {
    each_city(hall::OFFICES, async |city| {
        with_residents(&city).await;
        let mut brought = powers::terms::shipped::brought()
            .unwrap()
            .into_iter()
            .find(|one| one.slug() == "housing-fund")
            .unwrap();
        brought.item["version"] = json!(2);
        brought.item["effective_from"] = json!("2026-03-10");
        let field = json!({
            "title": "婚姻状况", "type": "string", "maxLength": 10, "x-concept": "marriage.state",
            "x-group": "home", "x-why": "核对家庭情况。",
        });
        let mut form = brought.form.clone().unwrap();
        form["properties"]["married"] = field;
        brought.form = Ok(form.clone());
        let by = powers::acts::By::Demonstration;
        let refused = powers::acts::take_in(&city.hall, &by, brought.clone()).await;
        let Err(base::Stop::Refused(refusal)) = refused else { panic!("it is refused") };
        let told = refusal.fields.iter().find(|one| one.field.ends_with("married")).unwrap();
        for words in ["婚姻登记信息", "101003/000001", "婚姻状况", "鄂州市民政局"] {
            assert!(told.message.contains(words), "{}", told.message);
        }
        // Nor does it help to leave the meaning away.
        form["properties"]["married"].as_object_mut().unwrap().remove("x-concept");
        brought.form = Ok(form.clone());
        let refused = powers::acts::take_in(&city.hall, &by, brought.clone()).await;
        let Err(base::Stop::Refused(refusal)) = refused else { panic!("it is refused") };
        let told = refusal.fields.iter().find(|one| one.field.ends_with("married")).unwrap();
        assert!(told.message.contains("没有用 x-concept 写明含义"), "{}", told.message);
        // How somebody is reached, only they know.
        form["properties"]["married"]["x-concept"] = json!("contact.phone");
        brought.form = Ok(form);
        powers::acts::take_in(&city.hall, &by, brought).await.expect("it is published");
    });
}

#[test]
fn what_the_shipped_catalogue_shares_the_shipped_forms_do_not_ask_for() {
    let catalogue = include_str!("../../../offices/catalogue/data/demo.json");
    let catalogue: Value = serde_json::from_str(catalogue).unwrap();
    let items = catalogue["resources"].as_array().unwrap().iter();
    let items = items.flat_map(|one| one["items"].as_array().unwrap());
    let concepts: Vec<&str> = items.filter_map(|item| item["concept"].as_str()).collect();
    let mut named = 0;
    for brought in powers::terms::shipped::brought().unwrap() {
        let form = brought.form.clone().unwrap();
        for (field, concept) in powers::rules::asked_for(&form) {
            assert!(!concepts.contains(&concept.as_str()), "{} asks {field}", brought.slug());
        }
        let fields = form["properties"].as_object().unwrap().values();
        let (own, other): (Vec<_>, Vec<_>) = fields.partition(|field| field["x-concept"] == "own");
        assert!(other.iter().all(|field| field["x-concept"].is_string()), "{}", brought.slug());
        named += other.len();
        assert!(own.len() < form["properties"].as_object().unwrap().len(), "{}", brought.slug());
    }
    assert!(named > 130, "the forms say what their fields mean: {named}");
}

/// What the register of residents is asked of a name.
#[derive(serde::Serialize, serde::Deserialize)]
struct NameAsked {
    number: String,
    name: String,
}

impl ask::Question for NameAsked {
    type Answer = bool;
    const KIND: &'static str = "population.name_matches";

    fn about(&self) -> ask::About {
        ask::About::Person(self.number.clone())
    }
}

#[test]
fn a_resource_says_which_cases_used_it_and_a_case_what_it_used() {
    each_city(hall::OFFICES, async |city| {
        let key = with_residents(&city).await;
        let filed = apply(&city.client("citizen").await).await;
        let no = filed["no"].as_str().expect("a number").to_owned();
        let wanted = no.clone();
        let case = city.hall.store.read(move |r| flow::case_by_no(r, &wanted)).await.unwrap();
        // The register is asked once more in the course of the case: it stands in the record of both.
        let question = NameAsked { number: "420702199003076634".into(), name: "陈晓敏".into() };
        let (id, who) = (case.unwrap().id.to_string(), ledger::Who::clockwork());
        let asking = ("approvals", "agent");
        city.hall.desk.ask_in(&id, asking, &who, &question, city.now()).await.expect("answered");
        city.settle().await;
        let page = city.client("qin").await.get(&format!("/desk/catalogue/{key}")).await;
        page.expect(200).says("一共 1 个办件用过它的数据").says("填写申请表").says("办理中查询");
        let used = format!("/desk/data-used?case={no}");
        city.client("watcher").await.get(&used).await.expect(200).says("人口");
    });
}
