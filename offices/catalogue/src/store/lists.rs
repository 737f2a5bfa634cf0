//! Lists of resources, what they mean, and what came of their registers.

use base::{Moment, Outcome};
use catalogue_contract::{Provider, SharedItem};
use store::{FromRow, Reader, Row, Tx, Value};

use super::{HEAD, Head};
use crate::terms::{Resource, State};

/// What a list is narrowed by; what is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// One organ's.
    pub provider: String,
    /// 类 and 项.
    pub subject: String,
    /// How it is shared, in words.
    pub share: String,
    /// Only what is open to society.
    pub open: bool,
    /// How far it is.
    pub state: Option<State>,
    /// What waits at the desk: a draft or a review.
    pub pending: Option<State>,
}

impl Narrowed {
    /// What the public may see.
    pub fn public() -> Self {
        Self { state: Some(State::Published), ..Self::default() }
    }

    fn conditions(&self, values: &mut Vec<Value>) -> Vec<String> {
        let mut conditions = Vec::new();
        let mut and = |column: &str, value: Value| {
            values.push(value);
            conditions.push(format!("{column} = ${}", values.len()));
        };
        let texts =
            [("provider", &self.provider), ("subject", &self.subject), ("share", &self.share)];
        for (column, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            and(column, text.as_str().into());
        }
        if self.open {
            and("open", 1i64.into());
        }
        if let Some(state) = self.state {
            and("state", state.as_str().into());
        }
        if let Some(pending) = self.pending {
            and("pending", pending.as_str().into());
        }
        conditions
    }
}

/// Resources in the order of their codes, after one key.
pub fn list(
    reader: &Reader<'_>,
    narrowed: &Narrowed,
    after: &str,
    limit: i64,
) -> Outcome<Vec<Head>> {
    let mut values = Vec::new();
    let mut conditions = narrowed.conditions(&mut values);
    values.push(after.into());
    conditions.push(format!("key > ${}", values.len()));
    values.push(limit.into());
    let (conditions, place) = (conditions.join(" AND "), values.len());
    let sql = format!("SELECT {HEAD} WHERE {conditions} ORDER BY key LIMIT ${place}");
    Ok(reader.all(&sql, &values)?)
}

/// Published resources from one place on, for programs that count, with how many there are.
pub fn published(
    reader: &Reader<'_>,
    narrowed: &Narrowed,
    (start, limit): (i64, i64),
) -> Outcome<(i64, Vec<Head>)> {
    let mut values = Vec::new();
    let conditions = narrowed.conditions(&mut values).join(" AND ");
    let count = reader.one(
        &format!("SELECT CAST(COUNT(*) AS BIGINT) FROM catalogue_resources WHERE {conditions}"),
        &values,
    )?;
    let (limit_at, start_at) = (values.len() + 1, values.len() + 2);
    values.extend([limit.into(), start.into()]);
    let sql = format!(
        "SELECT {HEAD} WHERE {conditions} ORDER BY key LIMIT ${limit_at} OFFSET ${start_at}"
    );
    Ok((count, reader.all(&sql, &values)?))
}

/// The keys of what is published, from one place on.
pub fn published_keys(reader: &Reader<'_>, (start, limit): (i64, i64)) -> Outcome<Vec<String>> {
    Ok(reader.all(
        "SELECT key FROM catalogue_resources WHERE state = 'published'
         ORDER BY key LIMIT $1 OFFSET $2",
        &[limit.into(), start.into()],
    )?)
}

/// The resources with these keys that are published, in the order of the keys.
pub fn published_among(reader: &Reader<'_>, keys: &[String]) -> Outcome<Vec<Head>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=keys.len()).map(|place| format!("${place}")).collect();
    let values: Vec<Value> = keys.iter().map(|key| key.as_str().into()).collect();
    let sql = format!("SELECT {HEAD} WHERE key IN ({}) AND state = 'published'", places.join(", "));
    let mut found: Vec<Head> = reader.all(&sql, &values)?;
    let place = |head: &Head| keys.iter().position(|key| *key == head.key);
    found.sort_by_key(place);
    Ok(found)
}

/// What a resource says in the version in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its key.
    pub key: String,
    /// What it says.
    pub resource: Resource,
    /// Since when.
    pub from: Option<Moment>,
}

/// What these resources say in the versions in force: one query for all of a page.
pub fn resources_of(reader: &Reader<'_>, heads: &[Head]) -> Outcome<Vec<InForce>> {
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=heads.len()).map(|place| format!("${place}")).collect();
    let values: Vec<Value> = heads.iter().map(|head| head.key.as_str().into()).collect();
    let sql = format!(
        "SELECT key, body, from_at FROM catalogue_versions WHERE key IN ({}) AND state = 'published'",
        places.join(", ")
    );
    let found: Vec<(String, String, Option<Moment>)> = reader.all(&sql, &values)?;
    let read = |(key, body, from): (String, String, Option<Moment>)| {
        let resource = serde_json::from_str(&body).map_err(base::Fault::from)?;
        Ok(InForce { key, resource, from })
    };
    found.into_iter().map(read).collect()
}

/// How many resources are published, by organ and by 类 and 项.
pub fn tallies(reader: &Reader<'_>) -> Outcome<Vec<Tally>> {
    Ok(reader.all(
        "SELECT provider, provider_name, subject, open, counted AS count FROM catalogue_tallies",
        &[],
    )?)
}

