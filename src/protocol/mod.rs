//! STUN without sockets: bytes and time go in, bytes and verdicts come out.
//!
//! Nothing here opens a socket, reads a clock or draws a random number: the time and the transaction id are
//! arguments, so every exchange can be replayed in a test. Drain the outputs before the next input.
//!
//! stun-proto's `StunAgent` is not used: it ends a transaction with the first response that has its id, even
//! one without an address, while a probe keeps listening for a good one and says in the end what came instead.

pub mod allocation;
pub mod behaviour;
pub mod binding;
pub mod evidence;
pub mod framing;
pub mod message;
pub mod retransmission;
pub mod transaction;

pub use stun_types::message::TransactionId;
