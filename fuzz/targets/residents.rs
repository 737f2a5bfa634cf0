//! Hands the bytes of libFuzzer to the oracle `residents`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::residents::check(bytes));
