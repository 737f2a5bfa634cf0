//! The SQL of what ends soon.

use access::Permit;
use base::{Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Ending, Ends};

const ENDING: &str = "kind, subject, account, holder, name, until_at FROM certificates_ending";

/// Certificates of machines that end between two moments, and in whose place none has come; 1,000 at most.
pub fn machines_ending(
    reader: &Reader<'_>,
    (from, until): (Moment, Moment),
) -> Outcome<Vec<Ending>> {
    Ok(reader.all(
        "SELECT 'machine' AS kind, serial AS subject, keeper AS account, keeper_name AS holder, name,
             until_at
         FROM certificates_issued
         WHERE until_at > $1 AND until_at < $2 AND state = 'valid' AND renewed_by IS NULL
         ORDER BY until_at LIMIT 1000",
        &[from.into(), until.into()],
    )?)
}

/// Of which threshold the holder was last told.
pub fn told_days(reader: &Reader<'_>, of: &Ending) -> Outcome<Option<i64>> {
    let told: Option<Option<i64>> = reader.maybe(
        "SELECT told_days FROM certificates_ending WHERE kind = $1 AND subject = $2",
        &[of.kind.as_str().into(), of.subject.as_str().into()],
    )?;
    Ok(told.flatten())
}

/// Puts down that a certificate ends soon, and of which threshold its holder has been told.
pub fn put_ending(
    tx: &Tx<'_>,
    _permit: &Permit,
    new: &Ending,
    told_days: Option<i64>,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO certificates_ending (kind, subject, account, holder, name, until_at, told_days,
             drawn_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (kind, subject) DO UPDATE
         SET account = excluded.account, holder = excluded.holder, name = excluded.name,
             until_at = excluded.until_at, told_days = excluded.told_days,
             drawn_at = excluded.drawn_at",
        &[
            new.kind.as_str().into(),
            new.subject.as_str().into(),
            new.account.as_str().into(),
            new.holder.as_str().into(),
            new.name.as_str().into(),
            new.until.into(),
            told_days.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Lets go of what was not drawn again at this moment: it has ended, or another came in its place.
pub fn drop_older(tx: &Tx<'_>, _permit: &Permit, now: Moment) -> Outcome<()> {
    tx.run("DELETE FROM certificates_ending WHERE drawn_at < $1", &[now.into()])?;
    Ok(())
}

/// What ends soon, the first to end before the others, after one.
pub fn endings(
    reader: &Reader<'_>,
    now: Moment,
    (until, kind, subject): (i64, &str, &str),
    limit: i64,
) -> Outcome<Vec<Ending>> {
    Ok(reader.all(
        &format!(
            "SELECT {ENDING} WHERE until_at > $1 AND (until_at, kind, subject) > ($2, $3, $4)
             ORDER BY until_at, kind, subject LIMIT $5"
        ),
        &[now.into(), until.into(), kind.into(), subject.into(), limit.into()],
    )?)
}

/// What ends soon of which this account is told; 20 at most.
pub fn endings_of(reader: &Reader<'_>, account: &str, now: Moment) -> Outcome<Vec<Ending>> {
    Ok(reader.all(
        &format!("SELECT {ENDING} WHERE account = $1 AND until_at > $2 ORDER BY until_at LIMIT 20"),
        &[account.into(), now.into()],
    )?)
}

/// How many end soon; more than 99 are counted as 100.
pub fn ending(reader: &Reader<'_>, now: Moment) -> Outcome<i64> {
    let ending: Vec<Moment> = reader.all(
        "SELECT until_at FROM certificates_ending WHERE until_at > $1 ORDER BY until_at LIMIT 100",
        &[now.into()],
    )?;
    Ok(i64::try_from(ending.len()).unwrap_or(100))
}

impl FromRow for Ending {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            kind: Ends::parse(&row.get::<String>("kind")?).unwrap_or(Ends::Machine),
            subject: row.get("subject")?,
            account: row.get("account")?,
            holder: row.get("holder")?,
            name: row.get("name")?,
            until: row.get("until_at")?,
        })
    }
}
