//! Hands the bytes of libFuzzer to the oracle `answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::answers::check(bytes));
