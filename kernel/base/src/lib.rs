//! The words every office shares: typed ids, moments and days, the numbers that people and firms
//! are known by, money, names, and the two ways a thing can go wrong. No IO and no async: what
//! stands here can be used in `rules.rs`.
//!
//! Every `parse` forgives what a keyboard does (spaces, full-width digits, a small `x`), gives back
//! one spelling, and refuses with a sentence the citizen can act on.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod chance;
mod citizen;
mod credit;
mod cursor;
mod division;
mod id;
pub mod mask;
mod moment;
mod money;
mod person;
mod phone;
mod range;
mod spelling;
mod stop;

pub use citizen::{BadCitizenNumber, CitizenNumber, Sex};
pub use credit::{BadCreditCode, CreditCode};
pub use cursor::Cursor;
pub use division::{BadDivisionCode, DivisionCode, DivisionLevel};
pub use id::{BadId, Id};
pub use mask::erased_words;
pub use moment::{BadDay, Clock, Day, FixedClock, Moment, SystemClock};
pub use money::{BadMoney, Money};
pub use person::{BadPersonName, PersonName};
pub use phone::{BadPhone, Phone, PhoneKind};
pub use range::{BadIpRange, IpRange, is_near};
pub use spelling::narrow;
pub use stop::{Fault, FieldError, Outcome, Refusal, RefusalKind, Stop};
