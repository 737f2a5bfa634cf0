//! Where values stand under a key: the declared columns, sealed or covered, letters that wait, the keys of files. Each
//! is read by pages in the order of its keys, and a value is exchanged only if it is still the one that was
//! read.

use base::{Fault, Id, Outcome};
use data_encoding::{BASE64, HEXLOWER};
use seal::{CoveredColumn, Keys, SealError, SealedColumn, Use, covered_under, sealed_under};
use serde_json::{Value as Json, json};
use store::{Reader, Tx, Value};

use crate::hall::Hall;
use crate::{post, sealed};

/// Rows that are read at a time and written anew in one transaction: no writer waits for more.
pub(super) const PAGE: usize = 200;

/// A place of values under a key.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// A column that its owner declares.
    Column(&'static SealedColumn),
    /// A column of blind indexes that its owner declares.
    Covered(&'static CoveredColumn),
    /// Letters, inside the bodies of their jobs.
    Letters,
    /// The keys of files.
    FileKeys,
}

/// A value where it stands.
#[derive(Clone)]
pub(super) struct Standing {
    /// The row's key, as JSON.
    pub(super) key: Json,
    /// The bytes under the key; nothing where there are none that could be read.
    pub(super) sealed: Vec<u8>,
    /// The context under which they are sealed; none of what is covered.
    pub(super) context: String,
    /// What stands in the row as it was read, where that is not the sealed bytes alone.
    body: String,
}

/// All places of the city in which something stands under a key of this use.
pub(super) fn places(hall: &Hall, usage: Use) -> Vec<Place> {
    match usage {
        Use::Seal => {
            let columns = sealed::columns(hall).map(Place::Column);
            columns.chain([Place::Letters, Place::FileKeys]).collect()
        }
        Use::Cover => sealed::covered(hall).map(Place::Covered).collect(),
        Use::Blind | Use::Mac | Use::Log => Vec::new(),
    }
}

impl Place {
    pub(super) fn name(self) -> String {
        match self {
            Place::Column(column) => format!("{}.{}", column.table, column.column),
            Place::Covered(column) => format!("{}.{}", column.table, column.column),
            Place::Letters => "ledger_jobs.body".into(),
            Place::FileKeys => vault::ring::ENCLOSED.into(),
        }
    }

    /// The context under which the values of a column are sealed.
    fn context(self) -> &'static str {
        match self {
            Place::Column(column) => column.context,
            _ => "",
        }
    }

    /// The id of the key under which a value of it stands.
    pub(super) fn under(self, value: &Standing) -> Option<String> {
        match self {
            Place::Covered(_) => covered_under(&value.sealed),
            _ => sealed_under(&value.sealed),
        }
    }

    /// The same value under the key that serves now; `None` if it stands under it already.
    pub(super) fn anew(self, keys: &Keys, value: &Standing) -> Result<Option<Vec<u8>>, SealError> {
        match self {
            Place::Covered(_) => keys.cover_anew(&value.sealed),
            _ => keys.reseal(&value.context, &value.sealed),
        }
    }

    /// How many values stand there.
    pub(super) fn count(self, reader: &Reader<'_>) -> Outcome<i64> {
        match self {
            Place::Column(SealedColumn { table, column, .. })
            | Place::Covered(CoveredColumn { table, column, .. }) => Ok(reader.one(
                &format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table} WHERE {column} IS NOT NULL"),
                &[],
            )?),
            Place::Letters => ledger::jobs::count_of(reader, post::JOB),
            Place::FileKeys => vault::ring::enclosed_count(reader),
        }
    }

    /// A page of the values behind a key; of the first ones behind none.
    pub(super) fn page(self, reader: &Reader<'_>, after: Option<&Json>) -> Outcome<Vec<Standing>> {
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        match self {
            Place::Column(SealedColumn { table, key, column, .. })
            | Place::Covered(CoveredColumn { table, key, column }) => {
                let after = after.map(from_json).transpose()?;
                let at = (*table, *key, *column);
                let page = sealed::page_of(reader, at, after.as_deref(), PAGE)?;
                Ok(page.into_iter().map(|row| of_column(self.context(), row)).collect())
            }
            Place::Letters => {
                let after = after.and_then(Json::as_i64).unwrap_or_default();
                let page = ledger::jobs::waiting(reader, post::JOB, after, limit)?;
                Ok(page.into_iter().map(|(born, body)| of_letter(born, body)).collect())
            }
            Place::FileKeys => {
                let after = after.and_then(Json::as_str).unwrap_or_default();
                let page = vault::ring::enclosed_after(reader, after, limit)?;
                Ok(page
                    .into_iter()
                    .map(|(id, sealed)| Standing {
                        key: json!(id.to_string()),
                        sealed,
                        context: vault::ring::enclosed_context(id),
                        body: String::new(),
                    })
                    .collect())
            }
        }
    }

    /// Puts a value in the place of the one that was read. Says whether that still stood there.
    pub(super) fn exchange(self, tx: &Tx<'_>, read: &Standing, new: &[u8]) -> Outcome<bool> {
        match self {
            Place::Column(SealedColumn { table, key, column, .. })
            | Place::Covered(CoveredColumn { table, key, column }) => {
                let mut values = vec![Value::from(new), Value::from(read.sealed.as_slice())];
                values.extend(from_json(&read.key)?);
                let at: Vec<String> =
                    key.iter().zip(3..).map(|(name, place)| format!("{name} = ${place}")).collect();
                let at = at.join(" AND ");
                let sql = format!("UPDATE {table} SET {column} = $1 WHERE {at} AND {column} = $2");
                Ok(tx.run(&sql, &values)? > 0)
            }
            Place::Letters => {
                let born = read.key.as_i64().unwrap_or_default();
                let body = post::body(new).to_string();
                ledger::jobs::change_body(tx, born, &read.body, &body)
            }
            Place::FileKeys => {
                let id: Id<vault::Key> =
                    read.key.as_str().unwrap_or_default().parse().map_err(Fault::from)?;
                vault::ring::enclose_anew(tx, id, &read.sealed, new)
            }
        }
    }
}

