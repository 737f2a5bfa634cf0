//! A city to measure in: items, residents with accounts, the fund's clerk, articles.

use std::sync::Arc;
use std::time::Duration;

use frame::Office;
use serde_json::{Value, json};
use testkit::database::Kind;
use testkit::{City, Client};
use tokio::time::Instant;

/// So many people press the button at the same time.
pub(crate) const CALLERS: usize = 64;
const ORGAN: &str = "ezhou-gjj";
const SEED: u64 = 420_702;

/// A city on an SQLite file, with what an application needs.
pub(crate) async fn city() -> City {
    city_of(hall::OFFICES).await
}

/// The same with offices of one's own.
pub(crate) async fn city_of(offices: &'static [&'static Office]) -> City {
    let opened = tokio::task::spawn_blocking(move || City::open(Kind::Sqlite, offices));
    let city = opened.await.expect("a city");
    city.organ("ezhou", None, "鄂州市人民政府", "000").await;
    for (id, name, code) in powers::demo::organs().expect("the organs") {
        city.organ(&id, Some("ezhou"), &name, &code).await;
    }
    powers::demo::demo(&city.hall).await.expect("the items are published");
    city.account("clerk", "李雷", "clerk", ORGAN).await;
    city.settle().await;
    city
}

/// Programs of so many citizens whom the register knows.
pub(crate) async fn citizens(city: &City) -> Vec<Arc<Client>> {
    let count = u32::try_from(CALLERS).expect("a few");
    let people = population::demo::residents(SEED, count).expect("people");
    let mut csv = String::from("公民身份号码,姓名,性别,出生日期,民族,住址,电话\n");
    for one in &people {
        let (number, name) = (one.number.as_str(), one.name.as_str());
        let (sex, birth) = (one.number.sex().chinese(), one.number.birth());
        let (ethnicity, address) = (one.ethnicity.name(), &one.address);
        csv.push_str(&format!("{number},{name},{sex},{birth},{ethnicity},{address},13812345678\n"));
    }
    let by = population::acts::By::CommandLine;
    let loaded = population::acts::import(&city.hall, by, csv.into_bytes(), "people.csv").await;
    loaded.expect("the residents are entered");
    let mut clients = Vec::new();
    for (n, one) in people.iter().enumerate() {
        let login = format!("citizen{n}");
        city.person(&login, one.name.as_str(), "citizen", "", Some(one.number.as_str())).await;
        clients.push(Arc::new(city.client(&login).await));
    }
    city.settle().await;
    clients
}

/// What a program sends: the name, number and address are fetched from the register.
pub(crate) fn application() -> Value {
    json!({
        "item": "housing-fund",
        "form": {
            "applicant_phone": "13812345678",
            "fund_account": "420700123456",
            "home_place": "local",
            "home_address": "鄂州市鄂城区凤凰街道滨湖南路12号3栋2单元502室",
            "contract_no": "鄂州房合备2026000123",
            "bought_on": "2026-01-15",
            "amount": 86_000,
            "bank_name": "中国建设银行鄂州分行",
            "bank_account": "6217002870012345678",
            "statement": true,
        },
    })
}

/// Applies `count` times, all callers at once. Gives the time taken and what came back.
pub(crate) async fn submit(clients: &[Arc<Client>], count: usize) -> (Duration, Vec<Value>) {
    let began = Instant::now();
    let mut callers = Vec::new();
    for (n, client) in clients.iter().cloned().enumerate() {
        let own = count / clients.len() + usize::from(n < count % clients.len());
        callers.push(tokio::spawn(async move {
            let mut created = Vec::with_capacity(own);
            for _ in 0..own {
                let answer = client.post_json("/api/v1/applications", &application()).await;
                created.push(answer.expect(201).json());
            }
            created
        }));
    }
    let mut created = Vec::with_capacity(count);
    for caller in callers {
        created.extend(caller.await.expect("a caller"));
    }
    (began.elapsed(), created)
}
