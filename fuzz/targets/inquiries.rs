//! Hands the bytes of libFuzzer to the oracle `inquiries`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::inquiries::check(bytes));
