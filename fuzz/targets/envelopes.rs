//! Hands the bytes of libFuzzer to the oracle `envelopes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::envelopes::check(bytes));
