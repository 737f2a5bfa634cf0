//! Hands the bytes of libFuzzer to the oracle `manuscripts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::manuscripts::check(bytes));
