//! `cityhall witness`: for others than the city. It watches logs and cosigns their checkpoints, each
//! only when the log goes on from the one it signed before (C2SP `tlog-witness`).

mod desk;
mod rules;
mod serve;

pub use desk::Desk;
pub use serve::serve;
