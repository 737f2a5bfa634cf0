//! kernel-search.
