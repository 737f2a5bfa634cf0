//! Hands the bytes of libFuzzer to the oracle `files`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::files::check(bytes));
