//! Hands the bytes of libFuzzer to the oracle `receipts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::receipts::check(bytes));
