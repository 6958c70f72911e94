//! Tests the NAT of this network with a STUN server that has two addresses (RFC 5780).
//!
//! There are three steps, and the timeout limits each of them: lookup and first response, filtering tests, mapping tests.
//! Only silence reveals a filter, so the second step usually takes the whole timeout; the other two end with their last
//! response.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::timeout_at;

use crate::config::address::{self, ServerUri};
use crate::config::defaults;
use crate::net::stream::Stream;
use crate::net::udp;
use crate::protocol::behaviour::{Discovery, Port, Step};
use crate::protocol::binding::{self, Addresses};
use crate::protocol::evidence::{self, Behaviour, Doubt, Evidence};

use super::over_tcp;
use super::report::{NatReport, Tested, conclusion};
use crate::probe::connection::Connection;
use crate::probe::event_loop::{block_on, resume_panic};
use crate::probe::lookup::{self, Lookup};
use crate::probe::plan::{Options, Target};
use crate::probe::random::transaction_id;
use crate::probe::report::{Code, RowError, Transport};
use crate::probe::source::Source;

/// The most servers that are contacted at once.
const AT_ONCE: usize = 8;

/// Tests the NAT with the first of `servers`, in their order, that leaves nothing unknown. Otherwise returns the report of
/// the one that finds out most; it says why something is unknown.
///
/// # Errors
/// The outer one when the system cannot start an event loop; the inner one when no server responds.
pub fn run(servers: &[ServerUri], options: Options) -> io::Result<Result<NatReport, NoReport>> {
    let options = Arc::new(options);
    block_on(async {
        let mut best: Option<NatReport> = None;
        let mut failures = Vec::new();
        for batch in servers.chunks(AT_ONCE) {
            // Contacted all at once, silent servers take one timeout together.
            let contacts: Vec<_> = batch
                .iter()
                .map(|server| tokio::spawn(contact(server.clone(), Arc::clone(&options))))
                .collect();
            for contact in contacts {
                let contact = contact.await.unwrap_or_else(resume_panic);
                match examine(contact, &options).await {
                    Ok(report) if report.known() == NatReport::ALL => return Ok(report),
                    Ok(report) if best.as_ref().is_none_or(|best| best.known() < report.known()) => {
                        best = Some(report);
                    }
                    Ok(_) => {}
                    Err(failure) => failures.push(failure),
                }
            }
        }
        match best {
            Some(best) => Ok(best),
            None => Err(no_report(failures, &options).await),
        }
    })
}

/// Why there is no report.
#[derive(Debug)]
pub enum NoReport {
    /// There was no server to test with.
    NoServer,
    /// No server responds: the error of the first.
    NoResponse(RowError),
    /// No server responds over UDP, but one does over TCP.
    NoUdp {
        /// The error of the first of these servers over UDP.
        code: Code,
        /// The number of servers that were sent requests over UDP.
        silent: usize,
        /// The server that responds over TCP.
        over_tcp: ServerUri,
    },
}

/// Finds out whether no server responded because no UDP gets through.
async fn no_report(failures: Vec<Failure>, options: &Options) -> NoReport {
    // A response of any kind arrived over UDP; a name that does not resolve says nothing about UDP.
    let lets_udp_out = |failure: &Failure| failure.unreached.is_none() && failure.error.code != Code::Dns;
    let unreached: Vec<_> = failures.iter().filter(|failure| failure.unreached.is_some()).collect();
    if let Some(first) = unreached.first()
        && !failures.iter().any(lets_udp_out)
    {
        let servers = unreached.iter().filter_map(|failure| failure.unreached.clone()).collect();
        if let Some(over_tcp) = over_tcp::first_to_respond(servers, options.timeout).await {
            return NoReport::NoUdp { code: first.error.code, silent: unreached.len(), over_tcp };
        }
    }
    failures.into_iter().next().map_or(NoReport::NoServer, |first| NoReport::NoResponse(first.error))
}

/// Why a server cannot be tested with.
struct Failure {
    error: RowError,
    /// The server and its address, if nothing at all arrived from it.
    unreached: Option<(ServerUri, SocketAddr)>,
}

impl From<RowError> for Failure {
    fn from(error: RowError) -> Self {
        Failure { error, unreached: None }
    }
}

/// Makes the tests with a server that may support them.
async fn examine(contact: Result<Contact, Failure>, options: &Options) -> Result<NatReport, Failure> {
    let contact = contact?;
    Ok(match contact.second() {
        Ok(second) => {
            let evidence = test(&contact, second, options).await?;
            contact.report(evidence.mapping(), evidence.filtering(), evidence.doubt())
        }
        Err(doubt) => contact.report(contact.mapping(), Behaviour::Unknown, Some(doubt)),
    })
}

/// The configured servers worth testing with: those over UDP, without those known to have only one address unless there
/// is no other.
pub fn candidates(configured: &[ServerUri]) -> Vec<ServerUri> {
    let examples = defaults::stun_examples();
    let cannot = |uri: &ServerUri| examples.iter().any(|example| example.uri == *uri && !example.rfc5780);
    let (unfit, possible): (Vec<_>, Vec<_>) =
        configured.iter().filter(|uri| is_testable(uri)).cloned().partition(cannot);
    if possible.is_empty() { unfit } else { possible }
}

/// Whether NAT tests are possible with a server: it uses plain UDP, as the media of calls does. TURN servers are STUN
/// servers as well.
pub fn is_testable(server: &ServerUri) -> bool {
    server.transport == address::Transport::Udp && !server.scheme.is_secure()
}

/// A server that responded.
struct Contact {
    server: ServerUri,
    address: SocketAddr,
    /// This machine's own address on the connection.
    local: SocketAddr,
    addresses: Addresses,
}

