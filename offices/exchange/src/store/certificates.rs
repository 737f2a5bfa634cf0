//! The certificates by which gateways signed before.

use access::Permit;
use base::{Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::Former;

const FORMER: &str = "gateway, fingerprint, der, replaced_at, until_at FROM exchange_certificates";
/// So many of one gateway are read: those that were exchanged last.
const OF_ONE_MAX: i64 = 8;
/// So many of all.
const ALL_MAX: i64 = 4_000;

impl FromRow for Former {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            gateway: row.get("gateway")?,
            fingerprint: row.get("fingerprint")?,
            der: row.get("der")?,
            replaced: row.get("replaced_at")?,
            until: row.get("until_at")?,
        })
    }
}

/// Those of one gateway, the one that was exchanged last first.
pub fn of_gateway(reader: &Reader<'_>, gateway: &str) -> Outcome<Vec<Former>> {
    Ok(reader.all(
        &format!("SELECT {FORMER} WHERE gateway = $1 ORDER BY replaced_at DESC LIMIT $2"),
        &[gateway.into(), OF_ONE_MAX.into()],
    )?)
}

/// Those of all gateways.
pub fn all(reader: &Reader<'_>) -> Outcome<Vec<Former>> {
    Ok(reader.all(
        &format!("SELECT {FORMER} ORDER BY gateway, fingerprint LIMIT $1"),
        &[ALL_MAX.into()],
    )?)
}

/// Keeps one that was exchanged; one that had been before ends anew.
pub fn put(tx: &Tx<'_>, _permit: &Permit, one: &Former) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_certificates (gateway, fingerprint, der, replaced_at, until_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (gateway, fingerprint) DO UPDATE SET replaced_at = $4, until_at = $5",
        &[
            one.gateway.as_str().into(),
            one.fingerprint.as_str().into(),
            one.der.as_slice().into(),
            one.replaced.into(),
            one.until.into(),
        ],
    )?;
    Ok(())
}

/// From now on nothing is taken in by those of a gateway; they stay for evidence.
pub fn end(tx: &Tx<'_>, _permit: &Permit, gateway: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE exchange_certificates SET until_at = $2 WHERE gateway = $1 AND until_at > $2",
        &[gateway.into(), now.into()],
    )?;
    Ok(())
}
