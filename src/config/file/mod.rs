//! The settings file: reading it, with the position of every error, and edits that keep everything else as it is.

pub mod apply;
mod array;
pub mod diagnostic;
mod lines;
pub mod load;
mod mask;
pub(super) mod node;
pub(super) mod plain;
mod reader;
mod recovered;
pub mod replace;
mod splice;
mod turn_blocks;
pub mod turn_list;
