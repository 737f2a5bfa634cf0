//! A load: its lines are held against the register, staged in chunks, and count all at once, if the register still
//! stands as it did when they were held against it. Three things go on at the same time: lines are read and checked,
//! the chunk before them is held against the register and sealed, the one before that is written.

mod judge;
mod undo;
mod whole;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;

use access::Permit;
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use data_encoding::HEXLOWER;
use ledger::Act;
use ledger::jobs::{self, Lane};
use seal::merkle::{self, Hash};
use serde_json::json;
use tokio::sync::mpsc;

use crate::store::{self, Attempt, Find, Published};
use crate::terms::{
    By, Ground, Lines, Load, REFUSED_MAX, Refused, Register, Report, Source, Stage, Tally,
};
use crate::unstage::unstage;
use crate::upload::end_as_refused;
use judge::{Against, Judged, Seen, judge};
use whole::Own;

pub use undo::{Undone, undo};
pub(crate) use whole::is_held;

/// Lines that are looked up, sealed and staged together: few enough that the writer is never held for long, many enough
/// that a load of a city takes a minute.
const CHUNK: usize = 4_000;
/// Chunks that wait to be held against the register,
const WAITING: usize = 2;
/// and, sealed, to be written: what is sealed goes on while a run of finds is written.
const SEALED_WAITING: usize = 40;
/// After so many chunks those who look are told how far a load has come.
const TOLD_EVERY: usize = 5;
/// By what so many rows are found is sorted and written together: the index is swept once for each such run.
const RUN: usize = 750_000;
/// So many of them are written in a transaction, which holds the writer for as long as a chunk does.
const FINDS: usize = 16_000;
/// Tiles of the tree over a load that are written together.
const TILES: usize = 64;
/// So often a load begins again because another one came to count meanwhile. Each time somebody's load was done, so this
/// ends unless files come in without a pause.
const TRIES_MAX: usize = 20;

/// A load on its way.
pub struct Loading {
    register: &'static Register,
    id: Id<Load>,
    by: By,
    source: Source,
    /// Its number, once its row is there: that of an upload is from its first byte on.
    no: Option<i64>,
    /// It is all that its source has, and so many may go by it without asking a person.
    whole: Option<u64>,
    /// Who is at it: another may have been before, and one may come after.
    attempt: i64,
}

/// What came of the lines of a source.
#[derive(Default)]
struct Came {
    tally: Tally,
    refused: Vec<Refused>,
    leaves: Vec<Hash>,
    untold: bool,
    /// So many lines are about nobody knows whom.
    unread: u64,
    /// By what rows are found that are written already.
    finds: Vec<Find>,
}

impl Loading {
    /// A load that begins once it turns out to say something new.
    pub fn new(ground: &Ground, register: &'static Register, by: By, source: Source) -> Self {
        Self { register, id: Id::mint(ground.now()), by, source, no: None, whole: None, attempt: 0 }
    }

    /// A load that has begun, with this number.
    pub fn going_on(
        register: &'static Register,
        (id, no): (Id<Load>, i64),
        by: By,
        source: Source,
    ) -> Self {
        Self { register, id, by, source, no: Some(no), whole: None, attempt: 0 }
    }

    /// All that its source has: of what that brought before, who is not in it is gone. So many may go without asking a
    /// person.
    #[must_use]
    pub fn whole(self, allowed: u64) -> Self {
        Self { whole: Some(allowed), ..self }
    }

    /// Reads the source, stages what is new, lets it count, and puts the load on record. Of a source that turns out not to
    /// be one, the load says so and nothing else is left; of one by which too many would be gone, a person is asked. One
    /// that another takes up meanwhile is that one's.
    pub async fn bring_in(mut self, ground: &Ground) -> Outcome<Report> {
        self.take_up(ground).await?;
        let outcome = self.try_in(ground).await;
        if let (Err(stop), Some(no)) = (&outcome, self.no)
            && let Some(refusal) = ends(stop)
        {
            self.unstage(ground).await?;
            end_as_refused(ground, self.register, (no, &self.by), refusal).await?;
        }
        outcome
    }

