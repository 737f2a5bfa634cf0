//! The SQL of orders to erase, of orders to export, of deferrals and of complaints.

pub mod deferrals;
mod exports;

pub use exports::{
    EXPORTS, end_export, end_unmade, exports_by, exports_in, finish_export, is_erasing_since,
    note_progress, put_export,
};

use access::{Account, Permit, Proposals, Proposed};
use ask::Asked;
use base::{Day, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Complaint, Erasure, Says, Scope};

/// The orders to erase.
pub const ERASURES: Proposals = Proposals {
    table: "privacy_erasures",
    own: "id, scope, subject, shown, organ, document, ground, running, retained, done_at",
    who: "asked",
    behalf: true,
    thing: "这项命令",
    verb: "录入",
};

impl FromRow for Erasure {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let scope: String = row.get("scope")?;
        Ok(Self {
            id: row.get("id")?,
            scope: Scope::parse(&scope)
                .ok_or_else(|| store::Error::Type { column: "scope".into(), wanted: "scope" })?,
            subject: row.get("subject")?,
            shown: row.get("shown")?,
            organ: row.get("organ")?,
            document: row.get("document")?,
            ground: row.get("ground")?,
            says: Says { running: row.get("running")?, retained: row.get("retained")? },
            proposed: Proposed::from_row(row)?,
            done_at: row.get("done_at")?,
        })
    }
}

/// Puts an order down.
pub fn put_erasure(tx: &Tx<'_>, permit: &Permit, new: &Erasure) -> Outcome<()> {
    let own = [
        ("scope", new.scope.as_str().into()),
        ("subject", new.subject.as_str().into()),
        ("shown", new.shown.as_str().into()),
        ("organ", new.organ.as_str().into()),
        ("document", new.document.as_str().into()),
        ("ground", new.ground.as_str().into()),
        ("running", new.says.running.into()),
        ("retained", new.says.retained.into()),
    ];
    ERASURES.put(tx, permit, (new.id, &new.proposed), &own)
}

/// The orders on one subject that wait or are being carried out.
pub fn standing_on(reader: &Reader<'_>, subject: &str, today: Day) -> Outcome<Vec<Erasure>> {
    let rest = "WHERE subject = $1
                    AND (state = 'agreed' OR (state = 'open' AND last_day >= $2)) LIMIT 10";
    ERASURES.all(reader, rest, &[subject.into(), today.into()])
}

/// The orders that were agreed to and are not done, oldest first; at most 200.
pub fn agreed(reader: &Reader<'_>) -> Outcome<Vec<Id<Erasure>>> {
    Ok(reader
        .all("SELECT id FROM privacy_erasures WHERE state = 'agreed' ORDER BY id LIMIT 200", &[])?)
}

/// Forgets the login by which an order calls a person.
pub fn forget_shown(tx: &Tx<'_>, _permit: &Permit, id: Id<Erasure>) -> Outcome<()> {
    tx.run(
        "UPDATE privacy_erasures SET shown = '' WHERE id = $1 AND scope = 'person'",
        &[id.into()],
    )?;
    Ok(())
}

/// Notes that everything is gone. Says whether it was not noted before.
pub fn finish(tx: &Tx<'_>, _permit: &Permit, id: Id<Erasure>, now: Moment) -> Outcome<bool> {
    let done = tx.run(
        "UPDATE privacy_erasures SET state = 'done', done_at = $1
         WHERE id = $2 AND state = 'agreed'",
        &[now.into(), id.into()],
    )?;
    Ok(done > 0)
}

const COMPLAINT: &str = "case_id, no, look, account, words_sealed FROM privacy_complaints";

impl FromRow for Complaint {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            case: row.get("case_id")?,
            no: row.get("no")?,
            look: row.get("look")?,
            account: row.get("account")?,
            words_sealed: row.get("words_sealed")?,
        })
    }
}

/// Puts a complaint down beside its case.
pub fn put_complaint(tx: &Tx<'_>, _permit: &Permit, new: &Complaint) -> Outcome<()> {
    tx.run(
        "INSERT INTO privacy_complaints (case_id, no, look, account, words_sealed)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            new.case.into(),
            new.no.as_str().into(),
            new.look.into(),
            new.account.into(),
            new.words_sealed.as_slice().into(),
        ],
    )?;
    Ok(())
}

/// The complaint of this number.
pub fn complaint(reader: &Reader<'_>, no: &str) -> Outcome<Option<Complaint>> {
    Ok(reader.maybe(&format!("SELECT {COMPLAINT} WHERE no = $1"), &[no.into()])?)
}

/// The look that the complaint of this case is about, if it is the case of one.
pub fn look_of(reader: &Reader<'_>, case: flow::CaseId) -> Outcome<Option<Id<Asked>>> {
    Ok(reader.maybe("SELECT look FROM privacy_complaints WHERE case_id = $1", &[case.into()])?)
}

/// What this person has complained of this look.
pub fn complaint_on(
    reader: &Reader<'_>,
    look: Id<Asked>,
    account: Id<Account>,
) -> Outcome<Option<Complaint>> {
    Ok(reader.maybe(
        &format!("SELECT {COMPLAINT} WHERE look = $1 AND account = $2"),
        &[look.into(), account.into()],
    )?)
}

/// Puts something else in the place of what a person said of a look; says whether there was a complaint.
pub fn erase_complaint(
    tx: &Tx<'_>,
    _permit: &Permit,
    case: flow::CaseId,
    blank: &[u8],
) -> Outcome<bool> {
    let erased = tx.run(
        "UPDATE privacy_complaints SET words_sealed = $1 WHERE case_id = $2",
        &[blank.into(), case.into()],
    )?;
    Ok(erased > 0)
}
