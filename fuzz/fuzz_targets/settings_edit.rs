//! See `fuzz/bodies/settings_edit.rs`.
#![no_main]

#[path = "../bodies/settings_edit.rs"]
mod settings_edit;

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings_edit::check(data));