    /// Goes on with a load that has begun: from here on, whoever was at it before writes nothing of it any more.
    async fn take_up(&mut self, ground: &Ground) -> Outcome<()> {
        let Some(no) = self.no else { return Ok(()) };
        let right = self.register.right.name;
        let take = move |tx: &::store::Tx<'_>| store::take_up(tx, &access::clockwork(right), no);
        let taken = ground.store.write(take).await?;
        let taken = taken.ok_or_else(|| {
            let words = "这次导入已经结束";
            Refusal::new(RefusalKind::Conflict, "register.taken_over", words)
        })?;
        self.attempt = taken.number;
        Ok(())
    }

    /// Writes something of the load, while this is who is at it.
    async fn change(
        &self,
        ground: &Ground,
        change: impl Fn(&::store::Tx<'_>, &Permit) -> Outcome<()> + Send + Sync + 'static,
    ) -> Outcome<()> {
        let (by, register, attempt) = (self.by.clone(), self.register, self.attempt()?);
        let write = move |tx: &::store::Tx<'_>| {
            let permit = by.permit(tx, register)?;
            store::demand(tx, attempt)?;
            change(tx, &permit)
        };
        ground.store.write(write).await
    }

    fn attempt(&self) -> Outcome<Attempt> {
        let no = self.no.ok_or_else(|| Fault::said("a load has not begun"))?;
        Ok(Attempt { no, number: self.attempt })
    }

    async fn try_in(&mut self, ground: &Ground) -> Outcome<Report> {
        for _ in 0..TRIES_MAX {
            self.unstage(ground).await?;
            let register = self.register.name;
            let moves = ground.store.read(move |r| store::moves(r, register)).await?;
            let came = self.stage(ground, moves == 0).await?;
            if let Some(asked) = self.asks(&came, ground.now())? {
                return self.hold(ground, asked).await;
            }
            let nothing_new = came.leaves.is_empty();
            if nothing_new && let Some(before) = self.same_before(ground, moves).await? {
                self.end_as(ground, before).await?;
                let (tally, refused) = (came.tally, came.refused);
                return Ok(Report { load: before, again: true, tally, refused });
            }
            if let Some(report) = self.publish(ground, moves, came).await? {
                return Ok(report);
            }
        }
        let words = "这期间别的文件不断导入，这个文件没有导入";
        Err(Refusal::new(RefusalKind::Conflict, "register.overtaken", words)
            .remedy("请等别的导入结束以后再导入一次")
            .into())
    }

    /// Stages what the source says that the register does not.
    async fn stage(&mut self, ground: &Ground, empty: bool) -> Outcome<Came> {
        let (read, lines) = mpsc::channel(WAITING);
        let source = self.source.clone();
        let ended = Arc::new(AtomicBool::new(false));
        let reached = ended.clone();
        let reader = tokio::task::spawn_blocking(move || -> Outcome<()> {
            let mut reading = (source.open)()?;
            while let Some(lines) = reading.next(CHUNK)? {
                if read.blocking_send(lines).is_err() {
                    return Ok(());
                }
            }
            reached.store(true, SeqCst);
            Ok(())
        });
        let (decided, judged) = mpsc::channel(SEALED_WAITING);
        let judging = Judging {
            ground: ground.clone(),
            register: self.register,
            empty,
            own: self.own(ground).await?,
            whole: self.whole.is_some(),
            ended,
        };
        let judge = tokio::spawn(judging.all(lines, decided));
        let written = self.write(ground, judged).await;
        // Whoever sends stops once nobody takes: nothing is left running.
        let judged = judge.await.map_err(Fault::from)?;
        let read = reader.await.map_err(Fault::from)?;
        read.and(judged).and(written)
    }

    async fn write(
        &mut self,
        ground: &Ground,
        mut judged: mpsc::Receiver<Judged>,
    ) -> Outcome<Came> {
        let mut came = Came::default();
        let mut chunks = 0usize;
        while let Some(chunk) = judged.recv().await {
            chunk.count(&mut came.tally);
            came.unread += chunk.unread;
            came.untold |= chunk.rows.iter().any(|row| row.untold);
            let room = REFUSED_MAX.saturating_sub(came.refused.len());
            came.refused.extend(chunk.refused.into_iter().take(room));
            if chunks.is_multiple_of(TOLD_EVERY) {
                self.tell(ground, usize::try_from(came.tally.read).unwrap_or(usize::MAX)).await?;
            }
            chunks += 1;
            if chunk.rows.is_empty() {
                continue;
            }
            let no = self.begin(ground).await?;
            let first = i64::try_from(came.leaves.len()).unwrap_or(i64::MAX);
            came.leaves.extend(chunk.rows.iter().map(|row| row.leaf));
            for (finds, at) in chunk.finds.into_iter().zip(first..) {
                came.finds.extend(finds.into_iter().map(|blind| Find { blind, at }));
            }
            let keys = ground.keys.clone();
            self.change(ground, move |tx, permit| {
                store::stage(tx, permit, &keys, (no, first), &chunk.rows)
            })
            .await?;
            if came.finds.len() >= RUN {
                self.find(ground, &mut came).await?;
            }
        }
        self.find(ground, &mut came).await?;
        Ok(came)
    }

