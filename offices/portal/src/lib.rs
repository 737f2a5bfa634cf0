//! The office `portal`.
