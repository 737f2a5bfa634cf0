//! Answers out of a table of the department, by key: read through a connector that may only read. Of a question nothing comes
//! into a query but values, each checked and written for its column (`kernel/sources`); which columns it is held against
//! stands in the configuration, and is found in the table as the database describes it, or there is no answer.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base::{Clock, Fault, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sources::Batch;
use sources::mapping::{Item, Mapping};
use sources::source::{
    Connect, Filter, Go, Operator, Position, Selection, Source, TableShape, Unread,
};

use super::Answered;
use crate::gateway::config::{AnswerFrom, Config};
use crate::gateway::publishes::{choose, opened, told};
use crate::gateway::site::Site;

/// A query takes so long at most: others wait for it. Seconds.
const SECONDS_MAX: u64 = 20;
/// No more rows answer one ask: who wants more wants a data set.
const ROWS_MAX: usize = 100;

/// A table that answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerTable {
    /// Its name; needed where the source has several.
    #[serde(default)]
    pub name: String,
    /// The file whose first line is the password of the source's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Where it is.
    pub connector: Connect,
    /// From columns to the fields that are answered.
    pub items: Vec<Item>,
}

/// A table that was reached, with what it looked like.
struct Reached {
    source: Box<dyn Source>,
    shape: TableShape,
}

/// The tables that were reached, by resource: one connection each, kept from one ask to the next.
#[derive(Default)]
pub struct Tables(Mutex<HashMap<String, Reached>>);

impl Tables {
    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Reached>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnswerTable {
    /// What is wrong with it, in words.
    pub(in crate::gateway) fn unfit(&self, by: &[String]) -> Option<String> {
        if !matches!(
            self.connector,
            Connect::Postgres { .. } | Connect::Mysql { .. } | Connect::Sqlite { .. }
        ) {
            return Some("按键查询的表只能在 postgres、mysql 或者 sqlite 里".into());
        }
        let names: BTreeSet<&str> = self.items.iter().map(|item| item.name.as_str()).collect();
        if self.items.is_empty() || names.len() != self.items.len() {
            return Some("要写 items（哪一列对应哪个字段），不能重名".into());
        }
        by.iter()
            .find(|name| self.column(name).is_none())
            .map(|name| format!("by 里的“{name}”要是 items 里的一项，只对应一列，没有 steps"))
    }

    /// The column of an item that is one column as it lies.
    fn column(&self, item: &str) -> Option<&String> {
        let item = self.items.iter().find(|one| one.name == item)?;
        match item.from.as_slice() {
            [column] if item.steps.is_empty() => Some(column),
            _ => None,
        }
    }

    fn reach(&self, config: &Config, clock: Arc<dyn Clock>) -> Outcome<Reached> {
        let mut connector = self.connector.clone();
        match &mut connector {
            Connect::Postgres { server } | Connect::Mysql { server, .. } => {
                server.seconds_max = server.seconds_max.min(SECONDS_MAX);
            }
            Connect::Sqlite { seconds_max, .. } => *seconds_max = (*seconds_max).min(SECONDS_MAX),
            Connect::Folder { .. } | Connect::Http { .. } => {}
        }
        let mut source = opened(&connector, self.password_file.as_deref(), config, clock)?;
        let shape = choose(source.describe().map_err(told)?, &self.name)?;
        Ok(Reached { source, shape })
    }

    /// What is asked for, each held against its column.
    fn filters(&self, question: &Value) -> Result<Vec<Filter>, String> {
        let asked = question.as_object().into_iter().flatten();
        let filter = |(name, value): (&String, &Value)| {
            let column = self.column(name).ok_or_else(|| format!("不能按“{name}”查询"))?;
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(format!("“{name}”要写成文字或者数字")),
            };
            Ok(Filter { column: column.clone(), is: Operator::Equal, value })
        };
        asked.map(filter).collect()
    }

