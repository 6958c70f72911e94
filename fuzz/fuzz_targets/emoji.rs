//! See `fuzz/bodies/emoji.rs`.
#![no_main]

#[path = "../bodies/emoji.rs"]
mod emoji;

libfuzzer_sys::fuzz_target!(|data: &[u8]| emoji::check(data));
