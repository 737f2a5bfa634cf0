//! What an office plugs into: the descriptor of an office, the context of a request, the gate that
//! every request goes through, the page shell, components, forms, and the city's clockwork.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod assets;
pub mod clockwork;
mod cx;
mod described;
mod export;
mod filled;
pub mod form;
mod hall;
mod halt;
pub mod held;
pub mod identities;
pub mod loads;
pub mod meter;
pub mod mount;
mod office;
pub mod page;
pub mod parts;
pub mod post;
mod problem;
mod record;
pub mod rotation;
pub mod sealed;
pub mod serve;
pub mod shell;
pub mod told;
mod wrong;

pub use axum;
pub use cx::{ActCx, Cx, Prefs, Request, acting_as};
pub use described::described;
pub use export::{
    Export, ExportAsked, ExportColumn, ExportFilter, ExportFilterKind, ExportPage, ExportRow,
    ExportRows, ExportTable,
};
pub use filled::{Filled, Reasoned, day_of, unread, with_days};
pub use hall::{City, Hall, IdentityProvider, kernel_migrations, signatories};
pub use halt::Halt;
pub use office::{
    Door, JobKind, Later, Listener, MenuItem, Need, Offer, Office, Route, Told, Work,
};
pub use problem::{Problem, Reply, bad_json, not_found, not_our_json, spared};
pub use record::{entries, said_in, steps};
pub use wrong::{Wrong, shown_again, shown_again_of};
