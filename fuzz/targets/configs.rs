//! Hands the bytes of libFuzzer to the oracle `configs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::configs::check(bytes));
