//! Messages that were taken in, and what was refused.

use access::Permit;
use base::{Id, Moment, Outcome};
use message::{Header, Message};
use store::{FromRow, Reader, Row, Tx, Value};

use super::flows::Way;
use crate::terms::{Came, Listed, Refused};

pub(super) const LISTED: &str = "id, born, kind, from_gateway, from_organ, to_gateway, to_organ, resource, purpose, \
                      reply_to, digest, bytes, came_at, expires, state, changed_at FROM exchange_messages";
/// So many names stand in one statement.
const NAMES: usize = 200;

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            born: row.get("born")?,
            kind: row.get("kind")?,
            from_gateway: row.get("from_gateway")?,
            from_organ: row.get("from_organ")?,
            to_gateway: row.get("to_gateway")?,
            to_organ: row.get("to_organ")?,
            resource: row.get("resource")?,
            purpose: row.get("purpose")?,
            reply_to: row.get("reply_to")?,
            digest: row.get("digest")?,
            bytes: row.get("bytes")?,
            came: row.get("came_at")?,
            expires: row.get("expires")?,
            state: row.get("state")?,
            changed: row.get("changed_at")?,
        })
    }
}

/// One message.
pub fn message(reader: &Reader<'_>, id: Id<Message>) -> Outcome<Option<Listed>> {
    Ok(reader.maybe(&format!("SELECT {LISTED} WHERE id = $1"), &[id.into()])?)
}

/// What was taken in in reply to a message.
pub fn replies(reader: &Reader<'_>, id: Id<Message>) -> Outcome<Vec<Listed>> {
    Ok(reader.all(
        &format!("SELECT {LISTED} WHERE reply_to = $1 ORDER BY born LIMIT 10"),
        &[id.into()],
    )?)
}

/// Of these names those that were taken in, with the digests of what has them.
pub fn known(reader: &Reader<'_>, ids: &[Id<Message>]) -> Outcome<Vec<(Id<Message>, String)>> {
    let mut found = Vec::new();
    for some in ids.chunks(NAMES) {
        let values: Vec<Value> = some.iter().map(|id| Value::from(*id)).collect();
        let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let rows: Vec<(Id<Message>, String)> = reader.all(
            &format!("SELECT id, digest FROM exchange_messages WHERE id IN ({places})"),
            &values,
        )?;
        found.extend(rows);
    }
    Ok(found)
}

/// Which list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of this gateway, as sender.
    pub from: String,
    /// Of this gateway, as receiver.
    pub to: String,
    /// In this state.
    pub state: String,
}

/// Messages, the newest first, before one.
pub fn before(
    reader: &Reader<'_>,
    sought: &Sought,
    before: &str,
    limit: i64,
) -> Outcome<Vec<Listed>> {
    let before = if before.is_empty() { "~" } else { before };
    let (mut values, mut said) = (vec![Value::from(before), limit.into()], String::new());
    for (column, value) in
        [("from_gateway", &sought.from), ("to_gateway", &sought.to), ("state", &sought.state)]
    {
        if !value.is_empty() {
            values.push(value.as_str().into());
            said.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    Ok(reader.all(
        &format!("SELECT {LISTED} WHERE born < $1{said} ORDER BY born DESC LIMIT $2"),
        &values,
    )?)
}

/// Keeps the header of a message that was taken in. Says whether it is new.
pub fn put(
    tx: &Tx<'_>,
    _permit: &Permit,
    (header, digest): (&Header, &str),
    (born, state): (Id<Came>, &str),
    now: Moment,
) -> Outcome<bool> {
    let new = tx.run(
        "INSERT INTO exchange_messages
             (id, born, kind, from_gateway, from_organ, to_gateway, to_organ, resource, purpose,
              reply_to, digest, bytes, at, came_at, expires, state, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $14)
         ON CONFLICT (id) DO NOTHING",
        &[
            header.id.into(),
            born.into(),
            header.kind.name().into(),
            header.from.gateway.as_str().into(),
            header.from.organ.as_str().into(),
            header.to.gateway.as_str().into(),
            header.to.organ.as_str().into(),
            header.resource.as_str().into(),
            header.purpose.as_str().into(),
            header.in_reply_to.into(),
            digest.into(),
            i64::try_from(header.body.bytes).unwrap_or(i64::MAX).into(),
            header.at.into(),
            now.into(),
            header.expires.into(),
            state.into(),
        ],
    )?;
    Ok(new > 0)
}

/// A message that is further than it was, and what tells how long it took.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Which.
    pub id: Id<Message>,
    /// The hash of its leaf, hex.
    pub digest: String,
    /// Between whom.
    pub way: Way,
    /// How long its body is, bytes.
    pub bytes: i64,
    /// When it came.
    pub came: Moment,
    /// When it was handed out first.
    pub delivered: Option<Moment>,
}

impl FromRow for Moved {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            digest: row.get("digest")?,
            way: Way {
                from: row.get("from_gateway")?,
                to: row.get("to_gateway")?,
                kind: row.get("kind")?,
                resource: row.get("resource")?,
            },
            bytes: row.get("bytes")?,
            came: row.get("came_at")?,
            delivered: row.get("delivered_at")?,
        })
    }
}

