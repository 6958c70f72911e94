//! Turns results into text: one file for each form of output.

pub mod manual;
pub mod messages;
pub mod probe;
pub mod prometheus;
pub mod settings;
