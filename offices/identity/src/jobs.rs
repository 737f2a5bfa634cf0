//! Later work: the keys that sign ID tokens, what an organ leaves, and what
//! authorities have taken back.

use frame::JobKind;

use crate::acts;

/// What identity does by itself.
pub(crate) const JOBS: &[JobKind] = &[
    JobKind {
        name: "identity.signing_keys",
        work: |hall, _, now| Box::pin(acts::openid::rotate(hall, now)),
        every_seconds: Some(3_600),
    },
    JobKind {
        name: "identity.organs",
        work: |hall, _, now| Box::pin(async move { acts::make_due(&hall, now).await }),
        every_seconds: Some(60),
    },
];

/// What identity does that may take minutes.
pub(crate) const LONG_JOBS: &[JobKind] = &[FOLLOW, REFRESH, PASSWORDS];

/// Seals what stands bare from before hashes of passwords were sealed; nothing is left for it once it has.
const PASSWORDS: JobKind = JobKind {
    name: "identity.passwords",
    work: |hall, _, _| Box::pin(async move { acts::seal_passwords(&hall).await }),
    every_seconds: Some(86_400),
};

const REFRESH: JobKind = JobKind {
    name: "identity.revocation",
    work: |hall, _, now| Box::pin(async move { acts::revocation::refresh(&hall, now).await }),
    every_seconds: Some(acts::revocation::EVERY_SECONDS),
};

const FOLLOW: JobKind = JobKind {
    name: acts::follow::JOB,
    work: |hall, body, now| {
        Box::pin(async move {
            let organ = body.get("organ").and_then(serde_json::Value::as_str).unwrap_or_default();
            acts::follow::follow(&hall, organ, now).await
        })
    },
    every_seconds: None,
};
