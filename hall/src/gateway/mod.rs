//! `cityhall gateway`: a department's site of the exchange, run by the department. It holds the department's keys, keeps
//! what is to be sent and what came in a store of its own, connects outwards to the centre only, and speaks to the
//! department's systems on the loopback. See `docs/gateway.md`.

mod answers;
mod book;
mod centre;
mod config;
mod evidence;
mod local;
mod publishes;
mod receive;
mod rules;
mod send;
mod sent;
mod serve;
mod site;
mod subscribes;

#[cfg(test)]
mod tests;

pub use config::{Config, init, lay_demo, lay_keys};
pub use publishes::test_run;
pub use serve::serve;
pub use site::Site;
