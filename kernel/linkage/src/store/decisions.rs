//! What people have decided, and what that rules.

use access::Permit;
use base::{Fault, Moment, Outcome};
use register::Register;
use seal::Keys;
use store::{FromRow, Reader, Row, Rows, Tx, Value};

use super::members::numbered;
use crate::rules::Mark;
use crate::terms::{Decision, Verb};

/// A decision that is made.
#[derive(Clone, Debug)]
pub(crate) struct New<'a> {
    pub(crate) register: &'a str,
    pub(crate) verb: Verb,
    pub(crate) pair: i64,
    /// The identity that stays, and the other.
    pub(crate) of: (i64, i64),
    pub(crate) reason: &'a str,
    pub(crate) act: &'a str,
}

/// Puts a decision down under the number that [`numbered`] gave it.
pub(crate) fn decide(
    tx: &Tx<'_>,
    permit: &Permit,
    no: i64,
    new: &New<'_>,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO linkage_decisions (no, register, verb, pair, identity, other, at, by_name,
             reason, act, undone_at, undone_by, undone_reason, undone_act)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, '', '', '')",
        &[
            no.into(),
            new.register.into(),
            new.verb.as_str().into(),
            new.pair.into(),
            new.of.0.into(),
            new.of.1.into(),
            now.into(),
            permit.who().name.as_str().into(),
            new.reason.into(),
            new.act.into(),
        ],
    )?;
    Ok(())
}

impl FromRow for Decision {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let undone: Option<Moment> = row.get("undone_at")?;
        let undone = match undone {
            Some(at) => {
                let text = |column: &str| row.get::<String>(column);
                Some((at, text("undone_by")?, text("undone_reason")?, text("undone_act")?))
            }
            None => None,
        };
        Ok(Self {
            no: row.get("no")?,
            verb: Verb::parse(&row.get::<String>("verb")?),
            pair: row.get("pair")?,
            identity: row.get("identity")?,
            other: row.get("other")?,
            at: row.get("at")?,
            by_name: row.get("by_name")?,
            reason: row.get("reason")?,
            act: row.get("act")?,
            undone,
        })
    }
}

const DECISION: &str = "no, verb, pair, identity, other, at, by_name, reason, act, undone_at, \
                        undone_by, undone_reason, undone_act FROM linkage_decisions";

/// One decision of a register.
pub fn decision(reader: &Reader<'_>, register: &Register, no: i64) -> Outcome<Option<Decision>> {
    Ok(reader.maybe(
        &format!("SELECT {DECISION} WHERE no = $1 AND register = $2"),
        &[no.into(), register.name.into()],
    )?)
}

/// The decisions about an identity, newest first; about all of a register where none is named.
pub fn decisions_of(
    reader: &Reader<'_>,
    register: &Register,
    identity: Option<i64>,
    limit: i64,
) -> Outcome<Vec<Decision>> {
    Ok(match identity {
        Some(identity) => reader.all(
            &format!(
                "SELECT {DECISION} WHERE register = $1 AND (identity = $2 OR other = $2)
                 ORDER BY no DESC LIMIT $3"
            ),
            &[register.name.into(), identity.into(), limit.into()],
        )?,
        None => reader.all(
            &format!("SELECT {DECISION} WHERE register = $1 ORDER BY no DESC LIMIT $2"),
            &[register.name.into(), limit.into()],
        )?,
    })
}

/// Notes that a decision was taken back. Says whether it still stood.
pub(crate) fn undo(
    tx: &Tx<'_>,
    permit: &Permit,
    no: i64,
    (reason, act): (&str, &str),
    now: Moment,
) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE linkage_decisions SET undone_at = $2, undone_by = $3, undone_reason = $4,
             undone_act = $5
         WHERE no = $1 AND undone_at IS NULL",
        &[no.into(), now.into(), permit.who().name.as_str().into(), reason.into(), act.into()],
    )?;
    Ok(rows == 1)
}

/// Rules of pairs what a decision says.
pub(crate) fn rule(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, register): (&Keys, &str),
    decision: i64,
    (pairs, same): (&[(Mark, Mark)], bool),
) -> Outcome<()> {
    let first = numbered(tx, "rulings")?;
    let mut values: Vec<Value> = Vec::with_capacity(pairs.len() * COLUMNS.len());
    for (no, (one, other)) in (first..).zip(pairs) {
        values.extend([
            no.into(),
            register.into(),
            decision.into(),
            keys.cover(one).into(),
            keys.cover(other).into(),
            same.into(),
            Value::Null,
        ]);
    }
    tx.put(&Rows { table: "linkage_rulings", columns: COLUMNS, values: &values })?;
    Ok(())
}

const COLUMNS: &[&str] =
    &["no", "register", "decision", "one_blind", "other_blind", "same", "until"];

/// What a decision ruled is ruled no more.
pub(crate) fn end_rulings(
    tx: &Tx<'_>,
    _permit: &Permit,
    decision: i64,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE linkage_rulings SET until = $2 WHERE decision = $1 AND until IS NULL",
        &[decision.into(), now.into()],
    )?;
    Ok(())
}

/// A ruling: its decision, the pair, and whether it is one.
pub(crate) type Ruling = (i64, (Mark, Mark), bool);

/// So many rows are read at a time.
const PAGE: i64 = 5_000;

/// Every ruling of a register that stands.
pub(crate) fn rulings(reader: &Reader<'_>, keys: &Keys, register: &str) -> Outcome<Vec<Ruling>> {
    type Covered = (i64, i64, Vec<u8>, Vec<u8>, i64);
    let (mut all, mut after) = (Vec::new(), 0);
    let mark = |blind: &[u8]| keys.uncover(blind).map_err(Fault::from);
    loop {
        let rows: Vec<Covered> = reader.all(
            "SELECT no, decision, one_blind, other_blind, same FROM linkage_rulings
             WHERE register = $1 AND no > $2 AND until IS NULL ORDER BY no LIMIT $3",
            &[register.into(), after.into(), PAGE.into()],
        )?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.0;
        for (_, decision, one, other, same) in rows {
            all.push((decision, (mark(&one)?, mark(&other)?), same != 0));
        }
    }
}

/// A ruling that stands between an entry of one side and an entry of the other, and says this.
pub(crate) fn ruled_among(
    rulings: &[Ruling],
    (ones, others): (&[Mark], &[Mark]),
    same: bool,
) -> Option<i64> {
    let across = |(a, b): &(Mark, Mark)| {
        (ones.contains(a) && others.contains(b)) || (ones.contains(b) && others.contains(a))
    };
    let mut found = rulings.iter().filter(|(_, pair, says)| *says == same && across(pair));
    found.next().map(|(decision, ..)| *decision)
}
