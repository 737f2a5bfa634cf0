//! Numbers under which another person stands than before, as the register of residents has announced it: a mark and a row.

use access::Permit;
use base::{Fault, Outcome};
use seal::Keys;
use store::{FromRow, Reader, Row, Tx};

use crate::terms::OtherPerson;

/// So many are counted before somebody sets a watch up.
const COUNTED_MAX: i64 = 10_000;

const OTHER: &str = "act, place, since, organ, named_by, person_blind FROM watches_people";

struct Covered(OtherPerson, Vec<u8>);

impl FromRow for Covered {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let other = OtherPerson {
            act: row.get("act")?,
            place: row.get("place")?,
            since: row.get("since")?,
            organ: row.get("organ")?,
            row: row.get("named_by")?,
        };
        Ok(Self(other, row.get("person_blind")?))
    }
}

/// Notes that another person stands under a number.
pub fn put_person(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, mark): (&Keys, &[u8; 32]),
    other: &OtherPerson,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_people (act, person_blind, place, since, organ, named_by)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (act) DO NOTHING",
        &[
            other.act.as_str().into(),
            keys.cover(mark).into(),
            other.place.into(),
            other.since.into(),
            other.organ.as_str().into(),
            other.row.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Forgets those who came to stand under a number behind one place and up to another. Gives who they were.
pub fn drop_people(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, mark): (&Keys, &[u8; 32]),
    (behind, upto): (i64, i64),
) -> Outcome<Vec<OtherPerson>> {
    let [now, beside] = keys.covers(mark);
    let of = "WHERE person_blind IN ($1, $2) AND place > $3 AND place <= $4";
    let values = [now.into(), beside.into(), behind.into(), upto.into()];
    let dropped: Vec<Covered> = tx.all(&format!("SELECT {OTHER} {of}"), &values)?;
    tx.run(&format!("DELETE FROM watches_people {of}"), &values)?;
    Ok(dropped.into_iter().map(|one| one.0).collect())
}

/// Some of all such numbers, behind an act, each with its mark.
pub fn people_after(
    reader: &Reader<'_>,
    keys: &Keys,
    (after, limit): (&str, i64),
) -> Outcome<Vec<(OtherPerson, [u8; 32])>> {
    let sql = format!("SELECT {OTHER} WHERE act > $1 ORDER BY act LIMIT $2");
    let found: Vec<Covered> = reader.all(&sql, &[after.into(), limit.into()])?;
    let open = |Covered(other, blind)| Ok((other, keys.uncover(&blind).map_err(Fault::from)?));
    found.into_iter().map(open).collect()
}

/// How many there are, and whether there are more that were not counted.
pub fn people(reader: &Reader<'_>) -> Outcome<(i64, bool)> {
    let many: i64 = reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (
             SELECT act FROM watches_people WHERE act > '' ORDER BY act LIMIT $1) counted",
        &[(COUNTED_MAX + 1).into()],
    )?;
    Ok((many.min(COUNTED_MAX), many > COUNTED_MAX))
}
