//! STUN and TURN without I/O: bytes and time go in, bytes and results come out.
//!
//! Nothing here opens a socket, reads a clock or draws a random number: the time and the transaction id are
//! arguments, so that tests can replay every exchange. Drain the outputs before the next input.
//!
//! stun-proto's `StunAgent` is not used: it ends a transaction with the first response that has its id, even
//! one without an address, while a probe keeps waiting for a valid one and finally reports what came instead.

pub mod allocation;
pub mod behaviour;
pub mod binding;
pub mod evidence;
pub mod flow;
pub mod framing;
pub mod media;
pub mod message;
pub mod retransmission;
pub mod samples;
pub mod transaction;

pub use stun_types::message::TransactionId;
