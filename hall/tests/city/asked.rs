//! A department's own table answers what others ask, by key: in PostgreSQL and in MariaDB, within the terms and nothing else.

use serde_json::{Value, json};
use testkit::database::{Home, Kind};

use crate::gateways::{Exchange, HEALTH, HOUSING, births};
use crate::published::{Mariadb, append, says, server};

const MADE: &str = "CREATE TABLE births (id INT PRIMARY KEY, mother_no VARCHAR(18) NOT NULL, \
    born_on DATE NOT NULL, weight INT)";
const FILLED: &str = "INSERT INTO births VALUES (1, '420704199001011234', '2026-02-11', 3200), \
    (2, '420704199202022345', '2026-03-01', 2900), (3, '420704199202022345', '2026-03-01', 2700)";

/// The gateway answers out of this table from now on.
fn answers_by(city: &Exchange, connector: &str) {
    city.end(HEALTH);
    let path = city.folder(HEALTH).join("gateway.toml");
    let mut config: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    config.remove("answers").expect("it answered by a file");
    std::fs::write(&path, config.to_string()).unwrap();
    let table = format!(
        "\n[[answers]]\nresource = \"health.births\"\nby = [\"mother\"]\n[answers.table]\nname = \"births\"\n\
         {connector}\nitems = [{{ name = \"mother\", from = [\"mother_no\"] }}, \
         {{ name = \"born\", from = [\"born_on\"] }}, {{ name = \"weight\", from = [\"weight\"] }}]\n"
    );
    append(&city.folder(HEALTH), &table);
    city.begin(HEALTH);
}

fn asked(city: &Exchange, question: &Value) -> Value {
    let (status, told) = city.post(HOUSING, "/ask?wait=40", &births(question));
    assert_eq!(status, 200, "{told}");
    told["body"].clone()
}

/// What is asked is answered within the terms, and nothing else is.
fn answered(city: &Exchange) {
    let told = asked(city, &json!({ "mother": "420704199001011234" }));
    assert_eq!(told["value"]["born"], "2026-02-11", "{told}");
    assert_eq!(told["value"].get("weight"), None, "it was not agreed on");
    let told = asked(city, &json!({ "mother": "420704199202022345" }));
    assert_eq!(told["value"].as_array().map(Vec::len), Some(2), "{told}");
    for evil in ["x' OR '1'='1", "\\' OR 1=1 -- ", "'; DROP TABLE births; --"] {
        assert_eq!(asked(city, &json!({ "mother": evil }))["value"], Value::Null, "{evil}");
    }
    for question in [json!({ "weight": 3200 }), json!({}), json!({ "mother": ["x"] })] {
        assert_eq!(asked(city, &question)["code"], "gateway.question", "{question}");
    }
}

/// The table is away for a while: that is said, and what was asked meanwhile is answered afterwards.
fn away(city: &Exchange, rename: impl Fn(&'static str)) {
    rename("ALTER TABLE births RENAME TO births_old");
    let ask = births(&json!({ "mother": "420704199001011234" }));
    let (status, told) = city.post(HOUSING, "/ask", &ask);
    assert_eq!(status, 202, "{told}");
    let id = told["id"].as_str().unwrap().to_owned();
    city.until("the missing table is said", || {
        city.get(HEALTH, "/status").1["warnings"].to_string().contains("没有名为“births”的表")
    });
    rename("ALTER TABLE births_old RENAME TO births");
    city.until("it is answered after all", || {
        city.get(HOUSING, &format!("/ask/{id}")).1["body"]["value"]["born"] == "2026-02-11"
    });
}

#[test]
fn a_table_in_postgresql_or_mariadb_answers_by_key_and_tells_nothing_else() {
    let city = Exchange::open(Kind::Sqlite);
    let department = Home::fresh(Kind::Postgres);
    let store = department.open();
    says(&store, &[MADE, FILLED]);
    let url: url::Url = department.url().unwrap().parse().unwrap();
    answers_by(&city, &server("postgres", &url, url.path().trim_start_matches('/')));
    answered(&city);
    away(&city, |sql| says(&store, &[sql]));

    let mariadb = Mariadb::start();
    let name = format!("asked_{}", std::process::id());
    mariadb.says(&format!("CREATE DATABASE {name}; USE {name}; {MADE}; {FILLED};"));
    answers_by(&city, &server("mysql", &mariadb.url, &name));
    answered(&city);
    away(&city, |sql| mariadb.says(&format!("USE {name}; {sql};")));
}
