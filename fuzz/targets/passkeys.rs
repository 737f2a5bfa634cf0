//! Hands the bytes of libFuzzer to the oracle `passkeys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::passkeys::check(bytes));
