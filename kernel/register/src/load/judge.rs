//! A chunk of lines is held against the register: what is new, what has changed, what stands twice in the file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base::{Day, Fault, Moment, Outcome};
use seal::Keys;

use super::whole::Own;
use crate::rules::{Subject, body_text, by_subject, mac, salt_and_leaf};
use crate::store::{self, Staged};
use crate::terms::{Body, Change, Entry, Ground, Lines, Refused, Register, Tally};

/// What of a chunk is new, sealed, and what became of the rest.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) rows: Vec<Staged>,
    /// By what each of them is found, as it is stored.
    pub(super) finds: Vec<Vec<Vec<u8>>>,
    pub(super) refused: Vec<Refused>,
    /// So many lines are about nobody knows whom.
    pub(super) unread: u64,
    pub(super) tally: Tally,
}

impl Judged {
    pub(super) fn count(&self, sum: &mut Tally) {
        sum.read += self.tally.read;
        sum.added += self.tally.added;
        sum.changed += self.tally.changed;
        sum.unchanged += self.tally.unchanged;
        sum.removed += self.tally.removed;
        sum.earlier += self.tally.earlier;
        sum.refused += self.tally.refused;
    }
}

/// Who stood in the lines so far, by the beginning of their marks.
#[derive(Default)]
pub(super) struct Seen {
    /// On which line first.
    first: HashMap<[u8; 16], u64>,
    /// On lines that were refused.
    refused: HashSet<[u8; 16]>,
}

impl Seen {
    /// Whether somebody stood on any line.
    pub(super) fn has(&self, mark: &[u8; 32]) -> bool {
        let short = short(mark);
        self.first.contains_key(&short) || self.refused.contains(&short)
    }
}

fn short(mark: &[u8; 32]) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(mark).for_each(|(to, byte)| *to = *byte);
    short
}

/// Against what a chunk is held.
pub(super) struct Against {
    pub(super) ground: Ground,
    pub(super) register: &'static Register,
    /// The register knows nothing yet.
    pub(super) empty: bool,
    /// The loads of the chunk's source, where others may not be taken away from.
    pub(super) own: Option<Arc<Own>>,
}

/// Judges a chunk; gives `seen` back, with what it has seen.
pub(super) async fn judge(
    against: &Against,
    chunk: Lines,
    mut seen: Seen,
) -> Outcome<(Judged, Seen)> {
    let Against { ground, register, empty, own } = against;
    let (register, own) = (*register, own.clone());
    let keys = ground.keys.clone();
    let marked = tokio::task::spawn_blocking(move || {
        let (mut judged, entries) = once(&keys, register, chunk, &mut seen);
        judged.tally.refused = judged.tally.read - entries.len() as u64;
        (judged, entries, seen)
    });
    let (judged, entries, seen) = marked.await.map_err(Fault::from)?;
    let subjects = if *empty { HashMap::new() } else { standing(ground, &entries).await? };
    let (keys, now) = (ground.keys.clone(), ground.now());
    let sealed = tokio::task::spawn_blocking(move || {
        fresh(&Judge { keys: &keys, register, own, now }, judged, entries, &subjects)
    });
    Ok((sealed.await.map_err(Fault::from)??, seen))
}

/// The lines of a chunk under their marks, without those whose subject stood on a line before.
fn once(
    keys: &Keys,
    register: &Register,
    chunk: Lines,
    seen: &mut Seen,
) -> (Judged, Vec<([u8; 32], Entry)>) {
    let mut judged = Judged { refused: chunk.refused, ..Judged::default() };
    judged.tally.read = chunk.entries.len() as u64 + chunk.refused_lines;
    judged.unread = chunk.refused_lines.saturating_sub(chunk.refused_keys.len() as u64);
    for key in &chunk.refused_keys {
        seen.refused.insert(short(&keys.mark(register.mark, key.as_bytes())));
    }
    let mut entries = Vec::with_capacity(chunk.entries.len());
    for entry in chunk.entries {
        let mark = keys.mark(register.mark, entry.key.as_bytes());
        match seen.first.get(&short(&mark)) {
            Some(first) => {
                let heading = entry.key_heading;
                let words = format!("与第 {first} 行的{heading}相同，以第 {first} 行为准");
                let (line, field) = (entry.line, heading.into());
                judged.refused.push(Refused { line, field, rule: "不重复".into(), words });
            }
            None => {
                seen.first.insert(short(&mark), entry.line);
                entries.push((mark, entry));
            }
        }
    }
    (judged, entries)
}

async fn standing(
    ground: &Ground,
    entries: &[([u8; 32], Entry)],
) -> Outcome<HashMap<[u8; 32], Subject>> {
    let marks: Arc<Vec<[u8; 32]>> = Arc::new(entries.iter().map(|(mark, _)| *mark).collect());
    let keys = ground.keys.clone();
    let rows = ground.store.read(move |reader| store::standing(reader, &keys, &marks)).await?;
    Ok(by_subject(rows))
}

struct Judge<'k> {
    keys: &'k Keys,
    register: &'static Register,
    own: Option<Arc<Own>>,
    now: Moment,
}

