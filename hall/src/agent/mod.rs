//! `cityhall agent`: plays, on an official's own machine, the program between a browser and the token that holds
//! a private key. The keys stand in files here, so this serves trials and the demo, and is never called
//! compliant.

mod rules;
mod serve;

pub use rules::{Unfit, shown};
pub use serve::{Agent, Asks, Tokens, bind, go, serve, token};
