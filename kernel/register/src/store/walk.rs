//! Going through all that a register knows, row by row. The rows of a load never change, so that what is read in pages is
//! one picture however long it takes.

use base::{Day, Fault, Outcome};
use seal::Keys;
use store::{FromRow, Reader, Row};

use super::rows::{opened, standing};
use crate::rules::by_subject;
use crate::terms::{Body, Register};

/// A row that is passed.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its place in the load.
    pub at: i64,
    /// The mark under which its subject is found.
    pub mark: [u8; 32],
    /// Since when it is true.
    pub from: Day,
    /// The subject is in the register no more.
    pub gone: bool,
    /// What it says, sealed; nothing where that was not asked for.
    sealed: Vec<u8>,
}

impl Passed {
    /// What it says.
    pub fn body(&self, keys: &Keys) -> Outcome<Body> {
        opened(keys, &self.sealed)
    }
}

struct Covered(Vec<u8>, Passed);

impl FromRow for Covered {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let passed = Passed {
            at: row.get("at")?,
            mark: [0; 32],
            from: row.get("valid_from")?,
            gone: row.get::<i64>("gone")? != 0,
            sealed: row.get("sealed")?,
        };
        Ok(Self(row.get("key_blind")?, passed))
    }
}

/// How a load is walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Whom its rows are about.
    Subjects,
    /// What they say, too.
    Bodies,
}

/// Rows of a load by its number, in their order, after place `after` (0 and more; -1 for the first).
pub fn walk(
    reader: &Reader<'_>,
    keys: &Keys,
    (no, after): (i64, i64),
    limit: i64,
    what: Walk,
) -> Outcome<Vec<Passed>> {
    let sealed = match what {
        Walk::Subjects => "key_blind AS sealed",
        Walk::Bodies => "body_sealed AS sealed",
    };
    let rows: Vec<Covered> = reader.all(
        &format!(
            "SELECT at, key_blind, valid_from, gone, {sealed} FROM register_rows
             WHERE load = $1 AND at > $2 ORDER BY at LIMIT $3"
        ),
        &[no.into(), after.into(), limit.into()],
    )?;
    let open = |Covered(blind, passed): Covered| {
        Ok(Passed { mark: keys.uncover(&blind).map_err(Fault::from)?, ..passed })
    };
    rows.into_iter().map(open).collect()
}

/// The loads of a register that count, by number and place, in the order of their places.
pub fn counting(reader: &Reader<'_>, register: &str) -> Outcome<Vec<(i64, i64)>> {
    Ok(reader.all(
        "SELECT no, place FROM register_loads
         WHERE register = $1 AND place > 0 AND state = 'published' ORDER BY place",
        &[register.into()],
    )?)
}

/// The loads that have come to count or were undone since a register had moved so often, by number.
pub fn moved_since(reader: &Reader<'_>, register: &str, moves: i64) -> Outcome<Vec<i64>> {
    Ok(reader.all(
        "SELECT no FROM register_loads WHERE register = $1 AND place > 0 AND moves > $2 ORDER BY place",
        &[register.into(), moves.into()],
    )?)
}

/// What stands for these subjects on a day, each with its mark. Of who is in the register no more nothing is said.
pub fn standing_of(
    reader: &Reader<'_>,
    keys: &Keys,
    marks: &[[u8; 32]],
    on: Day,
) -> Outcome<Vec<([u8; 32], Body)>> {
    let subjects = by_subject(standing(reader, keys, marks)?);
    let mut found = Vec::with_capacity(marks.len());
    for mark in marks {
        let row = subjects.get(mark).and_then(|subject| subject.on(on));
        if let Some(row) = row.filter(|row| !row.gone) {
            found.push((*mark, opened(keys, &row.body)?));
        }
    }
    Ok(found)
}

/// The mark under which a subject is found.
pub fn mark(keys: &Keys, register: &Register, key: &str) -> [u8; 32] {
    keys.mark(register.mark, key.as_bytes())
}
