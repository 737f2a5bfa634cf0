//! Hands the bytes of libFuzzer to the oracle `forms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::forms::check(bytes));
