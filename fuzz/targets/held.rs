//! Hands the bytes of libFuzzer to the oracle `held`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::held::check(bytes));
