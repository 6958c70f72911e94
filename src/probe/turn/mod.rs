//! The row of a TURN server: two allocations, round trips from one relay to the other, and the release of both.
//!
//! Both clients are this program, so that no reachable peer is needed: what the first one sends to the relay of the
//! second passes through the server twice. Both allocations are released whatever happens.

mod client;
mod round_trip;

use std::net::SocketAddr;
use std::time::Instant;

use crate::protocol::allocation::{Allocated, MOST_USERNAME, RelayFamily};
use crate::protocol::evidence::is_private;
use crate::protocol::transaction::{Response, TransactionError};

use crate::probe::job::{Job, interrupted};
use crate::probe::report::{Bridge, Family, Row, RowError, Rtt, Status, Turn, Warning, WarningCode};
use client::{Client, End};
use round_trip::exchange;

/// The most redirects that are followed, as in browsers.
const MOST_REDIRECTS: usize = 5;
/// The share of the remaining time that a row's data leaves for the bridge: one in this many.
const BRIDGE_SHARE: u32 = 4;
/// The most datagrams that are sent over a bridge.
const MOST_OVER_BRIDGE: u32 = 10;

/// Fills in the row of a TURN server at one address.
pub(super) async fn probe(mut row: Row, server: SocketAddr, job: Job<'_>) -> Row {
    if let Some(login) = &job.target.login
        && login.username.len() > MOST_USERNAME
    {
        return row.failed(RowError::long_username(login.username.len()));
    }
    let data = Data { count: job.options.relay_count, leaves_time: true };
    let mut visited = vec![server];
    loop {
        let at = *visited.last().unwrap_or(&server);
        row.address = Some(at);
        match relay_once(&mut row, [at, at], data, job).await {
            Ok(()) => {
                row.status = Status::Ok;
                return row;
            }
            Err(End::Failed(error)) => return row.failed(*error),
            Err(End::Redirected(next)) => {
                // Another family would be another row, and browsers do not follow there either.
                let can_follow = next.is_ipv6() == at.is_ipv6()
                    && !visited.contains(&next)
                    && !next.ip().is_unspecified()
                    && next.port() != 0;
                if !can_follow || visited.len() > MOST_REDIRECTS {
                    return row.failed(RowError::redirected(at, Some(next)));
                }
                visited.push(next);
                row.redirected = true;
                row.turn = Some(Box::default());
            }
        }
    }
}

/// Connects a client over IPv6 with one over IPv4 where a server works over both families, and records the verdict in
/// the IPv6 row.
pub(super) async fn bridge(rows: &mut [Row], job: Job<'_>) {
    let works = |row: &Row, family| row.has_relay() && row.status == Status::Ok && row.family == Some(family);
    let ipv4 = rows.iter().find(|row| works(row, Family::Ipv4)).and_then(|row| row.address);
    let Some(row) = rows.iter_mut().find(|row| works(row, Family::Ipv6)) else { return };
    let (Some(ipv6), Some(ipv4)) = (row.address, ipv4) else { return };
    let data = Data { count: job.options.relay_count.min(MOST_OVER_BRIDGE), leaves_time: false };
    let mut scratch = Row { turn: Some(Box::default()), ..row.clone() };
    // The allocations of the rows may not have ended yet.
    let job = Job { shares_quota: true, ..job };
    let error = match relay_once(&mut scratch, [ipv6, ipv4], data, job).await {
        Ok(()) => None,
        Err(End::Failed(error)) => Some(error.over(row.transport)),
        Err(End::Redirected(next)) => Some(RowError::redirected(ipv6, Some(next))),
    };
    let relay = scratch.turn.and_then(|turn| turn.relay).unwrap_or_default();
    let status = if error.is_none() { Status::Ok } else { Status::Failed };
    if let Some(turn) = &mut row.turn {
        turn.bridge = Some(Bridge { status, relay, error });
    }
}

/// How many datagrams are sent, and whether they leave time for the bridge.
#[derive(Clone, Copy)]
struct Data {
    count: u32,
    leaves_time: bool,
}

impl Data {
    /// When the last datagram must be back.
    fn until(self, deadline: Instant) -> Instant {
        let left = deadline.saturating_duration_since(Instant::now());
        if self.leaves_time {
            deadline.checked_sub(left / BRIDGE_SHARE).unwrap_or(deadline)
        } else {
            deadline
        }
    }
}

