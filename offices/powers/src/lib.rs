//! The office `powers`.
