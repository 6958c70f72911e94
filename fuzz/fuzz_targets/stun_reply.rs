//! See `fuzz/bodies/stun_reply.rs`.
#![no_main]

#[path = "../bodies/stun_reply.rs"]
mod stun_reply;

libfuzzer_sys::fuzz_target!(|data: &[u8]| stun_reply::check(data));
