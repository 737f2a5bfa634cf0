//! Hands the bytes of libFuzzer to the oracle `message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::message::check(bytes));
