//! Queries a TURN server for an audit: allocations of both families and over TCP, and permissions.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::peers::{self, Peer};
use crate::probe::job::Job;
use crate::probe::plan::Target;
use crate::probe::report::audit::FindingCode;
use crate::probe::report::{Code, Row, RowError, Transport};
use crate::probe::turn::client::{Client, End};
use crate::probe::turn::{join_wanting, record};
use crate::protocol::allocation::{Allocated, Wanted};
use crate::protocol::transaction::{Response, Transaction, TransactionError};

/// The most addresses of the server itself that are requested.
const MOST_OWN: usize = 8;
/// The most further allocations that find out from which addresses a server relays: coturn takes them in turns.
const SCOUTS: usize = 8;
/// So many allocations in a row at known addresses are taken for the end.
const MOST_KNOWN: usize = 4;
/// The time for a Binding response, beyond the round trips: some servers respond to none.
const BINDING: Duration = Duration::from_millis(600);

/// What is found out about a server.
#[derive(Default)]
pub(super) struct Survey {
    /// The allocation as browsers request it.
    pub(super) main: Leg,
    /// The allocation of the other address family.
    pub(super) other: Leg,
    pub(super) tcp: Tcp,
    /// Finds out from which addresses the server relays.
    scout: Option<Client>,
    /// The relayed addresses that it got.
    relays: Vec<IpAddr>,
    /// What is unknown about the server's own addresses.
    pub(super) unknown: Vec<String>,
}

/// An allocation of one address family, and the permissions that were requested for it.
#[derive(Default)]
pub(super) struct Leg {
    client: Option<Client>,
    pub(super) relayed: Option<IpAddr>,
    /// Whether it was granted without a login.
    is_open: bool,
    pub(super) peers: Vec<Peer>,
    /// In the order of the peers; fewer when there was no time.
    pub(super) permissions: Vec<Transaction<()>>,
    /// Why permissions have no result, if the connection broke, or why there is no allocation.
    pub(super) broke: Option<RowError>,
}

/// Whether the server relays TCP.
#[derive(Default)]
pub(super) struct Tcp {
    client: Option<Client>,
    /// Whether a relay was granted without a login.
    is_open: bool,
    pub(super) result: Option<Result<(), RowError>>,
}

impl Survey {
    /// Queries the server.
    pub(super) async fn query(
        &mut self,
        row: &mut Row,
        server: SocketAddr,
        others: &[SocketAddr],
        job: Job<'_>,
    ) -> Result<(), End> {
        let mut joined = join_wanting(row, &mut self.main.client, server, None, job).await;
        if matches!(&joined, Err(End::Failed(error)) if error.code == Code::FamilyUnsupported) {
            // It may have a relay of the other family.
            release(&mut self.main.client).await;
            joined = join_wanting(row, &mut self.main.client, server, Some(Wanted::Ipv6), job).await;
        }
        let (granted, is_open) = unless_open(joined, self.main.client.as_ref())?;
        self.main.is_open = is_open;
        row.received = row.sent;
        record(row, &granted, server)?;
        let relayed = granted.value.relayed_address.ip();
        self.main.relayed = Some(relayed);
        let mut own: Vec<IpAddr> = others.iter().chain([&server]).map(|address| address.ip()).collect();
        own.extend(self.bind(server, job).await);
        self.limit(&mut own);

        let wanted = if relayed.is_ipv4() { Wanted::Ipv6 } else { Wanted::Ipv4 };
        let shared = Job { shares_quota: true, ..job };
        let scratch = row.clone();
        let Survey { main, other, tcp, .. } = self;
        tokio::join!(
            main.request(&own, server, job),
            other.query(scratch.clone(), &own, server, wanted, shared),
            tcp.query(scratch.clone(), server, shared),
        );
        if self.main.has_granted() || self.other.has_granted() {
            self.find_relays(scratch, server, shared).await;
        }
        Ok(())
    }

    /// The addresses that a Binding response names.
    async fn bind(&mut self, server: SocketAddr, job: Job<'_>) -> Vec<IpAddr> {
        let Some(client) = &mut self.main.client else { return Vec::new() };
        let wait = BINDING + 2 * client.quickest().unwrap_or_default();
        let bound = client.bind(job.deadline.min(Instant::now() + wait)).await;
        match bound {
            Ok(Ok(response)) => {
                let addresses = [response.value.other_address, response.value.response_origin];
                addresses.into_iter().flatten().map(|address| address.ip()).collect()
            }
            // It names none; with coturn's no-stun it does not even respond.
            Ok(Err(TransactionError::ErrorResponse(_) | TransactionError::Timeout)) => Vec::new(),
            _ => {
                let why = "did not respond as a STUN server does";
                self.unknown.push(format!("whether it has other addresses: {server} {why}"));
                Vec::new()
            }
        }
    }

    /// Leaves out what is no address, and what is too much.
    fn limit(&mut self, own: &mut Vec<IpAddr>) {
        own.retain(|ip| !ip.is_unspecified());
        own.sort_unstable();
        own.dedup();
        let more = own.len().saturating_sub(MOST_OWN);
        if more > 0 {
            self.unknown
                .push(format!("whether it relays to all of its own addresses: there are {more} too many"));
            own.truncate(MOST_OWN);
        }
    }

