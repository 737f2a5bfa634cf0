//! What firms have applied for, by their codes.

use base::Outcome;
use flow::CaseId;
use store::{Reader, Value};

/// A hundred firms have applied for no more.
const FOUND_MAX: i64 = 5_000;

/// What one firm has applied for, behind a case: each with its entries, sealed.
pub fn of_firm(
    reader: &Reader<'_>,
    firm: &str,
    (after, limit): (&str, i64),
) -> Outcome<Vec<(CaseId, Vec<u8>)>> {
    Ok(reader.all(
        "SELECT case_id, form_sealed FROM approvals_applications
         WHERE firm_code = $1 AND firm_code <> '' AND case_id > $2 ORDER BY case_id LIMIT $3",
        &[firm.into(), after.into(), limit.into()],
    )?)
}

/// What these firms have applied for, each with whose it is.
pub fn of_firms(reader: &Reader<'_>, firms: &[String]) -> Outcome<Vec<(CaseId, String)>> {
    if firms.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=firms.len()).map(|place| format!("${place}")).collect();
    let codes: Vec<Value> = firms.iter().map(|code| code.as_str().into()).collect();
    let sql = format!(
        "SELECT case_id, firm_code FROM approvals_applications
         WHERE firm_code IN ({}) AND firm_code <> '' LIMIT {FOUND_MAX}",
        places.join(", ")
    );
    Ok(reader.all(&sql, &codes)?)
}
