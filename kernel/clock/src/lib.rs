//! The working-day calendar and the statutory clock: what day a limit ends, how much of it is
//! used, and how to say so. Pure functions over dated data with its legal basis (`data/*.json`).
//!
//! The day something happens is not counted (民法典 art. 201); 工作日 leave out weekends and legal
//! holidays and count make-up days (行政许可法 art. 82); a limit whose last day is a rest day ends
//! on the next working day (民法典 art. 203).
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod calendar;
mod limit;
mod reading;
pub mod words;
mod year;

pub use calendar::Calendar;
pub use limit::{ClockEvent, Limit, Limits, OwnLimits, TimeLimit, Unit};
pub use reading::{Disorder, OutOfOrder, Reading, read};
pub use year::{BadCalendar, Holiday, Knowledge, Year};
