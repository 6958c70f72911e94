//! The settings file as text: reading it with the place of every error, and edits that keep all else as it is.

pub mod apply;
mod array;
pub mod diagnostic;
mod node;
mod reader;
pub mod replace;
mod turn_blocks;
pub mod turn_list;
mod turn_tables;
