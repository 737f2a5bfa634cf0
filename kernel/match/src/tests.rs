//! Whole ways, with examples that a clerk understands.

mod examples;
mod register;
