//! kernel-ledger.
