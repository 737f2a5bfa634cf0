//! Pairs that wait for a person.

use access::Permit;
use base::{Fault, Outcome};
use register::Register;
use seal::Keys;
use store::{FromRow, Reader, Row, Rows, Tx, Value};

use super::WHY;
use super::members::numbered;
use crate::rules::{Mark, Waiting};
use crate::terms::{Kind, Pair, PairState, Why};

struct Sealed {
    one: Vec<u8>,
    other: Vec<u8>,
    why: Vec<u8>,
    pair: (i64, Kind, i64, PairState, i64),
}

impl FromRow for Sealed {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let kind = Kind::parse(&row.get::<String>("kind")?).unwrap_or(Kind::Unsure);
        let state = PairState::parse(&row.get::<String>("state")?);
        Ok(Self {
            one: row.get("one_blind")?,
            other: row.get("other_blind")?,
            why: row.get("why_sealed")?,
            pair: (row.get("no")?, kind, row.get("weight")?, state, row.get("decision")?),
        })
    }
}

impl Sealed {
    fn open(self, keys: &Keys) -> Outcome<Pair> {
        let (no, kind, weight, state, decision) = self.pair;
        let plain = keys.unseal(WHY, &self.why).map_err(Fault::from)?;
        let why: Why = serde_json::from_slice(&plain).map_err(Fault::from)?;
        let mark = |blind: &[u8]| keys.uncover(blind).map_err(Fault::from);
        let marks = (mark(&self.one)?, mark(&self.other)?);
        Ok(Pair { no, kind, weight, why, state, decision, marks })
    }
}

const PAIR: &str =
    "no, one_blind, other_blind, kind, weight, why_sealed, state, decision FROM linkage_pairs";

/// One pair of a register that counts.
pub fn pair(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    no: i64,
) -> Outcome<Option<Pair>> {
    let found: Option<Sealed> = reader.maybe(
        &format!("SELECT {PAIR} WHERE no = $1 AND register = $2 AND state <> 'coming'"),
        &[no.into(), register.name.into()],
    )?;
    found.map(|sealed| sealed.open(keys)).transpose()
}

/// The pairs that wait, the weightiest first, after one of this weight and number; all, or of one kind.
pub fn open_pairs(
    reader: &Reader<'_>,
    keys: &Keys,
    (register, kind): (&Register, Option<Kind>),
    (weight, no): (i64, i64),
    limit: i64,
) -> Outcome<Vec<Pair>> {
    let mut values: Vec<Value> = vec![register.name.into(), weight.into(), no.into(), limit.into()];
    let mut narrowed = "";
    if let Some(kind) = kind {
        values.push(kind.as_str().into());
        narrowed = "AND kind = $5";
    }
    let rows: Vec<Sealed> = reader.all(
        &format!(
            "SELECT {PAIR} WHERE register = $1 AND state = 'open' {narrowed}
                 AND (weight < $2 OR (weight = $2 AND no < $3))
             ORDER BY weight DESC, no DESC LIMIT $4"
        ),
        &values,
    )?;
    rows.into_iter().map(|sealed| sealed.open(keys)).collect()
}

/// The number of the pair that comes after one of this weight and number.
pub fn next_open(
    reader: &Reader<'_>,
    register: &Register,
    (weight, no): (i64, i64),
) -> Outcome<Option<i64>> {
    Ok(reader.maybe(
        "SELECT no FROM linkage_pairs WHERE register = $1 AND state = 'open'
             AND (weight < $2 OR (weight = $2 AND no < $3))
         ORDER BY weight DESC, no DESC LIMIT 1",
        &[register.name.into(), weight.into(), no.into()],
    )?)
}

/// How many pairs wait in a register.
pub fn waiting(reader: &Reader<'_>, register: &Register) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM linkage_pairs WHERE register = $1 AND state = 'open'",
        &[register.name.into()],
    )?)
}

/// How many wait, by why they do.
pub fn waiting_by_kind(reader: &Reader<'_>, register: &Register) -> Outcome<Vec<(Kind, i64)>> {
    let rows: Vec<(String, i64)> = reader.all(
        "SELECT kind, CAST(COUNT(*) AS BIGINT) FROM linkage_pairs
         WHERE register = $1 AND state = 'open' GROUP BY kind",
        &[register.name.into()],
    )?;
    let known = rows.into_iter().filter_map(|(kind, count)| Some((Kind::parse(&kind)?, count)));
    Ok(known.collect())
}

/// So many rows are read at a time.
const PAGE: i64 = 5_000;

