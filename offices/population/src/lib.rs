//! The office `population`.
