//! The SQL of the window: at which steps an agent came for the applicant, and what the register says of applicants.

use access::{Mandate, Permit};
use base::{Day, Id, Moment, Outcome};
use flow::CaseId;
use ledger::Act;
use seal::Keys;
use store::{Reader, Tx};

/// At which step of a case, by its act, and by which mandate.
pub type CameBy = (Id<Act>, Id<Mandate>);

/// Notes that an agent came to a window for this step of a case.
pub fn put_agent(
    tx: &Tx<'_>,
    _permit: &Permit,
    case: CaseId,
    (act, mandate): CameBy,
    at: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO approvals_agents (act, case_id, mandate, at) VALUES ($1, $2, $3, $4)",
        &[act.into(), case.into(), mandate.into(), at.into()],
    )?;
    Ok(())
}

/// At which steps of a case agents came to a window, and by which mandates; the first hundred.
pub fn agents_of(reader: &Reader<'_>, case: CaseId) -> Outcome<Vec<CameBy>> {
    Ok(reader.all(
        "SELECT act, mandate FROM approvals_agents WHERE case_id = $1 ORDER BY at LIMIT 100",
        &[case.into()],
    )?)
}

/// Notes on what a person has applied for that the register says that they died, or that they did not. Nothing else of
/// a case changes.
pub fn note_death(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, mark): (&Keys, &[u8; 32]),
    died: Option<Day>,
) -> Outcome<()> {
    let [form, beside] = keys.covers(mark);
    tx.run(
        "UPDATE approvals_applications SET died_on = $1 WHERE person_mark IN ($2, $3)",
        &[died.into(), form.into(), beside.into()],
    )?;
    Ok(())
}
