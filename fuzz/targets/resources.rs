//! Hands the bytes of libFuzzer to the oracle `resources`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::resources::check(bytes));
