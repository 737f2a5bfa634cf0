//! Hands the bytes of libFuzzer to the oracle `items`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::items::check(bytes));
