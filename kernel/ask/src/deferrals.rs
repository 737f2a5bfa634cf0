//! Deferrals (暂不告知): which looks the person concerned is told of afterwards (个人信息保护法 arts. 18, 35). They are
//! ordered by two people before the looks that they cover (`offices/privacy`); here stands what was ordered, by which
//! every look is judged when it is put on record.

use std::collections::HashMap;

use access::{Account, Permit};
use base::{Day, Id, Moment, Outcome};
use ledger::{Act, Who};
use seal::Keys;
use serde_json::{Value, json};
use store::{FromRow, Reader, Row, Tx};

use crate::rules::{Looker, defers, is_told};
use crate::subjects::{known_among, mark};
use crate::terms::About;

/// What was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferral {
    /// Id: of the order too.
    pub id: Id<Deferral>,
    /// The organ whose looks are told of afterwards.
    pub organ: String,
    /// Whether those of the organs below it are too.
    pub below: bool,
    /// The law it rests on.
    pub ground: String,
    /// Which organs approved it, each with the number of its document.
    pub approved: String,
    /// Everybody who had a part in ordering it: they never look under it.
    pub ordered_by: Vec<String>,
    /// From when on.
    pub from: Moment,
    /// From this moment on the looks are told.
    pub ends: Moment,
}

impl Deferral {
    /// Whether it covers looks, or keeps looks untold, at this moment.
    pub fn stands(&self, now: Moment) -> bool {
        !is_told(Some(self.ends), now)
    }

    /// The last day on which looks are not told.
    pub fn last_day(&self) -> Day {
        self.ends.plus_millis(-1).day()
    }

    /// What the person concerned reads beside a look that was told afterwards.
    pub fn words(&self) -> String {
        let Self { ground, approved, .. } = self;
        format!("当时依{ground}暂不告知，经{approved}批准，到{}为止", self.last_day().chinese())
    }
}

impl FromRow for Deferral {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let ordered_by: String = row.get("ordered_by")?;
        Ok(Self {
            id: row.get("deferral_id")?,
            organ: row.get("deferral_organ")?,
            below: row.get("below")?,
            ground: row.get("ground")?,
            approved: row.get("approved")?,
            ordered_by: ordered_by.split(',').map(str::to_owned).collect(),
            from: row.get("from_at")?,
            ends: row.get("ends_at")?,
        })
    }
}

/// The columns of a deferral `d`, by names that no column of a look has.
pub(crate) const COLUMNS: &str = "d.id AS deferral_id, d.organ AS deferral_organ, d.below, \
                                  d.ground, d.approved, d.ordered_by, d.from_at, d.ends_at";

/// A deferral to which a second person has just agreed.
#[derive(Clone, Debug)]
pub struct NewDeferral<'a> {
    /// Id.
    pub id: Id<Deferral>,
    /// The person, or the case: as [`crate::subject`] has it.
    pub subject: [u8; 32],
    /// Whose looks.
    pub organ: &'a str,
    /// Those of the organs below it too.
    pub below: bool,
    /// The law it rests on.
    pub ground: &'a str,
    /// Which organ approved it, with the number of its document.
    pub approved: &'a str,
    /// Who entered it.
    pub entered_by: &'a str,
    /// For whom they exercised the post, if for somebody.
    pub entered_for: Option<&'a str>,
    /// The first day. Never before the second has agreed: looks before that stay told.
    pub from: Day,
    /// The last day.
    pub until: Day,
}

/// From which moment on it is told what was deferred up to this day.
fn after(until: Day) -> Moment {
    until.plus(1).start()
}

/// The second person and the one whose post they exercise, with those before.
fn orderers(permit: &Permit, first: &str, first_for: Option<&str>) -> String {
    let behalf = permit.who().on_behalf.as_ref().map(|one| one.account.as_str());
    let all = [Some(first), first_for, Some(permit.account()), behalf];
    all.into_iter().flatten().collect::<Vec<_>>().join(",")
}

