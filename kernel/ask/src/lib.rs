//! kernel-ask.
