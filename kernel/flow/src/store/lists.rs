//! Lists of cases, cut by key. Each has its index; `plans` in the tests reads the query plans.

use base::{Day, Moment, Outcome};
use store::{Reader, Value};

use super::NEVER;
use super::rows::CASE;
use super::scope::{Cursor, Filter, Page, Scope};
use crate::terms::{CaseHead, CaseId};

/// Pages say 99+ for as many as this.
pub const WAITING_MAX: i64 = 100;
/// The most rows of a page: a limit on everything.
const ROWS_MAX: i64 = 500;

fn capped(limit: i64) -> i64 {
    limit.clamp(1, ROWS_MAX)
}

fn number(day: Option<Day>) -> i64 {
    day.map_or(NEVER, Day::number)
}

/// Open cases, soonest due first; what stands still or waits for the applicant comes last.
pub fn queue(
    reader: &Reader<'_>,
    scope: &Scope,
    after: Option<&Cursor>,
    limit: i64,
) -> Outcome<Page<CaseHead>> {
    let limit = capped(limit);
    let (sql, values) = queue_sql(scope, after, limit);
    let rows: Vec<CaseHead> = reader.all(&sql, &values)?;
    Ok(Page::cut(rows, limit, |case| Cursor { key: number(case.due), id: case.id.to_string() }))
}

pub(super) fn queue_sql(scope: &Scope, after: Option<&Cursor>, limit: i64) -> (String, Vec<Value>) {
    let mut filter = Filter::default();
    filter.and_plain("open = 1");
    filter.scope(scope);
    if let Some(after) = after {
        behind(&mut filter, "due", after);
    }
    let place = filter.put(limit + 1);
    let conditions = filter.sql();
    let sql =
        format!("SELECT {CASE} FROM flow_cases WHERE {conditions} ORDER BY due, id LIMIT {place}");
    (sql, filter.values)
}

fn behind(filter: &mut Filter, column: &str, after: &Cursor) {
    let (key, id) = (filter.put(after.key), filter.put(&after.id));
    filter.and_plain(&format!("({column}, id) > ({key}, {id})"));
}

/// Closed cases, the newest filings first.
pub fn closed(
    reader: &Reader<'_>,
    scope: &Scope,
    after: Option<&Cursor>,
    limit: i64,
) -> Outcome<Page<CaseHead>> {
    let mut filter = Filter::default();
    filter.and_plain("open = 0");
    filter.scope(&Scope { due_through: None, ..scope.clone() });
    newest_first(reader, filter, after, capped(limit))
}

/// What one account applied for, the newest first.
pub fn mine(
    reader: &Reader<'_>,
    account: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Outcome<Page<CaseHead>> {
    let mut filter = Filter::default();
    filter.and("applicant_account = $", account);
    newest_first(reader, filter, after, capped(limit))
}

/// Cases that were filed from one moment until another, in the order of their ids, after one of them: the closed ones
/// or the open ones.
pub fn filed_between(
    reader: &Reader<'_>,
    scope: &Scope,
    (from, until): (Moment, Moment),
    open: bool,
    (after, limit): (Option<CaseId>, i64),
) -> Outcome<Vec<CaseHead>> {
    // An id is born on the day of its filing, or not long before: an import takes moments.
    let born = |at: Moment| {
        let millis = u128::from(at.millis().max(0).unsigned_abs()) & ((1 << 48) - 1);
        CaseId::from_bits(millis << 80)
    };
    let first = born(from.plus_seconds(-86_400));
    let mut filter = Filter::default();
    filter.and("open = $", i64::from(open));
    filter.scope(&Scope { due_through: None, ..scope.clone() });
    filter.and("id > $", after.map_or(first, |after| after.max(first)));
    filter.and("id < $", born(until.plus_seconds(86_400)));
    filter.and("received_at >= $", from);
    filter.and("received_at < $", until);
    let place = filter.put(capped(limit));
    let sql =
        format!("SELECT {CASE} FROM flow_cases WHERE {} ORDER BY id LIMIT {place}", filter.sql());
    Ok(reader.all(&sql, &filter.values)?)
}

/// The accounts that applied for these cases.
pub fn applicants_of(reader: &Reader<'_>, cases: &[String]) -> Outcome<Vec<String>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=cases.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<Value> = cases.iter().map(|id| id.as_str().into()).collect();
    let sql = format!(
        "SELECT applicant_account FROM flow_cases
         WHERE id IN ({}) AND applicant_account IS NOT NULL",
        places.join(", ")
    );
    Ok(reader.all(&sql, &ids)?)
}

/// Ids are born in order, so the newest case has the greatest.
fn newest_first(
    reader: &Reader<'_>,
    filter: Filter,
    after: Option<&Cursor>,
    limit: i64,
) -> Outcome<Page<CaseHead>> {
    let (sql, values) = newest_sql(filter, after, limit);
    let rows: Vec<CaseHead> = reader.all(&sql, &values)?;
    Ok(Page::cut(rows, limit, |case| Cursor { key: 0, id: case.id.to_string() }))
}

pub(super) fn newest_sql(
    mut filter: Filter,
    after: Option<&Cursor>,
    limit: i64,
) -> (String, Vec<Value>) {
    if let Some(after) = after {
        filter.and("id < $", &after.id);
    }
    let place = filter.put(limit + 1);
    let conditions = filter.sql();
    let sql =
        format!("SELECT {CASE} FROM flow_cases WHERE {conditions} ORDER BY id DESC LIMIT {place}");
    (sql, filter.values)
}

/// How many open cases there are, counted no further than [`WAITING_MAX`]: the number beside a
/// line of the menu, which stands on every page.
pub fn waiting(reader: &Reader<'_>, scope: &Scope) -> Outcome<i64> {
    let mut filter = Filter::default();
    filter.and_plain("open = 1");
    filter.scope(scope);
    let sql = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) AS waiting
         FROM (SELECT 1 FROM flow_cases WHERE {} LIMIT {WAITING_MAX}) AS counted",
        filter.sql()
    );
    Ok(reader.one(&sql, &filter.values)?)
}

/// Open cases at which the clockwork must look by this day: whose clock is due, whose wait for
/// corrections ends, whose pause should be over. Soonest first.
pub fn due_for_signals(
    reader: &Reader<'_>,
    through: Day,
    after: Option<&Cursor>,
    limit: i64,
) -> Outcome<Page<CaseHead>> {
    let limit = capped(limit);
    let (sql, values) = look_sql(through, after, limit);
    let rows: Vec<CaseHead> = reader.all(&sql, &values)?;
    Ok(Page::cut(rows, limit, |case| Cursor { key: number(case.look_on), id: case.id.to_string() }))
}

pub(super) fn look_sql(through: Day, after: Option<&Cursor>, limit: i64) -> (String, Vec<Value>) {
    let mut filter = Filter::default();
    filter.and_plain("open = 1");
    filter.and("look_on <= $", through);
    if let Some(after) = after {
        behind(&mut filter, "look_on", after);
    }
    let place = filter.put(limit + 1);
    let conditions = filter.sql();
    let sql = format!(
        "SELECT {CASE} FROM flow_cases WHERE {conditions} ORDER BY look_on, id LIMIT {place}"
    );
    (sql, filter.values)
}
