//! Jobs: closures on their way to a thread that holds a connection, and their answers on the way
//! back.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use base::{Fault, Outcome};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::handle::{Handle, Reader, Tx};

/// What a job needs around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A snapshot that cannot be changed.
    Read,
    /// The same without a time limit: copies.
    LongRead,
    /// A transaction.
    Write,
    /// A transaction of its own, without a time limit: migrations.
    Schema,
}

/// A closure with the place of its answer. It may run several times before it is answered once.
pub(crate) trait Job: Send {
    fn kind(&self) -> Kind;
    /// Whether somebody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the closure; true when its changes are to stay.
    fn run(&mut self, handle: &dyn Handle) -> bool;
    /// The leaves noted by the last run, once.
    fn take_marks(&mut self) -> Vec<[u8; 32]>;
    /// Whether the answer waits for the witness.
    fn wants_evidence(&self) -> bool;
    /// Gives the outcome of the last run, which has been committed or undone.
    fn answer(self: Box<Self>, evidence: Vec<Vec<u8>>);
    /// Says that it was not done.
    fn refuse(self: Box<Self>, error: Error);
}

thread_local! {
    /// True while a closure runs on this thread.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether the present code runs inside a transaction's closure.
pub(crate) fn is_inside() -> bool {
    INSIDE.get()
}

/// Runs a closure and catches its panic.
fn caught<T>(closure: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    INSIDE.set(true);
    let result = catch_unwind(AssertUnwindSafe(closure));
    INSIDE.set(false);
    result.unwrap_or_else(|panic| {
        let words = panic_words(panic.as_ref());
        Err(Fault::said(format!("a transaction's closure panicked: {words}")).into())
    })
}

/// What a panic said.
pub(crate) fn panic_words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned())
}

/// A closure that went on after a failed statement has shown something that does not hold.
fn unspoiled<T>(reader: &Reader<'_>, outcome: Outcome<T>) -> Outcome<T> {
    match outcome {
        Ok(_) if reader.is_spoiled() => Err(Error::Spoiled.into()),
        outcome => outcome,
    }
}

/// A read on its way.
pub(crate) struct Read<F, T> {
    look: F,
    kind: Kind,
    outcome: Option<Outcome<T>>,
    reply: oneshot::Sender<Outcome<T>>,
}

impl<F, T> Read<F, T> {
    pub(crate) fn new(look: F) -> (Self, oneshot::Receiver<Outcome<T>>) {
        let (reply, answer) = oneshot::channel();
        (Self { look, kind: Kind::Read, outcome: None, reply }, answer)
    }

    pub(crate) fn long(look: F) -> (Self, oneshot::Receiver<Outcome<T>>) {
        let (read, answer) = Self::new(look);
        (Self { kind: Kind::LongRead, ..read }, answer)
    }
}

impl<F, T> Job for Read<F, T>
where
    F: Fn(&Reader<'_>) -> Outcome<T> + Send,
    T: Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, handle: &dyn Handle) -> bool {
        let outcome = caught(|| {
            let reader = Reader::new(handle);
            let outcome = (self.look)(&reader);
            unspoiled(&reader, outcome)
        });
        self.outcome = Some(outcome);
        true
    }

    fn take_marks(&mut self) -> Vec<[u8; 32]> {
        Vec::new()
    }

    fn wants_evidence(&self) -> bool {
        false
    }

    fn answer(self: Box<Self>, _: Vec<Vec<u8>>) {
        let _ = self.reply.send(self.outcome.unwrap_or_else(|| Err(Error::Lost.into())));
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error.into()));
    }
}

/// What comes back from a write: its value and the witness's evidence.
pub(crate) type Witnessed<T> = Outcome<(T, Vec<Vec<u8>>)>;

/// A write on its way.
pub(crate) struct Write<F, T> {
    change: F,
    kind: Kind,
    wants_evidence: bool,
    outcome: Option<Outcome<T>>,
    marks: Vec<[u8; 32]>,
    reply: oneshot::Sender<Witnessed<T>>,
}

impl<F, T> Write<F, T> {
    pub(crate) fn new(change: F, wants_evidence: bool) -> (Self, oneshot::Receiver<Witnessed<T>>) {
        let (reply, answer) = oneshot::channel();
        let (kind, marks) = (Kind::Write, Vec::new());
        (Self { change, kind, wants_evidence, outcome: None, marks, reply }, answer)
    }

    pub(crate) fn schema(change: F) -> (Self, oneshot::Receiver<Witnessed<T>>) {
        let (write, answer) = Self::new(change, false);
        (Self { kind: Kind::Schema, ..write }, answer)
    }
}

impl<F, T> Job for Write<F, T>
where
    F: Fn(&Tx<'_>) -> Outcome<T> + Send,
    T: Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    /// A change is made even when its caller has gone: the person pressed the button.
    fn is_wanted(&self) -> bool {
        true
    }

    fn run(&mut self, handle: &dyn Handle) -> bool {
        self.marks.clear();
        let outcome = caught(|| {
            let tx = Tx::new(handle);
            let outcome = (self.change)(&tx);
            let outcome = unspoiled(&tx, outcome)?;
            self.marks = tx.into_marks();
            Ok(outcome)
        });
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn take_marks(&mut self) -> Vec<[u8; 32]> {
        std::mem::take(&mut self.marks)
    }

    fn wants_evidence(&self) -> bool {
        self.wants_evidence
    }

    fn answer(self: Box<Self>, evidence: Vec<Vec<u8>>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(Error::Lost.into()));
        let _ = self.reply.send(outcome.map(|value| (value, evidence)));
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error.into()));
    }
}

/// Wakes a thread that waits for an answer.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an answer without a runtime. Unlike the channel's own blocking wait it does not panic
/// on a runtime's thread; it only holds that thread up.
pub(crate) fn wait<T>(answer: oneshot::Receiver<T>) -> Option<T> {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut answer = pin!(answer);
    loop {
        match answer.as_mut().poll(&mut context) {
            Poll::Ready(result) => return result.ok(),
            Poll::Pending => std::thread::park(),
        }
    }
}