    /// Finds out from which other addresses the server relays: they have to stay allowed, since calls between two relays need
    /// them. Only this server gets the login: it could name any machine as another address of its own.
    async fn find_relays(&mut self, scratch: Row, server: SocketAddr, job: Job<'_>) {
        let mut known = 0;
        for _ in 0..SCOUTS {
            let joined = join_wanting(&mut scratch.clone(), &mut self.scout, server, None, job).await;
            let granted = unless_open(joined, self.scout.as_ref());
            release(&mut self.scout).await;
            let Ok((granted, _)) = granted else { return };
            let relay = granted.value.relayed_address.ip();
            known = if self.all_relays().contains(&relay) { known + 1 } else { 0 };
            self.relays.push(relay);
            if known == MOST_KNOWN {
                return;
            }
        }
    }

    /// The addresses from which the server relays, as far as they are known.
    pub(super) fn all_relays(&self) -> Vec<IpAddr> {
        let mut relays = self.relays.clone();
        relays.extend([self.main.relayed, self.other.relayed].into_iter().flatten());
        relays.retain(|ip| !ip.is_unspecified());
        relays.sort_unstable();
        relays.dedup();
        relays
    }

    /// Whether the server grants any relay without a login.
    pub(super) fn is_open(&self) -> bool {
        self.main.is_open || self.other.is_open || self.tcp.is_open
    }

    /// Releases all allocations.
    pub(super) async fn release(&mut self) {
        let Survey { main, other, tcp, scout, .. } = self;
        tokio::join!(
            release(&mut main.client),
            release(&mut other.client),
            release(&mut tcp.client),
            release(scout)
        );
    }
}

impl Leg {
    /// Creates the allocation, and requests the permissions.
    async fn query(
        &mut self,
        mut scratch: Row,
        own: &[IpAddr],
        server: SocketAddr,
        wanted: Wanted,
        job: Job<'_>,
    ) {
        let joined = join_wanting(&mut scratch, &mut self.client, server, Some(wanted), job).await;
        let is_of_family = |ip: IpAddr| ip.is_ipv6() == (wanted == Wanted::Ipv6);
        match unless_open(joined, self.client.as_ref()) {
            Ok((granted, is_open)) => {
                self.is_open = is_open;
                let ip = granted.value.relayed_address.ip();
                if is_of_family(ip) {
                    self.relayed = Some(ip);
                    self.request(own, server, job).await;
                } else {
                    let message = format!("{server} granted a relay at {ip} instead");
                    self.broke = Some(RowError::new(Code::BadResponse, message));
                }
            }
            // Without a relay of that family nothing is relayed there.
            Err(End::Failed(error)) if error.code == Code::FamilyUnsupported => {}
            Err(End::Failed(error)) => self.broke = Some(*error),
            Err(End::Redirected(next)) => self.broke = Some(RowError::redirected(server, Some(next))),
        }
        release(&mut self.client).await;
    }

    /// Whether the server would relay to a peer that it need not relay to.
    fn has_granted(&self) -> bool {
        let mut pairs = self.peers.iter().zip(&self.permissions);
        pairs.any(|(peer, permission)| {
            peer.code != FindingCode::OwnRelayDenied && permission.outcome().is_ok()
        })
    }

    /// Requests the permissions, and releases the allocation.
    async fn request(&mut self, own: &[IpAddr], server: SocketAddr, job: Job<'_>) {
        let (Some(client), Some(relayed)) = (&mut self.client, self.relayed) else { return };
        self.peers = peers::requested(relayed, own);
        let ips: Vec<IpAddr> = self.peers.iter().map(|peer| peer.ip).collect();
        if let Err(error) = client.permit(&ips, &mut self.permissions, job.deadline).await {
            self.broke = Some(RowError::network(server, &error));
        }
        release(&mut self.client).await;
    }
}

impl Tcp {
    /// Requests an allocation over TCP: over the connection's own transport, or over TCP where that is UDP.
    async fn query(&mut self, mut scratch: Row, server: SocketAddr, job: Job<'_>) {
        let transport = match job.target.transport {
            Transport::Udp => Transport::Tcp,
            transport => transport,
        };
        let target = Target { transport, ..job.target.clone() };
        let job = Job { target: &target, ..job };
        let joined = join_wanting(&mut scratch, &mut self.client, server, Some(Wanted::Tcp), job).await;
        self.result = Some(match unless_open(joined, self.client.as_ref()) {
            Ok((_, is_open)) => {
                self.is_open = is_open;
                Ok(())
            }
            Err(End::Failed(error)) => Err(*error),
            Err(End::Redirected(next)) => Err(RowError::redirected(server, Some(next))),
        });
        release(&mut self.client).await;
    }
}

/// The allocation, and whether it was granted without a login.
fn unless_open(
    joined: Result<Response<Allocated>, End>,
    client: Option<&Client>,
) -> Result<(Response<Allocated>, bool), End> {
    match (joined, client.and_then(Client::granted)) {
        (Ok(granted), _) => Ok((granted, false)),
        (Err(End::Failed(error)), Some(granted)) if error.code == Code::AuthenticationMissing => {
            Ok((granted, true))
        }
        (Err(end), _) => Err(end),
    }
}

/// Releases an allocation, and closes its connection.
async fn release(client: &mut Option<Client>) {
    if let Some(client) = client {
        client.release().await;
    }
    *client = None;
}
