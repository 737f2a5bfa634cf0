//! Hands the bytes of libFuzzer to the oracle `queries`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::queries::check(bytes));
