//! Hands the bytes of libFuzzer to the oracle `signings`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::signings::check(bytes));
