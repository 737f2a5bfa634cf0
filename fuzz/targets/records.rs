//! Hands the bytes of libFuzzer to the oracle `records`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::records::check(bytes));
