//! Asks a STUN server with two addresses what the NAT of this network does (RFC 5780).
//!
//! There are three steps, and the time-out bounds each of them: lookup and first answer, the tests of the
//! filter, the tests of the mapping. A filter shows in silence, so that the second step usually takes the whole
//! time-out; the other two take as long as their answers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::timeout_at;

use crate::config::address::ServerUri;
use crate::config::{address, defaults};
use crate::net::stream::Stream;
use crate::net::udp;
use crate::protocol::behaviour::{Discovery, Port, Step};
use crate::protocol::binding::Seen;
use crate::protocol::evidence::{Behaviour, Doubt, Evidence};
use crate::protocol::{TransactionId, binding, evidence};

use super::report::{Asked, NatReport, conclusion};
use crate::probe::connection::Connection;
use crate::probe::plan::{Options, Target};
use crate::probe::report::{Code, RowError, Transport};
use crate::probe::schedule::Found;
use crate::probe::{block_on, schedule};

/// How many servers are asked at once whether they can test NATs.
const AT_ONCE: usize = 8;

/// Tests the NAT with the first of `servers`, in their order, that leaves nothing unknown. Where none does, the
/// report is of the one that tells most, and says why it does not tell more.
///
/// # Errors
/// The outer one when the system refuses what an event loop needs; the inner one when no server answers: then
/// it is the problem of the first, or nothing when there are no servers.
pub fn run(servers: &[ServerUri], options: Options) -> io::Result<Result<NatReport, Option<RowError>>> {
    let options = Arc::new(options);
    block_on(async {
        let mut best: Option<NatReport> = None;
        let mut failure = None;
        for batch in servers.chunks(AT_ONCE) {
            // Greeted all at once, silent servers cost one time-out together.
            let greetings: Vec<_> = batch
                .iter()
                .map(|server| tokio::spawn(contact(server.clone(), Arc::clone(&options))))
                .collect();
            for greeting in greetings {
                let greeted = greeting.await.unwrap_or_else(schedule::resume_panic);
                match examine(greeted, &options).await {
                    Ok(report) if report.known() == NatReport::ALL => return Ok(report),
                    Ok(report) if best.as_ref().is_none_or(|best| best.known() < report.known()) => {
                        best = Some(report);
                    }
                    Ok(_) => {}
                    Err(problem) => {
                        failure.get_or_insert(problem);
                    }
                }
            }
        }
        best.ok_or(failure)
    })
}

/// What a server that was greeted can tell.
async fn examine(greeted: Result<Contact, RowError>, options: &Options) -> Result<NatReport, RowError> {
    let contact = greeted?;
    Ok(match contact.second() {
        Ok(second) => {
            let evidence = test(&contact, second, options).await?;
            contact.report(evidence.mapping(), evidence.filtering(), evidence.doubt())
        }
        Err(doubt) => contact.report(contact.first_impression(), Behaviour::Unknown, Some(doubt)),
    })
}

/// Of the configured servers those worth asking: over UDP, without those known to have one address only,
/// unless there is no other.
#[must_use]
pub fn candidates(configured: &[ServerUri]) -> Vec<ServerUri> {
    let examples = defaults::stun_examples();
    let cannot = |uri: &ServerUri| examples.iter().any(|example| example.uri == *uri && !example.rfc5780);
    let (no, perhaps): (Vec<_>, Vec<_>) =
        configured.iter().filter(|uri| is_asked(uri)).cloned().partition(cannot);
    if perhaps.is_empty() { no } else { perhaps }
}

/// Whether a server can be asked: over UDP without encryption, which is what calls punch holes with. TURN
/// servers are STUN servers as well.
#[must_use]
pub fn is_asked(server: &ServerUri) -> bool {
    server.transport == address::Transport::Udp && !server.scheme.is_secure()
}

/// A server that has answered.
struct Contact {
    server: ServerUri,
    address: SocketAddr,
    /// This machine's own address towards the server.
    local: SocketAddr,
    seen: Seen,
}

