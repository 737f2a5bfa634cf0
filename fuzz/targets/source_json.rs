//! Hands the bytes of libFuzzer to the oracle `source_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::source_json::check(bytes));
