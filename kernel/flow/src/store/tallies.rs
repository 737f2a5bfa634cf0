//! Counts for supervision and performance, by organ.

use base::{Day, Outcome};
use store::{Error, FromRow, Reader, Row, Value};

use super::NEVER;
use super::scope::{Filter, Scope};

/// The open cases of an organ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganCounts {
    /// The organ.
    pub organ: String,
    /// Its name today.
    pub organ_name: String,
    /// Open cases.
    pub open: i64,
    /// Due by the day asked for, and not over yet.
    pub soon: i64,
    /// Past the promised day, within the legal one.
    pub over_promised: i64,
    /// Past the legal day.
    pub over_law: i64,
    /// Standing still for a hearing, an inspection …
    pub paused: i64,
    /// Without a running clock: the applicant's turn, or a denial to be delivered.
    pub awaiting: i64,
}

impl FromRow for OrganCounts {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organ: row.get("organ")?,
            organ_name: String::new(),
            open: row.get("open_cases")?,
            soon: row.get("soon")?,
            over_promised: row.get("over_promised")?,
            over_law: row.get("over_law")?,
            paused: row.get("paused")?,
            awaiting: row.get("awaiting")?,
        })
    }
}

/// The open cases of each organ as they stand `today`; `soon` is the last day that counts as near,
/// usually three working days on.
pub fn counts_by_organ(
    reader: &Reader<'_>,
    scope: &Scope,
    today: Day,
    soon: Day,
) -> Outcome<Vec<OrganCounts>> {
    let (sql, values) = counts_sql(scope, today, soon);
    let mut counts: Vec<OrganCounts> = reader.all(&sql, &values)?;
    let organs = access::organs(reader)?;
    for count in &mut counts {
        if let Some(organ) = organs.iter().find(|organ| organ.id == count.organ) {
            count.organ_name.clone_from(&organ.name);
        }
    }
    Ok(counts)
}

pub(super) fn counts_sql(scope: &Scope, today: Day, soon: Day) -> (String, Vec<Value>) {
    let mut filter = Filter::default();
    let (today, soon) = (filter.put(today), filter.put(soon));
    filter.and_plain("open = 1");
    filter.scope(scope);
    let sum = |condition: &str, name: &str| {
        format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT) AS {name}")
    };
    let sql = format!(
        "SELECT organ, CAST(COUNT(*) AS BIGINT) AS open_cases, {}, {}, {}, {}, {}
         FROM flow_cases WHERE {} GROUP BY organ ORDER BY organ",
        sum(&format!("due >= {today} AND due <= {soon}"), "soon"),
        sum(&format!("due < {today} AND due_law >= {today}"), "over_promised"),
        sum(&format!("due_law < {today}"), "over_law"),
        sum("frozen = 1", "paused"),
        sum("frozen = 0 AND clock = 'none'", "awaiting"),
        filter.sql()
    );
    (sql, filter.values)
}

/// What an organ decided in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganTally {
    /// The organ.
    pub organ: String,
    /// Decided.
    pub decided: i64,
    /// Granted.
    pub granted: i64,
    /// Denied.
    pub denied: i64,
    /// Decided by the promised day; by the legal one where nothing was promised.
    pub in_promised: i64,
    /// Decided by the legal day.
    pub in_law: i64,
    /// Decided before the promised day.
    pub early: i64,
}

impl FromRow for OrganTally {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            organ: row.get("organ")?,
            decided: row.get("decided")?,
            granted: row.get("granted")?,
            denied: row.get("denied")?,
            in_promised: row.get("in_promised")?,
            in_law: row.get("in_law")?,
            early: row.get("early")?,
        })
    }
}

/// What was decided from one day through another, by organ.
pub fn tally(reader: &Reader<'_>, scope: &Scope, from: Day, to: Day) -> Outcome<Vec<OrganTally>> {
    let (sql, values) = tally_sql(scope, from, to);
    Ok(reader.all(&sql, &values)?)
}

pub(super) fn tally_sql(scope: &Scope, from: Day, to: Day) -> (String, Vec<Value>) {
    let mut filter = Filter::default();
    filter.and("decided_on >= $", from);
    filter.and("decided_on <= $", to);
    filter.scope(&Scope { due_through: None, ..scope.clone() });
    let sum = |condition: &str, name: &str| {
        format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT) AS {name}")
    };
    let promised = format!("COALESCE(due_promised, due_legal, {NEVER})");
    let sql = format!(
        "SELECT organ, CAST(COUNT(*) AS BIGINT) AS decided, {}, {}, {}, {}, {}
         FROM flow_cases WHERE {} GROUP BY organ ORDER BY organ",
        sum("ending = 'granted'", "granted"),
        sum("ending = 'denied'", "denied"),
        sum(&format!("decided_on <= {promised}"), "in_promised"),
        sum(&format!("decided_on <= COALESCE(due_legal, {NEVER})"), "in_law"),
        sum(&format!("decided_on < {promised}"), "early"),
        filter.sql()
    );
    (sql, filter.values)
}
