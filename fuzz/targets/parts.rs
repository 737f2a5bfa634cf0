//! Hands the bytes of libFuzzer to the oracle `parts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::parts::check(bytes));