    /// Lets the rows that were written be found, in the order of the index.
    async fn find(&mut self, ground: &Ground, came: &mut Came) -> Outcome<()> {
        let mut finds = std::mem::take(&mut came.finds);
        if finds.is_empty() {
            return Ok(());
        }
        let no = self.begin(ground).await?;
        let sorted = tokio::task::spawn_blocking(move || {
            finds.sort_unstable();
            finds
        });
        for some in sorted.await.map_err(Fault::from)?.chunks(FINDS) {
            let (keys, some) = (ground.keys.clone(), some.to_vec());
            self.change(ground, move |tx, permit| store::put_finds(tx, permit, &keys, no, &some))
                .await?;
        }
        Ok(())
    }

    /// Says how far the load has come, to those who look.
    async fn tell(&self, ground: &Ground, lines: usize) -> Outcome<()> {
        let Some(no) = self.no else { return Ok(()) };
        let now = ground.now();
        let so_far = (lines.min(self.source.lines), self.source.lines);
        self.change(ground, move |tx, permit| {
            store::moved(tx, permit, no, Stage::Staging, so_far, now)
        })
        .await
    }

    /// The load of the same file that counts already, if the register did not move since.
    async fn same_before(&self, ground: &Ground, moves: i64) -> Outcome<Option<Id<Load>>> {
        let (digest, register) = (self.source.digest, self.register.name);
        let same = move |reader: &::store::Reader<'_>| {
            if store::moves(reader, register)? != moves {
                return Ok(None);
            }
            Ok(store::load_of(reader, register, digest)?.map(|load| load.id))
        };
        ground.store.read(same).await
    }

    async fn begin(&mut self, ground: &Ground) -> Outcome<i64> {
        if let Some(no) = self.no {
            return Ok(no);
        }
        let (by, register, now) = (self.by.clone(), self.register, ground.now());
        let new = store::New {
            id: self.id,
            register: register.name,
            source: self.source.kind,
            name: self.source.name.clone(),
            digest: self.source.digest,
            stage: Stage::Staging,
        };
        let begun = ground
            .store
            .write(move |tx| store::begin(tx, &by.permit(tx, register)?, &new, now))
            .await?;
        self.no = Some(begun);
        Ok(begun)
    }

    /// Lets the load count, unless the register moved meanwhile; the report then is none.
    async fn publish(
        &mut self,
        ground: &Ground,
        moves: i64,
        came: Came,
    ) -> Outcome<Option<Report>> {
        let no = self.begin(ground).await?;
        let tree = merkle::append(|_, _| None, 0, &came.leaves).map_err(Fault::from)?;
        for tiles in tree.tiles.chunks(TILES) {
            let tiles = tiles.to_vec();
            self.change(ground, move |tx, permit| store::put_tiles(tx, permit, no, &tiles)).await?;
        }
        let refused = unique(&came.refused);
        for refused in refused.chunks(CHUNK) {
            let refused = refused.to_vec();
            self.change(ground, move |tx, permit| store::keep_refused(tx, permit, no, &refused))
                .await?;
        }
        let (by, register, attempt) = (self.by.clone(), self.register, self.attempt()?);
        let (tally, clock) = (came.tally, ground.clone());
        let act = self.act(&tally, (tree.root, tree.size), ground.now());
        let (id, untold, root, size) = (self.id, came.untold, tree.root, tree.size);
        let counts = ground
            .ledger
            .write(move |tx| {
                let permit = by.permit(tx, register)?;
                store::demand(tx, attempt)?;
                // Whoever waits for the writer does not know how long: the clock is read where nobody is before this any more.
                let now = clock.now();
                let at = store::rising(tx, register.name, now)?;
                let act = act.clone().done_at(at);
                let published = Published { tally, size, root, act: act.id.to_string(), at };
                if store::moves(tx, register.name)? != moves {
                    return Ok(false);
                }
                if !store::publish(tx, &permit, (register.name, id), &published)? {
                    return Err(Fault::said("a load that was to count is not on its way").into());
                }
                if let Some(follow) = register.follow.filter(|_| untold) {
                    let body = json!({ "load": id.to_string() });
                    jobs::enqueue(tx, Lane::Long, follow.job, &body, now)?;
                }
                if let Some(after) = register.after {
                    jobs::enqueue(tx, Lane::Long, after, &json!({}), now)?;
                }
                ledger::record(tx, permit.who(), &act).map(|()| true)
            })
            .await?;
        let report = Report { load: self.id, again: false, tally, refused: came.refused };
        Ok(counts.then_some(report))
    }

    fn act(&self, tally: &Tally, (root, size): (Hash, u64), now: Moment) -> Act {
        let mut content = json!({
            "source": self.source.kind,
            "file": self.source.name,
            "digest": HEXLOWER.encode(&self.source.digest),
            "read": tally.read,
            "added": tally.added,
            "changed": tally.changed,
            "unchanged": tally.unchanged,
            "removed": tally.removed,
            "earlier": tally.earlier,
            "refused": tally.refused,
            "size": size,
            "root": HEXLOWER.encode(&root),
        });
        if let Some(content) = content.as_object_mut() {
            if self.whole.is_some() {
                content.insert("extent".into(), json!("whole"));
            }
            if let By::Gateway(by) = &self.by {
                let by = json!({ "gateway": by.name, "organ": by.organ, "resource": by.resource });
                content.insert("by".into(), by);
            }
        }
        Act::new(now, self.register.loaded, "load", self.id)
            .authority(self.register.authority)
            .content(content)
    }

    /// Takes back what was staged: whoever brought it in may have lost the right to.
    async fn unstage(&self, ground: &Ground) -> Outcome<()> {
        match self.no {
            Some(_) => unstage(ground, self.register, self.attempt()?).await,
            None => Ok(()),
        }
    }

    /// Ends a load that says nothing which the same file did not say before.
    async fn end_as(&self, ground: &Ground, before: Id<Load>) -> Outcome<()> {
        let Some(no) = self.no else { return Ok(()) };
        let now = ground.now();
        self.change(ground, move |tx, permit| store::same(tx, permit, no, before, now)).await
    }
}

