//! A run: a register is compared with itself, whole the first time, later only what loads have changed against all. What it
//! decides is staged some rows at a time and counts all at once, unless the register or the identities moved meanwhile;
//! then it decides again.

mod compared;
mod entries;

use std::sync::Arc;

use access::{Over, Permit, authorise};
use base::{Fault, Moment, Outcome};
use data_encoding::HEXLOWER;
use ledger::jobs::{self, Lane};
use ledger::{Act, record};
use register::Ground;
use serde_json::json;
use store::{Reader, Tx};

use crate::store::{self as rows, Begun, Head};
use crate::terms::{Linked, Measure, Run};
use compared::{Compared, Decided, Settled};

/// A run that others overtake so often gives up, and is tried again later.
const TRIES_MAX: usize = 5;
/// Rows that are staged, or removed, in one transaction.
const CHUNK: usize = 1_000;

/// Asks for a run over the whole register, for whoever may. One that is asked for already is not asked for twice.
pub fn request(tx: &Tx<'_>, actor: &access::Actor, linked: &Linked, now: Moment) -> Outcome<()> {
    authorise(tx, actor, linked.right, Over::City)?;
    let (once, body) = (format!("{} whole", linked.job), json!({ "whole": true }));
    jobs::enqueue_once_in(tx, Lane::Long, linked.job, &once, &body, now)
}

/// Compares a register with itself; nothing where no load has come to count or was undone since the last run, unless the
/// whole is asked for. Done twice, it decides nothing twice.
pub async fn compare(
    ground: &Ground,
    linked: &'static Linked,
    whole: bool,
) -> Outcome<Option<Run>> {
    let measure = Measure::read(linked.measure)?;
    for _ in 0..TRIES_MAX {
        let Some(running) = Running::begin(ground, linked, whole).await? else { return Ok(None) };
        let (no, register) = (running.no, linked.register);
        match running.go(ground, &measure).await {
            Ok(Fared::Counts) => {
                let newest = move |r: &Reader<'_>| rows::runs(r, register, no + 1, 1);
                return Ok(ground.store.read(newest).await?.pop());
            }
            Ok(Fared::Replaced) if whole => return Err(Fault::said("another run began").into()),
            Ok(Fared::Replaced) => return Ok(None),
            Ok(Fared::Decided | Fared::Overtaken) => {}
            Err(stop) => {
                // Where not even this succeeds the run stays under way, and the next one takes its place.
                let now = ground.clock.now();
                drop_staged(ground, linked, no).await?;
                let end = move |tx: &Tx<'_>| rows::end(tx, &permit(linked), no, now);
                ground.store.write(end).await?;
                return Err(stop);
            }
        }
    }
    Err(Fault::said("the register or its identities moved again and again during a run").into())
}

fn permit(linked: &Linked) -> Permit {
    access::clockwork(linked.right.name)
}

/// How a run that wanted to count fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fared {
    Counts,
    /// People have decided something meanwhile: it decides again.
    Decided,
    /// A load has come to count meanwhile: it begins again.
    Overtaken,
    /// Another run took its place, and does the work.
    Replaced,
}

/// What a run begins with.
struct Running {
    linked: &'static Linked,
    no: i64,
    /// What is compared: all, or what these loads have changed.
    whole: bool,
    changed: Vec<i64>,
    /// The loads that count, by number and place.
    loads: Vec<(i64, i64)>,
    /// The register's moves, and when it was looked at.
    moves: i64,
    now: Moment,
}