fn of_column(context: &str, row: sealed::Standing) -> Standing {
    let sealed = match row.sealed {
        Value::Bytes(sealed) => sealed,
        _ => Vec::new(),
    };
    let key = row.key.iter().map(|value| match value {
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!({ "bytes": HEXLOWER.encode(bytes) }),
        _ => Json::Null,
    });
    Standing { key: key.collect(), sealed, context: context.to_owned(), body: String::new() }
}

fn of_letter(born: i64, body: String) -> Standing {
    let json: Json = serde_json::from_str(&body).unwrap_or_default();
    let sealed = json.get("sealed").and_then(Json::as_str).unwrap_or_default();
    let sealed = BASE64.decode(sealed.as_bytes()).unwrap_or_default();
    Standing { key: json!(born), sealed, context: post::CONTEXT.into(), body }
}

/// The values of a row's key.
fn from_json(key: &Json) -> Outcome<Vec<Value>> {
    let parts = key.as_array().map(Vec::as_slice).unwrap_or_default();
    let value = |part: &Json| {
        if let Some(bytes) = part.get("bytes").and_then(Json::as_str) {
            let bytes = HEXLOWER.decode(bytes.as_bytes()).map_err(Fault::from)?;
            return Ok(Value::Bytes(bytes));
        }
        match (part.as_i64(), part.as_str()) {
            (Some(number), _) => Ok(Value::Int(number)),
            (_, Some(text)) => Ok(Value::Text(text.to_owned())),
            _ => Err(Fault::said(format!("no key of a row: {key}")).into()),
        }
    };
    parts.iter().map(value).collect()
}
