//! The office's own tables: security events, and how far periodic work has come.

pub mod rules;

use access::Permit;
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::Event;

const EVENT: &str = "id, rule, version, hour, concerned, account, message, basis, acts, raised_at, \
                     open, words, explained_by, explained_at FROM audit_events";

impl FromRow for Event {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let acts: String = row.get("acts")?;
        Ok(Self {
            id: row.get("id")?,
            rule: row.get("rule")?,
            version: row.get("version")?,
            hour: row.get("hour")?,
            concerned: row.get("concerned")?,
            account: row.get("account")?,
            message: row.get("message")?,
            basis: row.get("basis")?,
            acts: acts.split_whitespace().map(str::to_owned).collect(),
            raised_at: row.get("raised_at")?,
            open: row.get("open")?,
            words: row.get("words")?,
            explained_by: row.get("explained_by")?,
            explained_at: row.get("explained_at")?,
        })
    }
}

/// Puts an event down, unless the rule spoke of that person and hour before; says whether it did.
pub fn put_event(tx: &Tx<'_>, _permit: &Permit, event: &Event) -> Outcome<bool> {
    let put = tx.run(
        "INSERT INTO audit_events (id, rule, version, hour, concerned, account, message, basis,
             acts, raised_at, open, words, explained_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, '', '')
         ON CONFLICT (rule, concerned, hour) DO NOTHING",
        &[
            event.id.into(),
            event.rule.as_str().into(),
            event.version.into(),
            event.hour.into(),
            event.concerned.as_str().into(),
            event.account.clone().into(),
            event.message.as_str().into(),
            event.basis.as_str().into(),
            event.acts.join(" ").into(),
            event.raised_at.into(),
        ],
    )?;
    Ok(put > 0)
}

/// Closes an event with words.
pub fn explain(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Event>,
    words: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE audit_events SET open = 0, words = $2, explained_by = $3, explained_at = $4
         WHERE id = $1 AND open = 1",
        &[id.into(), words.into(), permit.who().name.as_str().into(), now.into()],
    )?;
    Ok(())
}

/// The event with this id.
pub fn event(reader: &Reader<'_>, id: Id<Event>) -> Outcome<Option<Event>> {
    Ok(reader.maybe(&format!("SELECT {EVENT} WHERE id = $1"), &[id.into()])?)
}

/// Open or explained events, the newest first, before an id.
pub fn events(reader: &Reader<'_>, open: bool, before: &str, limit: i64) -> Outcome<Vec<Event>> {
    Ok(reader.all(
        &format!("SELECT {EVENT} WHERE open = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
        &[open.into(), before.into(), limit.into()],
    )?)
}

/// All events that concern an account.
pub fn events_about(reader: &Reader<'_>, account: &str) -> Outcome<Vec<Id<Event>>> {
    Ok(reader.all("SELECT id FROM audit_events WHERE account = $1", &[account.into()])?)
}

/// Erases whom an event names, and what was said of them.
pub fn erase_event(tx: &Tx<'_>, _permit: &Permit, id: Id<Event>, document: &str) -> Outcome<()> {
    tx.run(
        "UPDATE audit_events SET message = $1,
             words = CASE WHEN words = '' THEN '' ELSE $1 END
         WHERE id = $2",
        &[base::erased_words(document).into(), id.into()],
    )?;
    Ok(())
}

/// How many events are open; more than 99 are counted as 100.
pub fn open_events(reader: &Reader<'_>) -> Outcome<i64> {
    let open: Vec<i64> =
        reader.all("SELECT open FROM audit_events WHERE open = 1 ORDER BY id LIMIT 100", &[])?;
    Ok(i64::try_from(open.len()).unwrap_or(100))
}

/// How far this work has come.
pub fn mark(reader: &Reader<'_>, name: &str) -> Outcome<Option<Moment>> {
    Ok(reader.maybe("SELECT at FROM audit_marks WHERE name = $1", &[name.into()])?)
}

/// Notes how far this work has come.
pub fn set_mark(tx: &Tx<'_>, _permit: &Permit, name: &str, at: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO audit_marks (name, at) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        &[name.into(), at.into()],
    )?;
    Ok(())
}
