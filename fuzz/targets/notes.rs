//! Hands the bytes of libFuzzer to the oracle `notes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::notes::check(bytes));
