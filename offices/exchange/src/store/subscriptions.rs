//! What gateways subscribe to, and how far each was given.

use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::Subscription;

const COLUMNS: &str = "id, gateway, organ, resource, purpose, fields, ask, state, words, began_at, due_at, \
                       load, heading, base, place, run, part, chain, rows, given, given_at, moves";

impl FromRow for Subscription {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let fields: String = row.get("fields")?;
        Ok(Self {
            id: row.get("id")?,
            gateway: row.get("gateway")?,
            organ: row.get("organ")?,
            resource: row.get("resource")?,
            purpose: row.get("purpose")?,
            fields: serde_json::from_str(&fields).map_err(|_| store::Error::Missing)?,
            ask: row.get("ask")?,
            state: row.get("state")?,
            words: row.get("words")?,
            began: row.get("began_at")?,
            due: row.get("due_at")?,
            load: row.get("load")?,
            heading: row.get("heading")?,
            base: row.get("base")?,
            place: row.get("place")?,
            run: row.get("run")?,
            part: row.get("part")?,
            chain: row.get("chain")?,
            rows: row.get("rows")?,
            given: row.get("given")?,
            given_at: row.get("given_at")?,
            moves: row.get("moves")?,
        })
    }
}

/// One subscription.
pub fn subscription(reader: &Reader<'_>, id: Id<Subscription>) -> Outcome<Option<Subscription>> {
    let sql = format!("SELECT {COLUMNS} FROM exchange_subscriptions WHERE id = $1");
    Ok(reader.maybe(&sql, &[id.into()])?)
}

/// The subscription of a gateway's organ to a resource, for a purpose.
pub fn named(
    reader: &Reader<'_>,
    (gateway, organ): (&str, &str),
    (resource, purpose): (&str, &str),
) -> Outcome<Option<Subscription>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {COLUMNS} FROM exchange_subscriptions
             WHERE gateway = $1 AND organ = $2 AND resource = $3 AND purpose = $4"
        ),
        &[gateway.into(), organ.into(), resource.into(), purpose.into()],
    )?)
}

/// The subscriptions of a gateway; 200 at most.
pub fn of_gateway(reader: &Reader<'_>, gateway: &str) -> Outcome<Vec<Subscription>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} FROM exchange_subscriptions
             WHERE gateway = $1 ORDER BY organ, resource, purpose LIMIT 200"
        ),
        &[gateway.into()],
    )?)
}

/// Those that are to be looked at, the first first.
pub fn due(reader: &Reader<'_>, now: Moment, limit: i64) -> Outcome<Vec<Id<Subscription>>> {
    Ok(reader.all(
        "SELECT id FROM exchange_subscriptions WHERE state = 'active' AND due_at <= $1
         ORDER BY due_at LIMIT $2",
        &[now.into(), limit.into()],
    )?)
}

/// Something of a resource has changed: its subscriptions are looked at now. Gives them.
pub fn rouse(
    tx: &Tx<'_>,
    _permit: &Permit,
    resource: &str,
    now: Moment,
) -> Outcome<Vec<Id<Subscription>>> {
    Ok(tx.all(
        "UPDATE exchange_subscriptions SET due_at = $2
         WHERE resource = $1 AND state = 'active' RETURNING id",
        &[resource.into(), now.into()],
    )?)
}

/// Puts a new one down.
pub fn put(tx: &Tx<'_>, permit: &Permit, new: &Subscription, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_subscriptions (id, gateway, organ, resource, purpose, fields, ask, state,
             words, began_at, changed_at, due_at, load, heading, base, place, run, part, chain, rows,
             given, given_at, moves)
         VALUES ($1, $2, $3, $4, $5, '[]', $6, 'active', '', $7, $7, $7, -1, 0, 0, 0, '', 0, '', 0, 0,
             NULL, $8)",
        &[
            new.id.into(),
            new.gateway.as_str().into(),
            new.organ.as_str().into(),
            new.resource.as_str().into(),
            new.purpose.as_str().into(),
            new.ask.into(),
            now.into(),
            new.moves.into(),
        ],
    )?;
    move_on(tx, permit, new, now).map(drop)
}

/// Keeps how it stands now, unless it was changed since it was read. Says whether it was kept.
pub fn move_on(tx: &Tx<'_>, _permit: &Permit, after: &Subscription, now: Moment) -> Outcome<bool> {
    let fields = serde_json::to_string(&after.fields).map_err(Fault::from)?;
    let kept = tx.run(
        "UPDATE exchange_subscriptions SET fields = $3, ask = $4, state = $5, words = $6, began_at = $7,
             changed_at = $8, due_at = $9, load = $10, heading = $11, base = $12, place = $13, run = $14,
             part = $15, chain = $16, rows = $17, given = $18, given_at = $19, moves = $2 + 1
         WHERE id = $1 AND moves = $2",
        &[
            after.id.into(),
            after.moves.into(),
            fields.into(),
            after.ask.into(),
            after.state.as_str().into(),
            after.words.as_str().into(),
            after.began.into(),
            now.into(),
            after.due.into(),
            after.load.into(),
            after.heading.into(),
            after.base.into(),
            after.place.into(),
            after.run.as_str().into(),
            after.part.into(),
            after.chain.as_str().into(),
            after.rows.into(),
            after.given.into(),
            after.given_at.into(),
        ],
    )?;
    Ok(kept > 0)
}
