//! When a message that did not arrive is tried again, and when no more. Pure.

use base::Moment;

/// How messages are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Until when whoever took a message must have settled it the first time, seconds.
    pub lease_seconds: i64,
    /// The first pause, seconds; each one after it is twice as long.
    pub pause_seconds: i64,
    /// No pause is longer, seconds.
    pub pause_seconds_max: i64,
    /// After so many tries it is given up.
    pub tries_max: i64,
}

/// What becomes of a message that was tried and did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is tried again from then on.
    Again(Moment),
    /// It is a dead letter: somebody at a desk decides.
    Dead,
}

/// After the try number `tries` that failed. `chance` is any number: it spreads the pauses over the half beneath their
/// length, so that what failed together does not come back together.
pub fn after_try(pace: &Pace, tries: i64, now: Moment, chance: u64) -> Verdict {
    if tries >= pace.tries_max {
        return Verdict::Dead;
    }
    let pause_ms = pause_seconds(pace, tries).saturating_mul(1_000);
    let spread = i64::try_from(chance % (pause_ms.unsigned_abs() / 2 + 1)).unwrap_or(0);
    Verdict::Again(now.plus_millis(pause_ms - spread))
}

fn pause_seconds(pace: &Pace, tries: i64) -> i64 {
    let doublings = u32::try_from(tries.clamp(1, 30) - 1).unwrap_or(0);
    let pause = pace.pause_seconds.max(1).saturating_mul(1i64 << doublings);
    pause.min(pace.pause_seconds_max.max(1))
}

/// Until when the try number `tries` must be settled: each one that nobody settled adds the pause of a failed try, so that
/// who takes messages and cannot keep them is not sent them again and again, and does not use up all tries in minutes.
pub fn lease_until(pace: &Pace, tries: i64, now: Moment) -> Moment {
    let pause = if tries > 1 { pause_seconds(pace, tries - 1) } else { 0 };
    now.plus_seconds(pace.lease_seconds.saturating_add(pause))
}

/// When to come again to a queue that is full: the fuller, the later; from one second to a minute.
pub fn retry_after_seconds(held: i64, most: i64) -> i64 {
    let over = held.saturating_sub(most).max(0);
    (5 + over.saturating_mul(60) / most.max(1)).clamp(1, 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACE: Pace =
        Pace { lease_seconds: 30, pause_seconds: 2, pause_seconds_max: 300, tries_max: 12 };

    proptest! {
        /// Whatever chance says: pauses grow up to their bound, none is zero, and there is an end.
        #[test]
        fn pauses_grow_and_end(tries in 1i64..40, chance: u64, at in 0i64..1_000_000) {
            let now = Moment::from_millis(at);
            match after_try(&PACE, tries, now, chance) {
                Verdict::Dead => prop_assert!(tries >= 12),
                Verdict::Again(due) => {
                    let whole = (2i64 << (tries - 1)).min(300) * 1_000;
                    let pause = due.millis() - at;
                    prop_assert!(tries < 12 && pause <= whole && pause >= whole / 2);
                }
            }
        }

        /// Leases grow as pauses do: the first is as long as is written, none is longer than it and the longest pause.
        #[test]
        fn leases_grow_and_are_bounded(tries in 1i64..60, at in 0i64..1_000_000) {
            let lease = |tries| lease_until(&PACE, tries, Moment::from_millis(at)).millis() - at;
            prop_assert_eq!(lease(1), 30_000);
            prop_assert_eq!(lease(2), 32_000);
            prop_assert!(lease(tries) <= lease(tries + 1) && lease(tries) <= 330_000);
        }

        #[test]
        fn a_full_queue_says_when_to_come_again(held: i64, most in 1i64..100_000) {
            prop_assert!((1..=60).contains(&retry_after_seconds(held, most)));
        }
    }
}
