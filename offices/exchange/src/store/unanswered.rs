//! Asks that were taken and never answered.

use access::Permit;
use base::{Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use super::messages::LISTED;
use crate::terms::{Listed, Unanswered};

/// Asks that another gateway took, whose time was over by `until`, and that nobody has answered: after one, in the order in
/// which their time ends.
pub fn late(
    reader: &Reader<'_>,
    (after, id): (Moment, &str),
    until: Moment,
    limit: i64,
) -> Outcome<Vec<Listed>> {
    // Not by the index over states, which most messages share: those whose time ends in this span are few.
    Ok(reader.all(
        &format!(
            "SELECT {LISTED} m WHERE kind = 'ask' AND to_gateway <> 'centre'
                 AND expires >= $1 AND (expires > $1 OR id > $2) AND expires <= $3
                 AND COALESCE(state, '') = 'acknowledged'
                 AND NOT EXISTS (SELECT 1 FROM exchange_messages r WHERE r.reply_to = m.id)
             ORDER BY expires, id LIMIT $4"
        ),
        &[after.into(), id.into(), until.into(), limit.into()],
    )?)
}

/// Notes that an ask was not answered.
pub fn put(tx: &Tx<'_>, _permit: &Permit, ask: &Listed, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_unanswered (ask, gateway, from_organ, resource, expired, at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (ask) DO NOTHING",
        &[
            ask.id.into(),
            ask.to_gateway.as_str().into(),
            ask.from_organ.as_str().into(),
            ask.resource.as_str().into(),
            ask.expires.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Each gateway that has left asks unanswered since then, and how many.
pub fn since(reader: &Reader<'_>, then: Moment) -> Outcome<Vec<(String, i64)>> {
    let mut counts: Vec<(String, i64)> = reader.all(
        "SELECT g.name, (SELECT CAST(COUNT(*) AS BIGINT) FROM exchange_unanswered u
                         WHERE u.gateway = g.name AND u.at > $1) AS many
         FROM exchange_gateways g ORDER BY g.name LIMIT 2000",
        &[then.into()],
    )?;
    counts.retain(|(_, many)| *many > 0);
    Ok(counts)
}

impl FromRow for Unanswered {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            ask: row.get("ask")?,
            from_organ: row.get("from_organ")?,
            resource: row.get("resource")?,
            expired: row.get("expired")?,
        })
    }
}

/// The asks that a gateway left unanswered, the last first.
pub fn of_gateway(reader: &Reader<'_>, gateway: &str, limit: i64) -> Outcome<Vec<Unanswered>> {
    Ok(reader.all(
        "SELECT ask, from_organ, resource, expired FROM exchange_unanswered WHERE gateway = $1
         ORDER BY at DESC, ask DESC LIMIT $2",
        &[gateway.into(), limit.into()],
    )?)
}

/// Takes away what was noted before then.
pub fn forget(tx: &Tx<'_>, _permit: &Permit, before: Moment) -> Outcome<()> {
    tx.run("DELETE FROM exchange_unanswered WHERE at < $1", &[before.into()])?;
    Ok(())
}
