//! Terms of organs: what was agreed on a request for data, running until it ends. The office that grants puts them down
//! and ends them; the desk of asks holds every ask against them. What was agreed is never changed: another agreement is
//! other terms.

use access::Permit;
use base::{Day, Moment, Outcome, Refusal, RefusalKind};
use store::{FromRow, Reader, Row, Tx};

use crate::rules::{Condition, Rate};
use crate::terms::{Standing, TERMS};

/// How the terms of an organ name it among the askers.
pub(crate) fn organ_key(organ: &str) -> String {
    format!("organ:{organ}")
}

/// What was agreed with an organ.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The organ's id.
    pub organ: String,
    /// Its name at that time.
    pub organ_name: String,
    /// The kind of question: `population.person`.
    pub kind: String,
    /// Names the agreement among those of the organ: the number of the request.
    pub purpose: String,
    /// What for, in the words that the person concerned will read.
    pub about: String,
    /// The fields that are given.
    pub fields: Vec<String>,
    /// On which ground.
    pub ground: String,
    /// How long an answer may be relied on.
    pub valid_seconds: i64,
    /// Only what meets all of these is told of.
    pub filter: Vec<Condition>,
    /// Nothing but yes or no is told.
    pub yes_no: bool,
    /// How often may be asked.
    pub rate: Rate,
    /// The first day.
    pub from: Day,
    /// The last day; none where it was agreed without one.
    pub until: Option<Day>,
    /// The request that it was agreed on, by its number, and in which version of the resource.
    pub request: String,
    /// The version of the resource.
    pub version: i64,
    /// The resource's code.
    pub resource: String,
}

/// Which terms end.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// Those of one request, by its number.
    Request(&'a str),
    /// Those of a resource, by its code.
    Resource(&'a str),
}

/// Whether fields can stand in terms of an organ: each by its own name. `*` would give all, and a comma two.
fn well_named(fields: &[String]) -> Result<(), Refusal> {
    let letter = |sign: char| sign != ',' && sign != '*' && !sign.is_control();
    match fields.iter().find(|field| field.trim().is_empty() || !field.chars().all(letter)) {
        None if !fields.is_empty() => Ok(()),
        _ => {
            let words = "共享的字段要逐个写明名称，不能用逗号或者星号";
            Err(Refusal::new(RefusalKind::Invalid, "ask.bad_field", words))
        }
    }
}

/// Puts terms of an organ down. The same request has one of a kind. Refused where a field is not named by itself
/// (`ask.bad_field`).
pub fn put_share(tx: &Tx<'_>, _permit: &Permit, new: &Share) -> Outcome<()> {
    well_named(&new.fields)?;
    let filter = serde_json::to_string(&new.filter).map_err(base::Fault::from)?;
    tx.run(
        "INSERT INTO ask_terms (asker, kind, purpose, about, fields, ground, valid_seconds, from_day,
                                until_day, party_name, row_filter, yes_no, per_minute, per_day,
                                request, request_version, resource)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        &[
            organ_key(&new.organ).into(),
            new.kind.as_str().into(),
            new.purpose.as_str().into(),
            new.about.as_str().into(),
            new.fields.join(",").into(),
            new.ground.as_str().into(),
            new.valid_seconds.into(),
            new.from.into(),
            new.until.into(),
            new.organ_name.as_str().into(),
            filter.into(),
            new.yes_no.into(),
            new.rate.per_minute.into(),
            new.rate.per_day.into(),
            new.request.as_str().into(),
            new.version.into(),
            new.resource.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Ends terms that still run: from this commit on nothing is answered by them. Says how many ended.
pub fn end_shares(
    tx: &Tx<'_>,
    _permit: &Permit,
    which: Ending<'_>,
    (why, now): (&str, Moment),
) -> Outcome<usize> {
    let (column, name) = match which {
        Ending::Request(no) => ("request", no),
        Ending::Resource(code) => ("resource", code),
    };
    let sql = format!(
        "UPDATE ask_terms SET ended_at = $1, ended_why = $2
         WHERE {column} = $3 AND {column} <> '' AND ended_at IS NULL"
    );
    Ok(usize::try_from(tx.run(&sql, &[now.into(), why.into(), name.into()])?).unwrap_or(usize::MAX))
}

/// Terms of an organ as they stand, running or over.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareState {
    /// The organ's name when it was agreed.
    pub organ_name: String,
    /// The kind of question.
    pub kind: String,
    /// Names the agreement.
    pub purpose: String,
    /// The request's number.
    pub request: String,
    /// What was agreed.
    pub terms: Standing,
}

impl FromRow for ShareState {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            organ_name: row.get("party_name")?,
            kind: row.get("kind")?,
            purpose: row.get("purpose")?,
            request: row.get("request")?,
            terms: Standing::from_row(row)?,
        })
    }
}

const SHARE: &str = "party_name, kind, purpose, request";

/// The terms that a request led to.
pub fn share_of_request(reader: &Reader<'_>, no: &str) -> Outcome<Option<ShareState>> {
    Ok(reader.maybe(
        &format!("SELECT {SHARE}, {TERMS} FROM ask_terms WHERE request = $1 AND request <> ''"),
        &[no.into()],
    )?)
}

/// The terms by which a resource is shared and that were not ended, by request, after one.
pub fn shares_running(
    reader: &Reader<'_>,
    code: &str,
    (after, limit): (&str, i64),
) -> Outcome<Vec<ShareState>> {
    Ok(reader.all(
        &format!(
            "SELECT {SHARE}, {TERMS} FROM ask_terms
             WHERE resource = $1 AND resource <> '' AND ended_at IS NULL AND request > $2
             ORDER BY request LIMIT $3"
        ),
        &[code.into(), after.into(), limit.into()],
    )?)
}

/// The terms by which a resource is shared, over or not, the newest requests first; 200 at most.
pub fn shares_of_resource(reader: &Reader<'_>, code: &str) -> Outcome<Vec<ShareState>> {
    Ok(reader.all(
        &format!(
            "SELECT {SHARE}, {TERMS} FROM ask_terms
             WHERE resource = $1 AND resource <> '' ORDER BY request DESC LIMIT 200"
        ),
        &[code.into()],
    )?)
}

#[cfg(test)]
mod tests {
    use super::well_named;

    #[test]
    fn a_field_of_an_organs_terms_names_one_thing() {
        let named = |field: &str| well_named(&[field.to_owned()]).is_ok();
        assert!(named("name") && named("家庭住址"));
        for wide in ["*", "name,phone", "", " "] {
            assert!(!named(wide), "{wide}");
        }
        assert!(well_named(&[]).is_err());
    }
}
