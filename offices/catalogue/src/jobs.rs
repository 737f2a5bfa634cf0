//! What is done by itself.

use frame::JobKind;

use crate::acts;

/// What takes moments.
pub const JOBS: &[JobKind] = &[
    JobKind {
        name: "catalogue.clock",
        work: |hall, body, now| Box::pin(acts::clock_job(hall, body, now)),
        every_seconds: Some(60),
    },
    JobKind {
        name: "catalogue.sweep",
        work: |hall, body, now| Box::pin(acts::sets::sweep_job(hall, body, now)),
        every_seconds: Some(3_600),
    },
];

/// What may take long.
pub const LONG_JOBS: &[JobKind] = &[
    JobKind {
        name: "catalogue.bring",
        work: |hall, body, now| Box::pin(acts::sets::bring_job(hall, body, now)),
        every_seconds: None,
    },
    JobKind {
        name: acts::sets::TAKE_UP,
        work: |hall, body, now| Box::pin(acts::sets::take_up_job(hall, body, now)),
        every_seconds: None,
    },
    JobKind {
        name: "catalogue.draw",
        work: |hall, body, now| Box::pin(acts::sets::draw_job(hall, body, now)),
        every_seconds: Some(3_600),
    },
];
