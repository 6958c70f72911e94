//! The row of a TURN server: two allocations, round trips from one relay to the other, and the release of both.
//!
//! Both clients are this program, so that no reachable peer is needed: what the first one sends to the relay of the
//! second passes through the server twice. They are set up at once, as far-away servers leave no time for one after the
//! other. Both allocations are released whatever happens.

pub(super) mod client;
mod outside;
mod round_trip;
pub(super) mod tally;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::protocol::allocation::{Allocated, MOST_USERNAME, Wanted};
use crate::protocol::evidence::is_private;
use crate::protocol::transaction::{ErrorResponse, Response, TransactionError};

use crate::probe::connection::Outcome;
use crate::probe::job::{Job, interrupted};
use crate::probe::report::stage::Stage;
use crate::probe::report::{Bridge, Code, Family, Row, RowError, Rtt, Status, Turn, WarningCode};
use client::{Client, End};
use outside::Outside;
use round_trip::Exchange;
use tally::{MEDIA_BYTES, Tally, Verdict};

/// The most redirects that are followed, as in browsers.
const MOST_REDIRECTS: usize = 5;
/// The most allocations that are tried while the server takes them for old ones (437), as in browsers.
const MOST_MISMATCHES: u32 = 3;
/// The most small datagrams that are sent over a bridge.
const MOST_OVER_BRIDGE: u32 = 10;
/// A shorter lifetime of an allocation is worth a warning, in seconds.
const SHORT_LIFETIME_S: u32 = 60;

/// Fills in the row of a TURN server at one address.
pub(super) async fn probe(mut row: Row, server: SocketAddr, job: Job<'_>) -> Row {
    if let Some(error) = unusable_login(job) {
        return row.failed(error);
    }
    let mut visited = vec![server];
    loop {
        let at = *visited.last().unwrap_or(&server);
        row.address = Some(at);
        match relay_once(&mut row, [at, at], job.options.relay_count, job).await {
            Ok(()) => {
                row.status = Status::Ok;
                return row;
            }
            Err(End::Failed(error)) => return row.failed(*error),
            Err(End::Redirected(next)) => {
                if !can_follow(&visited, next) {
                    return row.failed(RowError::redirected(at, Some(next)));
                }
                visited.push(next);
                row.redirected = true;
                row.turn = Some(Box::default());
            }
        }
    }
}

/// The error of a user name that fits into no request.
pub(super) fn unusable_login(job: Job<'_>) -> Option<RowError> {
    let length = job.target.login.as_ref()?.username.len();
    (length > MOST_USERNAME).then(|| RowError::long_username(length))
}

/// Whether a redirect is followed after those to the `visited` servers, as in browsers.
pub(super) fn can_follow(visited: &[SocketAddr], next: SocketAddr) -> bool {
    // Another family would be another row, and browsers do not follow there either.
    visited.iter().all(|at| at.is_ipv6() == next.is_ipv6() && *at != next)
        && !next.ip().is_unspecified()
        && next.port() != 0
        && visited.len() <= MOST_REDIRECTS
}

/// Connects a client over IPv6 with one over IPv4 where a server works over both families, and records the verdict in
/// the IPv6 row.
pub(super) async fn bridge(rows: &mut [Row], job: Job<'_>) {
    let works = |row: &Row, family| row.has_relay() && row.status == Status::Ok && row.family == Some(family);
    let ipv4 = rows.iter().find(|row| works(row, Family::Ipv4)).and_then(|row| row.address);
    let Some(row) = rows.iter_mut().find(|row| works(row, Family::Ipv6)) else { return };
    let (Some(ipv6), Some(ipv4)) = (row.address, ipv4) else { return };
    let count = job.options.relay_count.min(MOST_OVER_BRIDGE);
    let mut scratch = Row { turn: Some(Box::default()), ..row.clone() };
    // The allocations of the rows may not have ended yet. A far-away server leaves no time of theirs.
    let job = Job { shares_quota: true, deadline: Instant::now() + job.options.timeout, ..job };
    let error = match relay_once(&mut scratch, [ipv6, ipv4], count, job).await {
        Ok(()) => None,
        Err(End::Failed(error)) => Some(error.over(row.transport)),
        Err(End::Redirected(next)) => Some(RowError::redirected(ipv6, Some(next))),
    };
    let relay = scratch.turn.and_then(|turn| turn.relay).unwrap_or_default();
    let status = if error.is_none() { Status::Ok } else { Status::Failed };
    if let Some(turn) = &mut row.turn {
        turn.bridge = Some(Box::new(Bridge { status, relay, error }));
    }
}

/// Creates both allocations, sends data between them, and releases them, also after an interrupt.
async fn relay_once(row: &mut Row, servers: [SocketAddr; 2], count: u32, job: Job<'_>) -> Result<(), End> {
    let mut clients = [None, None];
    let end = tokio::select! {
        biased;
        () = interrupted(job.stop) => Err(RowError::interrupted(servers[0]).into()),
        end = round_trips(row, &mut clients, servers, count, job) => end,
    };
    release(&mut clients).await;
    end
}

