//! `cityhall agent`: on an official's own machine, the program between a browser and the private key. The key stands in a
//! token behind its maker's library (GM/T 0016), or in a file: then it serves trials, machines and the demo, and is never
//! called compliant.

mod key_file;
mod rules;
mod serve;
mod tokens;

pub use key_file::{Passphrase, open as open_key, protect};
pub use rules::{Unfit, shown};
pub use serve::{Agent, Asks, bind, go, serve};
pub use tokens::{AskPin, Tokens, facts};