/// Puts a deferral down, by the permit of the second person.
pub fn defer(tx: &Tx<'_>, permit: &Permit, new: &NewDeferral<'_>, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO ask_deferrals (id, subject, organ, below, ground, approved, entered_by,
             agreed_by, ordered_by, agreed_at, from_at, ends_at, prolonged_at, told_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, NULL)",
        &[
            new.id.into(),
            new.subject.into(),
            new.organ.into(),
            new.below.into(),
            new.ground.into(),
            new.approved.into(),
            new.entered_by.into(),
            permit.account().into(),
            orderers(permit, new.entered_by, new.entered_for).into(),
            now.into(),
            new.from.start().max(now).into(),
            after(new.until).into(),
        ],
    )?;
    Ok(())
}

/// Lets a deferral that stands end later, by the permit of the second person: from the day after its last one. Says
/// whether it stood and ends later now. One that was ended early, or of whose end somebody was told, no longer ends
/// where the prolongation begins, whatever moment the decision carries.
pub fn prolong(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Deferral>,
    (from, until, approved): (Day, Day, &str),
    (entered_by, entered_for): (&str, Option<&str>),
    now: Moment,
) -> Outcome<bool> {
    let prolonged = tx.run(
        "UPDATE ask_deferrals SET ends_at = $1, approved = approved || '、' || $2,
             ordered_by = ordered_by || ',' || $3, prolonged_at = $4
         WHERE id = $5 AND ends_at > $4 AND ends_at < $1 AND ends_at = $6 AND told_at IS NULL",
        &[
            after(until).into(),
            approved.into(),
            orderers(permit, entered_by, entered_for).into(),
            now.into(),
            id.into(),
            from.start().into(),
        ],
    )?;
    Ok(prolonged > 0)
}

/// Ends a deferral now: its looks are told from this moment on. Says whether it still stood.
pub fn end_deferral(tx: &Tx<'_>, _permit: &Permit, id: Id<Deferral>, now: Moment) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE ask_deferrals SET ends_at = $1 WHERE id = $2 AND ends_at > $1",
        &[now.into(), id.into()],
    )?;
    Ok(ended > 0)
}

/// Notes that the end of a deferral was told of. Says whether it was not noted before.
pub fn note_told(tx: &Tx<'_>, _permit: &Permit, id: Id<Deferral>, now: Moment) -> Outcome<bool> {
    let told = tx.run(
        "UPDATE ask_deferrals SET told_at = $1 WHERE id = $2 AND told_at IS NULL AND ends_at <= $1",
        &[now.into(), id.into()],
    )?;
    Ok(told > 0)
}

/// The deferrals that have ended and of whose end nobody was told, the oldest first; at most 200.
pub fn ended(reader: &Reader<'_>, now: Moment) -> Outcome<Vec<Deferral>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} FROM ask_deferrals d
             WHERE d.told_at IS NULL AND d.ends_at <= $1 ORDER BY d.ends_at LIMIT 200"
        ),
        &[now.into()],
    )?)
}

/// What was ordered under these ids, and how many looks each covers: for lists, by one query each. At most a page.
pub fn deferrals(
    reader: &Reader<'_>,
    ids: &[Id<Deferral>],
) -> Outcome<HashMap<Id<Deferral>, (Deferral, i64)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let places = places.join(", ");
    let ids: Vec<store::Value> = ids.iter().map(|id| (*id).into()).collect();
    let all: Vec<Deferral> = reader
        .all(&format!("SELECT {COLUMNS} FROM ask_deferrals d WHERE d.id IN ({places})"), &ids)?;
    let counts: Vec<(Id<Deferral>, i64)> = reader.all(
        &format!(
            "SELECT deferral, CAST(COUNT(*) AS BIGINT) AS looks FROM ask_reads
             WHERE deferral IN ({places}) GROUP BY deferral"
        ),
        &ids,
    )?;
    let counts: HashMap<Id<Deferral>, i64> = counts.into_iter().collect();
    let with_count = |one: Deferral| (one.id, (counts.get(&one.id).copied().unwrap_or(0), one));
    Ok(all.into_iter().map(with_count).map(|(id, (looks, one))| (id, (one, looks))).collect())
}

