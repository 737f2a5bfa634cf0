//! kernel-frame.
