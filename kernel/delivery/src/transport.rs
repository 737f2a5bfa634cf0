//! What a transport does, the one that is built in, and the one that a bus carries for.

use base::{Fault, Id, Moment, Outcome};
use message::{Message, Order};
use store::Tx;

use crate::outbox::outbox_of;
use crate::rules::Pace;
use crate::{dead, queue};

/// A message to be put into a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its name: one of a name is in a queue.
    pub id: Id<Message>,
    /// By what it is ordered, if it is.
    pub order: Option<Order>,
    /// Until when it counts.
    pub expires: Moment,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// How much a queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Messages.
    pub letters_max: i64,
    /// Bytes.
    pub bytes_max: i64,
}

impl Bound {
    /// None: whether there is room was looked at before.
    pub const NONE: Self = Self { letters_max: i64::MAX, bytes_max: i64::MAX };
}

/// Whether letters were put down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a letter that found no room is lost if nobody looks"]
pub enum Put {
    /// They are there, or were there before.
    Held,
    /// None is: the queue is full. Come again after so many seconds.
    Full(i64),
}

impl Put {
    /// They must be there: what belongs together with them is undone where they found no room.
    pub fn held(self) -> Outcome<()> {
        match self {
            Put::Held => Ok(()),
            Put::Full(seconds) => {
                Err(Fault::said(format!("a queue is full for {seconds} seconds")).into())
            }
        }
    }
}

/// How many are wanted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Messages.
    pub letters_max: usize,
    /// Bytes; one message is given however long it is.
    pub bytes_max: usize,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its name.
    pub id: Id<Message>,
    /// Which try it is, from 1.
    pub tries: i64,
    /// By what it is ordered; empty if it is not.
    pub key: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Carries messages from who puts them down to who takes them: at least once, in the order of each key, never lost.
///
/// All of it is called in the transaction of the step that it belongs to. A bus beside the database cannot join it: with
/// one, what is put down lies in the outbox of its queue until it has been carried ([`crate::arrive`]), and is taken and
/// settled like everything else. Who calls sees no difference.
pub trait Transport: Send + Sync {
    /// Puts letters down, all or none, in their order. One whose name is there already is left as it is.
    fn put(
        &self,
        tx: &Tx<'_>,
        queue: &str,
        letters: &[Letter],
        bound: &Bound,
        now: Moment,
    ) -> Outcome<Put>;

    /// Takes the next ones, which must be settled before the lease is over. Of one key none is taken before those ahead
    /// of it are settled or go with it.
    fn take(
        &self,
        tx: &Tx<'_>,
        queue: &str,
        wanted: Wanted,
        pace: &Pace,
        now: Moment,
    ) -> Outcome<Vec<Taken>> {
        queue::take(tx, queue, wanted, pace, now)
    }

    /// They have arrived. Gives those that waited for it.
    fn settle(&self, tx: &Tx<'_>, queue: &str, ids: &[Id<Message>]) -> Outcome<Vec<Id<Message>>> {
        queue::settle(tx, queue, ids)
    }

    /// One did not arrive, and why: it is tried again later, or is dead. Says which.
    fn fail(
        &self,
        tx: &Tx<'_>,
        queue: &str,
        failed: (Id<Message>, &str),
        pace: &Pace,
        now: Moment,
    ) -> Outcome<crate::Verdict> {
        queue::fail(tx, queue, failed, pace, now)
    }

    /// One will never be taken: it becomes a dead letter at once.
    fn kill(&self, tx: &Tx<'_>, queue: &str, killed: (Id<Message>, &str)) -> Outcome<bool> {
        queue::kill(tx, queue, killed)
    }

    /// A dead letter is tried again from now on, until then.
    fn resend(
        &self,
        tx: &Tx<'_>,
        queue: &str,
        id: Id<Message>,
        until: Moment,
        now: Moment,
    ) -> Outcome<bool> {
        dead::resend(tx, queue, (id, until), now)
    }

    /// A dead letter is given up; what waits behind it goes on.
    fn give_up(&self, tx: &Tx<'_>, queue: &str, id: Id<Message>, reason: &str) -> Outcome<bool> {
        dead::give_up(tx, queue, id, reason)
    }
}

/// The queue in the store.
#[derive(Clone, Copy, Debug)]
pub struct Embedded;

impl Transport for Embedded {
    fn put(
        &self,
        tx: &Tx<'_>,
        queue: &str,
        letters: &[Letter],
        bound: &Bound,
        now: Moment,
    ) -> Outcome<Put> {
        queue::put(tx, queue, letters, bound, now)
    }
}

/// The queue in the store, into which a bus carries.
#[derive(Clone, Copy, Debug)]
pub struct Carried;

impl Transport for Carried {
    fn put(
        &self,
        tx: &Tx<'_>,
        queue: &str,
        letters: &[Letter],
        bound: &Bound,
        now: Moment,
    ) -> Outcome<Put> {
        let depth = queue::depth(tx, queue)?;
        if let Some(full) = queue::full((depth.held, depth.bytes), letters, bound) {
            return Ok(full);
        }
        let there = queue::names(tx, queue, letters)?;
        let new = letters.iter().filter(|letter| !there.contains(&letter.id));
        let new: Vec<Letter> = new.cloned().collect();
        queue::put(tx, &outbox_of(queue), &new, &Bound::NONE, now)
    }
}