/// Releases the allocations of both clients.
pub(super) async fn release(clients: &mut [Option<Client>; 2]) {
    let release = async |client: &mut Option<Client>| {
        if let Some(client) = client {
            client.release().await;
        }
    };
    let [first, second] = clients;
    tokio::join!(release(first), release(second));
}

/// Creates both allocations on a server, opens each to the other, and returns them.
pub(super) async fn connect(
    row: &mut Row,
    clients: &mut [Option<Client>; 2],
    server: SocketAddr,
    job: Job<'_>,
) -> Result<[Allocated; 2], End> {
    let (near, far) = set_up(row, clients, [server, server], job).await;
    let (near, far) = both(near, far)?;
    if let [Some(first), Some(second)] = clients {
        let (near, far) = tokio::join!(
            first.open(far.value.relayed_address, None, job),
            second.open(near.value.relayed_address, None, job)
        );
        let _permitted = both(near, far)?;
    }
    Ok([near.value, far.value])
}

async fn round_trips(
    row: &mut Row,
    clients: &mut [Option<Client>; 2],
    servers: [SocketAddr; 2],
    count: u32,
    job: Job<'_>,
) -> Result<(), End> {
    let (near, far) = set_up(row, clients, servers, job).await;
    if let Ok(near) = &near {
        record(row, near, servers[0])?;
    }
    let (near, far) = both(near, far)?;
    let near_relay = near.value.relayed_address;
    // The row of each server has its own test.
    let outside =
        (servers[0] == servers[1] && is_as_near(servers[0], near_relay)).then_some(near.value.mapped_address);
    let [Some(first), Some(second)] = clients else { return Ok(()) };
    let (permitted, far) =
        tokio::join!(first.open(far.value.relayed_address, outside, job), second.open(near_relay, None, job));
    let (permitted, _) = both(permitted, far)?;

    let mut outside = match outside {
        Some(mapped) => {
            open_outside(row, servers[0], near_relay, mapped.ip(), permitted, first.quickest()).await
        }
        None => None,
    };
    let started = Instant::now();
    let outside_socket = outside.as_mut();
    let tally = Tally::new(first.is_over_stream());
    let mut exchange = Exchange { first, second, outside: outside_socket, until: job.deadline, tally };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    exchange.run(count).await.map_err(|error| RowError::network(servers[0], &error))?;
    let (tally, quickest) = (exchange.tally, exchange.first.quickest());
    judge(row, &tally, servers[0], started, quickest, job)?;
    if let Some(finding) = outside.and_then(|outside| outside.finding(job.deadline)) {
        row.warn(WarningCode::RelayUnreachable, finding);
    }
    Ok(())
}

/// Connects both clients and creates their allocations, at once.
async fn set_up(
    row: &mut Row,
    clients: &mut [Option<Client>; 2],
    servers: [SocketAddr; 2],
    job: Job<'_>,
) -> (Result<Response<Allocated>, End>, Result<Response<Allocated>, End>) {
    let [first, second] = clients;
    let mut other = row.clone();
    // Neither is dropped halfway, when it is unknown what there is to release.
    let (near, far) =
        tokio::join!(join(row, first, servers[0], job), join(&mut other, second, servers[1], job));
    row.sent += other.sent;
    row.received += other.received;
    (near, far)
}

/// Whether a plain socket that reaches the server can reach its relay: both are of one family, and public or private.
fn is_as_near(server: SocketAddr, relay: SocketAddr) -> bool {
    server.is_ipv4() == relay.is_ipv4() && is_private(server.ip()) == is_private(relay.ip())
}

/// The results of both clients, or the error that says more: to one of them the server may be silent.
fn both<T>(near: Result<T, End>, far: Result<T, End>) -> Result<(T, T), End> {
    match (near, far) {
        (Ok(near), Ok(far)) => Ok((near, far)),
        (Err(End::Failed(near)), Err(far)) if near.code == Code::Timeout => Err(far),
        (Err(end), _) | (_, Err(end)) => Err(end),
    }
}

/// Connects a client and creates its allocation.
async fn join(
    row: &mut Row,
    client: &mut Option<Client>,
    server: SocketAddr,
    job: Job<'_>,
) -> Result<Response<Allocated>, End> {
    join_wanting(row, client, server, None, job).await
}

/// The same with this kind of relay.
pub(super) async fn join_wanting(
    row: &mut Row,
    client: &mut Option<Client>,
    server: SocketAddr,
    wanted: Option<Wanted>,
    job: Job<'_>,
) -> Result<Response<Allocated>, End> {
    let mut tries = 0;
    loop {
        tries += 1;
        let client = client.insert(Client::connect(row, server, job).await?.wanting(wanted));
        let result = client.allocate(job).await;
        row.trip = client.quickest();
        match &result {
            // Browsers try again from another port.
            Err(End::Failed(error)) if error.code == Code::AllocationMismatch && tries < MOST_MISMATCHES => {}
            _ => {
                row.sent += 1;
                row.received += u32::from(result.is_ok());
                return result;
            }
        }
    }
}

