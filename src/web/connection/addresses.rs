//! How many connections each address has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts are in this many parts, each with a lock of its own.
const PARTS: usize = 16;
/// The part of an IPv6 address that names a network: a client can use all addresses in it.
const NETWORK: u128 = !0 << 64;

/// The number of connections of each address; for IPv6, of each /64 network.
pub(in crate::web) struct Addresses {
    most: usize,
    parts: [Mutex<HashMap<IpAddr, usize>>; PARTS],
}

impl Addresses {
    pub(in crate::web) fn new(most: usize) -> Self {
        Addresses { most, parts: Default::default() }
    }

    /// Counts a connection until it is dropped. Returns `None` if the address has too many.
    pub(super) fn count(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let network = network(address);
        let mut part = self.part(network);
        let count = part.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Counted { addresses: Arc::clone(self), network })
    }

    fn part(&self, network: IpAddr) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        let sum = match network {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits() >> 64,
        };
        let part = usize::try_from(sum % PARTS as u128).unwrap_or_default();
        // The remainder is less than the number of parts.
        self.parts[part].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// A connection that counts.
pub(in crate::web) struct Counted {
    addresses: Arc<Addresses>,
    network: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.addresses.part(self.network).entry(self.network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_count_one_by_one_and_those_of_ipv6_by_network() {
        let addresses = Arc::new(Addresses::new(2));
        let count = |address: &str| addresses.count(address.parse().unwrap());
        let first = [count("192.0.2.1"), count("::ffff:192.0.2.1")];
        assert!(first.iter().all(Option::is_some));
        assert!(count("192.0.2.1").is_none() && count("192.0.2.2").is_some());
        let _ipv6 = [count("2001:db8::1"), count("2001:db8::ffff:2")];
        assert!(count("2001:db8::3").is_none() && count("2001:db8:0:1::3").is_some());
        drop(first);
        assert!(count("192.0.2.1").is_some());
        assert_eq!(addresses.parts.iter().map(|part| part.lock().unwrap().len()).sum::<usize>(), 1);
    }
}
