//! Hands the bytes of libFuzzer to the oracle `keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::keys::check(bytes));