/// Every pair that waits in a register, without what was said of it.
pub(crate) fn every_open(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &str,
) -> Outcome<Vec<Waiting>> {
    type Brief = (i64, Vec<u8>, Vec<u8>, String, i64);
    let (mut all, mut after) = (Vec::new(), (i64::MAX, i64::MAX));
    let mark = |blind: &[u8]| keys.uncover(blind).map_err(Fault::from);
    loop {
        let rows: Vec<Brief> = reader.all(
            "SELECT no, one_blind, other_blind, kind, weight FROM linkage_pairs
             WHERE register = $1 AND state = 'open'
                 AND (weight < $2 OR (weight = $2 AND no < $3))
             ORDER BY weight DESC, no DESC LIMIT $4",
            &[register.into(), after.0.into(), after.1.into(), PAGE.into()],
        )?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = (last.4, last.0);
        for (no, one, other, kind, weight) in rows {
            let kind = Kind::parse(&kind).unwrap_or(Kind::Unsure);
            all.push(Waiting { no, pair: (mark(&one)?, mark(&other)?), kind, weight });
        }
    }
}

/// A pair that a run has found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) pair: (Mark, Mark),
    pub(crate) kind: Kind,
    pub(crate) weight: i64,
    pub(crate) why: Why,
}

/// Stages pairs of a run.
pub(crate) fn put_found(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, register): (&Keys, &str),
    run: i64,
    found: &[Found],
) -> Outcome<()> {
    let first = numbered(tx, "pairs")?;
    let mut values: Vec<Value> = Vec::with_capacity(found.len() * COLUMNS.len());
    for (no, one) in (first..).zip(found) {
        let why = serde_json::to_vec(&one.why).map_err(Fault::from)?;
        values.extend([
            no.into(),
            register.into(),
            run.into(),
            keys.cover(&one.pair.0).into(),
            keys.cover(&one.pair.1).into(),
            one.kind.as_str().into(),
            one.weight.into(),
            keys.seal(WHY, &why).into(),
            "coming".into(),
            0i64.into(),
            0i64.into(),
        ]);
    }
    tx.put(&Rows { table: "linkage_pairs", columns: COLUMNS, values: &values })?;
    Ok(())
}

const COLUMNS: &[&str] = &[
    "no",
    "register",
    "run",
    "one_blind",
    "other_blind",
    "kind",
    "weight",
    "why_sealed",
    "state",
    "decision",
    "closing",
];

/// Notes that these pairs are closed once a run counts.
pub(crate) fn closing(tx: &Tx<'_>, _permit: &Permit, run: i64, pairs: &[i64]) -> Outcome<()> {
    for no in pairs {
        tx.run("UPDATE linkage_pairs SET closing = $2 WHERE no = $1", &[(*no).into(), run.into()])?;
    }
    Ok(())
}

/// A person has judged a pair that waited. Says whether it still did.
pub(crate) fn judge(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    (same, decision): (bool, i64),
) -> Outcome<bool> {
    let state = if same { "same" } else { "different" };
    let rows = tx.run(
        "UPDATE linkage_pairs SET state = $2, decision = $3 WHERE no = $1 AND state = 'open'",
        &[no.into(), state.into(), decision.into()],
    )?;
    Ok(rows == 1)
}

/// The pairs that wait among these entries, by number.
pub(crate) fn among(
    reader: &Reader<'_>,
    keys: &Keys,
    marks: &[Mark],
) -> Outcome<Vec<(i64, (Mark, Mark))>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<Value> =
        marks.iter().flat_map(|mark| keys.covers(mark)).map(Value::from).collect();
    let of: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = reader.all(
        &format!(
            "SELECT no, one_blind, other_blind FROM linkage_pairs
             WHERE state = 'open' AND one_blind IN ({})",
            of.join(", ")
        ),
        &values,
    )?;
    let mark = |blind: &[u8]| keys.uncover(blind).map_err(Fault::from);
    let mut found = Vec::new();
    for (no, one, other) in rows {
        let pair = (mark(&one)?, mark(&other)?);
        if marks.contains(&pair.1) {
            found.push((no, pair));
        }
    }
    Ok(found)
}

/// A decision has settled a pair on its way: nobody is asked about it any more.
pub(crate) fn settle(tx: &Tx<'_>, _permit: &Permit, no: i64, decision: i64) -> Outcome<()> {
    tx.run(
        "UPDATE linkage_pairs SET state = 'closed', decision = $2
         WHERE no = $1 AND state = 'open'",
        &[no.into(), decision.into()],
    )?;
    Ok(())
}

/// The pairs that a decision has settled, which was taken back, wait again.
pub(crate) fn reopen(tx: &Tx<'_>, _permit: &Permit, decision: i64) -> Outcome<()> {
    tx.run(
        "UPDATE linkage_pairs SET state = 'open', decision = 0
         WHERE decision = $1 AND decision > 0",
        &[decision.into()],
    )?;
    Ok(())
}