/// Counts the published resources of an organ anew, in the transaction that publishes one or takes it out.
pub(super) fn count_anew(tx: &Tx<'_>, provider: &str) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_tallies WHERE provider = $1", &[provider.into()])?;
    tx.run(
        "INSERT INTO catalogue_tallies (provider, subject, open, provider_name, counted)
         SELECT provider, subject, open, MAX(provider_name), CAST(COUNT(*) AS BIGINT)
         FROM catalogue_resources WHERE provider = $1 AND state = 'published'
         GROUP BY provider, subject, open",
        &[provider.into()],
    )?;
    Ok(())
}

/// So many published resources of an organ in a 项, open or not.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The organ, by id.
    pub provider: String,
    /// What it is called.
    pub provider_name: String,
    /// 类 and 项.
    pub subject: String,
    /// Whether they are open to society.
    pub open: bool,
    /// How many.
    pub count: i64,
}

impl FromRow for Tally {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            provider: row.get("provider")?,
            provider_name: row.get("provider_name")?,
            subject: row.get("subject")?,
            open: row.get("open")?,
            count: row.get("count")?,
        })
    }
}

/// What is shared of these meanings: one item of each. That of a register comes first, for who keeps it is asked when a
/// value is wrong; then the resource that was there first.
pub fn shared_items(reader: &Reader<'_>, concepts: &[String]) -> Outcome<Vec<SharedItem>> {
    if concepts.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=concepts.len()).map(|place| format!("${place}")).collect();
    let values: Vec<Value> = concepts.iter().map(|concept| concept.as_str().into()).collect();
    // Many resources may hold what one word means: the database takes one of each, so that none is left out.
    let sql = format!(
        "SELECT c.concept, c.item, c.item_name, r.key, r.code, r.name, r.provider_name
         FROM (SELECT w.concept, (
                   SELECT o.key FROM catalogue_concepts k JOIN catalogue_resources o ON o.key = k.key
                   WHERE k.concept = w.concept
                   ORDER BY CASE WHEN o.register = '' THEN 1 ELSE 0 END, o.key LIMIT 1) AS key
               FROM (SELECT DISTINCT concept FROM catalogue_concepts WHERE concept IN ({})) w) f
         JOIN catalogue_concepts c ON c.concept = f.concept AND c.key = f.key
         JOIN catalogue_resources r ON r.key = f.key
         WHERE c.item = (SELECT MIN(m.item) FROM catalogue_concepts m
                         WHERE m.concept = f.concept AND m.key = f.key)
         ORDER BY c.concept",
        places.join(", ")
    );
    let rows: Vec<Shared> = reader.all(&sql, &values)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

struct Shared(SharedItem);

impl FromRow for Shared {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self(SharedItem {
            concept: row.get("concept")?,
            resource: row.get("code")?,
            key: row.get("key")?,
            resource_name: row.get("name")?,
            provider: row.get("provider_name")?,
            item: row.get("item")?,
            item_name: row.get("item_name")?,
        }))
    }
}

/// What came last of a register.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When.
    pub at: Moment,
    /// How much it holds.
    pub rows: i64,
    /// The act that tells of it.
    pub act: String,
}

impl FromRow for Arrival {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { at: row.get("at")?, rows: row.get("rows_count")?, act: row.get("act")? })
    }
}

/// Notes an arrival; one that is heard late moves nothing back.
pub fn put_arrival(tx: &Tx<'_>, register: &str, arrival: &Arrival) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_arrivals (register, at, rows_count, act) VALUES ($1, $2, $3, $4)
         ON CONFLICT (register) DO UPDATE SET at = excluded.at, rows_count = excluded.rows_count,
             act = excluded.act WHERE excluded.at >= catalogue_arrivals.at",
        &[register.into(), arrival.at.into(), arrival.rows.into(), arrival.act.as_str().into()],
    )?;
    Ok(())
}

/// What came last of a register, if anything did.
fn arrival(reader: &Reader<'_>, register: &str) -> Outcome<Option<Arrival>> {
    Ok(reader.maybe(
        "SELECT at, rows_count, act FROM catalogue_arrivals WHERE register = $1",
        &[register.into()],
    )?)
}

/// What came last of a resource: its own rows, or those of the register that holds it.
pub fn last_arrival(reader: &Reader<'_>, key: &str, register: &str) -> Outcome<Option<Arrival>> {
    let own = arrival(reader, key)?;
    let held = if register.is_empty() { None } else { arrival(reader, register)? };
    Ok(own.into_iter().chain(held).max_by_key(|one| one.at))
}

/// What of a resource another organ's published resource names already: the register or the kind of question, and what that
/// organ is called.
pub fn kept_by_another(
    reader: &Reader<'_>,
    key: &str,
    resource: &Resource,
) -> Outcome<Option<(String, String)>> {
    for (column, named) in [("question", &resource.question), ("register", &resource.register)] {
        if named.is_empty() {
            continue;
        }
        let keeper: Option<String> = reader.maybe(
            &format!(
                "SELECT provider_name FROM catalogue_resources
                 WHERE {column} = $1 AND state = 'published' AND provider <> $2 AND key <> $3
                 ORDER BY key LIMIT 1"
            ),
            &[named.as_str().into(), resource.provider.as_str().into(), key.into()],
        )?;
        if let Some(keeper) = keeper {
            return Ok(Some((named.clone(), keeper)));
        }
    }
    Ok(None)
}

/// Who provides the published resource of this code.
pub fn provider_of(reader: &Reader<'_>, code: &str) -> Outcome<Option<Provider>> {
    let found: Option<(String, String)> = reader.maybe(
        "SELECT provider, name FROM catalogue_resources WHERE code = $1 AND state = 'published'",
        &[code.into()],
    )?;
    Ok(found.map(|(organ, resource_name)| Provider { organ, resource_name }))
}