    /// The rows that answer, one more than there may be where there are too many.
    fn rows(&self, reached: &mut Reached, filters: &[Filter]) -> Result<Vec<Value>, Unread> {
        let mut columns: Vec<String> = Vec::new();
        for name in self.items.iter().flat_map(|item| &item.from) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        let mut selection = Selection::whole(reached.shape.clone());
        (selection.columns, selection.filters) = (columns, filters.to_vec());
        selection.portion_rows = ROWS_MAX + 1;
        let mapping = Mapping { items: self.items.clone() };
        let mut found = Vec::new();
        reached.source.read(&selection, &Position::Start, &mut |portion| {
            let mut mapped = mapping.onto(portion.columns).map_err(told)?;
            if let Some(trouble) = portion.troubles.first() {
                return Err(Fault::said(format!("a row that answers: {}", trouble.words)).into());
            }
            for row in portion.rows.rows() {
                let mut items = Batch::new();
                if let Err(troubles) = mapped.row(row, &mut items) {
                    let words = troubles.first().map_or("", |one| one.words.as_str());
                    return Err(Fault::said(format!("a row that answers: {words}")).into());
                }
                found.extend(items.row(0).map(|row| self.object(row)));
            }
            Ok(if found.len() > ROWS_MAX { Go::Stop } else { Go::On })
        })?;
        Ok(found)
    }

    fn object(&self, row: sources::Row<'_>) -> Value {
        let cells = row.cells().map(|cell| cell.value().map_or(Value::Null, Value::from));
        let names = self.items.iter().map(|item| item.name.clone());
        Value::Object(names.zip(cells).collect::<Map<_, _>>())
    }
}

/// Asks the table. One row is its fields, several are a list of them, none is nothing.
pub(super) fn asked(
    site: &Site,
    one: &AnswerFrom,
    table: &AnswerTable,
    question: &Value,
) -> Outcome<Answered> {
    let refused = |code: &str, words: String| Ok(Err((code.to_owned(), words)));
    let filters = match table.filters(question) {
        Ok(filters) => filters,
        Err(words) => return refused("gateway.question", words),
    };
    let mut kept = site.tables.held().remove(&one.resource);
    loop {
        let first = kept.is_some();
        let mut reached = match kept.take() {
            Some(reached) => reached,
            None => table.reach(&site.config, site.clock.clone())?,
        };
        let read = table.rows(&mut reached, &filters);
        if matches!(read, Ok(_) | Err(Unread::BadValue { .. })) {
            site.tables.held().insert(one.resource.clone(), reached);
        }
        return match read {
            Ok(rows) => Ok(of_rows(rows)),
            Err(Unread::BadValue { why, .. }) => {
                refused("gateway.question", format!("查询里的值不对：{why}"))
            }
            // A connection of the last time may have ended since, and the table may look otherwise: once anew.
            Err(_) if first => continue,
            Err(unread) => Err(told(unread).into()),
        };
    }
}

fn of_rows(mut rows: Vec<Value>) -> Answered {
    match rows.len() {
        0 => Ok(Value::Null),
        1 => Ok(rows.pop().unwrap_or_default()),
        many if many > ROWS_MAX => {
            let words = format!("符合的超过 {ROWS_MAX} 行，请按更细的条件查询，或者申请数据集");
            Err(("gateway.too_many_rows".into(), words))
        }
        _ => Ok(Value::Array(rows)),
    }
}

#[cfg(test)]
mod tests {
    use base::SystemClock;
    use serde_json::json;
    use store::{Place, Settings, Store};

    use super::*;

    fn table(items: &str) -> AnswerTable {
        let text =
            format!("connector = {{ kind = \"sqlite\", path = \"a.db\" }}\nitems = [{items}]");
        toml::from_str(&text).unwrap()
    }

    const ITEMS: &str = "{ name = \"mother\", from = [\"mother_no\"] }, \
        { name = \"born\", from = [\"born_on\"], steps = [{ step = \"trim\" }] }, \
        { name = \"no\", from = [\"no\"] }";

    fn by(name: &str) -> Vec<String> {
        vec![name.to_owned()]
    }

