//! The terminal: its capabilities, and what is drawn on it.

mod keyboard;
pub mod keys;
mod line;
pub mod menu;
pub mod mode;
pub mod paragraph;
pub mod progress;
pub mod prompt;
pub mod screen;
mod stream;
pub mod table;

pub use menu::room;
pub use stream::{ColorChoice, Stream, Style, Terminal, can_redraw, size};
