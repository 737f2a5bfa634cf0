//! CKAN's actions over rows: `datastore_search` and `datastore_info`, of what is open to everybody.

use base::Outcome;
use frame::Cx;
use serde_json::{Map, Value, json};

use super::Answered;
use super::ckan::Wish;
use crate::acts::compile;
use crate::acts::sets;
use crate::rules::query::{self, Field, Query, Wrong};
use crate::store as rows;
use crate::terms::{DataType, SetLoad, State, key_of};

/// The result of an action; none if there is no such action, or no such rows.
pub(super) async fn act(cx: &Cx, action: &str, wish: &Wish) -> Outcome<Option<Answered>> {
    let key = match wish.text("resource_id") {
        "" => wish.text("id"),
        named => named,
    };
    if !["datastore_search", "datastore_info"].contains(&action) {
        return Ok(None);
    }
    if key.is_empty() {
        let field = if action == "datastore_info" { "id" } else { "resource_id" };
        return Ok(Some(Err(vec![Wrong { field, words: "请写资源的编号".into() }])));
    }
    let Some(load) = open_rows(cx, key).await? else { return Ok(None) };
    if action == "datastore_info" {
        return Ok(Some(Ok(info(&load))));
    }
    match query::query(&load.shape, wish.pairs()) {
        Err(wrong) => Ok(Some(Err(wrong))),
        Ok(query) => searched(cx, &load, &query, wish).await.map(|found| Some(Ok(found))),
    }
}

/// The rows that stand of a resource, where everybody may see them.
pub(crate) async fn open_rows(cx: &Cx, key: &str) -> Outcome<Option<SetLoad>> {
    let key = key_of(key);
    cx.read(move |r| {
        let Some(head) = rows::head(r, &key)?.filter(|head| head.state == State::Published) else {
            return Ok(None);
        };
        sets::open_load(r, &key, &compile::in_force(r, &head)?.resource)
    })
    .await
}

/// A type as CKAN calls it, which are PostgreSQL's names.
const fn kind(kind: DataType) -> &'static str {
    match kind {
        DataType::Number | DataType::Money | DataType::Double => "numeric",
        DataType::Integer => "int8",
        DataType::Day => "date",
        DataType::Moment => "timestamp",
        DataType::Text | DataType::Logic | DataType::Memo | DataType::Any => "text",
    }
}

fn fields_of(load: &SetLoad, fields: &[Field]) -> Vec<Value> {
    let of = |field: &Field| match field {
        Field::Row => Some(json!({ "id": "_id", "type": "int" })),
        Field::Item(place) => load.shape.get(*place).map(|item| {
            json!({ "id": item.code, "type": kind(item.kind),
                    "info": { "label": item.name, "notes": item.codes } })
        }),
    };
    fields.iter().filter_map(of).collect()
}

fn info(load: &SetLoad) -> Value {
    let all: Vec<Field> = (0..load.shape.len()).map(Field::Item).collect();
    let schema: Map<String, Value> =
        load.shape.iter().map(|item| (item.code.clone(), json!(kind(item.kind)))).collect();
    json!({
        "meta": { "id": load.key, "count": load.size, "table_type": "BASE TABLE", "size": null,
                  "db_size": null, "idx_size": null, "aliases": [], "root": data_encoding::HEXLOWER.encode(&load.root) },
        "fields": fields_of(load, &all), "schema": schema,
    })
}

async fn searched(cx: &Cx, load: &SetLoad, query: &Query, wish: &Wish) -> Outcome<Value> {
    let (of, asked) = (load.clone(), query.clone());
    let make = move |found: sets::Found| {
        let record = |row| sets::record(&of, &asked.fields, row, asked.lists);
        (found.rows.iter().map(record).collect::<Vec<Value>>(), found.total)
    };
    let (records, total) = sets::search(cx.hall(), load, query, make).await?;
    // Of wide rows there are fewer than were wished for: where the next page begins is told by how many are here.
    let given = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let more = given < query.limit && total.is_none_or(|total| query.offset + given < total);
    let limit = if more && given > 0 { given } else { query.limit };
    let mut result = json!({
        "resource_id": load.key, "fields": fields_of(load, &query.fields), "records": records,
        "records_format": if query.lists { "lists" } else { "objects" },
        "include_total": query.total, "limit": limit, "offset": query.offset,
        "_links": links(load, (query, limit), wish),
    });
    if let Some(result) = result.as_object_mut() {
        if query.offset == 0 {
            result.remove("offset");
        }
        for name in ["filters", "q", "sort"] {
            if let Some(said) = wish.pairs().get(name) {
                result.insert(name.into(), said.clone());
            }
        }
        if let Some(total) = total {
            result.insert("total".into(), json!(total));
            result.insert("total_was_estimated".into(), json!(false));
        }
    }
    Ok(result)
}

/// The same page, and the next one, as addresses.
fn links(load: &SetLoad, (query, limit): (&Query, i64), wish: &Wish) -> Value {
    let at = |offset: i64| {
        let mut pairs = vec![format!("resource_id={}", load.key)];
        let own = ["resource_id", "id", "offset", "limit"];
        for (name, said) in wish.pairs().iter().filter(|(name, _)| !own.contains(&name.as_str())) {
            let said = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
            pairs.push(format!(
                "{}={}",
                frame::held::query_escape(name),
                frame::held::query_escape(&said)
            ));
        }
        pairs.push(format!("limit={limit}&offset={offset}"));
        format!("/api/3/action/datastore_search?{}", pairs.join("&"))
    };
    json!({ "start": at(0), "next": at(query.offset.saturating_add(limit)) })
}