impl Contact {
    /// The server's second address, or why it does not support the tests.
    fn second(&self) -> Result<SocketAddr, Doubt> {
        evidence::second_address(self.address, self.addresses.other_address)
    }

    /// Whether the server-reflexive address differs from this machine's own.
    fn is_behind_nat(&self) -> bool {
        let (local, mapped) = (self.local, self.addresses.mapped_address);
        (local.ip(), local.port()) != (mapped.ip(), mapped.port())
    }

    /// The mapping, as far as test I alone tells.
    fn mapping(&self) -> Behaviour {
        if self.is_behind_nat() { Behaviour::Unknown } else { Behaviour::None }
    }

    /// The report on the results.
    fn report(&self, mapping: Behaviour, filtering: Behaviour, doubt: Option<Doubt>) -> NatReport {
        let server = self.server.to_string();
        let examples = defaults::stun_examples();
        let instead = examples.iter().find(|other| other.rfc5780 && other.uri.host != self.server.host);
        let instead = instead.map(|other| other.uri.to_string());
        let tested = Tested {
            server: &server,
            address: self.address,
            second: self.addresses.other_address,
            origin: self.addresses.response_origin,
            instead: instead.as_deref(),
        };
        let conclusion = conclusion(mapping, filtering, doubt, &tested);
        let mapped_address = self.addresses.mapped_address;
        NatReport { server, mapping, filtering, mapped_address, conclusion, address: self.address }
    }
}

/// Makes test I with the first address of the server that this machine can reach.
async fn contact(server: ServerUri, options: Arc<Options>) -> Result<Contact, Failure> {
    let target =
        Target { uri: server.clone(), transport: Transport::Udp, login: None, source: Source::default() };
    let mut unreachable = None;
    let Lookup { addresses, deadline, .. } = lookup::addresses(&target, &options).await;
    for address in addresses? {
        match bind(address, &options, deadline).await {
            Ok((local, addresses)) => return Ok(Contact { server, address, local, addresses }),
            Err(error) => {
                let code = error.code;
                let nothing_arrived = matches!(code, Code::Timeout | Code::Refused | Code::Unreachable);
                let unreached = nothing_arrived.then(|| (server.clone(), address));
                let failure = Failure { error, unreached };
                if code != Code::Unreachable {
                    return Err(failure);
                }
                unreachable.get_or_insert(failure);
            }
        }
    }
    Err(unreachable.unwrap_or_else(|| RowError::no_address(&server.host.to_string(), options.family).into()))
}

/// Makes one Binding transaction; also returns this machine's own address.
async fn bind(
    server: SocketAddr,
    options: &Options,
    deadline: Instant,
) -> Result<(SocketAddr, Addresses), RowError> {
    let network = |error: io::Error| RowError::network(server, &error);
    let mut connection = Connection::new(Stream::Udp(udp::connect(server).await.map_err(network)?));
    let local =
        connection.stream.local_address().ok_or_else(|| network(io::ErrorKind::NotConnected.into()))?;
    let request = binding::request(transaction_id());
    match connection.transact(request, binding::addresses, deadline).await.map_err(network)? {
        Ok(response) => Ok((local, response.value)),
        Err(error) => Err(RowError::transaction(server, error, options.timeout)),
    }
}

/// Makes the tests, each round from a new port of the address that test I was sent from.
async fn test(contact: &Contact, second: SocketAddr, options: &Options) -> Result<Evidence, RowError> {
    let network = |error: io::Error| RowError::network(contact.address, &error);
    let filtering = udp::bind(contact.local).await.map_err(network)?;
    let mapping = udp::bind(contact.local).await.map_err(network)?;
    let socket = |port| match port {
        Port::Filtering => &filtering,
        Port::Mapping => &mapping,
    };
    let ids = std::array::from_fn(|_| transaction_id());
    let servers = (contact.address, second);
    let mut discovery =
        Discovery::new(servers, contact.is_behind_nat(), ids, Instant::now(), options.timeout);
    let mut buffer = [0; udp::MOST_BYTES];
    loop {
        match discovery.poll(Instant::now()) {
            Step::Send { port, to, request } => {
                // A request that cannot be sent gets no response, which the evidence takes into account.
                let _ = socket(port).send_to(request, to).await;
            }
            Step::Wait { port, until } => {
                if let Ok(received) = timeout_at(until.into(), socket(port).recv_from(&mut buffer)).await {
                    let (length, source) = received.map_err(network)?;
                    discovery.handle(source, buffer.get(..length).unwrap_or(&buffer));
                }
            }
            Step::Done(evidence) => return Ok(evidence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;

    #[test]
    fn servers_with_one_address_are_used_only_when_there_is_no_other() {
        let chosen = |servers: &[&str]| -> Vec<String> {
            let uris: Vec<_> =
                servers.iter().map(|text| ServerUri::parse(text, Kind::Stun).unwrap()).collect();
            candidates(&uris).iter().map(ToString::to_string).collect()
        };
        let (unfit, unknown) = ("stun:stun.ipfire.org:3478", "stun:stun.example.de:3478");
        assert_eq!(chosen(&[unfit, "stuns:a.example", unknown]), [unknown]);
        assert_eq!(chosen(&["stuns:a.example", unfit]), [unfit]);
        assert!(chosen(&["stuns:a.example"]).is_empty());
        let defaults: Vec<_> = candidates(&defaults::stun()).iter().map(ToString::to_string).collect();
        assert_eq!(defaults, ["stun:stun.nextcloud.com:443", "stun:stun.m-online.net:3478"]);
    }
}