impl Running {
    async fn begin(ground: &Ground, linked: &'static Linked, whole: bool) -> Outcome<Option<Self>> {
        let (register, now) = (linked.register, ground.clock.now());
        let look = move |r: &Reader<'_>| {
            let head = rows::head(r, register.name)?;
            let moves = register::moves(r, register.name)?;
            let since = head.map_or(0, |head| head.compared);
            let newest = register::newest(r, register.name)?;
            Ok((
                head,
                moves,
                register::counting(r, register.name)?,
                register::moved_since(r, register.name, since)?,
                newest.map(|load| load.name).unwrap_or_default(),
                register::entries(r, register.name)?,
            ))
        };
        let (head, moves, loads, changed, source, total) = ground.store.read(look).await?;
        let compared = head.map_or(0, |head| head.compared);
        if !whole && compared == moves {
            return Ok(None);
        }
        let whole = whole || compared == 0;
        let model = seal::sm3(&[linked.measure.as_bytes()]);
        let begun = Begun { register: register.name, whole, source, total, model };
        let begin = move |tx: &Tx<'_>| rows::begin(tx, &permit(linked), &begun, now);
        let (no, others) = ground.store.write(begin).await?;
        for other in others {
            drop_staged(ground, linked, other).await?;
        }
        Ok(Some(Self { linked, no, whole, changed, loads, moves, now }))
    }

    /// Reads, compares, and decides until it counts.
    async fn go(&self, ground: &Ground, measure: &Measure) -> Outcome<Fared> {
        let Some(entries) = entries::read(ground, self, measure).await? else {
            return Ok(Fared::Replaced);
        };
        let (measure, whole) = (measure.clone(), self.whole);
        let work = move || Compared::new(entries, &measure, whole);
        let compared = tokio::task::spawn_blocking(work).await.map_err(Fault::from)??;
        let compared = Arc::new(compared);
        for _ in 0..TRIES_MAX {
            let settled = self.settled(ground).await?;
            let (moves, of) = (settled.moves, compared.clone());
            let work = move || of.decide(&settled);
            let decided = tokio::task::spawn_blocking(work).await.map_err(Fault::from)??;
            self.stage(ground, &decided).await?;
            let fared = self.publish(ground, &decided, moves).await?;
            if fared == Fared::Counts {
                return Ok(fared);
            }
            drop_staged(ground, self.linked, self.no).await?;
            if fared != Fared::Decided {
                return Ok(fared);
            }
        }
        Err(Fault::said("people have decided again and again during a run").into())
    }

    /// What stands, and what people have ruled.
    async fn settled(&self, ground: &Ground) -> Outcome<Settled> {
        let (register, keys) = (self.linked.register.name, ground.keys.clone());
        let look = move |r: &Reader<'_>| {
            let head = rows::head(r, register)?;
            Ok(Settled {
                moves: head.map_or(0, |head| head.moves),
                next: head.map_or(1, |head| head.next),
                standing: rows::standing(r, &keys, register)?,
                rulings: rows::rulings(r, &keys, register)?,
                open: rows::every_open(r, &keys, register)?,
            })
        };
        ground.store.read(look).await
    }

    /// Stages what was decided, unless another run took this one's place: nobody would remove it any more.
    async fn stage(&self, ground: &Ground, decided: &Decided) -> Outcome<()> {
        let (linked, no) = (self.linked, self.no);
        let register = linked.register.name;
        for some in decided.plan.moves.chunks(CHUNK) {
            let (some, keys) = (some.to_vec(), ground.keys.clone());
            let put = move |tx: &Tx<'_>| {
                if !rows::goes_on(tx, no)? {
                    return Ok(());
                }
                rows::put(tx, &permit(linked), (&keys, register), &some, (no, 0, None))
            };
            ground.store.write(put).await?;
        }
        for some in decided.found.chunks(CHUNK) {
            let (some, keys) = (some.to_vec(), ground.keys.clone());
            let put = move |tx: &Tx<'_>| {
                if !rows::goes_on(tx, no)? {
                    return Ok(());
                }
                rows::put_found(tx, &permit(linked), (&keys, register), no, &some)
            };
            ground.store.write(put).await?;
        }
        for some in decided.closed.chunks(CHUNK) {
            let some = some.to_vec();
            let close = move |tx: &Tx<'_>| {
                if !rows::goes_on(tx, no)? {
                    return Ok(());
                }
                rows::closing(tx, &permit(linked), no, &some)
            };
            ground.store.write(close).await?;
        }
        Ok(())
    }

    /// Lets the run count, if nothing has moved since it looked.
    async fn publish(&self, ground: &Ground, decided: &Decided, seen: i64) -> Outcome<Fared> {
        let (linked, no, moves) = (self.linked, self.no, self.moves);
        let (register, tallied) = (linked.register.name, decided.tallied);
        let place = self.loads.last().map_or(0, |(_, place)| *place);
        let head = Head { moves: 0, next: decided.plan.next, place, compared: moves, at: self.now };
        let now = ground.clock.now();
        let act = Act::new(now, linked.compared, "comparison", format!("{register}/{no}"))
            .authority(linked.register.authority)
            .content(json!({
                "whole": self.whole,
                "model": HEXLOWER.encode(&seal::sm3(&[linked.measure.as_bytes()])),
                "entries": tallied.entries,
                "fresh": tallied.fresh,
                "pairs": tallied.pairs,
                "joined": tallied.joined,
                "parted": tallied.parted,
                "waiting": tallied.waiting,
                "beyond": tallied.beyond,
                "left_out": tallied.left_out,
                "root": HEXLOWER.encode(&tallied.root),
            }));
        let publish = move |tx: &Tx<'_>| {
            let permit = permit(linked);
            if !rows::moved(tx, &permit, no, (tallied.entries, tallied.entries), now)? {
                return Ok(Fared::Replaced);
            }
            if register::moves(tx, register)? != moves {
                return Ok(Fared::Overtaken);
            }
            if rows::head(tx, register)?.map_or(0, |head| head.moves) != seen {
                return Ok(Fared::Decided);
            }
            let act_id = act.id.to_string();
            rows::publish(tx, &permit, (register, no), (&tallied, &act_id), (&head, now))?;
            record(tx, permit.who(), &act)?;
            Ok(Fared::Counts)
        };
        ground.ledger.write(publish).await
    }

    /// Says how far the run has come. False when another took its place.
    async fn tell(&self, ground: &Ground, (done, total): (i64, i64)) -> Outcome<bool> {
        let (linked, no, now) = (self.linked, self.no, ground.clock.now());
        let tell = move |tx: &Tx<'_>| rows::moved(tx, &permit(linked), no, (done, total), now);
        ground.store.write(tell).await
    }
}

/// Removes what a run has staged, some rows at a time.
async fn drop_staged(ground: &Ground, linked: &'static Linked, run: i64) -> Outcome<()> {
    let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let some = move |tx: &Tx<'_>| rows::drop_staged(tx, &permit(linked), run, limit);
    while ground.store.write(some).await? {}
    Ok(())
}
