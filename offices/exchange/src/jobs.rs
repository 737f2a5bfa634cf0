//! Later work: what stands still, and what is kept no longer.

use frame::JobKind;

use crate::acts;

/// What this office does by itself.
pub(crate) const JOBS: &[JobKind] = &[
    JobKind {
        name: "exchange.watch",
        work: |hall, _, now| Box::pin(acts::watch(hall, now)),
        every_seconds: Some(10),
    },
    JobKind {
        name: "exchange.tidy",
        work: |hall, _, now| Box::pin(acts::tidy_up(hall, now)),
        every_seconds: Some(3_600),
    },
    JobKind {
        name: "exchange.subscriptions",
        work: |hall, _, now| Box::pin(acts::subscriptions::wake(hall, now)),
        every_seconds: Some(10),
    },
    JobKind {
        name: acts::refused::TELL,
        work: |hall, body, now| Box::pin(acts::refused::tell(hall, body, now)),
        every_seconds: None,
    },
];

/// What may take long.
pub(crate) const LONG_JOBS: &[JobKind] = &[JobKind {
    name: acts::subscriptions::GIVE,
    work: |hall, body, _| Box::pin(acts::give(hall, body)),
    every_seconds: None,
}];
