//! kernel-flow.
