//! Hands the bytes of libFuzzer to the oracle `cursors`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::cursors::check(bytes));
