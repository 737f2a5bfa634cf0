//! How an ask that is answered goes on record: as a look at whom it was about, and as one at each whom the answer names
//! besides. Each is that person's own, with an act of its own.

use base::{Id, Moment, Outcome, chance};
use data_encoding::HEXLOWER;
use ledger::{Act, Who};
use seal::Keys;
use serde_json::{Value, json};
use store::Tx;

use crate::deferrals::saying;
use crate::reads::{Look, put_look};
use crate::subjects::{mark, subject};
use crate::terms::{About, Asked, Naming};

/// An ask, as its looks tell it.
pub(crate) struct Entry<'a> {
    pub(crate) id: Id<Asked>,
    pub(crate) at: Moment,
    pub(crate) asker: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) who: &'a Who,
    pub(crate) fields: &'a [String],
    pub(crate) found: bool,
    pub(crate) ground: &'a str,
    /// In the course of which case it was asked, by its id.
    pub(crate) case: Option<&'a str>,
    /// What the acts say, but for the id of the look.
    pub(crate) said: Value,
}

/// The marks of whom a question is about and of those whom its answer names besides, each once; none where it is about
/// nobody.
pub(crate) fn marks(
    keys: &Keys,
    about: &About,
    named: Option<&Naming>,
    answer: Option<&Value>,
) -> Vec<[u8; 32]> {
    let others = named.zip(answer).map(|(named, answer)| (named.whom)(answer)).unwrap_or_default();
    let mut marks: Vec<[u8; 32]> = Vec::new();
    for one in std::iter::once(about).chain(&others).filter(|one| **one != About::Nothing) {
        let mark = mark(keys, one);
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    marks
}

/// Puts the looks of an ask on record. One is deferred where the looks at any of them are: who reads that somebody looked at
/// them because of another learns of the look at the other.
pub(crate) fn enter(
    tx: &Tx<'_>,
    keys: &Keys,
    marks: &[[u8; 32]],
    entry: &Entry<'_>,
) -> Outcome<()> {
    let in_case = entry.case.map(|id| self::mark(keys, &About::Case(id.to_owned())));
    for (place, mark) in marks.iter().enumerate() {
        let subject = subject(tx, keys, mark)?;
        let named = HEXLOWER.encode(&subject);
        let act = chance::afresh(|| Act::new(entry.at, "ask.answered", "subject", named));
        let id = if place == 0 { entry.id } else { chance::afresh(|| Id::mint(entry.at)) };
        let look = Look {
            id,
            at: entry.at,
            asker: entry.asker,
            kind: entry.kind,
            purpose: entry.purpose,
            who: entry.who,
            fields: entry.fields,
            found: entry.found,
            act: act.id,
            case: entry.case,
        };
        let others = marks.iter().filter(|other| *other != mark).copied();
        let all: Vec<[u8; 32]> = std::iter::once(*mark).chain(others).chain(in_case).collect();
        let deferral = put_look(tx, keys, (subject, &all), &look)?;
        let mut said = saying(&entry.said, deferral);
        if let Value::Object(said) = &mut said {
            said.insert("ask".into(), json!(id.to_string()));
        }
        ledger::record(tx, entry.who, &act.authority(entry.ground.to_owned()).content(said))?;
    }
    Ok(())
}
