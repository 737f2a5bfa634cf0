//! Lists of cases, cut by key. Each has its index; `plans` in the tests reads the query plans.

use base::{Day, Outcome};
use store::{Reader, Value};

use super::NEVER;
use super::rows::CASE;
use super::scope::{Cursor, Filter, Page, Scope};
use crate::terms::CaseHead;

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
