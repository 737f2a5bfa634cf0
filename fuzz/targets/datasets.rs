//! Hands the bytes of libFuzzer to the oracle `datasets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::datasets::check(bytes));
