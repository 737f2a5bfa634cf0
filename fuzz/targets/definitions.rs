//! Hands the bytes of libFuzzer to the oracle `definitions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::definitions::check(bytes));
