//! The seal: SM2 signatures, SM3 digests, SM4 envelopes, the keys of one installation, and the
//! Merkle arithmetic of the ledger's public log.
//!
//! Nothing here knows a database, a clock or an office. Algorithms: SM2 GB/T 32918, SM3 GB/T
//! 32905, SM4 GB/T 32907 in GCM as RFC 8998 has it. Key bytes never show in `Debug`.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

pub mod cert;
mod chance;
mod cipher;
mod digest;
mod enclose;
mod error;
mod folder;
mod keys;
mod log_key;
pub mod merkle;
pub mod note;
pub mod passkey;
mod sealed;
mod sign;

#[cfg(test)]
mod judge;

pub use chance::seed;
pub use cipher::{sm4_gcm_open, sm4_gcm_open_with, sm4_gcm_seal, sm4_gcm_seal_with};
pub use digest::{Hasher, hmac_sm3, sm3};
pub use error::{KeysError, SealError};
pub use folder::{is_unfinished, read as read_private};
pub use keys::{
    Holder, Keys, PASSPHRASE_MIN, RingKey, ToldMaster, Use, covered_under, sealed_under,
};
pub use log_key::{Device, DeviceError, LogKey};
pub use sealed::{CoveredColumn, Damage, Sealed, SealedColumn};
pub use sign::{PublicKey, Signed, SigningKey, verify_together};
