//! The office `supervision`.