struct OfAct {
    act: Id<Act>,
    deferral: Deferral,
}

impl FromRow for OfAct {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { act: row.get("act")?, deferral: Deferral::from_row(row)? })
    }
}

/// By which deferral the looks that these acts tell of were deferred; acts of which nothing was deferred are not among
/// them. Who shows acts on looks to people leaves out those whose deferral stands.
pub fn deferred_acts(reader: &Reader<'_>, acts: &[Id<Act>]) -> Outcome<HashMap<Id<Act>, Deferral>> {
    if acts.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=acts.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<store::Value> = acts.iter().map(|id| (*id).into()).collect();
    let rows: Vec<OfAct> = reader.all(
        &format!(
            "SELECT r.act, {COLUMNS} FROM ask_reads r JOIN ask_deferrals d ON d.id = r.deferral
             WHERE r.act IN ({})",
            places.join(", ")
        ),
        &ids,
    )?;
    Ok(rows.into_iter().map(|row| (row.act, row.deferral)).collect())
}

/// By which deferral a look at the subjects with these marks at this moment is told of afterwards, if by one: of several by the one
/// that ends last. The first of them is this subject.
pub(crate) fn deferring(
    tx: &Tx<'_>,
    keys: &Keys,
    (subject, marks): ([u8; 32], &[[u8; 32]]),
    who: &Who,
    at: Moment,
) -> Outcome<Option<Id<Deferral>>> {
    if who.organ.is_empty() {
        return Ok(None);
    }
    let mut standing: Vec<Deferral> = Vec::new();
    let others = known_among(tx, keys, marks.get(1..).unwrap_or_default())?;
    for subject in std::iter::once(subject).chain(others) {
        standing.extend(tx.all(
            &format!(
                "SELECT {COLUMNS} FROM ask_deferrals d WHERE d.subject = $1 AND d.ends_at > $2"
            ),
            &[subject.into(), at.into()],
        )?);
    }
    if standing.is_empty() {
        return Ok(None);
    }
    let path = access::organ_by_id(tx, &who.organ)?.map(|organ| organ.path).unwrap_or_default();
    let behalf = who.on_behalf.as_ref().map(|one| one.account.as_str());
    let accounts: Vec<&str> = who.account.as_deref().into_iter().chain(behalf).collect();
    let is_subject = is_subject(tx, keys, marks, who.account.as_deref())?;
    let looker = Looker { accounts: &accounts, organ: &who.organ, path: &path, is_subject };
    standing.retain(|one| defers(one, &looker, at));
    Ok(standing.into_iter().max_by_key(|one| one.ends).map(|one| one.id))
}

/// Whether one of these subjects is the person whose account this is.
fn is_subject(
    reader: &Reader<'_>,
    keys: &Keys,
    marks: &[[u8; 32]],
    account: Option<&str>,
) -> Outcome<bool> {
    let Some(id) = account.and_then(|id| id.parse::<Id<Account>>().ok()) else { return Ok(false) };
    let number = access::account_by_id(reader, id)?.and_then(|account| account.number(keys));
    let own = number.map(|number| mark(keys, &About::Person(number)));
    Ok(own.is_some_and(|own| marks.contains(&own)))
}

/// What an act on a look says, and by which deferral the person concerned is told of it afterwards, if by one.
pub fn saying(content: &Value, deferral: Option<Id<Deferral>>) -> Value {
    let mut content = content.clone();
    if let (Value::Object(said), Some(id)) = (&mut content, deferral) {
        said.insert("deferral".into(), json!(id.to_string()));
    }
    content
}
