//! Hands the bytes of libFuzzer to the oracle `certificates`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::certificates::check(bytes));
