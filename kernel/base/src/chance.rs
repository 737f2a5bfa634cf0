//! Where the chance of ids comes from: the operating system, or, for work that may have to be done twice
//! with the same outcome, a source that repeats itself.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// Gives bytes of chance, the same ones again when it is made anew from the same seed.
pub type Source = Arc<Mutex<dyn FnMut(&mut [u8]) + Send>>;

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// Puts the source that stood before back in its place, whatever happens meanwhile.
struct Standing(Option<Source>);

impl Standing {
    fn now(source: Option<Source>) -> Self {
        Self(SOURCE.with(|held| held.replace(source)))
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let before = self.0.take();
        SOURCE.with(|held| held.replace(before));
    }
}

/// Work whose ids are drawn from a source.
pub struct Drawn<F> {
    source: Source,
    work: Pin<Box<F>>,
}

/// Does this work with ids that are drawn from `source`, in the order in which they are minted. What it hands
/// on to another task or thread draws from the operating system.
pub fn drawn_from<F: Future>(source: Source, work: F) -> Drawn<F> {
    Drawn { source, work: Box::pin(work) }
}

impl<F: Future> Future for Drawn<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _standing = Standing::now(Some(self.source.clone()));
        self.work.as_mut().poll(cx)
    }
}

/// Does this with chance from the operating system, whatever the work around it draws from: for what is
/// committed by itself, before the work that may be done again.
pub fn afresh<T>(work: impl FnOnce() -> T) -> T {
    let _standing = Standing::now(None);
    work()
}

/// Fills `bytes`. A machine without chance cannot run a city, so the process stops there rather than go on
/// with guessable ids.
pub(crate) fn fill(bytes: &mut [u8]) {
    let source = SOURCE.with(|held| held.borrow().clone());
    match source {
        Some(source) => (source.lock().unwrap_or_else(PoisonError::into_inner))(bytes),
        None if getrandom::fill(bytes).is_err() => std::process::abort(),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::{Id, Moment};

    struct Thing;

    fn counting() -> Source {
        let mut next = 0u8;
        Arc::new(Mutex::new(move |bytes: &mut [u8]| {
            bytes.fill(next);
            next += 1;
        }))
    }

    fn mint() -> Id<Thing> {
        Id::mint(Moment::from_millis(1_000))
    }

    fn run<F: Future>(source: Source, work: F) -> F::Output {
        let mut cx = Context::from_waker(Waker::noop());
        let mut work = drawn_from(source, work);
        match Pin::new(&mut work).poll(&mut cx) {
            Poll::Ready(done) => done,
            Poll::Pending => panic!("it waits for nothing"),
        }
    }

    #[test]
    fn work_that_is_done_again_from_the_same_source_mints_the_same_ids() {
        let twice = || run(counting(), async { (mint(), afresh(mint), mint()) });
        let (one, other) = (twice(), twice());
        assert_eq!((one.0, one.2), (other.0, other.2));
        assert_ne!(one.0, one.2);
        assert_ne!(one.1, other.1, "what is minted afresh is never minted again");
        assert_ne!(mint(), mint(), "outside of the work chance is the system's");
    }
}
