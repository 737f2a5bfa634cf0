//! Later work: the keys that sign ID tokens.

use frame::JobKind;

use crate::acts;

/// What identity does by itself.
pub(crate) const JOBS: &[JobKind] = &[JobKind {
    name: "identity.signing_keys",
    work: |hall, _, now| Box::pin(acts::openid::rotate(hall, now)),
    every_seconds: Some(3_600),
}];
