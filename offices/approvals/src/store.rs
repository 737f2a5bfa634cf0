//! The SQL of approvals: drafts and applications. Cases stand in flow's tables.

mod cancelled;
mod joining;
mod permits;
mod window;

pub use cancelled::{cancelled, cancelled_among, cancelled_before, put_cancelled};
pub use joining::{give_mail, of_person, settled, unsettled};
pub use permits::{of_firm, of_firms};
pub use window::{CameBy, agents_of, note_death, put_agent};

use std::collections::HashMap;

use access::{Account, Mandate, Permit};
use base::{Id, Moment, Outcome};
use flow::{CaseHead, CaseId};
use store::{FromRow, Migration, MigrationSet, Reader, Row, Tx, Value};

use crate::terms::{Application, Channel, Draft};

/// The steps that made the tables of approvals.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "approvals",
    files: &[
        migration("0001_approvals", include_str!("../migrations/0001_approvals.sql")),
        migration("0002_seen", include_str!("../migrations/0002_seen.sql")),
        Migration {
            sqlite: Some(include_str!("../migrations/0003_known.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0003_known.postgres.sql")),
            ..migration("0003_known", "")
        },
        migration("0004_erased", include_str!("../migrations/0004_erased.sql")),
        migration("0005_mandates", include_str!("../migrations/0005_mandates.sql")),
        migration("0007_paper", include_str!("../migrations/0007_paper.sql")),
        migration("0008_joined", include_str!("../migrations/0008_joined.sql")),
        migration("0009_firms", include_str!("../migrations/0009_firms.sql")),
        migration("0010_cancelled", include_str!("../migrations/0010_cancelled.sql")),
    ],
};

const fn migration(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

impl FromRow for Draft {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            account: row.get("account")?,
            agent: row.get("agent")?,
            mandate: row.get("mandate")?,
            item_code: row.get("item_code")?,
            item_slug: row.get("item_slug")?,
            item_name: row.get("item_name")?,
            item_version: row.get("item_version")?,
            channel: Channel::parse(&row.get::<String>("channel")?),
            form_sealed: row.get("form_sealed")?,
            sources_sealed: row.get("sources_sealed")?,
            window_sealed: row.get("window_sealed")?,
            case_no: row.get("case_no")?,
            updated_at: row.get("updated_at")?,
            version: row.get("version")?,
        })
    }
}

const DRAFT: &str = "id, account, agent, mandate, item_code, item_slug, item_name, item_version, channel, \
                     form_sealed, sources_sealed, window_sealed, case_no, updated_at, version \
                     FROM approvals_drafts";

/// Puts a new draft down.
pub fn put_draft(tx: &Tx<'_>, _permit: &Permit, draft: &Draft) -> Outcome<()> {
    tx.run(
        "INSERT INTO approvals_drafts (id, account, item_code, item_slug, item_name, item_version,
             channel, form_sealed, sources_sealed, case_no, created_at, updated_at, version,
             agent, mandate, window_sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14, $15)",
        &[
            draft.id.into(),
            draft.account.into(),
            draft.item_code.as_str().into(),
            draft.item_slug.as_str().into(),
            draft.item_name.as_str().into(),
            draft.item_version.into(),
            draft.channel.as_str().into(),
            draft.form_sealed.as_slice().into(),
            draft.sources_sealed.as_slice().into(),
            draft.case_no.clone().into(),
            draft.updated_at.into(),
            draft.version.into(),
            draft.agent.into(),
            draft.mandate.into(),
            draft.window_sealed.clone().into(),
        ],
    )?;
    Ok(())
}

/// A draft by id.
pub fn draft(reader: &Reader<'_>, id: Id<Draft>) -> Outcome<Option<Draft>> {
    Ok(reader.maybe(&format!("SELECT {DRAFT} WHERE id = $1"), &[id.into()])?)
}

