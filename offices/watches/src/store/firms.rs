//! Firms that have ended, as the register of legal entities has announced it.

use access::Permit;
use base::{Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::EndedFirm;

const FIRM: &str = "code, status, ended, act, waits FROM watches_firms";

impl FromRow for EndedFirm {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            code: row.get("code")?,
            status: row.get("status")?,
            ended: row.get("ended")?,
            act: row.get("act")?,
            waits: row.get("waits")?,
        })
    }
}

/// Notes that a firm has ended, in the place of what was known of it.
pub fn put_firm(tx: &Tx<'_>, _permit: &Permit, firm: &EndedFirm) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_firms (code, status, ended, act, waits) VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT (code) DO UPDATE SET status = excluded.status, ended = excluded.ended, act = excluded.act",
        &[
            firm.code.as_str().into(),
            firm.status.as_str().into(),
            firm.ended.into(),
            firm.act.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Forgets the end of a firm that goes on after all.
pub fn drop_firm(tx: &Tx<'_>, _permit: &Permit, code: &str) -> Outcome<()> {
    tx.run("DELETE FROM watches_firms WHERE code = $1", &[code.into()])?;
    Ok(())
}

/// Lets what a firm holds be asked for. Says whether it is one that has ended, and no other waited.
pub fn let_wait(tx: &Tx<'_>, _permit: &Permit, code: &str, now: Moment) -> Outcome<bool> {
    let waiting: Option<String> =
        tx.maybe("SELECT code FROM watches_firms WHERE waits > 0 LIMIT 1", &[])?;
    let waits = tx.run(
        "UPDATE watches_firms SET waits = CASE WHEN waits >= $2 THEN waits + 1 ELSE $2 END WHERE code = $1",
        &[code.into(), now.into()],
    )?;
    Ok(waits > 0 && waiting.is_none())
}

/// Notes that what a firm holds was asked for, unless it was told anew meanwhile.
pub fn note_firm_held(tx: &Tx<'_>, _permit: &Permit, firm: &EndedFirm) -> Outcome<()> {
    tx.run(
        "UPDATE watches_firms SET waits = 0 WHERE code = $1 AND waits = $2",
        &[firm.code.as_str().into(), firm.waits.into()],
    )?;
    Ok(())
}

/// The firm, if it has ended.
pub fn firm(reader: &Reader<'_>, code: &str) -> Outcome<Option<EndedFirm>> {
    Ok(reader.maybe(&format!("SELECT {FIRM} WHERE code = $1"), &[code.into()])?)
}

/// Some of those that wait.
pub fn firms_waiting(reader: &Reader<'_>, limit: i64) -> Outcome<Vec<EndedFirm>> {
    let sql = format!("SELECT {FIRM} WHERE waits > 0 ORDER BY code LIMIT $1");
    Ok(reader.all(&sql, &[limit.into()])?)
}

/// Some of all that have ended, behind a code.
pub fn firms_after(reader: &Reader<'_>, after: &str, limit: i64) -> Outcome<Vec<EndedFirm>> {
    let sql = format!("SELECT {FIRM} WHERE code > $1 ORDER BY code LIMIT $2");
    Ok(reader.all(&sql, &[after.into(), limit.into()])?)
}
