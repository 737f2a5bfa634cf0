//! A small city to be asked: people in every post, and one thing of each kind.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use testkit::database::Kind;
use testkit::{City, Client};
use tokio::runtime::Runtime;

use super::{answered, read};

const NUMBER: &str = "420702199003076634";
/// Who can ask, beside a visitor: login, role, organ.
const PEOPLE: [(&str, &str, &str); 12] = [
    ("citizen", "citizen", ""),
    ("clerk", "clerk", "ezhou-gjj"),
    ("examiner", "examiner", "ezhou-gjj"),
    ("approver", "approver", "ezhou-gjj"),
    ("supervisor", "supervisor", "ezhou"),
    ("editor", "editor", "ezhou"),
    ("reviewer", "reviewer", "ezhou"),
    ("registrar", "registrar", "ezhou"),
    ("orgadmin", "orgadmin", "ezhou"),
    ("sysadmin", "sysadmin", "ezhou"),
    ("secadmin", "secadmin", "ezhou"),
    ("auditor", "auditor", "ezhou"),
];

/// A city, the browsers of its people, and what stands for the names in requests.
pub struct Place {
    clients: BTreeMap<&'static str, Client>,
    names: Vec<(&'static str, String)>,
    asked: u32,
    city: City,
    runtime: Runtime,
}

impl Place {
    /// A new city on a database of this kind.
    pub fn open(kind: Kind) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let city = runtime.block_on(async { City::open(kind, hall::OFFICES) });
        let mut place =
            Self { clients: BTreeMap::new(), names: Vec::new(), asked: 0, city, runtime };
        place.settle();
        place
    }

    /// How many requests it has answered.
    pub(super) fn asked(&self) -> u32 {
        self.asked
    }

    /// Sends one request, if the bytes are one, and looks at the answer.
    pub fn ask(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        for (name, value) in &self.names {
            bytes = replaced(&bytes, name.as_bytes(), value.as_bytes());
        }
        let Some((who, request)) = read(&bytes) else { return };
        self.asked += 1;
        let who = PEOPLE.iter().map(|(login, ..)| *login).find(|login| *login == who);
        let words = format!("{} {} {}", who.unwrap_or("visitor"), request.method(), request.uri());
        let answer = self.answer(who, request);
        answered(&words, &answer);
        // Who signed out, or was signed out, comes back for the next request.
        let to = answer.location.as_deref().unwrap_or_default();
        if answer.status == 401 || to.starts_with("/sign-in") || words.contains("sign-") {
            self.clients.remove(who.unwrap_or("visitor"));
        }
    }

    fn answer(&mut self, who: Option<&'static str>, request: Request<Body>) -> testkit::Answer {
        let (city, runtime) = (&self.city, &self.runtime);
        let client = self.clients.entry(who.unwrap_or("visitor")).or_insert_with(|| match who {
            Some(login) => runtime.block_on(city.client(login)),
            None => city.visitor(),
        });
        runtime.block_on(client.ask(request))
    }

    /// People, items, and one thing of each kind.
    fn settle(&mut self) {
        let (city, runtime) = (&self.city, &self.runtime);
        let names = runtime.block_on(async {
            city.organ("ezhou", None, "鄂州市人民政府", "000").await;
            for (id, name, code) in powers::demo::organs().expect("the organs") {
                city.organ(&id, Some("ezhou"), &name, &code).await;
            }
            for (login, role, organ) in PEOPLE {
                let number = (role == "citizen").then_some(NUMBER);
                city.person(login, "陈晓敏", role, organ, number).await;
            }
            powers::demo::demo(&city.hall).await.expect("the items are published");
            let mut names = vec![("{load}", residents(city).await)];
            names.extend(documents(city).await);
            names.extend(applications(city).await);
            city.settle().await;
            names
        });
        self.names = names;
    }
}

async fn residents(city: &City) -> String {
    let csv = format!(
        "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n\
         {NUMBER},陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678\n\
         {NUMBER},陈晓敏,女,1990-03-07,某族,,\n"
    );
    let by = population::acts::By::CommandLine;
    let report = population::acts::import(&city.hall, by, csv.into_bytes(), "people.csv").await;
    report.expect("a load").load.to_string()
}

/// A draft, one in review and a published one.
async fn documents(city: &City) -> Vec<(&'static str, String)> {
    let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
    let text = "# 某某条例\n<!-- INFO END -->\n## 第一章 总则\n第一条 为了示例，制定本条例。\n";
    let manuscript = portal::manuscript::read(text).expect("a manuscript");
    let taken = portal::take_in(&city.hall, &editor, &reviewer, "laws", manuscript).await;
    let (portal::Taken::Published(id) | portal::Taken::AlreadyThere(id)) = taken.expect("taken in");
    let mut names = vec![("{published}", id.to_string())];
    let client = city.client("editor").await;
    let fields = [("column", "news"), ("title", "一则消息"), ("text", "## 标题\n\n- 甲\n\n正文。")];
    for name in ["{document}", "{review}"] {
        let draft = client.post("/desk/documents/new", &fields).await.expect(303);
        let id = after(draft.leads_to(), "/desk/documents/");
        if name == "{review}" {
            let fields = [fields.as_slice(), &[("version", "1")]].concat();
            client.post(&format!("/desk/documents/{id}/send"), &fields).await.expect(303);
        }
        names.push((name, id));
    }
    names
}

/// A draft with a file, and a case.
async fn applications(city: &City) -> Vec<(&'static str, String)> {
    let client = city.client("citizen").await;
    let draft = client.post("/apply/housing-fund", &[]).await.expect(303);
    let draft = after(draft.leads_to(), "/apply/draft/");
    let form = serde_json::json!({
        "fund_account": "420700123456", "home_place": "local", "home_address": "滨湖南路 1 号",
        "contract_no": "HT-2026-0001", "bought_on": "2026-02-01", "amount": 50_000,
        "bank_name": "演示银行", "bank_account": "6222020200112233446", "statement": true,
    });
    let body = serde_json::json!({ "item": "housing-fund", "form": form });
    let created = client.post_json("/api/v1/applications", &body).await.expect(201).json();
    let told = |pointer: &str| {
        created.pointer(pointer).and_then(|value| value.as_str()).expect("it is told").to_owned()
    };
    vec![
        ("{draft}", draft),
        ("{case}", told("/no")),
        ("{code}", told("/query_code")),
        ("{act}", told("/receipt/act/id")),
    ]
}

/// The id that follows in an address.
fn after(address: &str, before: &str) -> String {
    let id = address.strip_prefix(before).expect("the address");
    id.split(['/', '?']).next().unwrap_or_default().to_owned()
}

fn replaced(bytes: &[u8], name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(name) {
            Some(after) => {
                out.extend_from_slice(value);
                rest = after;
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}
