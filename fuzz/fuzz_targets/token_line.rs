//! See `fuzz/bodies/token_line.rs`.
#![no_main]

#[path = "../bodies/token_line.rs"]
mod token_line;

libfuzzer_sys::fuzz_target!(|data: &[u8]| token_line::check(data));
