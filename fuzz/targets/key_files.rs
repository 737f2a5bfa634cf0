//! Hands the bytes of libFuzzer to the oracle `key_files`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::key_files::check(bytes));
