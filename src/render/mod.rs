//! Results in, bytes out: one file per form of output.

pub mod messages;
pub mod probe;
pub mod settings;
