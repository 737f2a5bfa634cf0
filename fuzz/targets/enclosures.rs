//! Hands the bytes of libFuzzer to the oracle `enclosures`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::enclosures::check(bytes));
