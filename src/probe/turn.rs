//! The row of a TURN server: two allocations, a round trip from one relay to the other, and their release.
//!
//! Both clients are this program, so no reachable peer is needed: what the first one sends to the relay of the
//! second has gone through the server twice. Whatever happens, both allocations are released in the end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::protocol::TransactionId;
use crate::protocol::allocation::{self, Allocated, Session};
use crate::protocol::transaction::{Answer, Failure, Refusal};

use super::connect::connect;
use super::conversation::Conversation;
use super::plan::{Options, Target};
use super::report::{Problem, Relay, Row, Rtt, Status, Turn, Warning, WarningCode};

/// How often a server may point to another one, as in browsers.
const MOST_REDIRECTS: usize = 5;
/// How often a nonce may turn out to be stale.
const MOST_NONCES: usize = 3;
/// How long one datagram may take from relay to relay and back.
const ROUND_TRIP: Duration = Duration::from_millis(1000);
/// How long the release may take, beyond the time-out too.
const RELEASE: Duration = Duration::from_millis(400);
/// The channel of each client to the other.
const CHANNEL: u16 = 0x4000;

/// Why a row ends early.
enum End {
    Failed(Box<Problem>),
    Redirected(SocketAddr),
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        End::Failed(Box::new(problem))
    }
}

/// One client of a server: its connection, and what signs its requests.
struct Client {
    server: SocketAddr,
    conversation: Conversation,
    session: Option<Session>,
    /// Whether the server may hold an allocation for it.
    asked: bool,
}

/// Everything that a row needs to know.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) target: &'a Target,
    pub(super) options: &'a Options,
    pub(super) deadline: Instant,
    /// Becomes true when the program is asked to end.
    pub(super) stop: &'a watch::Receiver<bool>,
}

/// Fills in the row of a TURN server at one address.
pub(super) async fn probe(mut row: Row, server: SocketAddr, job: Job<'_>) -> Row {
    let mut visited = vec![server];
    loop {
        let at = *visited.last().unwrap_or(&server);
        row.address = Some(at);
        match relay_once(&mut row, [at, at], job).await {
            Ok(()) => {
                row.status = Status::Ok;
                return row;
            }
            Err(End::Failed(problem)) => return row.failed(*problem),
            Err(End::Redirected(next)) if visited.contains(&next) || visited.len() > MOST_REDIRECTS => {
                return row.failed(Problem::redirected(at, Some(next)));
            }
            Err(End::Redirected(next)) => visited.push(next),
        }
    }
}

/// Sends data from a client over IPv6 to one over IPv4, and back; both relays are IPv4.
pub(super) async fn bridge(
    row: &Row,
    ipv6: SocketAddr,
    ipv4: SocketAddr,
    job: Job<'_>,
) -> Result<Relay, Problem> {
    let mut scratch = row.clone();
    match relay_once(&mut scratch, [ipv6, ipv4], job).await {
        Ok(()) => scratch.turn.and_then(|turn| turn.relay).ok_or_else(|| Problem::no_data(ipv6)),
        Err(End::Failed(problem)) => Err(*problem),
        Err(End::Redirected(next)) => Err(Problem::redirected(ipv6, Some(next))),
    }
}

/// Makes both allocations, sends data between them, and releases them, also when the program is to end.
async fn relay_once(row: &mut Row, servers: [SocketAddr; 2], job: Job<'_>) -> Result<(), End> {
    let mut clients: Vec<Client> = Vec::new();
    let mut stop = job.stop.clone();
    let end = tokio::select! {
        end = round_trips(row, &mut clients, servers, job) => end,
        _ = stop.wait_for(|stop| *stop) => Err(Problem::interrupted(servers[0]).into()),
    };
    for client in &mut clients {
        release(client).await;
    }
    end
}

async fn round_trips(
    row: &mut Row,
    clients: &mut Vec<Client>,
    servers: [SocketAddr; 2],
    job: Job<'_>,
) -> Result<(), End> {
    let mut allocated = Vec::new();
    for server in servers {
        let conversation = connect(row, job.target, server, job.options, job.deadline).await?;
        clients.push(Client { server, conversation, session: None, asked: false });
        let Some(client) = clients.last_mut() else { continue };
        row.sent += 1;
        let Answer { value, software, rtt } = allocate(client, job).await?;
        row.received += 1;
        if allocated.is_empty() {
            note(row, value, software, rtt, server);
        }
        allocated.push(value.relayed_address);
    }
    let ([first, second], [near, far]) = (clients.as_mut_slice(), allocated.as_slice()) else {
        return Err(Problem::no_data(servers[0]).into());
    };
    open(first, *far, job).await?;
    open(second, *near, job).await?;
    let relay = exchange(first, second, job).await.map_err(|error| Problem::network(servers[0], &error))?;
    let received = relay.received;
    if let Some(turn) = &mut row.turn {
        turn.relay = Some(relay);
    }
    if received == 0 { Err(Problem::no_data(servers[0]).into()) } else { Ok(()) }
}

