//! Calls across replicas: several servers of one installation that an engine connects.
//!
//! A reaction is delivered here first and published; each replica delivers it to its listeners and answers who is in the
//! call. Nothing else is shared, so a replica that ends leaves nothing behind. `handle` takes the requests of this server
//! to `link`, which is the connection to the others; `roster` knows who they are, `awaited` who has not answered yet,
//! `gaps` what is missing before `delivery`, and `uptime` whether the engine works.

mod awaited;
mod delivery;
mod gaps;
pub(super) mod handle;
pub(super) mod join;
mod link;
mod message;
mod roster;
mod uptime;