/// The refusal that ends a load. One that was overtaken by others may be tried again.
pub(crate) fn ends(stop: &Stop) -> Option<&Refusal> {
    match stop {
        Stop::Refused(refusal) if refusal.kind != RefusalKind::Conflict => Some(refusal),
        _ => None,
    }
}

/// One reason a field of a line.
fn unique(refused: &[Refused]) -> Vec<Refused> {
    let mut seen = std::collections::HashSet::new();
    refused.iter().filter(|one| seen.insert((one.line, one.field.as_ref()))).cloned().collect()
}

/// Holds chunk after chunk against the register.
struct Judging {
    ground: Ground,
    register: &'static Register,
    /// The register knows nothing yet: there is nothing to look up.
    empty: bool,
    /// The loads of its source that count, by number and place, where others may not be taken away from.
    own: Option<Arc<Own>>,
    /// Who is in none of the lines is gone,
    whole: bool,
    /// once the source was read to its end.
    ended: Arc<AtomicBool>,
}

impl Judging {
    async fn all(
        self,
        mut lines: mpsc::Receiver<Lines>,
        decided: mpsc::Sender<Judged>,
    ) -> Outcome<()> {
        let mut seen = Seen::default();
        while let Some(chunk) = lines.recv().await {
            let (judged, known) = judge(&self.against(), chunk, seen).await?;
            seen = known;
            if decided.send(judged).await.is_err() {
                return Ok(());
            }
        }
        match self.whole && self.ended.load(SeqCst) {
            true => self.missing(seen, decided).await,
            false => Ok(()),
        }
    }

    fn against(&self) -> Against {
        Against {
            ground: self.ground.clone(),
            register: self.register,
            empty: self.empty,
            own: self.own.clone(),
        }
    }
}
