//! The office `identity`.
