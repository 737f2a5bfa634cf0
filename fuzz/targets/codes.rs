//! Hands the bytes of libFuzzer to the oracle `codes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::codes::check(bytes));
