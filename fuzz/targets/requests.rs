//! Hands the bytes of libFuzzer to the oracle `requests`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::requests::check(bytes));
