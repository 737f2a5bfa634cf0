//! The SQL of orders of deferrals.

use access::Permit;
use ask::Deferral;
use base::{Day, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Decision, DeferralOrder, Erasure, State, Whom};

const COLUMNS: &str = "id, prolongs, whom, subject_sealed, subject_blind, organ, organ_name, \
                       below, ground, approver, document, approved_by, purpose_sealed, from_day, \
                       until_day, asked_by, asked_for, asked_name, asked_at, last_day, state, \
                       decided_name, decided_reason, stopped_name, stopped_reason \
                       FROM privacy_deferrals";

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
            decision: Decision::from_row(row)?,
            stopped: name.zip(reason),
        })
    }
}

/// Puts an order down.
pub fn put_deferral(tx: &Tx<'_>, permit: &Permit, new: &DeferralOrder) -> Outcome<()> {
    tx.run(
        "INSERT INTO privacy_deferrals (id, prolongs, whom, subject_sealed, subject_blind, organ,
             organ_name, below, ground, approver, document, approved_by, purpose_sealed, from_day,
             until_day, asked_by, asked_for, asked_name, asked_at, last_day, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, 'open')",
        &[
            new.id.into(),
            new.prolongs.into(),
            new.whom.as_str().into(),
            new.subject_sealed.as_slice().into(),
            new.subject_blind.as_slice().into(),
            new.organ.as_str().into(),
            new.organ_name.as_str().into(),
            new.below.into(),
            new.ground.as_str().into(),
            new.approver.as_str().into(),
            new.document.as_str().into(),
            new.approved_by.as_str().into(),
            new.purpose_sealed.as_slice().into(),
            new.from.into(),
            new.until.into(),
            permit.account().into(),
            permit.who().on_behalf.as_ref().map(|one| one.account.clone()).into(),
            permit.who().name.as_str().into(),
            new.decision.asked_at.into(),
            new.decision.last_day.into(),
        ],
    )?;
    Ok(())
}

/// An order by id.
pub fn deferral(reader: &Reader<'_>, id: Id<Deferral>) -> Outcome<Option<DeferralOrder>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// What was ordered to let a deferral end later, the oldest first; at most 50.
pub fn prolongations(reader: &Reader<'_>, id: Id<Deferral>) -> Outcome<Vec<DeferralOrder>> {
    Ok(reader
        .all(&format!("SELECT {COLUMNS} WHERE prolongs = $1 ORDER BY id LIMIT 50"), &[id.into()])?)
}

/// The orders on one subject for one organ that wait, or whose last day is not over and that nobody has ended; at most
/// 10. One that prolongs is not among them.
pub fn deferrals_on(
    reader: &Reader<'_>,
    (subject, organ): (&[u8], &str),
    today: Day,
) -> Outcome<Vec<DeferralOrder>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE subject_blind = $1 AND organ = $2 AND prolongs IS NULL
                 AND stopped_name IS NULL AND until_day >= $3
                 AND (state = 'agreed' OR (state = 'open' AND last_day >= $3)) LIMIT 10"
        ),
        &[subject.into(), organ.into(), today.into()],
    )?)
}

/// The orders that wait for a second person, oldest first; at most 200.
pub fn open_deferrals(reader: &Reader<'_>, today: Day) -> Outcome<Vec<DeferralOrder>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE state = 'open' AND last_day >= $1 ORDER BY id LIMIT 200"),
        &[today.into()],
    )?)
}

/// The orders, newest first, before `before`.
pub fn deferrals(
    reader: &Reader<'_>,
    before: Option<Id<Deferral>>,
    limit: i64,
) -> Outcome<Vec<DeferralOrder>> {
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE id < $1 ORDER BY id DESC LIMIT $2"),
        &[before.into(), limit.into()],
    )?)
}

/// Notes how an order was answered, by whom and why, if it still waited.
pub fn settle_deferral(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Deferral>,
    (state, reason): (State, &str),
    now: Moment,
) -> Outcome<bool> {
    let settled = tx.run(
        "UPDATE privacy_deferrals SET state = $1, decided_by = $2, decided_name = $3,
             decided_at = $4, decided_reason = $5
         WHERE id = $6 AND state = 'open'",
        &[
            state.as_str().into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            now.into(),
            reason.into(),
            id.into(),
        ],
    )?;
    Ok(settled > 0)
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
    subject: &[u8],
    (subject_blank, purpose_blank): (&[u8], &[u8]),
    order: Id<Erasure>,
) -> Outcome<u64> {
    Ok(tx.run(
        "UPDATE privacy_deferrals SET subject_sealed = $1, purpose_sealed = $2, erased_by = $3
         WHERE subject_blind = $4 AND erased_by IS NULL",
        &[subject_blank.into(), purpose_blank.into(), order.into(), subject.into()],
    )?)
}

/// Of how many deferrals an order has erased whom they are about.
pub fn erased_deferrals(reader: &Reader<'_>, order: &str) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM privacy_deferrals WHERE erased_by = $1",
        &[order.into()],
    )?)
}