/// Records the first allocation in the row.
pub(super) fn record(
    row: &mut Row,
    response: &Response<Allocated>,
    server: SocketAddr,
) -> Result<(), RowError> {
    let Allocated { relayed_address, lifetime_s, mapped_address } = response.value;
    row.mapped_address = Some(mapped_address);
    row.rtt_ms = Rtt::of(vec![response.rtt]);
    row.software.clone_from(&response.software);
    row.warn_of_fingerprint(response.has_wrong_fingerprint);
    if relayed_address.ip().is_unspecified() {
        return Err(RowError::no_relayed_address(server, relayed_address));
    }
    let (relayed, lifetime) = (Some(relayed_address), Some(lifetime_s));
    row.turn = Some(Box::new(Turn { relayed_address: relayed, lifetime_s: lifetime, ..Turn::default() }));
    if is_private(relayed_address.ip()) && !is_private(server.ip()) {
        let ip = relayed_address.ip();
        let message = format!(
            "the relayed address {ip} is private, so peers elsewhere cannot reach it: configure the server's public address"
        );
        row.warn(WarningCode::RelayPrivateAddress, message);
    }
    if lifetime_s < SHORT_LIFETIME_S {
        let message = format!(
            "the allocation lasts only {lifetime_s} s without a refresh, so that a short outage ends a call: raise the server's lifetime (600 s is usual)"
        );
        row.warn(WarningCode::ShortLifetime, message);
    }
    Ok(())
}

/// Opens the socket of a peer without a relay, where the server relays to this machine.
async fn open_outside(
    row: &mut Row,
    server: SocketAddr,
    relay: SocketAddr,
    own: IpAddr,
    permitted: Outcome<()>,
    quickest: Option<Duration>,
) -> Option<Outside> {
    match permitted {
        Ok(_) => Outside::open(server, relay, own, quickest.unwrap_or_default()).await.ok(),
        // Servers should not relay to private addresses: most peers are elsewhere.
        Err(TransactionError::ErrorResponse(ErrorResponse { code: 403, .. })) if !is_private(own) => {
            let message = format!(
                "the server does not relay to this machine at {own} (error 403), so calls with only one side relayed may fail: check its rules for peers (coturn: denied-peer-ip)"
            );
            row.warn(WarningCode::RelayUnreachable, message);
            None
        }
        Err(_) => None,
    }
}

/// Judges a relay by the data that it carried.
fn judge(
    row: &mut Row,
    tally: &Tally,
    server: SocketAddr,
    started: Instant,
    quickest: Option<Duration>,
    job: Job<'_>,
) -> Result<(), RowError> {
    if let Some(turn) = &mut row.turn {
        turn.relay = Some(tally.relay());
    }
    // A datagram travels to the server and back twice.
    let is_late = quickest.is_none_or(|quickest| job.was_too_short(4, started, quickest));
    match tally.verdict(job.deadline) {
        Verdict::NoData if is_late => Err(job.timed_out(server, Stage::RoundTrip, started, quickest)),
        Verdict::NoData => Err(RowError::no_data(server)),
        Verdict::OutOfTime => {
            let quickest = quickest.unwrap_or_default();
            Err(RowError::out_of_time(server, Stage::RoundTrip, quickest, job.options.timeout))
        }
        Verdict::PacketSize => Err(RowError::packet_size(server, MEDIA_BYTES)),
        Verdict::Throttled => {
            let (sent, received) = tally.media();
            Err(RowError::throttled(server, sent, received))
        }
        Verdict::Good => {
            let (sent, received) = tally.counts(job.deadline);
            row.warn_of_loss(sent, received);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::Transport;

    fn recorded(server: &str, relayed: &str, lifetime_s: u32) -> Row {
        let mut row = Row::new("turn:a:1?transport=udp".into(), Kind::Turn, Transport::Udp);
        let relayed_address = relayed.parse().unwrap();
        let value = Allocated { relayed_address, mapped_address: relayed_address, lifetime_s };
        let response = Response { value, software: None, rtt: Duration::ZERO, has_wrong_fingerprint: false };
        record(&mut row, &response, server.parse().unwrap()).unwrap();
        row
    }

    fn warns(row: &Row, code: WarningCode) -> bool {
        row.warnings.iter().any(|warning| warning.code == code)
    }

    #[test]
    fn warns_of_a_private_relay_of_a_public_server() {
        let warned = |server: &str, relayed: &str| {
            warns(&recorded(server, relayed, 600), WarningCode::RelayPrivateAddress)
        };
        for private in ["10.1.2.3:1", "192.168.0.1:1", "172.16.0.1:1", "100.64.0.1:1", "127.0.0.1:1"] {
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

    #[test]
    fn warns_of_a_lifetime_under_a_minute() {
        for (lifetime_s, expected) in [(30, true), (59, true), (60, false), (600, false)] {
            let row = recorded("203.0.113.1:3478", "203.0.113.1:1", lifetime_s);
            assert_eq!(warns(&row, WarningCode::ShortLifetime), expected, "{lifetime_s}");
        }
    }
}
