//! Hands the bytes of libFuzzer to the oracle `entries`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::entries::check(bytes));
