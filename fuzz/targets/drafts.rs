//! Hands the bytes of libFuzzer to the oracle `drafts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::drafts::check(bytes));
