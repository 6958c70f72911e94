//! The settings, for people, scripts and other programs.

pub mod coturn;
pub mod diff;
pub mod env;
pub mod json;
mod listed;
pub mod rtc;
pub mod table;
pub mod toml;

pub use listed::Listed;