/// Creates both allocations, sends data between them, and releases them, also after an interrupt.
async fn relay_once(row: &mut Row, servers: [SocketAddr; 2], data: Data, job: Job<'_>) -> Result<(), End> {
    let mut clients: Vec<Client> = Vec::new();
    let end = tokio::select! {
        biased;
        () = interrupted(job.stop) => Err(RowError::interrupted(servers[0]).into()),
        end = round_trips(row, &mut clients, servers, data, job) => end,
    };
    if let [first, rest @ ..] = clients.as_mut_slice() {
        tokio::join!(first.release(), async {
            for client in rest {
                client.release().await;
            }
        });
    }
    end
}

async fn round_trips(
    row: &mut Row,
    clients: &mut Vec<Client>,
    servers: [SocketAddr; 2],
    data: Data,
    job: Job<'_>,
) -> Result<(), End> {
    let [near, far] = servers;
    let near_relay = join(row, clients, near, None, job).await?;
    row.mapped_address = near_relay.value.mapped_address;
    row.rtt_ms = Rtt::of(vec![near_relay.rtt]);
    row.software = near_relay.software;
    record(row, near_relay.value, near);
    // Relays can reach each other only within one family.
    let near_relay = near_relay.value.relayed_address;
    let family = RelayFamily::like(near_relay);
    let far_relay = join(row, clients, far, Some(family), job).await?.value.relayed_address;

    // There are two now.
    let [first, second] = clients.as_mut_slice() else { return Err(RowError::no_data(near).into()) };
    first.open(far_relay, job).await?;
    second.open(near_relay, job).await?;
    let relay = exchange(first, second, data.count, data.until(job.deadline)).await;
    let relay = relay.map_err(|error| RowError::network(near, &error))?;
    let (sent, received) = (relay.sent, relay.received);
    if let Some(turn) = &mut row.turn {
        turn.relay = Some(relay);
    }
    match (sent, received) {
        // The time was over before the first datagram.
        (0, _) => Err(RowError::transaction(near, TransactionError::Timeout, job.options.timeout).into()),
        (_, 0) => Err(RowError::no_data(near).into()),
        _ => Ok(()),
    }
}

/// Connects another client and creates its allocation.
async fn join(
    row: &mut Row,
    clients: &mut Vec<Client>,
    server: SocketAddr,
    family: Option<RelayFamily>,
    job: Job<'_>,
) -> Result<Response<Allocated>, End> {
    clients.push(Client::connect(row, server, job).await?);
    row.sent += 1;
    let Some(client) = clients.last_mut() else { return Err(RowError::no_data(server).into()) };
    let response = client.allocate(family, job).await?;
    row.received += 1;
    Ok(response)
}

/// Records the first allocation in the row.
fn record(row: &mut Row, allocated: Allocated, server: SocketAddr) {
    let Allocated { relayed_address, lifetime_s, .. } = allocated;
    let (relayed, lifetime) = (Some(relayed_address), Some(lifetime_s));
    row.turn = Some(Box::new(Turn { relayed_address: relayed, lifetime_s: lifetime, ..Turn::default() }));
    if is_private(relayed_address.ip()) && !is_private(server.ip()) {
        let message = format!(
            "the relayed address {} is private, so peers elsewhere cannot reach it: configure the server's public address",
            relayed_address.ip()
        );
        row.warnings.push(Warning { code: WarningCode::RelayPrivateAddress, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::Transport;

    fn warned(server: &str, relayed: &str) -> bool {
        let mut row = Row::new("turn:a:1?transport=udp".into(), Kind::Turn, Transport::Udp);
        let relayed_address = relayed.parse().unwrap();
        record(
            &mut row,
            Allocated { relayed_address, mapped_address: None, lifetime_s: 600 },
            server.parse().unwrap(),
        );
        row.warnings.iter().any(|warning| warning.code == WarningCode::RelayPrivateAddress)
    }

    #[test]
    fn warns_of_a_private_relay_of_a_public_server() {
        for private in
            ["10.1.2.3:1", "192.168.0.1:1", "172.16.0.1:1", "100.64.0.1:1", "127.0.0.1:1", "0.0.0.0:1"]
        {
            assert!(warned("203.0.113.1:3478", private), "{private}");
            assert!(!warned("10.0.0.1:3478", private), "within one network {private} is fine");
        }
        for private in ["[::1]:1", "[fd00::1]:1", "[fe80::1]:1", "[::ffff:10.0.0.1]:1"] {
            assert!(warned("[2001:db8::1]:3478", private), "{private}");
        }
        for public in ["203.0.113.1:1", "100.128.0.1:1", "172.32.0.1:1", "[2001:db8::2]:1"] {
            assert!(!warned("203.0.113.1:3478", public), "{public}");
        }
    }
}
