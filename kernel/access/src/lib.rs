//! kernel-access.
