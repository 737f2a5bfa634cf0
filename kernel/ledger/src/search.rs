//! Finding acts: by whom, in which organ, of which kind, on what, from where, when.
//!
//! One index leads the way, by the word that says most; the other words are compared row by row, and
//! never over more than [`LOOKED_MAX`] rows at once: the page then says how far it came, and the next
//! one goes on from there.

use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx, Value};

use crate::act::{Act, Recorded, acts_born};

/// So many rows are compared for one page at most.
pub const LOOKED_MAX: i64 = 5_000;

/// What is sought. Nothing but the time must be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// On this subject: its kind and its id.
    pub subject: Option<(String, String)>,
    /// From this address.
    pub address: Option<String>,
    /// By this account.
    pub account: Option<String>,
    /// In a post of this organ.
    pub organ: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Not before.
    pub from: Moment,
    /// Before.
    pub until: Moment,
}

impl Sought {
    /// All acts of a time.
    pub fn between(from: Moment, until: Moment) -> Self {
        Self { subject: None, address: None, account: None, organ: None, kind: None, from, until }
    }

    fn way(&self) -> Way<'_> {
        if let Some((kind, id)) = &self.subject {
            return Way::Subject(kind, id);
        }
        match (&self.address, &self.account, &self.organ, &self.kind) {
            (Some(address), ..) => Way::Address(address),
            (_, Some(account), ..) => Way::Account(account),
            (_, _, Some(organ), _) => Way::Organ(organ),
            (.., Some(kind)) => Way::Kind(kind),
            _ => Way::Time,
        }
    }

    /// How many words are said beside the time.
    fn words(&self) -> usize {
        let words = [&self.address, &self.account, &self.organ, &self.kind];
        usize::from(self.subject.is_some()) + words.iter().filter(|word| word.is_some()).count()
    }

    fn fits(&self, act: &Brief) -> bool {
        let is = |sought: &Option<String>, found: Option<&str>| {
            sought.as_deref().is_none_or(|sought| found == Some(sought))
        };
        is(&self.address, act.address.as_deref())
            && is(&self.account, act.account.as_deref())
            && is(&self.organ, Some(&act.organ))
            && is(&self.kind, Some(&act.kind))
    }
}

/// Which index leads.
enum Way<'s> {
    Subject(&'s str, &'s str),
    Address(&'s str),
    Account(&'s str),
    Organ(&'s str),
    Kind(&'s str),
    Time,
}

/// Where a page ends: pages go back in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the last act was done.
    pub at: Moment,
    /// Its order of birth.
    pub born: i64,
}

/// An act without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Order of birth.
    pub born: i64,
    /// The act's id.
    pub id: Id<Act>,
    /// When.
    pub at: Moment,
    /// `office.verb`.
    pub kind: String,
    /// What it was done to.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// Who did it.
    pub account: Option<String>,
    /// In a post of which organ; empty for citizens.
    pub organ: String,
    /// From where, while that is kept.
    pub address: Option<String>,
}

impl Brief {
    fn place(&self) -> Place {
        Place { at: self.at, born: self.born }
    }
}

impl FromRow for Brief {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            born: row.get("born")?,
            id: row.get("id")?,
            at: row.get("at")?,
            kind: row.get("kind")?,
            subject_kind: row.get("subject_kind")?,
            subject_id: row.get("subject_id")?,
            account: row.get("account")?,
            organ: row.get("organ")?,
            address: row.get("address")?,
        })
    }
}

/// One page of what was found, the newest first.
#[derive(Clone, Debug)]
pub struct Found {
    /// The acts.
    pub rows: Vec<Recorded>,
    /// Where the next page begins, if there is more to look at.
    pub next: Option<Place>,
    /// Whether the page ends because enough rows were compared, and not because it is full.
    pub cut: bool,
}

/// The acts that are sought, from a place back in time, at most `limit`.
pub fn search(
    reader: &Reader<'_>,
    sought: &Sought,
    after: Option<Place>,
    limit: usize,
) -> Outcome<Found> {
    let compares = sought.words() > 1;
    let enough = if compares { LOOKED_MAX } else { cast(limit).saturating_add(1) };
    let looked = briefs(reader, sought, after, enough)?;
    let all = looked.len();
    let last = looked.last().map(Brief::place);
    let mut fit: Vec<Brief> = looked.into_iter().filter(|act| sought.fits(act)).collect();
    let full = fit.len() > limit;
    fit.truncate(limit);
    let cut = !full && compares && cast(all) >= LOOKED_MAX;
    let next = match (full, cut) {
        (true, _) => fit.last().map(Brief::place),
        (_, true) => last,
        _ => None,
    };
    let born: Vec<i64> = fit.iter().map(|act| act.born).collect();
    let mut rows = acts_born(reader, &born)?;
    let place = |act: &Recorded| born.iter().position(|one| *one == act.born);
    rows.sort_by_key(place);
    Ok(Found { rows, next, cut })
}

/// The acts on the way to what is sought, without their words: only the word that leads is held
/// against them, and the time.
pub fn briefs(
    reader: &Reader<'_>,
    sought: &Sought,
    after: Option<Place>,
    limit: i64,
) -> Outcome<Vec<Brief>> {
    let beyond = Place { at: sought.until, born: 0 };
    // The first page begins with what was done before the end of the time, whatever its birth.
    let Place { at, born } = after.filter(|place| place.at < sought.until).unwrap_or(beyond);
    let mut params: Vec<Value> = vec![sought.from.into(), at.into(), born.into(), limit.into()];
    let led = match sought.way() {
        Way::Subject(kind, id) => {
            params.extend([kind.into(), id.into()]);
            // A subject has few acts: they are read in the order of their birth.
            let born = after.map_or(i64::MAX, |place| place.born);
            params.splice(1..3, [sought.until.into(), born.into()]);
            "subject_kind = $5 AND subject_id = $6 AND at >= $1 AND at < $2 AND born < $3
             ORDER BY born DESC"
        }
        Way::Address(address) => {
            params.push(address.into());
            "address = $5 AND at >= $1 AND (at, born) < ($2, $3) ORDER BY at DESC, born DESC"
        }
        Way::Account(account) => {
            params.push(account.into());
            "account = $5 AND at >= $1 AND (at, born) < ($2, $3) ORDER BY at DESC, born DESC"
        }
        Way::Organ(organ) => {
            params.push(organ.into());
            "organ = $5 AND organ <> '' AND at >= $1 AND (at, born) < ($2, $3)
             ORDER BY at DESC, born DESC"
        }
        Way::Kind(kind) => {
            params.push(kind.into());
            "kind = $5 AND at >= $1 AND (at, born) < ($2, $3) ORDER BY at DESC, born DESC"
        }
        Way::Time => "at >= $1 AND (at, born) < ($2, $3) ORDER BY at DESC, born DESC",
    };
    Ok(reader.all(
        &format!(
            "SELECT born, id, at, kind, subject_kind, subject_id, account, organ, address
             FROM ledger_acts WHERE {led} LIMIT $4"
        ),
        &params,
    )?)
}

/// Erases from where the acts of a time were asked for, and says of how many.
pub fn forget_addresses(tx: &Tx<'_>, from: Moment, until: Moment) -> Outcome<u64> {
    Ok(tx.run(
        "UPDATE ledger_acts SET address = NULL
         WHERE at >= $1 AND at < $2 AND address IS NOT NULL",
        &[from.into(), until.into()],
    )?)
}

fn cast(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
