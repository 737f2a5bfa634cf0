//! Permits that were cancelled.

use access::Permit;
use base::{Moment, Outcome};
use flow::CaseId;
use store::{FromRow, Reader, Row, Tx, Value};

use crate::terms::cancelled::Cancelled;

const CANCELLED: &str = "case_id, at, cause, ground, reason, certificate, certificate_no, firm, \
                         organ_name, act FROM approvals_cancelled";

impl FromRow for Cancelled {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            case: row.get("case_id")?,
            at: row.get("at")?,
            cause: row.get("cause")?,
            ground: row.get("ground")?,
            reason: row.get("reason")?,
            certificate: row.get("certificate")?,
            certificate_no: row.get("certificate_no")?,
            firm: row.get("firm")?,
            organ_name: row.get("organ_name")?,
            act: row.get("act")?,
        })
    }
}

/// Puts it down; a case is cancelled once.
pub fn put_cancelled(tx: &Tx<'_>, _permit: &Permit, one: &Cancelled) -> Outcome<()> {
    tx.run(
        "INSERT INTO approvals_cancelled (case_id, at, cause, ground, reason, certificate,
             certificate_no, firm, organ_name, act)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            one.case.into(),
            one.at.into(),
            one.cause.as_str().into(),
            one.ground.as_str().into(),
            one.reason.as_str().into(),
            one.certificate.as_str().into(),
            one.certificate_no.as_str().into(),
            one.firm.as_str().into(),
            one.organ_name.as_str().into(),
            one.act.into(),
        ],
    )?;
    Ok(())
}

/// Whether the permit of a case was cancelled, and how.
pub fn cancelled(reader: &Reader<'_>, case: CaseId) -> Outcome<Option<Cancelled>> {
    Ok(reader.maybe(&format!("SELECT {CANCELLED} WHERE case_id = $1"), &[case.into()])?)
}

/// When the permits of these cases were cancelled, those that were; of some hundred cases.
pub fn cancelled_among(reader: &Reader<'_>, cases: &[CaseId]) -> Outcome<Vec<(CaseId, Moment)>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=cases.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<Value> = cases.iter().map(|case| (*case).into()).collect();
    let places = places.join(", ");
    let sql = format!("SELECT case_id, at FROM approvals_cancelled WHERE case_id IN ({places})");
    Ok(reader.all(&sql, &ids)?)
}

/// What was cancelled before one, the newest first.
pub fn cancelled_before(
    reader: &Reader<'_>,
    (at, case): (Moment, &str),
    limit: i64,
) -> Outcome<Vec<Cancelled>> {
    Ok(reader.all(
        &format!(
            "SELECT {CANCELLED} WHERE (at, case_id) < ($1, $2)
             ORDER BY at DESC, case_id DESC LIMIT $3"
        ),
        &[at.into(), case.into(), limit.into()],
    )?)
}
