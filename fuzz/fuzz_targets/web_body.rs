//! See `fuzz/bodies/web_body.rs`.
#![no_main]

#[path = "../bodies/web_body.rs"]
mod web_body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| web_body::check(data));
