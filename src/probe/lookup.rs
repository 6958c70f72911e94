//! From a server's host to the addresses to probe.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout_at;

use super::job::interrupted;
use super::plan::{Options, Target};
use super::report::{Family, RowError};
use crate::config::address::Host;
use crate::net::resolve;

/// The result of a lookup.
#[derive(Debug)]
pub(super) struct Lookup {
    /// The addresses to probe, at least one.
    pub(super) addresses: Result<Vec<SocketAddr>, RowError>,
    /// All addresses of the name.
    pub(super) found: Vec<SocketAddr>,
    /// When the server times out; its time starts with the lookup.
    pub(super) deadline: Instant,
    /// How long the lookup took.
    pub(super) took: Duration,
}

/// Looks a server up as [`addresses`] does, unless the probe is interrupted.
pub(super) async fn addresses_unless_interrupted(
    target: &Target,
    options: &Options,
    stop: &watch::Receiver<bool>,
) -> Lookup {
    tokio::select! {
        // After an interrupt no lookup starts.
        biased;
        () = interrupted(stop) => {
            let addresses = Err(RowError::interrupted(&target.uri.host));
            Lookup { addresses, found: Vec::new(), deadline: Instant::now(), took: Duration::ZERO }
        }
        lookup = addresses(target, options) => lookup,
    }
}

/// Looks a server up. The time that a name waits for a lookup slot does not count.
pub(super) async fn addresses(target: &Target, options: &Options) -> Lookup {
    let host = target.uri.host.to_string();
    let (found, deadline, took) = match &target.uri.host {
        Host::Ip(_) => {
            let address = target.ip_address().into_iter().collect();
            (Ok(address), Instant::now() + options.timeout, Duration::ZERO)
        }
        Host::Name(name) => {
            let lookup = resolve::start(name, target.uri.port).await;
            let started = Instant::now();
            let deadline = started + options.timeout;
            let found = match timeout_at(deadline.into(), lookup).await {
                Ok(found) => found.map_err(|error| RowError::lookup(&host, &error, started.elapsed())),
                Err(_) => Err(RowError::slow_lookup(&host, options.timeout)),
            };
            (found, deadline, started.elapsed())
        }
    };
    let addresses = found.as_ref().map_err(RowError::clone).map(|found| choose(found, options.family));
    let addresses = addresses.and_then(|chosen| {
        if chosen.is_empty() { Err(RowError::no_address(&host, options.family)) } else { Ok(chosen) }
    });
    Lookup { addresses, found: found.unwrap_or_default(), deadline, took }
}

/// Chooses the addresses of a name to probe: the first of each wanted family, IPv4 before IPv6. A family without
/// addresses is left out.
fn choose(found: &[SocketAddr], wanted: Option<Family>) -> Vec<SocketAddr> {
    [Family::Ipv4, Family::Ipv6]
        .into_iter()
        .filter(|family| wanted.is_none_or(|wanted| wanted == *family))
        .filter_map(|family| found.iter().copied().find(|address| Family::of(*address) == family))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_first_address_of_each_family() {
        let found = ["[::1]:1", "127.0.0.1:1", "127.0.0.2:1", "[::2]:1"].map(|a| a.parse().unwrap());
        let both = ["127.0.0.1:1", "[::1]:1"].map(|a| a.parse().unwrap());
        assert_eq!(choose(&found, None), both);
        assert_eq!(choose(&found, Some(Family::Ipv4)), both[..1]);
        assert_eq!(choose(&found, Some(Family::Ipv6)), both[1..]);
        assert_eq!(choose(&found[..1], Some(Family::Ipv4)), []);
        assert_eq!(choose(&[], None), []);
    }
}
