//! Work that looks at many rows: on a thread of its own, so that no page of the city waits for it, and no more of it at once
//! than the machine has room for. Everybody may ask for it without signing in.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use base::{Fault, Outcome, Refusal, RefusalKind};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

/// So much goes on at once in this process.
const PLACES: usize = 4;
/// So long is waited for a place.
const WAIT: Duration = Duration::from_secs(5);

static ROOM: Semaphore = Semaphore::const_new(PLACES);

/// Does this apart from the pages. It keeps its place until it has ended, and ends when nobody waits for it any more.
/// Refused when no place is free (`catalogue.busy`).
pub async fn apart<T: Send + 'static>(
    work: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    in_room(&ROOM, WAIT, work).await
}

async fn in_room<T: Send + 'static>(
    room: &'static Semaphore,
    wait: Duration,
    work: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    let Ok(Ok(place)) = tokio::time::timeout(wait, room.acquire()).await else {
        let words = "同时查询、下载的人太多";
        return Err(Refusal::new(RefusalKind::Unavailable, "catalogue.busy", words)
            .remedy("请过几秒再试；整张表请下载 CSV 或者 JSON 文件")
            .into());
    };
    let (waits, mut gone) = oneshot::channel::<()>();
    let thread = Handle::current();
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        thread.block_on(async move {
            let mut work = pin!(work);
            poll_fn(|cx| match Pin::new(&mut gone).poll(cx) {
                Poll::Ready(_) => Poll::Ready(Err(Fault::said("nobody waits for the rows").into())),
                Poll::Pending => work.as_mut().poll(cx),
            })
            .await
        })
    });
    let done = done.await.map_err(Fault::from);
    drop(waits);
    done?
}

#[cfg(test)]
mod tests {
    use base::Stop;

    use super::*;

    #[test]
    fn whoever_finds_no_place_is_told_to_come_again() {
        static ONE: Semaphore = Semaphore::const_new(1);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (begun, has_begun) = oneshot::channel();
            let (end, ends) = oneshot::channel::<()>();
            let first = tokio::spawn(in_room(&ONE, WAIT, async move {
                begun.send(()).unwrap();
                ends.await.map_err(|_| Fault::said("it was ended").into())
            }));
            has_begun.await.unwrap();
            let Err(Stop::Refused(refusal)) = in_room(&ONE, Duration::ZERO, async { Ok(()) }).await
            else {
                panic!("there is no place")
            };
            assert_eq!(refusal.code, "catalogue.busy");
            end.send(()).unwrap();
            first.await.unwrap().unwrap();
            in_room(&ONE, WAIT, async { Ok(()) }).await.unwrap();
        });
    }

    #[test]
    fn what_nobody_waits_for_gives_its_place_back() {
        static ONE: Semaphore = Semaphore::const_new(1);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (begun, has_begun) = oneshot::channel();
            let never = in_room(&ONE, WAIT, async move {
                begun.send(()).unwrap();
                std::future::pending::<Outcome<()>>().await
            });
            let left = tokio::spawn(never);
            has_begun.await.unwrap();
            left.abort();
            in_room(&ONE, WAIT, async { Ok(()) }).await.unwrap();
        });
    }
}
