//! A load: its lines are held against the register, staged in chunks, and count all at once, if the
//! register still stands as it did when they were held against it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base::{Day, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::Hall;
use ledger::Act;
use seal::Keys;
use seal::merkle::{Frontier, leaf_hash};
use serde_json::json;

use super::By;
use super::announce_later;
use crate::store::{self, SealedRow};
use crate::terms::{Life, Line, Load, REFUSED_MAX, Refused, Report, Stage, Tally};

/// Lines that are looked up, sealed and staged together: few enough that the writer is never held
/// for long, many enough that a load of a city takes minutes.
const CHUNK: usize = 500;
/// After so many lines those who look are told how far a comparison has come.
const TOLD_EVERY: usize = 20 * CHUNK;
/// So often a load begins again because another one came to count meanwhile. Each time somebody's
/// load was done, so this ends unless files come in without a pause.
const TRIES_MAX: usize = 20;

/// Where rows come from.
pub(crate) struct Source {
    /// `file` or `demo`.
    pub(crate) kind: &'static str,
    /// The file's name.
    pub(crate) name: String,
    /// Over the whole of it.
    pub(crate) digest: [u8; 32],
}

/// What lines say that the register does not, sealed.
struct Changes {
    /// The place of the newest load that counted before the first line was held against the register.
    base: i64,
    rows: Vec<SealedRow>,
    unchanged: u64,
}

impl Changes {
    fn counted(&self, tally: Tally) -> Tally {
        let added = self.rows.iter().filter(|row| row.is_new()).count() as u64;
        let changed = self.rows.len() as u64 - added;
        Tally { unchanged: self.unchanged, added, changed, ..tally }
    }
}

/// The Merkle root over the fingerprints of the rows, in the order of the file. The fingerprints
/// are made under a key, so that the root betrays nobody.
fn root_of(rows: &[SealedRow]) -> [u8; 32] {
    let mut frontier = Frontier::default();
    for row in rows {
        frontier.append(leaf_hash(row.mac()));
    }
    frontier.root()
}

/// A load on its way.
pub(crate) struct Loading {
    id: Id<Load>,
    by: By,
    source: Source,
    /// Whether its row is there: that of an upload is from its first byte on.
    begun: bool,
}

impl Loading {
    /// A load that begins once it turns out to say something new.
    pub(crate) fn new(hall: &Hall, by: By, source: Source) -> Self {
        Self { id: Id::mint(hall.now()), by, source, begun: false }
    }

    /// A load that has begun.
    pub(crate) fn going_on(id: Id<Load>, by: By, source: Source) -> Self {
        Self { id, by, source, begun: true }
    }

    /// Stages lines, lets them count, and puts the load on record.
    pub(crate) async fn bring_in(
        mut self,
        hall: &Arc<Hall>,
        lines: Vec<Line>,
        mut refused: Vec<Refused>,
        tally: Tally,
    ) -> Outcome<Report> {
        let lines = Arc::new(lines);
        refused.truncate(REFUSED_MAX);
        for _ in 0..TRIES_MAX {
            let changes = self.changes(hall, lines.clone()).await?;
            let (base, tally) = (changes.base, changes.counted(tally));
            let deaths = changes.rows.iter().any(SealedRow::is_untold);
            if changes.rows.is_empty()
                && let Some(before) = self.same_before(hall, base).await?
            {
                self.end_as(hall, before).await?;
                return Ok(Report { load: before, again: true, tally, refused });
            }
            self.begin(hall).await?;
            let root = root_of(&changes.rows);
            self.stage(hall, changes.rows, &refused).await?;
            if self.publish(hall, (base, deaths), tally, root).await? {
                return Ok(Report { load: self.id, again: false, tally, refused });
            }
            self.unstage(hall).await?;
        }
        let words = "这期间别的文件不断导入，这个文件没有导入";
        Err(Refusal::new(RefusalKind::Conflict, "population.overtaken", words)
            .remedy("请等别的导入结束以后再导入一次")
            .into())
    }

    async fn changes(&self, hall: &Hall, lines: Arc<Vec<Line>>) -> Outcome<Changes> {
        let (now, whole) = (hall.now(), lines.len());
        let base = hall.store.read(store::last_place).await?;
        let mut changes = Changes { base, rows: Vec::new(), unchanged: 0 };
        for from in (0..whole).step_by(CHUNK) {
            if from % TOLD_EVERY == 0 {
                self.tell(hall, Stage::Comparing, (from, whole)).await?;
            }
            let (keys, lines) = (hall.keys.clone(), lines.clone());
            let (unchanged, rows) = hall
                .store
                .read(move |reader| {
                    let chunk: Vec<&Line> = lines.iter().skip(from).take(CHUNK).collect();
                    fresh(reader, &keys, &chunk, now)
                })
                .await?;
            changes.unchanged += unchanged;
            changes.rows.extend(rows);
        }
        Ok(changes)
    }

    /// Says how far the load has come, to those who look.
    async fn tell(&self, hall: &Hall, stage: Stage, so_far: (usize, usize)) -> Outcome<()> {
        if !self.begun {
            return Ok(());
        }
        let (by, load, now) = (self.by.clone(), self.id, hall.now());
        hall.store
            .write(move |tx| store::moved(tx, &by.permit(tx)?, load, stage, so_far, now))
            .await
    }

