//! Steps and the acts that tell of them: what a receipt of one message is put together from.

use base::{Fault, Id, Moment, Outcome};
use ledger::Act;
use message::{Message, Step, StepKind, StepProof};
use store::{FromRow, Reader, Row, Tx};

/// Puts down the steps that an act tells of, in their order.
pub fn put_steps(tx: &Tx<'_>, act: Id<Act>, steps: &[Step]) -> Outcome<()> {
    for (place, step) in (0i64..).zip(steps) {
        tx.run(
            "INSERT INTO delivery_steps (act, place, message, digest, step, at, code)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            &[
                act.into(),
                place.into(),
                step.id.into(),
                step.digest.as_str().into(),
                step.step.name().into(),
                step.at.into(),
                step.code.as_deref().unwrap_or_default().into(),
            ],
        )?;
    }
    Ok(())
}

/// Keeps the receipt of an act of another's log: the newest one, which says most.
pub fn keep_receipt(tx: &Tx<'_>, act: Id<Act>, receipt: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO delivery_records (act, at, receipt) VALUES ($1, $2, $3)
         ON CONFLICT (act) DO UPDATE SET receipt = $3",
        &[act.into(), now.into(), receipt.into()],
    )?;
    Ok(())
}

/// Forgets the kept receipts of before a moment, with the steps that they prove; so many at once.
pub fn forget_records(tx: &Tx<'_>, before: Moment, limit: i64) -> Outcome<u64> {
    let acts: Vec<Id<Act>> = tx.all(
        "SELECT act FROM delivery_records WHERE at < $1 ORDER BY at LIMIT $2",
        &[before.into(), limit.into()],
    )?;
    for act in &acts {
        tx.run("DELETE FROM delivery_steps WHERE act = $1", &[(*act).into()])?;
        tx.run("DELETE FROM delivery_records WHERE act = $1", &[(*act).into()])?;
    }
    Ok(acts.len() as u64)
}

struct Stored {
    act: Id<Act>,
    step: Step,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let name: String = row.get("step")?;
        let kinds = [
            StepKind::Stored,
            StepKind::Refused,
            StepKind::Delivered,
            StepKind::Acknowledged,
            StepKind::Dropped,
        ];
        let kind = kinds.into_iter().find(|kind| kind.name() == name);
        let code: String = row.get("code")?;
        Ok(Self {
            act: row.get("act")?,
            step: Step {
                id: row.get("message")?,
                digest: row.get("digest")?,
                step: kind.ok_or(store::Error::Missing)?,
                at: row.get("at")?,
                code: (!code.is_empty()).then_some(code),
            },
        })
    }
}

const STEP: &str = "act, message, digest, step, at, code FROM delivery_steps";

/// The steps that an act tells of, in their order.
pub fn steps_of_act(reader: &Reader<'_>, act: Id<Act>) -> Outcome<Vec<Step>> {
    let rows: Vec<Stored> =
        reader.all(&format!("SELECT {STEP} WHERE act = $1 ORDER BY place"), &[act.into()])?;
    Ok(rows.into_iter().map(|row| row.step).collect())
}

/// The steps of a message with their proofs, in the order of time; at most 50.
pub fn steps_of_message(
    reader: &Reader<'_>,
    message: Id<Message>,
) -> Outcome<Vec<(Id<Act>, StepProof)>> {
    let mut rows: Vec<Stored> = reader.all(
        &format!("SELECT {STEP} WHERE message = $1 ORDER BY at LIMIT 50"),
        &[message.into()],
    )?;
    // Several in one millisecond follow each other as they must have.
    rows.sort_by_key(|row| (row.step.at, row.step.step));
    let mut proofs = Vec::new();
    for row in rows {
        let steps = steps_of_act(reader, row.act)?;
        let all = StepProof::of_all(&steps).map_err(|wrong| Fault::said(wrong.to_string()))?;
        proofs.extend(all.into_iter().find(|proof| proof.step == row.step).map(|p| (row.act, p)));
    }
    Ok(proofs)
}

/// The kept receipts of these acts.
pub fn records_of(reader: &Reader<'_>, acts: &[Id<Act>]) -> Outcome<Vec<(Id<Act>, String)>> {
    let mut found = Vec::new();
    for act in acts {
        let receipt: Option<String> = reader
            .maybe("SELECT receipt FROM delivery_records WHERE act = $1", &[(*act).into()])?;
        found.extend(receipt.map(|receipt| (*act, receipt)));
    }
    Ok(found)
}
