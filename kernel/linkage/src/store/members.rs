//! Which entry belongs to which identity.

use access::Permit;
use base::{Fault, Moment, Outcome};
use register::Register;
use seal::Keys;
use store::{FromRow, Reader, Rows, Tx, Value};

use crate::rules::{Mark, Standing};
use crate::terms::{MEMBERS_MAX, Member, Plan};

/// A row of who belongs where.
struct Row {
    blind: Vec<u8>,
    member: Member,
}

impl FromRow for Row {
    fn from_row(row: &store::Row<'_>) -> Result<Self, store::Error> {
        let member = Member {
            no: row.get("no")?,
            identity: row.get("identity")?,
            mark: [0; 32],
            run: row.get("run")?,
            decision: row.get("decision")?,
            since: row.get("since")?,
            until: row.get("until")?,
        };
        Ok(Self { blind: row.get("entry_blind")?, member })
    }
}

impl Row {
    fn open(self, keys: &Keys) -> Outcome<Member> {
        Ok(Member { mark: keys.uncover(&self.blind).map_err(Fault::from)?, ..self.member })
    }
}

const MEMBER: &str = "no, identity, entry_blind, run, decision, since, until FROM linkage_members";

fn opened(keys: &Keys, rows: Vec<Row>) -> Outcome<Vec<Member>> {
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// The identity that an entry has; nothing of one that was never one of several.
pub fn identity_of(reader: &Reader<'_>, keys: &Keys, mark: &Mark) -> Outcome<Option<i64>> {
    Ok(standing_of(reader, keys, &[*mark])?
        .get(mark)
        .map(|(identity, _)| *identity)
        .filter(|no| *no > 0))
}

/// All that ever belonged to an identity, in the order in which it came.
pub fn members(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    identity: i64,
) -> Outcome<Vec<Member>> {
    let limit = i64::try_from(MEMBERS_MAX * 10).unwrap_or(i64::MAX);
    let rows = reader.all(
        &format!(
            "SELECT {MEMBER} WHERE register = $1 AND identity = $2 AND since IS NOT NULL
             ORDER BY no LIMIT $3"
        ),
        &[register.name.into(), identity.into(), limit.into()],
    )?;
    opened(keys, rows)
}

/// Who stands where of these entries.
pub(crate) fn standing_of(reader: &Reader<'_>, keys: &Keys, marks: &[Mark]) -> Outcome<Standing> {
    if marks.is_empty() {
        return Ok(Standing::new());
    }
    let values: Vec<Value> =
        marks.iter().flat_map(|mark| keys.covers(mark)).map(Value::from).collect();
    let of: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
    let rows = reader.all(
        &format!(
            "SELECT {MEMBER} WHERE entry_blind IN ({}) AND since IS NOT NULL AND until IS NULL",
            of.join(", ")
        ),
        &values,
    )?;
    let members = opened(keys, rows)?.into_iter();
    Ok(members.map(|one| (one.mark, (one.identity, one.no))).collect())
}

/// So many rows are read at a time.
const PAGE: i64 = 5_000;

/// Everybody who stands somewhere, in a register.
pub(crate) fn standing(reader: &Reader<'_>, keys: &Keys, register: &str) -> Outcome<Standing> {
    let (mut all, mut after) = (Standing::new(), 0);
    loop {
        let rows: Vec<Row> = reader.all(
            &format!(
                "SELECT {MEMBER} WHERE register = $1 AND no > $2 AND until IS NULL
                     AND since IS NOT NULL ORDER BY no LIMIT $3"
            ),
            &[register.into(), after.into(), PAGE.into()],
        )?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.member.no;
        let members = opened(keys, rows)?.into_iter();
        all.extend(members.map(|one| (one.mark, (one.identity, one.no))));
    }
}

/// What a decision has put where.
pub(crate) fn made_by(
    reader: &Reader<'_>,
    keys: &Keys,
    decision: i64,
) -> Outcome<Vec<(Member, i64)>> {
    struct With(Row, i64);
    impl FromRow for With {
        fn from_row(row: &store::Row<'_>) -> Result<Self, store::Error> {
            Ok(Self(Row::from_row(row)?, row.get("came_from")?))
        }
    }
    let rows: Vec<With> = reader.all(
        "SELECT m.no, m.identity, m.entry_blind, m.run, m.decision, m.since, m.until,
             COALESCE(w.identity, 0) AS came_from
         FROM linkage_members m LEFT JOIN linkage_members w ON w.no = m.was
         WHERE m.decision = $1 AND m.decision > 0 ORDER BY m.no",
        &[decision.into()],
    )?;
    rows.into_iter().map(|With(row, from)| Ok((row.open(keys)?, from))).collect()
}

/// Of a table of linkage: the number that comes next.
pub(crate) fn numbered(reader: &Reader<'_>, table: &str) -> Outcome<i64> {
    Ok(reader.one(&format!("SELECT COALESCE(MAX(no), 0) + 1 FROM linkage_{table}"), &[])?)
}

/// Puts entries where a plan says: staged by a run, which is said by no moment, or at once by a decision.
pub(crate) fn put(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, register): (&Keys, &str),
    moves: &[(Mark, (i64, i64), i64)],
    (run, decision, since): (i64, i64, Option<Moment>),
) -> Outcome<()> {
    let first = numbered(tx, "members")?;
    let mut values: Vec<Value> = Vec::with_capacity(moves.len() * COLUMNS.len());
    for (no, (mark, (_, was), to)) in (first..).zip(moves) {
        values.extend([
            no.into(),
            register.into(),
            (*to).into(),
            keys.cover(mark).into(),
            run.into(),
            decision.into(),
            (*was).into(),
            since.into(),
            Value::Null,
        ]);
        if let Some(since) = since.filter(|_| *was > 0) {
            tx.run(
                "UPDATE linkage_members SET until = $2 WHERE no = $1",
                &[(*was).into(), since.into()],
            )?;
        }
    }
    tx.put(&Rows { table: "linkage_members", columns: COLUMNS, values: &values })?;
    Ok(())
}

const COLUMNS: &[&str] =
    &["no", "register", "identity", "entry_blind", "run", "decision", "was", "since", "until"];

/// The plan of what a decision did, backwards. `None` when an entry stands elsewhere by now.
pub(crate) fn backwards(made: &[(Member, i64)], next: i64) -> Option<Plan> {
    let back = |(member, from): &(Member, i64)| {
        member.until.is_none().then_some((member.mark, (member.identity, member.no), *from))
    };
    let moves: Option<Vec<_>> = made.iter().map(back).collect();
    Some(Plan { moves: moves?, next })
}