    /// The load of the same file that counts already, if nothing came to count since `base`.
    async fn same_before(&self, hall: &Hall, base: i64) -> Outcome<Option<Id<Load>>> {
        let digest = self.source.digest;
        let same = move |reader: &::store::Reader<'_>| match store::last_place(reader)? == base {
            true => Ok(store::load_of(reader, digest)?.map(|load| load.id)),
            false => Ok(None),
        };
        hall.store.read(same).await
    }

    async fn begin(&mut self, hall: &Hall) -> Outcome<()> {
        if self.begun {
            return Ok(());
        }
        let (by, now) = (self.by.clone(), hall.now());
        let new = store::New {
            id: self.id,
            source: self.source.kind,
            name: self.source.name.clone(),
            digest: self.source.digest,
            stage: Stage::Staging,
        };
        hall.store.write(move |tx| store::begin(tx, &by.permit(tx)?, &new, now)).await?;
        self.begun = true;
        Ok(())
    }

    async fn stage(&self, hall: &Hall, rows: Vec<SealedRow>, refused: &[Refused]) -> Outcome<()> {
        let (load, now, whole) = (self.id, hall.now(), rows.len());
        let mut written = 0;
        if rows.is_empty() {
            // Nothing changes, or every line is refused: it is a load all the same, with its report.
            let by = self.by.clone();
            let moved = move |tx: &::store::Tx<'_>| {
                store::moved(tx, &by.permit(tx)?, load, Stage::Staging, (0, 0), now)
            };
            hall.store.write(moved).await?;
        }
        for chunk in rows.chunks(CHUNK) {
            written += chunk.len();
            let (by, chunk) = (self.by.clone(), chunk.to_vec());
            hall.store
                .write(move |tx| {
                    let permit = by.permit(tx)?;
                    store::stage(tx, &permit, load, &chunk, now.day())?;
                    store::moved(tx, &permit, load, Stage::Staging, (written, whole), now)
                })
                .await?;
        }
        for chunk in refused.chunks(CHUNK) {
            let (by, chunk) = (self.by.clone(), chunk.to_vec());
            hall.store
                .write(move |tx| store::keep_refused(tx, &by.permit(tx)?, load, &chunk))
                .await?;
        }
        Ok(())
    }

    /// Lets the rows count, unless another load has come to count since `base`: what was found to be
    /// new or changed might not be so any more. Says whether they count.
    /// What it says of deaths is announced by a job.
    async fn publish(
        &self,
        hall: &Hall,
        (base, deaths): (i64, bool),
        tally: Tally,
        root: [u8; 32],
    ) -> Outcome<bool> {
        let (now, by, load) = (hall.now(), self.by.clone(), self.id);
        let act = Act::new(now, "population.loaded", "load", load)
            .authority("《中华人民共和国个人信息保护法》第三十四条")
            .content(json!({
                "source": self.source.kind,
                "file": self.source.name,
                "digest": HEXLOWER.encode(&self.source.digest),
                "read": tally.read,
                "added": tally.added,
                "changed": tally.changed,
                "unchanged": tally.unchanged,
                "refused": tally.refused,
                "root": HEXLOWER.encode(&root),
            }));
        hall.write(move |tx| {
            let permit = by.permit(tx)?;
            if store::last_place(tx)? != base {
                return Ok(false);
            }
            if store::publish(tx, &permit, load, &tally, root, &act.id.to_string(), now)? {
                if deaths {
                    announce_later(tx, load, now)?;
                }
                return ledger::record(tx, permit.who(), &act).map(|()| true);
            }
            Err(Fault::said("a load that was to count is not on its way").into())
        })
        .await
    }

    /// Takes back the rows that were staged, some at a time.
    pub(crate) async fn unstage(&self, hall: &Hall) -> Outcome<()> {
        let load = self.id;
        loop {
            let by = self.by.clone();
            let more = move |tx: &::store::Tx<'_>| store::unstage(tx, &by.permit(tx)?, load, CHUNK);
            if !hall.store.write(more).await? {
                return Ok(());
            }
        }
    }

    /// Ends a load that says nothing which the same file did not say before.
    async fn end_as(&self, hall: &Hall, before: Id<Load>) -> Outcome<()> {
        if !self.begun {
            return Ok(());
        }
        let (by, load, now) = (self.by.clone(), self.id, hall.now());
        hall.store.write(move |tx| store::same(tx, &by.permit(tx)?, load, before, now)).await
    }
}

/// Of a chunk: how many lines say nothing new, and the rows of the others, sealed.
fn fresh(
    reader: &::store::Reader<'_>,
    keys: &Keys,
    chunk: &[&Line],
    now: Moment,
) -> Outcome<(u64, Vec<SealedRow>)> {
    let marks: Vec<[u8; 32]> =
        chunk.iter().map(|line| store::mark(keys, &line.resident.number)).collect();
    let standing = store::standing(reader, keys, &marks)?;
    let known: HashMap<[u8; 32], ([u8; 32], i64, Option<Day>)> = standing
        .into_iter()
        .map(|(mark, mac, version, died)| (mark, (mac, version, died)))
        .collect();
    let mut fresh = Vec::new();
    for (line, mark) in chunk.iter().zip(&marks) {
        let before = known.get(mark);
        let died_before = before.and_then(|(.., died)| *died);
        // A file without a column for deaths says nothing of them: what is known stays.
        let mut line = Cow::Borrowed(*line);
        if line.resident.life == Life::Unsaid {
            line.to_mut().resident.life = Life::known(died_before);
        }
        let same = before.is_some_and(|(mac, ..)| *mac == store::mac(keys, &line.resident));
        if !same {
            let version = before.map_or(0, |(_, version, _)| *version);
            fresh.push(store::sealed(keys, &line, (version, died_before), now));
        }
    }
    Ok(((chunk.len() - fresh.len()) as u64, fresh))
}
