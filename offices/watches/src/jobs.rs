//! Later work: holding a file or firms, withdrawing what it brought, once a day all anew, removing what is
//! kept no longer. Done twice, it does what is left.

use frame::JobKind;

use crate::acts;

/// What takes moments.
pub const JOBS: &[JobKind] = &[
    JobKind {
        name: "watches.round",
        work: |hall, body, now| Box::pin(acts::round(hall, body, now)),
        every_seconds: Some(86_400),
    },
    JobKind {
        name: "watches.sweep",
        work: |hall, body, now| Box::pin(acts::sweep(hall, body, now)),
        every_seconds: Some(3_600),
    },
];

/// What may take long.
pub const LONG_JOBS: &[JobKind] = &[
    JobKind {
        name: acts::HOLD_JOB,
        work: |hall, body, now| Box::pin(acts::hold(hall, body, now)),
        every_seconds: None,
    },
    JobKind {
        name: acts::FIRMS_JOB,
        work: |hall, body, now| Box::pin(acts::hold_firms(hall, body, now)),
        every_seconds: None,
    },
    JobKind {
        name: acts::PEOPLE_JOB,
        work: |hall, body, now| Box::pin(acts::hold_people(hall, body, now)),
        every_seconds: None,
    },
    JobKind {
        name: acts::WITHDRAW_JOB,
        work: |hall, body, now| Box::pin(acts::withdraw(hall, body, now)),
        every_seconds: None,
    },
    JobKind {
        name: "watches.forget",
        work: |hall, body, now| Box::pin(acts::forget(hall, body, now)),
        every_seconds: Some(86_400),
    },
];