fn fresh(
    judge: &Judge<'_>,
    mut judged: Judged,
    entries: Vec<([u8; 32], Entry)>,
    subjects: &HashMap<[u8; 32], Subject>,
) -> Outcome<Judged> {
    let nobody = Subject::default();
    for (mark, entry) in entries {
        let subject = subjects.get(&mark).unwrap_or(&nobody);
        if entry.gone && judge.is_anothers(subject) {
            judged.tally.refused += 1;
            judged.refused.push(judge.anothers(entry.line));
            continue;
        }
        let rows = judge.rows(mark, entry, subject)?;
        let today = judge.now.day();
        let stands = |row: &Staged| subject.on(today).is_none_or(|stands| row.from >= stands.from);
        match rows.last().map(|(row, _)| row) {
            None => judged.tally.unchanged += 1,
            Some(row) => match (subject.is_there(), row.gone) {
                (false, _) => judged.tally.added += 1,
                (true, true) => judged.tally.removed += 1,
                (true, false) if stands(row) => judged.tally.changed += 1,
                (true, false) => judged.tally.earlier += 1,
            },
        }
        for (row, finds) in rows {
            judged.rows.push(row);
            judged.finds.push(finds);
        }
    }
    Ok(judged)
}

/// A row, and by what it is found.
type Found = (Staged, Vec<Vec<u8>>);

impl Judge<'_> {
    /// The rows of a line that says something new: one for the day since which it is true, and one more where the register
    /// knows of today by a row whose beginning no source has said. What is said later stands from there on, too.
    fn rows(&self, mark: [u8; 32], entry: Entry, subject: &Subject) -> Outcome<Vec<Found>> {
        let (said, today) = (entry.from, self.now.day());
        let from = said.unwrap_or(today);
        // Who was gone and is there again is so from today on: before, they were not.
        let from = if subject.is_gone() { from.max(today) } else { from };
        let version = subject.version() + 1;
        let newest = subject.on(today).filter(|stands| !stands.dated && stands.from > from);
        let again = newest.map(|stands| (stands.from, entry.clone()));
        let first = self.row(mark, entry, subject, (from, said.is_some(), version))?;
        let Some((from, entry)) = again else { return Ok(first.into_iter().collect()) };
        let version = version + i64::from(first.is_some());
        let again = self.row(mark, entry, subject, (from, false, version))?;
        Ok(first.into_iter().chain(again).collect())
    }

    /// The row of a line, if it says something new about that day.
    fn row(
        &self,
        mark: [u8; 32],
        mut entry: Entry,
        subject: &Subject,
        (from, dated, version): (Day, bool, i64),
    ) -> Outcome<Option<Found>> {
        let stands = subject.on(from);
        if stands.is_none() && entry.gone {
            return Ok(None);
        }
        let mut before = None;
        if let Some(stands) = stands.filter(|_| entry.gone || !entry.unsaid.is_empty()) {
            let body = store::opened(self.keys, &stands.body)?;
            if entry.gone {
                entry.body.clone_from(&body);
            }
            keep_unsaid(&mut entry, &body);
            before = Some(body);
        }
        let text = body_text(&entry.body);
        let name = self.register.name;
        let mac = mac(self.keys, name, &entry.key, entry.gone, &text);
        if stands.is_some_and(|stands| stands.mac == mac) {
            return Ok(None);
        }
        let mut untold = false;
        if let Some(follow) = self.register.follow {
            if let (None, Some(stands)) = (&before, stands) {
                before = Some(store::opened(self.keys, &stands.body)?);
            }
            let differs = |one: &Change| (one.differs)(before.as_ref(), Some(&entry.body));
            untold = follow.changes.iter().any(differs);
        }
        let (_, leaf) = salt_and_leaf(name, &entry.key, &text, (from, entry.gone), &mac);
        let blind = self.keys.cover(&mark);
        let finds = self.finds(&blind, &entry.body);
        let row = Staged {
            line: i64::try_from(entry.line).unwrap_or(i64::MAX),
            blind,
            body: self.keys.seal(store::bodies_context(), text.as_bytes()),
            mac,
            leaf,
            from,
            dated,
            version,
            gone: entry.gone,
            untold,
        };
        Ok(Some((row, finds)))
    }

    /// Whether somebody who would be gone stands by what another source has said last.
    fn is_anothers(&self, subject: &Subject) -> bool {
        let stands = subject.on(self.now.day()).filter(|stands| !stands.gone);
        let (Some(stands), Some(own)) = (stands, &self.own) else { return false };
        !own.iter().any(|(_, place)| *place == stands.place)
    }

    fn anothers(&self, line: u64) -> Refused {
        let (field, unit) = (self.register.key.1.into(), self.register.unit);
        let words = format!("这一{unit}的登记是别的来源最后更改的，不能由这个来源取消");
        Refused { line, field, rule: "来源".into(), words }
    }

    /// By what a row is found: the key of its subject, and what else.
    fn finds(&self, blind: &[u8], body: &Body) -> Vec<Vec<u8>> {
        let others = self.register.finds.iter().enumerate().filter_map(|(place, found)| {
            let sought = (found.of)(body)?;
            Some(self.keys.blind(&store::found(self.register, place), sought.as_bytes()))
        });
        std::iter::once(blind.to_vec()).chain(others).collect()
    }
}

/// What the source does not speak of stays as it is known.
fn keep_unsaid(entry: &mut Entry, known: &Body) {
    for field in &entry.unsaid {
        if let Some(value) = known.get(*field) {
            entry.body.insert((*field).into(), value.clone());
        }
    }
}
