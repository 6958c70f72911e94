//! The settings for people, for scripts and for other programs.

pub mod coturn;
pub mod diff;
pub mod env;
pub mod json;
pub mod rtc;
pub mod table;
pub mod toml;
