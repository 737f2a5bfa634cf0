//! The SQL of applications that come to an account later than they were filed.

use access::Permit;
use base::Outcome;
use flow::CaseId;
use store::{Reader, Tx};

/// The applications of a person, by what their number is found ([`seal::Keys::blinds`]), after one of them; at most `limit`.
pub fn of_person(
    reader: &Reader<'_>,
    [form, beside]: [Vec<u8>; 2],
    after: Option<CaseId>,
    limit: i64,
) -> Outcome<Vec<CaseId>> {
    Ok(reader.all(
        "SELECT case_id FROM approvals_applications WHERE person_mark IN ($1, $2)
             AND case_id > $3
         ORDER BY case_id LIMIT $4",
        &[
            form.into(),
            beside.into(),
            after.map(|id| id.to_string()).unwrap_or_default().into(),
            limit.into(),
        ],
    )?)
}

/// Applications from before that nobody has looked at yet; at most `limit`.
pub fn unsettled(reader: &Reader<'_>, limit: i64) -> Outcome<Vec<CaseId>> {
    Ok(reader.all(
        "SELECT case_id FROM approvals_applications WHERE to_join = 1
         ORDER BY case_id LIMIT $1",
        &[limit.into()],
    )?)
}

/// Notes that an application from before has been looked at.
pub fn settled(tx: &Tx<'_>, _permit: &Permit, case: CaseId) -> Outcome<()> {
    tx.run("UPDATE approvals_applications SET to_join = 0 WHERE case_id = $1", &[case.into()])?;
    Ok(())
}

/// Writes down where the letters go of an application that had no address.
pub fn give_mail(tx: &Tx<'_>, _permit: &Permit, case: CaseId, sealed: &[u8]) -> Outcome<()> {
    tx.run(
        "UPDATE approvals_applications SET email_sealed = $1
         WHERE case_id = $2 AND email_sealed IS NULL",
        &[sealed.into(), case.into()],
    )?;
    Ok(())
}
