//! kernel-store.
