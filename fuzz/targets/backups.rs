//! Hands the bytes of libFuzzer to the oracle `backups`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::backups::check(bytes));
