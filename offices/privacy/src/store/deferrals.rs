//! The SQL of orders of deferrals.

use access::{Permit, Proposals, Proposed};
use ask::Deferral;
use base::{Day, Id, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{DeferralOrder, Erasure, Whom};

/// The orders of deferrals.
pub const DEFERRALS: Proposals = Proposals {
    table: "privacy_deferrals",
    own: "id, prolongs, whom, subject_sealed, subject_blind, organ, organ_name, below, ground, approver, \
          document, approved_by, purpose_sealed, from_day, until_day, stopped_name, stopped_reason",
    who: "asked",
    behalf: true,
    thing: "这项暂不告知",
    verb: "录入",
};

impl FromRow for DeferralOrder {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let whom: String = row.get("whom")?;
        let (name, reason): (Option<String>, Option<String>) =
            (row.get("stopped_name")?, row.get("stopped_reason")?);
        Ok(Self {
            id: row.get("id")?,
            prolongs: row.get("prolongs")?,
            whom: Whom::parse(&whom)
                .ok_or_else(|| store::Error::Type { column: "whom".into(), wanted: "whom" })?,
            subject_sealed: row.get("subject_sealed")?,
            subject_blind: row.get("subject_blind")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            below: row.get("below")?,
            ground: row.get("ground")?,
            approver: row.get("approver")?,
            document: row.get("document")?,
            approved_by: row.get("approved_by")?,
            purpose_sealed: row.get("purpose_sealed")?,
            from: row.get("from_day")?,
            until: row.get("until_day")?,
            proposed: Proposed::from_row(row)?,
            stopped: name.zip(reason),
        })
    }
}

/// Puts an order down.
pub fn put_deferral(tx: &Tx<'_>, permit: &Permit, new: &DeferralOrder) -> Outcome<()> {
    let own = [
        ("prolongs", new.prolongs.into()),
        ("whom", new.whom.as_str().into()),
        ("subject_sealed", new.subject_sealed.as_slice().into()),
        ("subject_blind", new.subject_blind.as_slice().into()),
        ("organ", new.organ.as_str().into()),
        ("organ_name", new.organ_name.as_str().into()),
        ("below", new.below.into()),
        ("ground", new.ground.as_str().into()),
        ("approver", new.approver.as_str().into()),
        ("document", new.document.as_str().into()),
        ("approved_by", new.approved_by.as_str().into()),
        ("purpose_sealed", new.purpose_sealed.as_slice().into()),
        ("from_day", new.from.into()),
        ("until_day", new.until.into()),
    ];
    DEFERRALS.put(tx, permit, (new.id, &new.proposed), &own)
}

/// What was ordered to let a deferral end later, the oldest first; at most 50.
pub fn prolongations(reader: &Reader<'_>, id: Id<Deferral>) -> Outcome<Vec<DeferralOrder>> {
    DEFERRALS.all(reader, "WHERE prolongs = $1 ORDER BY id LIMIT 50", &[id.into()])
}

/// The orders on one subject for one organ that wait, or whose last day is not over and that nobody has ended; at most
/// 10. One that prolongs is not among them.
pub fn deferrals_on(
    reader: &Reader<'_>,
    ([form, beside], organ): ([Vec<u8>; 2], &str),
    today: Day,
) -> Outcome<Vec<DeferralOrder>> {
    let rest = "WHERE subject_blind IN ($1, $2) AND organ = $3 AND prolongs IS NULL
                    AND stopped_name IS NULL AND until_day >= $4
                    AND (state = 'agreed' OR (state = 'open' AND last_day >= $4)) LIMIT 10";
    DEFERRALS.all(reader, rest, &[form.into(), beside.into(), organ.into(), today.into()])
}

/// Notes who ended a deferral before its time, and why.
pub fn note_stopped(tx: &Tx<'_>, permit: &Permit, id: Id<Deferral>, reason: &str) -> Outcome<()> {
    tx.run(
        "UPDATE privacy_deferrals SET stopped_name = $1, stopped_reason = $2 WHERE id = $3",
        &[permit.who().name.as_str().into(), reason.into(), id.into()],
    )?;
    Ok(())
}

/// Puts something else in the place of whom the deferrals on a subject are about and what they are for, by an order to
/// erase. What stays is blind: whom a deferral covers is known, and nobody can read it.
pub fn erase_deferrals(
    tx: &Tx<'_>,
    _permit: &Permit,
    [form, beside]: [Vec<u8>; 2],
    (subject_blank, purpose_blank): (&[u8], &[u8]),
    order: Id<Erasure>,
) -> Outcome<u64> {
    Ok(tx.run(
        "UPDATE privacy_deferrals SET subject_sealed = $1, purpose_sealed = $2, erased_by = $3
         WHERE subject_blind IN ($4, $5) AND erased_by IS NULL",
        &[subject_blank.into(), purpose_blank.into(), order.into(), form.into(), beside.into()],
    )?)
}

/// Of how many deferrals an order has erased whom they are about.
pub fn erased_deferrals(reader: &Reader<'_>, order: &str) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM privacy_deferrals WHERE erased_by = $1",
        &[order.into()],
    )?)
}
