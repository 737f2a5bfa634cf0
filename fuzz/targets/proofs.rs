//! Hands the bytes of libFuzzer to the oracle `proofs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::proofs::check(bytes));
