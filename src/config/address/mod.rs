//! Addresses of STUN and TURN servers: URIs of RFC 7064 and RFC 7065 in one canonical form.

mod error;
mod parse;
mod types;

pub use error::{AddressError, AddressErrorKind};
pub use types::{Host, Kind, Scheme, ServerUri, Transport};
