//! See `fuzz/bodies/turn_reply.rs`.
#![no_main]

#[path = "../bodies/turn_reply.rs"]
mod turn_reply;

libfuzzer_sys::fuzz_target!(|data: &[u8]| turn_reply::check(data));
