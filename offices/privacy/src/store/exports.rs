//! The SQL of orders to export.

use std::collections::BTreeMap;

use access::{Permit, Proposals, Proposed};
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};
use vault::File;

use crate::terms::{Made, Order, Proposer, Stage, Wish};

/// The orders to export.
pub const EXPORTS: Proposals = Proposals {
    table: "privacy_exports",
    own: "id, export, agrees, organ, organ_name, filters, fields, purpose, ground, receiver, receiver_person, counted_rows, \
          counted_people, asked_post, asked_organ, asked_organ_name, decided_act, rows_done, people_done, \
          people, file, digest, made_act, made_at, keep_until, gone_at",
    who: "asked",
    behalf: true,
    thing: "这次导出",
    verb: "提出",
};

impl FromRow for Order {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (filters, fields): (String, String) = (row.get("filters")?, row.get("fields")?);
        let wish = Wish {
            export: row.get("export")?,
            filters: serde_json::from_str::<BTreeMap<String, String>>(&filters).unwrap_or_default(),
            columns: fields.split(',').map(str::to_owned).collect(),
            purpose: row.get("purpose")?,
            ground: row.get("ground")?,
            receiver: row.get("receiver")?,
            receiver_person: row.get("receiver_person")?,
        };
        Ok(Self {
            id: row.get("id")?,
            wish,
            agrees: row.get("agrees")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            counted_rows: row.get("counted_rows")?,
            counted_people: row.get("counted_people")?,
            proposed: Proposed::from_row(row)?,
            from: Proposer {
                post: row.get("asked_post")?,
                organ: row.get("asked_organ")?,
                organ_name: row.get("asked_organ_name")?,
            },
            answer: row.get("decided_act")?,
            stage: Stage::parse(&row.get::<String>("state")?),
            rows_done: row.get("rows_done")?,
            people_done: row.get("people_done")?,
            people: row.get("people")?,
            made: made(row)?,
            gone_at: row.get("gone_at")?,
        })
    }
}

fn made(row: &Row<'_>) -> Result<Option<Made>, store::Error> {
    let Some(file) = row.get::<Option<Id<File>>>("file")? else { return Ok(None) };
    Ok(Some(Made {
        file,
        digest: row.get("digest")?,
        act: row.get("made_act")?,
        at: row.get("made_at")?,
        until: row.get("keep_until")?,
    }))
}

/// Puts an order down.
pub fn put_export(tx: &Tx<'_>, permit: &Permit, new: &Order) -> Outcome<()> {
    let filters = serde_json::to_string(&new.wish.filters).map_err(base::Fault::from)?;
    let own = [
        ("export", new.wish.export.as_str().into()),
        ("agrees", new.agrees.as_str().into()),
        ("organ", new.organ.as_str().into()),
        ("organ_name", new.organ_name.as_str().into()),
        ("filters", filters.into()),
        ("fields", new.wish.columns.join(",").into()),
        ("purpose", new.wish.purpose.as_str().into()),
        ("ground", new.wish.ground.as_str().into()),
        ("receiver", new.wish.receiver.as_str().into()),
        ("receiver_person", new.wish.receiver_person.as_str().into()),
        ("counted_rows", new.counted_rows.into()),
        ("counted_people", new.counted_people.into()),
        ("asked_post", permit.who().post.as_str().into()),
        ("asked_organ", permit.who().organ.as_str().into()),
        ("asked_organ_name", permit.who().organ_name.as_str().into()),
    ];
    EXPORTS.put(tx, permit, (new.id, &new.proposed), &own)
}

/// The orders that an account has entered, newest first, before one of them.
pub fn exports_by(
    reader: &Reader<'_>,
    account: &str,
    before: Option<Id<Order>>,
    limit: i64,
) -> Outcome<Vec<Order>> {
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let rest = "WHERE asked_by = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    EXPORTS.all(reader, rest, &[account.into(), before.into(), limit.into()])
}

/// The orders in a state, oldest first; at most 200.
pub fn exports_in(reader: &Reader<'_>, stage: Stage) -> Outcome<Vec<Order>> {
    EXPORTS.all(reader, "WHERE state = $1 ORDER BY id LIMIT 200", &[stage.as_str().into()])
}

/// Notes how far the making of a file has come: rows, people, and how many people there are.
pub fn note_progress(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Order>,
    (rows, done, people): (i64, i64, i64),
) -> Outcome<()> {
    tx.run(
        "UPDATE privacy_exports SET rows_done = $1, people_done = $2, people = $3
         WHERE id = $4 AND state = 'agreed'",
        &[rows.into(), done.into(), people.into(), id.into()],
    )?;
    Ok(())
}

/// Notes that the file is made, if it was not before.
pub fn finish_export(tx: &Tx<'_>, _permit: &Permit, id: Id<Order>, made: &Made) -> Outcome<bool> {
    let done = tx.run(
        "UPDATE privacy_exports SET state = 'ready', file = $1, digest = $2, made_act = $3,
             made_at = $4, keep_until = $5
         WHERE id = $6 AND state = 'agreed'",
        &[
            made.file.into(),
            made.digest.as_str().into(),
            made.act.into(),
            made.at.into(),
            made.until.into(),
            id.into(),
        ],
    )?;
    Ok(done > 0)
}

/// Notes that no file is made of an order that was agreed to, if none was. An order does not go back: it passes the stage
/// of having a file, without one, in the same transaction.
pub fn end_unmade(tx: &Tx<'_>, permit: &Permit, id: Id<Order>, now: Moment) -> Outcome<bool> {
    let passed = tx.run(
        "UPDATE privacy_exports SET state = 'ready' WHERE id = $1 AND state = 'agreed'",
        &[id.into()],
    )?;
    Ok(passed > 0 && end_export(tx, permit, id, now)?)
}

/// Notes that the file was destroyed, if it stood.
pub fn end_export(tx: &Tx<'_>, _permit: &Permit, id: Id<Order>, now: Moment) -> Outcome<bool> {
    let gone = tx.run(
        "UPDATE privacy_exports SET state = 'gone', gone_at = $1 WHERE id = $2 AND state = 'ready'",
        &[now.into(), id.into()],
    )?;
    Ok(gone > 0)
}

/// Whether something is being erased by a lawful order, or was erased after this moment: what was read before may
/// hold it.
pub fn is_erasing_since(reader: &Reader<'_>, since: Moment) -> Outcome<bool> {
    let one = "SELECT id FROM privacy_erasures WHERE state = 'agreed' LIMIT 1";
    if reader.maybe::<String>(one, &[])?.is_some() {
        return Ok(true);
    }
    let done = "SELECT id FROM privacy_erasures WHERE state = 'done' AND done_at > $1 LIMIT 1";
    Ok(reader.maybe::<String>(done, &[since.into()])?.is_some())
}
