//! What firms come to be permitted is told on them: by the step alone nobody knows whose the permit is.

use approvals_contract::{PERMITTED, Permitted};
use base::{Fault, Outcome};
use frame::Hall;
use ledger::{Act, Recorded};
use store::Tx;

use crate::store as rows;

/// The step by which a permit is made.
pub(super) const ISSUED: &[&str] = &["approvals.issued"];
/// What the act of [`PERMITTED`] is on.
const SUBJECT: &str = "entity";

/// Hears that a permit was made out, and tells it of the firm that applied.
pub(super) fn hear(hall: &Hall, tx: &Tx<'_>, issued: &Recorded) -> Outcome<()> {
    let Ok(case) = issued.subject_id.parse::<flow::CaseId>() else { return Ok(()) };
    let Some(of) = rows::application(tx, case)?.filter(|of| !of.firm_code.is_empty()) else {
        return Ok(());
    };
    let content = Permitted { firm: of.firm_code.clone(), case: case.to_string() };
    let act = Act::new(hall.now(), PERMITTED, SUBJECT, &of.firm_code)
        .authority("《中华人民共和国行政许可法》第四十条")
        .content(serde_json::to_value(content).map_err(Fault::from)?);
    ledger::record(tx, access::clockwork(PERMITTED).who(), &act)
}
