//! Hands the bytes of libFuzzer to the oracle `tokens`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::tokens::check(bytes));