impl Contact {
    /// The server's second address, or why it cannot test NATs.
    fn second(&self) -> Result<SocketAddr, Doubt> {
        evidence::second_address(self.address, self.seen.other_address)
    }

    /// Whether the server saw another address than this machine's own.
    fn is_behind_nat(&self) -> bool {
        let (local, mapped) = (self.local, self.seen.mapped_address);
        (local.ip(), local.port()) != (mapped.ip(), mapped.port())
    }

    /// How the NAT maps, as far as test I alone can tell.
    fn first_impression(&self) -> Behaviour {
        if self.is_behind_nat() { Behaviour::Unknown } else { Behaviour::None }
    }

    /// The report on what was found out.
    fn report(&self, mapping: Behaviour, filtering: Behaviour, doubt: Option<Doubt>) -> NatReport {
        let server = self.server.to_string();
        let examples = defaults::stun_examples();
        let instead = examples.iter().find(|other| other.rfc5780 && other.uri.host != self.server.host);
        let instead = instead.map(|other| other.uri.to_string());
        let asked = Asked {
            server: &server,
            address: self.address,
            second: self.seen.other_address,
            origin: self.seen.response_origin,
            instead: instead.as_deref(),
        };
        let conclusion = conclusion(mapping, filtering, doubt, &asked);
        let mapped_address = self.seen.mapped_address;
        NatReport { server, mapping, filtering, mapped_address, conclusion, address: self.address }
    }
}

/// Makes test I with the first address of the server that this machine can send to.
async fn contact(server: ServerUri, options: Arc<Options>) -> Result<Contact, RowError> {
    let target = Target { uri: server.clone(), transport: Transport::Udp, login: None };
    let mut unreachable = None;
    let Found { addresses, deadline } = schedule::addresses(&target, &options).await;
    for address in addresses? {
        match greet(address, &options, deadline).await {
            Ok((local, seen)) => return Ok(Contact { server, address, local, seen }),
            Err(problem) if problem.code == Code::Unreachable => {
                unreachable.get_or_insert(problem);
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(unreachable.unwrap_or_else(|| RowError::no_address(&server.host.to_string(), options.family)))
}

/// Makes one Binding transaction; tells this machine's own address, too.
async fn greet(
    server: SocketAddr,
    options: &Options,
    deadline: Instant,
) -> Result<(SocketAddr, Seen), RowError> {
    let network = |error: io::Error| RowError::network(server, &error);
    let mut conversation = Connection::new(Stream::udp(server).await.map_err(network)?);
    let local = conversation.local_address().ok_or_else(|| network(io::ErrorKind::NotConnected.into()))?;
    let request = binding::request(TransactionId::generate());
    match conversation.transact(request, binding::seen, deadline).await.map_err(network)? {
        Ok(answer) => Ok((local, answer.value)),
        Err(failure) => Err(RowError::transaction(server, failure, options.timeout)),
    }
}

/// Makes the tests, each round from a fresh port of the address that test I was made from.
async fn test(contact: &Contact, second: SocketAddr, options: &Options) -> Result<Evidence, RowError> {
    let network = |error: io::Error| RowError::network(contact.address, &error);
    let filtering = udp::bind(contact.local).await.map_err(network)?;
    let mapping = udp::bind(contact.local).await.map_err(network)?;
    let socket = |port| match port {
        Port::Filtering => &filtering,
        Port::Mapping => &mapping,
    };
    let ids = std::array::from_fn(|_| TransactionId::generate());
    let servers = (contact.address, second);
    let mut discovery =
        Discovery::new(servers, contact.is_behind_nat(), ids, Instant::now(), options.timeout);
    let mut buffer = [0; udp::MOST_BYTES];
    loop {
        match discovery.poll(Instant::now()) {
            Step::Send { port, to, request } => {
                // What cannot be sent is not answered, and what that means is judged in the end.
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
    fn servers_that_are_known_to_be_unfit_are_asked_only_when_there_is_no_other() {
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