/// An account's open drafts, last changed first.
pub fn open_drafts(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Draft>> {
    Ok(reader.all(
        &format!(
            "SELECT {DRAFT} WHERE account = $1 AND case_no IS NULL
             ORDER BY updated_at DESC LIMIT 50"
        ),
        &[account.into()],
    )?)
}

/// The open drafts that somebody fills in for others, last changed first.
pub fn drafts_for_others(reader: &Reader<'_>, agent: Id<Account>) -> Outcome<Vec<Draft>> {
    Ok(reader.all(
        &format!(
            "SELECT {DRAFT} WHERE agent = $1 AND case_no IS NULL
             ORDER BY updated_at DESC LIMIT 50"
        ),
        &[agent.into()],
    )?)
}

/// Writes the entries of an open draft.
pub fn save_draft(tx: &Tx<'_>, _permit: &Permit, draft: &Draft, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE approvals_drafts SET form_sealed = $1, sources_sealed = $2, item_version = $3,
             updated_at = $4, version = version + 1
         WHERE id = $5 AND case_no IS NULL",
        &[
            draft.form_sealed.as_slice().into(),
            draft.sources_sealed.as_slice().into(),
            draft.item_version.into(),
            now.into(),
            draft.id.into(),
        ],
    )?;
    Ok(())
}

/// Marks an open draft as submitted; who came to the window stands with the case from then on. Says whether this call
/// was the one that did it.
pub fn close_draft(tx: &Tx<'_>, _permit: &Permit, id: Id<Draft>, no: &str) -> Outcome<bool> {
    let changed = tx.run(
        "UPDATE approvals_drafts SET case_no = $1, window_sealed = NULL
         WHERE id = $2 AND case_no IS NULL",
        &[no.into(), id.into()],
    )?;
    Ok(changed == 1)
}

/// Drops an open draft.
pub fn drop_draft(tx: &Tx<'_>, _permit: &Permit, id: Id<Draft>) -> Outcome<()> {
    tx.run("DELETE FROM approvals_drafts WHERE id = $1 AND case_no IS NULL", &[id.into()])?;
    Ok(())
}

impl FromRow for Application {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            case_id: row.get("case_id")?,
            no: row.get("no")?,
            item_code: row.get("item_code")?,
            item_version: row.get("item_version")?,
            form_sealed: row.get("form_sealed")?,
            sources_sealed: row.get("sources_sealed")?,
            email_sealed: row.get("email_sealed")?,
            code_mac: row.get("code_mac")?,
            code_sealed: row.get("code_sealed")?,
            result: row.get("result")?,
            remedies: row.get("remedies")?,
            submitted_act: row.get("submitted_act")?,
            seen_event: row.get("seen_event")?,
            known_until: row.get("known_until")?,
            mandate: row.get("mandate")?,
            firm_code: row.get("firm_code")?,
            person_mark: row.get("person_mark")?,
            died_on: row.get("died_on")?,
        })
    }
}

const APPLICATION: &str = "case_id, no, item_code, item_version, form_sealed, sources_sealed, \
                           email_sealed, code_mac, code_sealed, result, remedies, submitted_act, \
                           seen_event, known_until, mandate, firm_code, person_mark, died_on \
                           FROM approvals_applications";

/// Puts an application down beside its case.
pub fn put_application(
    tx: &Tx<'_>,
    _permit: &Permit,
    application: &Application,
    number_blind: Option<&[u8]>,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO approvals_applications (case_id, no, item_code, item_version, number_blind,
             form_sealed, sources_sealed, email_sealed, code_mac, code_sealed, result, remedies,
             submitted_act, mandate, firm_code, person_mark, died_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        &[
            application.case_id.into(),
            application.no.as_str().into(),
            application.item_code.as_str().into(),
            application.item_version.into(),
            number_blind.map(<[u8]>::to_vec).into(),
            application.form_sealed.as_slice().into(),
            application.sources_sealed.as_slice().into(),
            application.email_sealed.clone().into(),
            application.code_mac.as_slice().into(),
            application.code_sealed.as_slice().into(),
            application.result.as_str().into(),
            application.remedies.as_str().into(),
            application.submitted_act.as_str().into(),
            application.mandate.into(),
            application.firm_code.as_str().into(),
            application.person_mark.clone().into(),
            application.died_on.into(),
        ],
    )?;
    Ok(())
}