/// Says how far these messages are; one that is further already stays so.
pub fn set_state(
    tx: &Tx<'_>,
    _permit: &Permit,
    ids: &[Id<Message>],
    (from, to): (&[&str], &str),
    now: Moment,
) -> Outcome<Vec<Moved>> {
    // Its name and the moment stand in the statement's values already.
    let delivered = if to == "delivered" { ", delivered_at = $2" } else { "" };
    let mut changed = Vec::new();
    for some in ids.chunks(NAMES) {
        let mut values: Vec<Value> = vec![to.into(), now.into()];
        values.extend(from.iter().map(|state| Value::from(*state)));
        values.extend(some.iter().map(|id| Value::from(*id)));
        let place = |n: usize| format!("${n}");
        let states: Vec<String> = (3..3 + from.len()).map(place).collect();
        let names: Vec<String> = (3 + from.len()..3 + from.len() + some.len()).map(place).collect();
        // They are found by their names, whatever the database thinks of the index over states.
        let rows: Vec<Moved> = tx.all(
            &format!(
                "UPDATE exchange_messages SET state = $1, changed_at = $2{delivered}
                 WHERE COALESCE(state, '') IN ({}) AND id IN ({})
                 RETURNING id, digest, from_gateway, to_gateway, kind, resource, bytes, came_at,
                     delivered_at",
                states.join(", "),
                names.join(", ")
            ),
            &values,
        )?;
        changed.extend(rows);
    }
    Ok(changed)
}

impl FromRow for Refused {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            gateway: row.get("gateway")?,
            message: row.get("message")?,
            code: row.get("code")?,
            words: row.get("words")?,
            at: row.get("at")?,
        })
    }
}

/// Keeps what was refused.
pub fn put_refusal(tx: &Tx<'_>, _permit: &Permit, one: &Refused, digest: &str) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_refusals (id, gateway, message, digest, code, words, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &[
            one.id.as_str().into(),
            one.gateway.as_str().into(),
            one.message.as_str().into(),
            digest.into(),
            one.code.as_str().into(),
            one.words.as_str().into(),
            one.at.into(),
        ],
    )?;
    Ok(())
}

/// What was refused, the newest first, before one; of one gateway or of all.
pub fn refusals(
    reader: &Reader<'_>,
    gateway: &str,
    before: &str,
    limit: i64,
) -> Outcome<Vec<Refused>> {
    let before = if before.is_empty() { "~" } else { before };
    let (mut values, mut said) = (vec![Value::from(before), limit.into()], "");
    if !gateway.is_empty() {
        values.push(gateway.into());
        said = " AND gateway = $3";
    }
    Ok(reader.all(
        &format!(
            "SELECT id, gateway, message, code, words, at FROM exchange_refusals
             WHERE id < $1{said} ORDER BY id DESC LIMIT $2"
        ),
        &values,
    )?)
}
