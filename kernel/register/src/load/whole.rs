//! A load that is all that its source has: of what that source has brought, who is not in it is gone. What other sources
//! said last of somebody stays. Before too many are gone a person is asked.

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use tokio::sync::mpsc;

use super::judge::{Judged, Seen, judge};
use super::{CHUNK, Came, Judging, Loading};
use crate::published::LEFT;
use crate::rules::{Going, Guard, by_subject};
use crate::store::{self, Walk};
use crate::terms::{By, Entry, Ground, Lines, Report};

const RULES: &str = include_str!("../../data/rules.json");
/// The code of the refusal of a load about which a person is asked.
const HELD: &str = "register.held";

/// The loads of a source that count, by number and place.
pub(super) type Own = Vec<(i64, i64)>;

/// Whom a person would let go.
pub(super) struct Asked {
    words: String,
    gone: u64,
}

impl Loading {
    /// What its source brought before, where others may not be taken away from: a resource of a department's gateway, or the
    /// files of an organ.
    pub(super) async fn own(&self, ground: &Ground) -> Outcome<Option<std::sync::Arc<Own>>> {
        if self.whole.is_none() && !matches!(self.by, By::Gateway(_)) {
            return Ok(None);
        }
        let (register, by, no) = (self.register.name, self.by.clone(), self.no);
        let own = ground.store.read(move |r| match (&by, no) {
            (By::Gateway(gateway), _) => store::own_loads(r, register, gateway),
            (By::Person(_), Some(no)) => store::loads_of_its_organ(r, register, no),
            (By::Person(_) | By::CommandLine, _) => Ok(Vec::new()),
        });
        Ok(Some(own.await?.into()))
    }

    /// What a person is asked before this load may count.
    pub(super) fn asks(&self, came: &Came, now: Moment) -> Outcome<Option<Asked>> {
        let Some(allowed) = self.whole else { return Ok(None) };
        let all: Vec<Guard> = serde_json::from_str(RULES).map_err(Fault::from)?;
        let guard = Guard::on(all, now.day());
        let guard = guard.ok_or_else(|| Fault::said("no rule says when a person is asked"))?;
        let tally = came.tally;
        let going = Going {
            gone: tally.removed,
            known: tally.removed + tally.changed + tally.earlier + tally.unchanged,
            unread: came.unread,
            allowed,
        };
        let left = came.refused.iter().find(|one| one.rule == LEFT);
        let words = guard.asks(&going, self.register.unit).map(|words| match left {
            Some(left) => format!("{words}。{}", left.words),
            None => words,
        });
        Ok(words.map(|words| Asked { words, gone: tally.removed }))
    }

    /// Takes back what was staged, and waits for a person's word.
    pub(super) async fn hold(&mut self, ground: &Ground, asked: Asked) -> Outcome<Report> {
        let no = self.begin(ground).await?;
        self.unstage(ground).await?;
        let (words, gone, now) = (asked.words.clone(), asked.gone, ground.now());
        let (right, attempt) = (self.register.right.name, self.attempt()?);
        let hold = move |tx: &::store::Tx<'_>| {
            store::demand(tx, attempt)?;
            store::hold(tx, &access::clockwork(right), no, (&words, gone), now)
        };
        ground.store.write(hold).await?;
        Err(Refusal::new(RefusalKind::Conflict, HELD, asked.words).into())
    }
}

/// Whether a load stopped because a person is asked.
pub(crate) fn is_held(stop: &base::Stop) -> bool {
    matches!(stop, base::Stop::Refused(refusal) if refusal.code == HELD)
}

impl Judging {
    /// Lets those go whom the source has brought and does not speak of any more.
    pub(super) async fn missing(
        &self,
        mut seen: Seen,
        decided: mpsc::Sender<Judged>,
    ) -> Outcome<()> {
        let own = self.own.clone().unwrap_or_default();
        for (no, place) in own.iter().copied() {
            let mut after = -1;
            while let Some((last, marks)) = self.passed((no, after), &seen).await? {
                after = last;
                let entries = self.standing_by(place, marks).await?;
                if entries.is_empty() {
                    continue;
                }
                let lines = Lines { entries, ..Lines::default() };
                let (mut judged, known) = judge(&self.against(), lines, seen).await?;
                // They are on no line.
                judged.tally.read = 0;
                seen = known;
                if decided.send(judged).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The next subjects of a load who stand on none of the lines, and how far that is.
    async fn passed(
        &self,
        (no, after): (i64, i64),
        seen: &Seen,
    ) -> Outcome<Option<(i64, Vec<[u8; 32]>)>> {
        let keys = self.ground.keys.clone();
        let some = move |r: &::store::Reader<'_>| {
            store::walk(r, &keys, (no, after), CHUNK as i64, Walk::Subjects)
        };
        let rows = self.ground.store.read(some).await?;
        let last = rows.last().map(|row| row.at);
        let missing = rows.into_iter().map(|row| row.mark).filter(|mark| !seen.has(mark));
        Ok(last.map(|last| (last, missing.collect())))
    }

    /// Those of whom the load with this place has said last what stands.
    async fn standing_by(&self, place: i64, marks: Vec<[u8; 32]>) -> Outcome<Vec<Entry>> {
        let (keys, today) = (self.ground.keys.clone(), self.ground.now().day());
        let find = move |r: &::store::Reader<'_>| store::standing(r, &keys, &marks);
        let subjects = by_subject(self.ground.store.read(find).await?);
        let stands = subjects.values().filter(|subject| subject.is_there());
        let stands = stands.filter_map(|subject| subject.on(today));
        let mut entries = Vec::new();
        for row in stands.filter(|row| row.place == place && !row.gone) {
            let body = store::opened(&self.ground.keys, &row.body)?;
            if let Some(key) = body.get(self.register.key.0) {
                entries.push(Entry::gone(self.register, 0, key.clone()));
            }
        }
        Ok(entries)
    }
}