/// The application of a case.
pub fn application(reader: &Reader<'_>, case: flow::CaseId) -> Outcome<Option<Application>> {
    Ok(reader.maybe(&format!("SELECT {APPLICATION} WHERE case_id = $1"), &[case.into()])?)
}

/// The applications of these cases.
pub fn applications(
    reader: &Reader<'_>,
    cases: &[CaseHead],
) -> Outcome<HashMap<CaseId, Application>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=cases.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<Value> = cases.iter().map(|case| case.id.into()).collect();
    let sql = format!("SELECT {APPLICATION} WHERE case_id IN ({})", places.join(", "));
    let rows: Vec<Application> = reader.all(&sql, &ids)?;
    Ok(rows.into_iter().map(|one| (one.case_id, one)).collect())
}

/// Up to which event the applicants of these cases have said that they know them, and until when what
/// happened is no news.
pub fn seen_events(
    reader: &Reader<'_>,
    cases: &[CaseHead],
) -> Outcome<HashMap<CaseId, (i64, Moment)>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=cases.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<Value> = cases.iter().map(|case| case.id.into()).collect();
    let sql = format!(
        "SELECT case_id, seen_event, known_until FROM approvals_applications WHERE case_id IN ({})",
        places.join(", ")
    );
    let rows: Vec<(CaseId, i64, Moment)> = reader.all(&sql, &ids)?;
    Ok(rows.into_iter().map(|(case, n, until)| (case, (n, until))).collect())
}

/// By which mandate an application was filed, and for which firm.
#[derive(Clone, Debug)]
pub struct Filed {
    /// The mandate, if one.
    pub mandate: Option<Id<Mandate>>,
    /// The credit code of the firm; empty if for none.
    pub firm_code: String,
}

/// How these cases were filed.
pub fn filed(reader: &Reader<'_>, cases: &[CaseHead]) -> Outcome<HashMap<CaseId, Filed>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=cases.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<Value> = cases.iter().map(|case| case.id.into()).collect();
    let sql = format!(
        "SELECT case_id, mandate, firm_code FROM approvals_applications WHERE case_id IN ({})",
        places.join(", ")
    );
    let rows: Vec<(CaseId, Option<Id<Mandate>>, String)> = reader.all(&sql, &ids)?;
    Ok(rows
        .into_iter()
        .map(|(case, mandate, firm_code)| (case, Filed { mandate, firm_code }))
        .collect())
}

/// Writes down up to which event an applicant knows their case; never back.
pub fn mark_seen(tx: &Tx<'_>, _permit: &Permit, case: CaseId, n: i64) -> Outcome<()> {
    tx.run(
        "UPDATE approvals_applications SET seen_event = $1 WHERE case_id = $2 AND seen_event < $1",
        &[n.into(), case.into()],
    )?;
    Ok(())
}

/// What stands in the place of an application whose content was erased: sealed like what stood there.
pub struct Blank {
    /// No entries.
    pub form: Vec<u8>,
    /// No sources.
    pub sources: Vec<u8>,
    /// No query code.
    pub code: Vec<u8>,
}

/// Erases what the applicant of a case wrote, its address and its query code, the draft that it came from, and why its
/// permit was cancelled.
/// Whoever knows the code still finds the case. Says whether there was an application.
pub fn erase_application(
    tx: &Tx<'_>,
    _permit: &Permit,
    case: &CaseHead,
    blank: &Blank,
) -> Outcome<bool> {
    let erased = tx.run(
        "UPDATE approvals_applications SET number_blind = NULL, person_mark = NULL, died_on = NULL,
             to_join = 0, form_sealed = $1, sources_sealed = $2, email_sealed = NULL, code_sealed = $3
         WHERE case_id = $4",
        &[
            blank.form.as_slice().into(),
            blank.sources.as_slice().into(),
            blank.code.as_slice().into(),
            case.id.into(),
        ],
    )?;
    tx.run("DELETE FROM approvals_drafts WHERE case_no = $1", &[case.no.as_str().into()])?;
    tx.run("UPDATE approvals_cancelled SET reason = '' WHERE case_id = $1", &[case.id.into()])?;
    Ok(erased > 0)
}
