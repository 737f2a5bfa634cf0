//! kernel-vault.
