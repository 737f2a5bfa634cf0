//! The second factor: what proves, beside the password, who signs in (GB/T 22239-2019 8.1.4.1 d:
//! two kinds or more, one of them by cryptography).
//!
//! Three kinds stand side by side: certificates over SM2 keys, passkeys (WebAuthn), codes by time (TOTP, RFC 6238).
//! Here are their rows and the step between password and session; what a signature or a
//! code proves is judged by who asks for it.

mod challenges;
mod codes;
mod store;

pub use challenges::{
    Challenge, challenge, done_challenge, end_challenges, open_challenge, take_challenge,
    try_challenge,
};
pub use codes::{CODE_SECRET, CodeSecret, NoCode};
pub use store::{
    Factor, FactorKind, FactorState, NewFactor, add_factor, confirm_factor, end_all_factors,
    end_factor, erase_factors, factor_by_mark, factors_of, take_count, take_step, touch_factor,
};
