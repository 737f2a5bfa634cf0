//! kernel-testkit.
