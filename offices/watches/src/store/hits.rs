//! What was found, beside the cases.

use access::Permit;
use base::{Fault, Moment, Outcome};
use flow::CaseId;
use store::{FromRow, Reader, Row, Tx, Value};

use super::odd;
use crate::terms::{Hit, Kind, Standing};

/// No person has more hits than these at once.
const OF_ONE_MAX: i64 = 500;

const HIT: &str = "case_id, no, watch, version, kind, list, load, line, other, facts_sealed, cause, standing, due, at, \
                   taken_back FROM watches_hits";

impl FromRow for Hit {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            case: row.get("case_id")?,
            no: row.get("no")?,
            watch: row.get("watch")?,
            version: row.get("version")?,
            kind: Kind::parse(&row.get::<String>("kind")?).ok_or_else(|| odd("kind"))?,
            list: row.get("list")?,
            load: row.get("load")?,
            line: row.get("line")?,
            other: row.get("other")?,
            facts_sealed: row.get("facts_sealed")?,
            cause: row.get("cause")?,
            standing: Standing::parse(&row.get::<String>("standing")?)
                .ok_or_else(|| odd("standing"))?,
            due: row.get("due")?,
            at: row.get("at")?,
            taken_back: row.get("taken_back")?,
        })
    }
}

/// Puts down what was found.
pub fn put_hit(tx: &Tx<'_>, _permit: &Permit, hit: &Hit, subject_blind: Vec<u8>) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_hits (case_id, no, watch, version, kind, list, load, line, subject_blind,
                                   facts_sealed, cause, standing, due, at, other)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &[
            hit.case.into(),
            hit.no.as_str().into(),
            hit.watch.into(),
            hit.version.into(),
            hit.kind.as_str().into(),
            hit.list.as_str().into(),
            hit.load.as_str().into(),
            hit.line.into(),
            subject_blind.into(),
            hit.facts_sealed.as_slice().into(),
            hit.cause.as_str().into(),
            hit.standing.as_str().into(),
            hit.due.into(),
            hit.at.into(),
            hit.other.as_str().into(),
        ],
    )?;
    Ok(())
}

/// What was found of somebody before, told by what the same is found once by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The form under which the person stands.
    pub blind: Vec<u8>,
    /// By which watch.
    pub watch: String,
    /// On which list.
    pub list: String,
    /// By what.
    pub cause: String,
    /// The case's number.
    pub no: String,
    /// When it was confirmed, if it was.
    pub confirmed: Option<Moment>,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            blind: row.get("subject_blind")?,
            watch: row.get("watch")?,
            list: row.get("list")?,
            cause: row.get("cause")?,
            no: row.get("no")?,
            confirmed: row.get("confirmed")?,
        })
    }
}

/// What was found of these people and still says something: what was withdrawn, or decided on what was taken back since, may
/// be found again.
pub fn known_of(reader: &Reader<'_>, people: &[[Vec<u8>; 2]]) -> Outcome<Vec<Known>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let forms: Vec<Value> = people.iter().flatten().map(|form| form.as_slice().into()).collect();
    let places: Vec<String> = (1..=forms.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT subject_blind, watch, list, cause, no,
             CASE WHEN standing = 'confirmed' THEN settled ELSE NULL END AS confirmed
         FROM watches_hits
         WHERE subject_blind IN ({}) AND standing <> 'withdrawn' AND taken_back IS NULL",
        places.join(", ")
    );
    Ok(reader.all(&sql, &forms)?)
}

/// The hits on one person.
pub fn hits_on(reader: &Reader<'_>, [now, beside]: [Vec<u8>; 2]) -> Outcome<Vec<Hit>> {
    let sql = format!("SELECT {HIT} WHERE subject_blind IN ($1, $2) LIMIT {OF_ONE_MAX}");
    let mut hits: Vec<Hit> = reader.all(&sql, &[now.into(), beside.into()])?;
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.case));
    Ok(hits)
}

/// Notes how a hit ended. One that has ended already is a fault: flow has judged the case before.
pub fn settle(
    tx: &Tx<'_>,
    _permit: &Permit,
    case: CaseId,
    (standing, at): (Standing, Moment),
) -> Outcome<()> {
    let settled = tx.run(
        "UPDATE watches_hits SET standing = $2, settled = $3 WHERE case_id = $1 AND standing = 'open'",
        &[case.into(), standing.as_str().into(), at.into()],
    )?;
    if settled == 1 { Ok(()) } else { Err(Fault::said("a hit was settled before its case").into()) }
}

/// Notes that the cause went away after somebody had decided.
pub fn note_taken_back(tx: &Tx<'_>, _permit: &Permit, case: CaseId, at: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE watches_hits SET taken_back = $2 WHERE case_id = $1",
        &[case.into(), at.into()],
    )?;
    Ok(())
}

/// Puts what is said now in the place of what was said when it was found.
pub fn said_otherwise(
    tx: &Tx<'_>,
    _permit: &Permit,
    case: CaseId,
    (cause, facts_sealed): (&str, &[u8]),
) -> Outcome<()> {
    tx.run(
        "UPDATE watches_hits SET cause = $2, facts_sealed = $3 WHERE case_id = $1",
        &[case.into(), cause.into(), facts_sealed.into()],
    )?;
    Ok(())
}

/// The hit whose case has this number.
pub fn hit(reader: &Reader<'_>, no: &str) -> Outcome<Option<Hit>> {
    Ok(reader.maybe(&format!("SELECT {HIT} WHERE no = $1"), &[no.into()])?)
}

/// The hits of these cases.
pub fn hits_by_ids(reader: &Reader<'_>, cases: &[CaseId]) -> Outcome<Vec<Hit>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Value> = cases.iter().map(|case| (*case).into()).collect();
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    Ok(reader.all(&format!("SELECT {HIT} WHERE case_id IN ({})", places.join(", ")), &ids)?)
}

/// Some of what is open of a file, whichever side it was on.
pub fn open_of_load(reader: &Reader<'_>, load: &str, limit: i64) -> Outcome<Vec<Hit>> {
    let of = |column: &str| {
        format!("SELECT {HIT} WHERE {column} = $1 AND standing = 'open' ORDER BY case_id LIMIT $2")
    };
    let mut hits: Vec<Hit> = reader.all(&of("load"), &[load.into(), limit.into()])?;
    let others: Vec<Hit> = reader.all(&of("other"), &[load.into(), limit.into()])?;
    let known: Vec<CaseId> = hits.iter().map(|hit| hit.case).collect();
    hits.extend(others.into_iter().filter(|hit| !known.contains(&hit.case)));
    Ok(hits)
}

/// Puts something else in the place of what was found; says whether there was a hit.
pub fn erase_hit(tx: &Tx<'_>, _permit: &Permit, case: CaseId, blank: &[u8]) -> Outcome<bool> {
    let erased = tx.run(
        "UPDATE watches_hits SET facts_sealed = $2 WHERE case_id = $1",
        &[case.into(), blank.into()],
    )?;
    Ok(erased > 0)
}
