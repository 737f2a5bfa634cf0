//! Later work: what the law does by itself, and cases of windows that come to accounts.

use frame::JobKind;

use crate::acts;

/// What approvals does by itself.
pub(crate) const JOBS: &[JobKind] = &[
    JobKind {
        name: "approvals.clock",
        work: |hall, body, now| Box::pin(acts::clock_job(hall, body, now)),
        every_seconds: Some(60),
    },
    JobKind {
        name: acts::JOIN,
        work: |hall, body, now| Box::pin(acts::join_job(hall, body, now)),
        every_seconds: None,
    },
];

/// What it does that may take minutes.
pub(crate) const LONG_JOBS: &[JobKind] = &[JobKind {
    name: acts::JOIN_EARLIER,
    work: |hall, body, now| Box::pin(acts::join_earlier_job(hall, body, now)),
    every_seconds: Some(3_600),
}];
