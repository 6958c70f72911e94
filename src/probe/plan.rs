//! From server addresses and options to what a probe does.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use super::report::country::Countries;
use super::report::remedy::readdress;
use super::report::{Family, Row, Transport, Warning, WarningCode};
use super::source::Source;
use crate::config::address::{self, Host, Kind, MissingTransport, Scheme, ServerUri};
use crate::config::turn::Login;
pub use crate::net::tls::Trust;
use crate::text::suggestion::shell_quoted;

/// The options of a probe.
#[derive(Clone, Debug)]
pub struct Options {
    /// The number of Binding transactions of each row, one after the other; at least 1.
    pub count: u32,
    /// The number of datagrams through a relay and back; at least 1.
    pub relay_count: u32,
    /// The timeout of each server, lookup included.
    pub timeout: Duration,
    /// The only family to use; both if `None`.
    pub family: Option<Family>,
    /// The transport for `stun:` servers.
    pub transport: Transport,
    /// Which certificates are trusted.
    pub trust: Trust,
    /// The database of countries.
    pub countries: Countries,
    /// The media that is sent through each server to measure the quality of calls; none if `None`.
    pub quality: Option<Media>,
    /// Whether TURN servers are audited instead: which peers they would relay to.
    pub audit: bool,
    /// The option that chose the settings file, for the commands in remedies; empty without one.
    pub settings_option: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            count: 1,
            relay_count: 10,
            timeout: Duration::from_secs(5),
            family: None,
            transport: Transport::default(),
            trust: Trust::default(),
            countries: Countries::default(),
            quality: None,
            audit: false,
            settings_option: String::new(),
        }
    }
}

/// Call-like media: audio and video, in both directions at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// How long it is sent.
    pub duration: Duration,
    /// The rate of the video in each direction, in bit/s.
    pub bitrate: u32,
}

/// A server to probe.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub uri: ServerUri,
    /// The login of a TURN server.
    pub login: Option<Login>,
    /// Where both come from.
    pub source: Source,
}

impl From<ServerUri> for Server {
    fn from(uri: ServerUri) -> Self {
        Server { uri, login: None, source: Source::default() }
    }
}

/// Which servers to probe, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Not `Arc<[Target]>`, into which all of them would be copied.
    pub(super) targets: Arc<Vec<Target>>,
    pub(super) options: Arc<Options>,
}

/// One server over one transport.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) uri: ServerUri,
    pub(super) transport: Transport,
    pub(super) login: Option<Login>,
    pub(super) source: Source,
}

impl Plan {
    /// Plans to probe these servers, each once, in their order.
    pub fn new(servers: impl IntoIterator<Item = impl Into<Server>>, options: Options) -> Self {
        let servers = servers.into_iter();
        let (count, _) = servers.size_hint();
        let mut targets: Vec<Target> = Vec::with_capacity(count);
        for server in servers {
            let Server { uri, login, source } = server.into();
            let transport = if uri.scheme == Scheme::Stun { options.transport } else { transport(&uri) };
            targets.push(Target { uri, transport, login, source });
        }
        let mut seen = HashSet::with_capacity(targets.len());
        let is_new: Vec<bool> = targets.iter().map(|target| seen.insert(&target.uri)).collect();
        let mut is_new = is_new.into_iter();
        targets.retain(|_| is_new.next() == Some(true));
        Plan { targets: Arc::new(targets), options: Arc::new(options) }
    }

    /// The number of servers to probe.
    pub fn servers(&self) -> usize {
        self.targets.len()
    }

    /// The address of a server, by its index.
    pub fn uri(&self, index: usize) -> Option<&ServerUri> {
        self.targets.get(index).map(|target| &target.uri)
    }

    /// Whether the quality of calls is measured, which takes time even where all servers respond at once.
    pub fn measures_quality(&self) -> bool {
        self.options.quality.is_some()
    }

    /// Whether the probe may leave allocations on a server if it is killed rather than interrupted.
    pub fn allocates(&self) -> bool {
        self.targets.iter().any(|target| target.kind() == Kind::Turn)
    }
}

impl Target {
    /// Whether it is a STUN or a TURN server.
    pub(super) fn kind(&self) -> Kind {
        self.uri.kind()
    }

    /// Its address, unless its host is a name.
    pub(super) fn ip_address(&self) -> Option<SocketAddr> {
        match &self.uri.host {
            Host::Ip(ip) => Some(SocketAddr::new(ip.to_canonical(), self.uri.port)),
            Host::Name(_) => None,
        }
    }

    /// An empty row for this server, with a warning if browsers do not have its transport.
    pub(super) fn row(&self) -> Row {
        // Room for nearly all of them: a text that grows is copied, and wiped where it was.
        let mut uri = String::with_capacity(48);
        let _ = write!(uri, "{}", self.uri);
        let mut row = Row::new(uri, self.kind(), self.transport);
        row.position = self.source.position;
        row.warnings.extend(self.uri.missing_transport().map(|MissingTransport { what, instead }| Warning {
            code: WarningCode::TransportNotInBrowsers,
            message: format!("this is {what}: use {instead}{}", self.change_of_transport()),
        }));
        row
    }

    /// The command that gives a configured server a transport that browsers support.
    fn change_of_transport(&self) -> String {
        let uri = self.uri.to_string();
        let new = match self.kind() {
            Kind::Stun => "URI".to_owned(),
            // Without a transport, 'turns:' is over TCP.
            Kind::Turn => shell_quoted(uri.split_once('?').map_or(&*uri, |(server, _)| server)),
        };
        let command = readdress(self.kind(), &uri, &new, &self.source);
        command.map_or_else(String::new, |command| format!(": {command}"))
    }

    /// The host as certificates name it.
    pub(super) fn host(&self) -> String {
        match &self.uri.host {
            Host::Name(name) => name.to_string(),
            Host::Ip(ip) => ip.to_string(),
        }
    }
}

/// Returns the transport to a server. Browsers use TLS over TCP for `turns:` whatever the address names.
fn transport(uri: &ServerUri) -> Transport {
    match uri.transport {
        _ if uri.scheme.is_secure() => Transport::Tls,
        address::Transport::Udp => Transport::Udp,
        address::Transport::Tcp => Transport::Tcp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> ServerUri {
        ServerUri::parse_any(text, Kind::Stun).expect(text)
    }

    #[test]
    fn plans_each_server_once_in_the_given_order() {
        let over_tcp =
            Plan::new(["a", "stuns:a"].map(uri), Options { transport: Transport::Tcp, ..Options::default() });
        let transports: Vec<_> = over_tcp.targets.iter().map(|target| target.transport).collect();
        assert_eq!(transports, [Transport::Tcp, Transport::Tls]);
        let servers = ["b.example", "a.example", "stun:B.example:3478", "turns:b.example"];
        let plan = Plan::new(servers.map(uri), Options::default());
        let planned: Vec<_> = plan.targets.iter().map(|t| (t.uri.to_string(), t.transport)).collect();
        assert_eq!(
            planned,
            [
                ("stun:b.example:3478".to_owned(), Transport::Udp),
                ("stun:a.example:3478".to_owned(), Transport::Udp),
                ("turns:b.example:5349?transport=tcp".to_owned(), Transport::Tls),
            ]
        );
    }
}
