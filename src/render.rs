//! Results in, bytes out: one file per form of output.

pub mod table;
