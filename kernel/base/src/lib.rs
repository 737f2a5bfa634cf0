//! The words every office shares: typed ids, moments and days, and the two ways a thing can go
//! wrong. No IO and no async: what stands here can be used in `rules.rs`.

mod id;
mod moment;
mod stop;

pub use id::Id;
pub use moment::{Clock, Day, FixedClock, Moment, SystemClock};
pub use stop::{Fault, FieldError, Outcome, Refusal, RefusalKind, Stop};
