//! Several machines: settings in a nats-server, and calls across several `serve`.

mod access;
mod breaks;
mod calls;
mod cluster;
mod follow;
mod guide;
mod losses;
mod servers;
mod settings;
mod site;
