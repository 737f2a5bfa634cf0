//! How long a request may take. The city's own time runs from the last byte that came in, so that a
//! big file over a slow line is not lost; while it waits for bytes, the sender's time runs.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use base::{Refusal, RefusalKind};
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

/// The limits of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For the answer, from the last byte that came in.
    pub(super) answer_max: Duration,
    /// For the next byte, while somebody waits for it.
    pub(super) silence_max: Duration,
    /// For the whole of the body: else a byte now and then would keep a request for ever.
    pub(super) body_max: Duration,
}

/// What holds for every request. A body of 110 MB has its two hours on a line of 16 kB a second.
pub(super) const LIMITS: Limits = Limits {
    answer_max: Duration::from_secs(60),
    silence_max: Duration::from_secs(30),
    body_max: Duration::from_secs(2 * 3_600),
};

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Bytes are waited for.
    Sender,
    /// The last byte is there, or has not been asked for yet.
    City,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug)]
struct Pace {
    began: Instant,
    turn: Turn,
    since: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { began: now, turn: Turn::City, since: now }
    }

    /// Bytes are waited for from now on, if they are not already.
    fn waits(&mut self, now: Instant) {
        if self.turn == Turn::City {
            (self.turn, self.since) = (Turn::Sender, now);
        }
    }

    /// Bytes came in, or their end.
    fn hears(&mut self, now: Instant) {
        (self.turn, self.since) = (Turn::City, now);
    }

    /// When the request is over its time, if nothing happens until then.
    fn due(&self, limits: &Limits) -> Instant {
        match self.turn {
            Turn::City => self.since + limits.answer_max,
            Turn::Sender => (self.since + limits.silence_max).min(self.began + limits.body_max),
        }
    }

    fn words(&self, limits: &Limits) -> Refusal {
        let refuse = |code, words: String| Refusal::new(RefusalKind::Unavailable, code, words);
        match self.turn {
            Turn::City => refuse("timeout", "办理时间过长，没有等到结果".into())
                .remedy("刚才提交的内容可能仍会办成：请先查看有没有，没有的话再提交一次"),
            Turn::Sender => {
                let seconds = limits.silence_max.as_secs();
                let words = format!("上传停了下来：{seconds} 秒没有收到数据，或者总时间太长");
                refuse("frame.upload_stalled", words).remedy(
                    "什么都没有保存。请检查网络，再上传一次；文件很大时，请换一条快一些的线路",
                )
            }
        }
    }
}

/// Serves a request within its limits.
pub(super) async fn keep<T>(
    limits: Limits,
    request: Request,
    serve: impl AsyncFnOnce(Request) -> T,
) -> Result<T, Refusal> {
    let pace = Arc::new(Mutex::new(Pace::new(Instant::now())));
    let heard = pace.clone();
    let request = request.map(|body| Body::new(Paced { body, pace: heard }));
    let mut work = pin!(serve(request));
    loop {
        let now = Instant::now();
        let stands = *pace.lock().unwrap_or_else(PoisonError::into_inner);
        let due = stands.due(&limits);
        if due <= now {
            return Err(stands.words(&limits));
        }
        // Whose turn it is may change unnoticed: the shorter time of the two cannot pass meanwhile.
        let look_again = due.min(now + limits.silence_max);
        tokio::select! {
            answer = &mut work => return Ok(answer),
            () = tokio::time::sleep_until(look_again) => {}
        }
    }
}

/// A body that keeps account of when its bytes come in.
struct Paced {
    body: Body,
    pace: Arc<Mutex<Pace>>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        match polled.is_pending() {
            true => pace.waits(Instant::now()),
            false => pace.hears(Instant::now()),
        }
        drop(pace);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(many: u64) -> Duration {
        Duration::from_secs(many)
    }

    #[test]
    fn a_big_file_over_a_slow_line_has_its_minute_after_the_last_byte() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        for second in 0..600 {
            pace.waits(began + seconds(second));
            assert!(pace.due(&LIMITS) > began + seconds(second + 29));
            pace.hears(began + seconds(second + 1));
        }
        assert_eq!(pace.due(&LIMITS), began + seconds(660));
    }

    #[test]
    fn a_sender_who_says_nothing_for_half_a_minute_is_not_waited_for() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        pace.waits(began + seconds(5));
        pace.waits(began + seconds(20));
        assert_eq!(pace.due(&LIMITS), began + seconds(35));
        assert_eq!(pace.words(&LIMITS).code, "frame.upload_stalled");
    }

    #[test]
    fn a_byte_now_and_then_does_not_keep_a_request_for_ever() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        for hop in 0..1_000 {
            pace.hears(began + seconds(hop * 20));
            pace.waits(began + seconds(hop * 20));
        }
        assert_eq!(pace.due(&LIMITS), began + LIMITS.body_max);
    }

    #[test]
    fn a_request_whose_body_does_not_come_is_answered_and_one_that_comes_is_served() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let limits = Limits { silence_max: Duration::from_millis(5), ..LIMITS };
        let read = async |request: Request| axum::body::to_bytes(request.into_body(), 99).await;
        let stalled = Request::new(Body::new(Silent));
        let answer = runtime.block_on(keep(limits, stalled, read));
        assert_eq!(answer.unwrap_err().code, "frame.upload_stalled");
        let whole = Request::new(Body::from("whole"));
        let answer = runtime.block_on(keep(limits, whole, read));
        assert_eq!(answer.unwrap().unwrap(), "whole");
    }

    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }
}
