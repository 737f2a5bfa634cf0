//! Later work: carrying an order to erase out to its end, making the files of orders to export and destroying them,
//! telling that a deferral has ended. Done twice, it does what is left.

use ::store::Tx;
use base::Fault;
use frame::JobKind;

use crate::{acts, store};

/// The kind of job that carries an order out.
pub const NAME: &str = "privacy.erase";

/// Takes up again what was agreed to and could not be carried out in all its tries.
pub const RESUME: JobKind = JobKind {
    name: "privacy.resume",
    work: |hall, _, now| {
        Box::pin(async move {
            let left = hall.store.read(store::agreed).await?;
            let again = move |tx: &Tx<'_>| {
                left.iter().try_for_each(|id| acts::take_up(tx, &id.to_string(), now))
            };
            hall.store.write(again).await
        })
    },
    every_seconds: Some(3_600),
};

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

/// Tells that deferrals have ended. What may be seen follows the clock, not this.
pub const DEFERRALS: JobKind = JobKind {
    name: "privacy.deferrals",
    work: |hall, _, now| Box::pin(async move { acts::deferrals::tell_ended(&hall, now).await }),
    every_seconds: Some(600),
};

/// The kind of job that makes the file of an order to export.
pub const EXPORT_NAME: &str = "privacy.export";

/// Makes the file of an order to export.
pub const EXPORT: JobKind = JobKind {
    name: EXPORT_NAME,
    work: |hall, body, now| {
        Box::pin(async move {
            let id = body.get("order").and_then(serde_json::Value::as_str).unwrap_or_default();
            let id = id.parse().map_err(|_| Fault::said("the order of a job is none"))?;
            acts::make::make(&hall, id, now).await
        })
    },
    every_seconds: None,
};

/// Ends orders to export that nobody answered, and destroys files whose time is over.
pub const EXPORTS: JobKind = JobKind {
    name: "privacy.exports",
    work: |hall, _, now| Box::pin(async move { acts::make::round(&hall, now).await }),
    every_seconds: Some(600),
};
