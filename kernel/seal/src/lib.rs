//! kernel-seal.
