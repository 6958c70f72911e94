//! See `fuzz/bodies/address.rs`.
#![no_main]

#[path = "../bodies/address.rs"]
mod address;

libfuzzer_sys::fuzz_target!(|data: &[u8]| address::check(data));
