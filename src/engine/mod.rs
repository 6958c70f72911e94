//! The engine: NATS, where several machines keep their settings and where their calls meet.

mod address;
mod connection;
mod error;

pub use address::{Address, InvalidAddress};
pub use connection::{Access, Connection, Engine, ReadLogin};
pub use error::EngineError;
