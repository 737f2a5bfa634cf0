//! Under what the looks at a person, a firm or a case stand: 32 bytes by chance that say nothing and last. Looks, deferrals
//! and acts name a subject so, since none of them may be changed; by what it is found can be, and is, when the key of
//! look-ups is exchanged. Subjects from before there was this are named by their own mark.

use base::{Fault, Outcome};
use seal::{CoveredColumn, Keys};
use store::{Reader, Tx};

use crate::desk::SUBJECT;
use crate::terms::About;

/// The column by which a subject is found.
pub const COVERED: &[CoveredColumn] =
    &[CoveredColumn { table: "ask_subjects", key: &["subject"], column: "mark" }];

/// By what a subject is found, without saying who it is.
pub fn mark(keys: &Keys, about: &About) -> [u8; 32] {
    keys.mark(SUBJECT, about.text().as_bytes())
}

/// The subject with this mark; none if nobody has ever looked at it, nor ordered anything about it.
pub(crate) fn known(
    reader: &Reader<'_>,
    keys: &Keys,
    mark: &[u8; 32],
) -> Outcome<Option<[u8; 32]>> {
    let [now, beside] = keys.covers(mark);
    Ok(reader.maybe(
        "SELECT subject FROM ask_subjects WHERE mark IN ($1, $2)",
        &[now.into(), beside.into()],
    )?)
}

/// Which of some marks are those of subjects, as these: some few.
pub(crate) fn known_among(
    reader: &Reader<'_>,
    keys: &Keys,
    marks: &[[u8; 32]],
) -> Outcome<Vec<[u8; 32]>> {
    let forms: Vec<store::Value> =
        marks.iter().flat_map(|mark| keys.covers(mark)).map(Into::into).collect();
    if forms.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=forms.len()).map(|place| format!("${place}")).collect();
    let places = places.join(", ");
    Ok(reader.all(&format!("SELECT subject FROM ask_subjects WHERE mark IN ({places})"), &forms)?)
}

/// The subject with this mark, which is one from now on. It is drawn by chance: where an act that somebody signs names
/// it, let it be one before ([`crate::NewDeferral`]).
pub fn subject(tx: &Tx<'_>, keys: &Keys, mark: &[u8; 32]) -> Outcome<[u8; 32]> {
    if let Some(known) = known(tx, keys, mark)? {
        return Ok(known);
    }
    let mut subject = [0u8; 32];
    getrandom::fill(&mut subject).map_err(|error| Fault::said(error.to_string()))?;
    tx.run(
        "INSERT INTO ask_subjects (mark, subject) VALUES ($1, $2)",
        &[keys.cover(mark).into(), subject.into()],
    )?;
    Ok(subject)
}
