//! Addresses of STUN and TURN servers: URIs of RFC 7064 and RFC 7065 in one canonical form.

mod browsers;
mod error;
mod parse;
mod types;

pub use browsers::MissingTransport;
pub use error::{AddressError, AddressErrorKind};
pub use types::{Host, Kind, Scheme, ServerUri, Transport};
