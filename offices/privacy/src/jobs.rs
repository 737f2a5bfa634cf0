//! Later work: carrying an order to erase out to its end. Done twice, it does what is left.

use base::Fault;
use frame::JobKind;

use crate::acts;

/// The kind of job that carries an order out.
pub const NAME: &str = "privacy.erase";

/// Carries an order out.
pub const ERASE: JobKind = JobKind {
    name: NAME,
    work: |hall, body, now| {
        Box::pin(async move {
            let id = body.get("order").and_then(serde_json::Value::as_str).unwrap_or_default();
            let id = id.parse().map_err(|_| Fault::said("the order of a job is none"))?;
            acts::carry_out(&hall, id, now).await
        })
    },
    every_seconds: None,
};