    /// A database with these births, and the configuration beside it.
    fn births(rows: &'static [(&str, &str)]) -> (tempfile::TempDir, Config) {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&Settings::at(Place::File(home.path().join("a.db")))).unwrap();
        let made = move |tx: &store::Tx<'_>| {
            tx.run(
                "CREATE TABLE births (no INTEGER PRIMARY KEY, mother_no TEXT, born_on TEXT)",
                &[],
            )?;
            for (mother, born) in rows {
                let sql = "INSERT INTO births (mother_no, born_on) VALUES ($1, $2)";
                tx.run(sql, &[(*mother).into(), (*born).into()])?;
            }
            Ok(())
        };
        store.write_now(made).unwrap();
        drop(store);
        let text = "name = \"w\"\norgans = [\"o\"]\ncentre = \"https://c\"\nauthority = \"a\"\n";
        std::fs::write(home.path().join("gateway.toml"), text).unwrap();
        let config = Config::read(&home.path().join("gateway.toml")).unwrap();
        (home, config)
    }

    #[test]
    fn what_is_asked_is_a_value_and_never_a_part_of_the_query() {
        let (_home, config) =
            births(&[("1", " 2026-02-11"), ("2", "2026-03-01"), ("2", "2026-04-01")]);
        let table = AnswerTable { name: "births".into(), ..table(ITEMS) };
        assert_eq!(table.unfit(&by("mother")), None);
        let mut reached = table.reach(&config, Arc::new(SystemClock)).unwrap();
        let mut ask = |question: Value| {
            let filters = table.filters(&question).unwrap();
            table.rows(&mut reached, &filters).map(of_rows)
        };
        let found = ask(json!({ "mother": "1" })).unwrap().unwrap();
        assert_eq!(found, json!({ "mother": "1", "born": "2026-02-11", "no": "1" }));
        let found = ask(json!({ "mother": "2" })).unwrap().unwrap();
        assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
        for evil in ["1' OR '1'='1", "'; DROP TABLE births; --", "\\", "%", ""] {
            let found = ask(json!({ "mother": evil })).unwrap().unwrap();
            assert_eq!(found, Value::Null, "{evil}");
        }
        let wrong = ask(json!({ "no": "1 OR 1=1" })).unwrap_err();
        assert!(matches!(wrong, Unread::BadValue { .. }), "{wrong}");
        assert_eq!(ask(json!({ "no": 3 })).unwrap().unwrap()["mother"], "2");
    }

    #[test]
    fn nobody_is_given_a_table_by_asking() {
        let (_home, config) = births(&[("1", "2026-02-11"); ROWS_MAX + 1]);
        let table = AnswerTable { name: "births".into(), ..table(ITEMS) };
        let mut reached = table.reach(&config, Arc::new(SystemClock)).unwrap();
        let filters = table.filters(&json!({ "mother": "1" })).unwrap();
        let refused = table.rows(&mut reached, &filters).map(of_rows).unwrap().unwrap_err();
        assert_eq!(refused.0, "gateway.too_many_rows");
        for question in
            [json!({ "born": "2026-02-11" }), json!({ "mother": null }), json!({ "x": 1 })]
        {
            assert!(table.filters(&question).is_err(), "{question}");
        }
    }

    #[test]
    fn a_table_is_asked_by_columns_as_they_lie_and_a_missing_one_is_said() {
        assert!(table(ITEMS).unfit(&by("born")).unwrap().contains("没有 steps"));
        assert!(table(ITEMS).unfit(&by("weight")).is_some());
        assert!(table("").unfit(&by("mother")).is_some());
        let twice = format!("{ITEMS}, {ITEMS}");
        assert!(table(&twice).unfit(&by("mother")).unwrap().contains("重名"));
        let folder = "connector = { kind = \"folder\", path = \"f\" }\nitems = []";
        let folder: AnswerTable = toml::from_str(folder).unwrap();
        assert!(folder.unfit(&by("mother")).unwrap().contains("postgres"));
        let (_home, config) = births(&[]);
        let gone = table("{ name = \"mother\", from = [\"gone\"] }");
        let gone = AnswerTable { name: "births".into(), ..gone };
        let mut reached = gone.reach(&config, Arc::new(SystemClock)).unwrap();
        let filters = gone.filters(&json!({ "mother": "1" })).unwrap();
        let wrong = gone.rows(&mut reached, &filters).unwrap_err();
        assert!(wrong.to_string().contains("没有“gone”这一列"), "{wrong}");
        let other = AnswerTable { name: "deaths".into(), ..gone };
        let Err(refusal) = other.reach(&config, Arc::new(SystemClock)) else {
            panic!("it is there")
        };
        assert!(refusal.to_string().contains("没有名为“deaths”的表"), "{refusal}");
    }
}