/// Notes in the row what the first allocation gained.
fn note(row: &mut Row, allocated: Allocated, software: Option<String>, rtt: Duration, server: SocketAddr) {
    row.mapped_address = allocated.mapped_address;
    row.software = software;
    row.rtt_ms = Rtt::of(vec![rtt]);
    row.turn = Some(Turn {
        relayed_address: allocated.relayed_address,
        lifetime_s: allocated.lifetime_s,
        relay: None,
        bridge: None,
    });
    if is_private(allocated.relayed_address.ip()) && !is_private(server.ip()) {
        row.warnings.push(Warning {
            code: WarningCode::RelayPrivateAddress,
            message: format!(
                "the relayed address {} is private, so peers elsewhere cannot reach it: tell the server its public address",
                allocated.relayed_address.ip()
            ),
        });
    }
}

/// Allocates a relay: the first request brings the server's challenge, the second one answers it.
async fn allocate(client: &mut Client, job: Job<'_>) -> Result<Answer<Allocated>, End> {
    for _ in 0..=MOST_NONCES {
        let request = allocation::allocate(TransactionId::generate(), client.session.as_ref());
        client.asked = true;
        let result = client.conversation.transact(request, allocation::allocated, job.deadline).await;
        let failure = match result.map_err(|error| Problem::network(client.server, &error))? {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let signed = client.session.is_some();
        match (failure, &job.target.login) {
            (Failure::Refused(Refusal { code: 300, alternate: Some(next), .. }), _) => {
                return Err(End::Redirected(next));
            }
            (Failure::Refused(Refusal { code: 401, challenge: Some(_), .. }), None) if !signed => {
                return Err(Problem::no_credentials(client.server).into());
            }
            // The first 401 is the normal challenge; 438 brings a fresh nonce.
            (Failure::Refused(Refusal { code, challenge: Some(challenge), .. }), Some(login))
                if code == 438 || (code == 401 && !signed) =>
            {
                client.session = Some(Session::new(login, challenge));
            }
            (failure, _) => return Err(Problem::turn(client.server, failure, job.options.timeout).into()),
        }
    }
    Err(Problem::stale_nonces(client.server).into())
}

/// Lets the peer in, and binds the channel to it.
async fn open(client: &mut Client, peer: SocketAddr, job: Job<'_>) -> Result<(), End> {
    let session = client.session.clone();
    let requests = [
        allocation::create_permission(TransactionId::generate(), session.as_ref(), peer),
        allocation::channel_bind(TransactionId::generate(), session.as_ref(), CHANNEL, peer),
    ];
    for request in requests {
        let result = client.conversation.transact(request, allocation::done, job.deadline).await;
        result
            .map_err(|error| Problem::network(client.server, &error))?
            .map_err(|failure| Problem::turn(client.server, failure, job.options.timeout))?;
    }
    Ok(())
}

/// Sends datagrams from relay to relay and back, one after the other.
async fn exchange(first: &mut Client, second: &mut Client, job: Job<'_>) -> io::Result<Relay> {
    let mut rtts = Vec::new();
    let mut sent = 0;
    while sent < job.options.relay_count && Instant::now() < job.deadline {
        let data = format!("cowork-calls {sent:08}");
        let started = Instant::now();
        let until = job.deadline.min(started + ROUND_TRIP);
        sent += 1;
        first.conversation.send_data(CHANNEL, data.as_bytes()).await?;
        if second.conversation.expect_data(CHANNEL, data.as_bytes(), until).await? {
            second.conversation.send_data(CHANNEL, data.as_bytes()).await?;
            if first.conversation.expect_data(CHANNEL, data.as_bytes(), until).await? {
                rtts.push(started.elapsed());
            }
        }
    }
    Ok(Relay { sent, received: u32::try_from(rtts.len()).unwrap_or(sent), rtt_ms: Rtt::of(rtts) })
}

/// Releases an allocation; also one whose answer has not come yet.
async fn release(client: &mut Client) {
    if !client.asked {
        return;
    }
    let deadline = Instant::now() + RELEASE;
    for _ in 0..=MOST_NONCES {
        let request = allocation::refresh(TransactionId::generate(), client.session.as_ref(), 0);
        let result = tokio::time::timeout_at(
            deadline.into(),
            client.conversation.transact(request, allocation::done, deadline),
        );
        let Ok(Ok(Err(Failure::Refused(Refusal { code: 438, challenge: Some(challenge), .. })))) =
            result.await
        else {
            return;
        };
        let Some(session) = &mut client.session else { return };
        session.renew(challenge);
    }
}

/// Whether an address means something only in a network of its own (RFC 1918, RFC 4193, RFC 6598, loopback).
pub(super) fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
