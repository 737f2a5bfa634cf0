//! kernel-clock.
