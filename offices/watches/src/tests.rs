//! Scenarios of watches, on both databases: a register announces deaths, a department brings its list, and what comes
//! together is a case, whatever came first.

mod files;
mod firms;
mod hits;
mod keeping;
mod people;

use base::{Day, Moment, Outcome};
use data_encoding::HEXLOWER;
use frame::Office;
use ledger::Act;
use population_contract::{CORRECTED, DIED, Death};
use serde_json::{Value, json};
use store::Reader;
use testkit::city::City;

/// An office in the place of the registers and of approvals.
static REGISTER: Office = Office {
    answers: &[
        ask::Answerer { kind: "population.person", source: "样本库", answer: person },
        ask::Answerer {
            kind: "population.under_one_number",
            source: "样本库",
            answer: people::under_one_number,
        },
        ask::Answerer { kind: "entities.entity", source: "样本单位库", answer: firms::entity },
        ask::Answerer {
            kind: "approvals.permits_of",
            source: "样本审批",
            answer: firms::permits_of,
        },
        ask::Answerer { kind: "approvals.holders", source: "样本审批", answer: firms::holders },
    ],
    names: &[ask::Naming { kind: "population.under_one_number", whom: people::whom }],
    acts: &[
        ledger::ActKind { name: DIED, title: "登记死亡" },
        ledger::ActKind { name: CORRECTED, title: "更正死亡登记" },
        ledger::ActKind {
            name: population_contract::ANOTHER, title: "一个号码登记了另一个人"
        },
        ledger::ActKind { name: population_contract::BACK, title: "改回原来的人" },
        ledger::ActKind { name: entities_contract::ENDED, title: "登记注销" },
        ledger::ActKind { name: entities_contract::CORRECTED, title: "更正注销" },
        ledger::ActKind { name: approvals_contract::PERMITTED, title: "取得许可" },
        ledger::ActKind { name: approvals_contract::VOIDED, title: "作废" },
    ],
    ..Office::named("sample", "样本库", "测试用的库")
};

const OFFICES: &[&Office] = &[&crate::OFFICE, &REGISTER];

const CHEN: &str = "420704199003072468";
const WANG: &str = "42070419851231001X";
const LI: &str = "420702199003076634";
const HEAD: &str = "公民身份号码,姓名,发放项目,起始日期,截止日期";

fn person(
    _reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<std::sync::Arc<Value>>> {
    Ok(match asked["number"].as_str() {
        Some(CHEN) => Some(json!({ "name": "陈晓敏", "died": "2026-02-20" }).into()),
        _ => None,
    })
}

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府", "000").await;
    city.organ("civil", Some("city"), "鄂州市民政局", "008").await;
    city.organ("labour", Some("city"), "鄂州市人力资源和社会保障局", "010").await;
    for (login, name, role, organ) in [
        ("jiang", "姜敏", "datasteward", "civil"),
        ("li", "李平", "datasteward", "labour"),
        ("han", "韩雪", "datamanager", "city"),
        ("zhou", "周正", "supervisor", "city"),
        ("clerk", "林清", "clerk", "civil"),
    ] {
        city.account(login, name, role, organ).await;
    }
}

/// The register announces that somebody died, or that they did not.
async fn announced(city: &City, kind: &str, number: &str, died: Option<&str>) {
    let mark = city.hall.keys.mark(access::NUMBER, number.as_bytes());
    let died = died.map(|day| day.parse::<Day>().expect("a day"));
    let death = Death { person: HEXLOWER.encode(&mark), died };
    let act = Act::new(city.now(), kind, "resident", number.len().to_string())
        .content(serde_json::to_value(death).expect("json"));
    let who = ledger::Who::clockwork();
    city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.expect("an act");
    // Two words of the register are never of one moment.
    city.clock.pass_seconds(60);
    city.settle().await;
}

async fn died(city: &City, number: &str, day: &str) {
    announced(city, DIED, number, Some(day)).await;
}

/// A department brings a file of a list. Gives where its report is.
async fn brings(city: &City, login: &str, (list, extent): (&str, &str), lines: &[&str]) -> String {
    let file = format!("{HEAD}\n{}\n", lines.join("\n"));
    let fields = [("list", ""), ("new", list), ("extent", extent)];
    let sent = city
        .client(login)
        .await
        .upload("/desk/watches/lists", &fields, ("file", "名单.csv", file.as_bytes()))
        .await
        .expect(303);
    city.clock.pass_seconds(60);
    city.settle().await;
    sent.leads_to().to_owned()
}

fn form<'f>(changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let mut form = vec![
        ("name", "去世人员领取高龄津贴"),
        ("kind", "died_on_list"),
        ("list", ""),
        ("organ", ""),
        ("ground", "《社会救助暂行办法》第十三条"),
        ("days", "10"),
        ("reason", "审计要求"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    form
}

/// A watch over all lists. Gives where it is.
async fn watched(city: &City, changes: &[(&str, &str)]) -> String {
    let made = city.client("han").await.post("/desk/watches", &form(changes)).await.expect(303);
    city.settle().await;
    made.leads_to().split('?').next().unwrap().to_owned()
}

/// The open cases of an organ, by number.
async fn open(city: &City) -> Vec<flow::CaseHead> {
    let scope = flow::Scope { office: Some("watches".into()), ..flow::Scope::city() };
    let found = city.hall.store.read(move |r| flow::queue(r, &scope, None, 100)).await;
    found.expect("cases").rows
}

async fn case(city: &City, no: &str) -> flow::CaseHead {
    let no = no.to_owned();
    let found = city.hall.store.read(move |r| flow::case_by_no(r, &no)).await;
    found.expect("a read").expect("a case")
}

/// A line of a list.
fn line(number: &str, name: &str) -> String {
    format!("{number},{name},高龄津贴,2025-01-01,")
}
