//! Later work: the revocation list before it grows old, and what ends soon.

use frame::JobKind;

use crate::acts;

/// What this office does by itself.
pub(crate) const JOBS: &[JobKind] = &[
    JobKind {
        name: "certificates.relist",
        work: |hall, _, now| Box::pin(acts::relist(hall, now)),
        every_seconds: Some(600),
    },
    JobKind {
        name: "certificates.watch",
        work: |hall, _, now| Box::pin(acts::watch(hall, now)),
        every_seconds: Some(3_600),
    },
];
