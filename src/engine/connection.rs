//! A connection to an engine: encrypted unless it stays on this machine, and renewed whenever it breaks.

use std::error::Error as _;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::rustls::{AlertDescription as Alert, CertificateError, Error as TlsError};
use async_nats::{
    Auth, AuthError, Client, ClientError, ConnectError, ConnectErrorKind, ConnectOptions, Event, ServerError,
};
use tokio::sync::broadcast;

use super::address::Address;
use super::error::EngineError;
use crate::config::turn::Login;

/// How long one server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a request waits for its response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest pause before the next attempt to connect again.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// How many violations of rights are kept until they are read.
const VIOLATIONS: usize = 64;

/// Reads the user name and password; they may change while the program runs.
pub type ReadLogin = Arc<dyn Fn() -> Result<Login, String> + Send + Sync>;

/// How to authenticate to an engine, and what to trust.
#[derive(Clone, Default)]
pub struct Access {
    /// The user name and password; none where the servers require none.
    pub login: Option<ReadLogin>,
    /// The certificates that the servers' have to be signed with, instead of those that this system trusts.
    pub ca: Option<PathBuf>,
    /// This client's own certificate and its private key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Access { login, ca, identity } = self;
        let login = login.as_ref().map(|_| "…");
        f.debug_struct("Access").field("login", &login).field("ca", ca).field("identity", identity).finish()
    }
}

/// An engine, and how to get access to it.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Where it is, and which settings on it.
    pub address: Address,
    /// How to authenticate to it.
    pub access: Access,
}

/// A connection to one of the servers of an engine; while it is broken, it is tried again and again with all of them.
#[derive(Clone, Debug)]
pub struct Connection {
    client: Client,
    address: Arc<str>,
    violations: broadcast::Sender<String>,
    denial: Arc<Mutex<Option<String>>>,
}

impl Engine {
    /// Connects to the first server that responds. Each one is tried once.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] and [`EngineError::Denied`].
    pub async fn connect(&self) -> Result<Connection, EngineError> {
        let address: Arc<str> = self.address.to_string().into();
        if let Some(Err(why)) = self.access.login.as_ref().map(|login| login()) {
            return Err(EngineError::Denied { address: address.to_string(), why });
        }
        let (violations, _) = broadcast::channel(VIOLATIONS);
        let denied = violations.clone();
        let denial = Arc::<Mutex<Option<String>>>::default();
        let known = Arc::clone(&denial);
        let options = self.options().event_callback(move |event| {
            note_denial(&mut known.lock().unwrap_or_else(PoisonError::into_inner), &event);
            if let Event::ServerError(ServerError::Other(text)) = event {
                // Nobody may wait for it.
                let _ = denied.send(text);
            }
            std::future::ready(())
        });
        let servers = self.address.servers();
        let count = servers.len();
        let client = options.connect(servers).await;
        let client = client.map_err(|error| connect_error(&address, count, &error))?;
        Ok(Connection { client, address, violations, denial })
    }

    fn options(&self) -> ConnectOptions {
        let Access { login, ca, identity } = &self.access;
        let mut options = match login.clone() {
            Some(login) => ConnectOptions::with_auth_callback(move |_| std::future::ready(auth(&login))),
            None => ConnectOptions::new(),
        };
        if let Some(ca) = ca {
            options = options.add_root_certificates(ca.clone());
        }
        if let Some((certificate, key)) = identity {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        options
            .name(concat!("cowork-calls ", env!("CARGO_PKG_VERSION")))
            .require_tls(!self.address.is_local() || ca.is_some() || identity.is_some())
            // What a server says about others must not lead the password elsewhere.
            .ignore_discovered_servers()
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(Some(REQUEST_TIMEOUT))
            .ping_interval(Duration::from_secs(2))
            .reconnect_delay_callback(pause)
    }
}

/// Returns the pause before an attempt, counted from 1 since the connection was lost.
fn pause(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(2)).unwrap_or(u32::MAX);
    match attempt {
        0 | 1 => Duration::ZERO,
        _ => LONGEST_PAUSE.min(Duration::from_millis(8).saturating_mul(2_u32.saturating_pow(doublings))),
    }
}

fn auth(login: &ReadLogin) -> Result<Auth, AuthError> {
    let Login { username, password } = login().map_err(AuthError::new)?;
    let mut auth = Auth::new();
    auth.username = Some(username);
    auth.password = Some(password.expose().to_owned());
    Ok(auth)
}

impl Connection {
    /// Returns the client, which publishes, requests and subscribes.
    ///
    /// While the connection is broken it buffers what is published, and sends it late: see [`Connection::is_open`].
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the address of the engine.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether a server is connected now.
    pub fn is_open(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Returns what the servers deny this user, since they were last connected.
    pub fn denial(&self) -> Option<String> {
        self.denial.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a request that publishes to `subject`, or for the news that this user may not do that. Servers report a
    /// violation of rights apart from the request, which would only time out.
    ///
    /// # Errors
    /// [`EngineError::Denied`].
    pub async fn unless_denied<T>(
        &self,
        subject: &str,
        request: impl Future<Output = T>,
    ) -> Result<T, EngineError> {
        let mut violations = self.violations.subscribe();
        let (own, replies) = (format!("\"{subject}"), "\"_INBOX.");
        let denied = async {
            loop {
                match violations.recv().await {
                    Ok(text) if text.contains(&own) || text.contains(replies) => return text,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => std::future::pending::<()>().await,
                }
            }
        };
        tokio::select! {
            response = request => Ok(response),
            why = denied => Err(EngineError::Denied { address: self.address.to_string(), why: in_words(&why) }),
        }
    }
}

/// Notes what the servers deny, until they accept a connection again.
fn note_denial(denial: &mut Option<String>, event: &Event) {
    match event {
        Event::Connected => *denial = None,
        Event::ServerError(ServerError::Other(text)) if text.contains("Permissions Violation") => {
            *denial = Some(in_words(text));
        }
        Event::ServerError(ServerError::AuthorizationViolation) => {
            *denial = Some("wrong user or password".to_owned());
        }
        // So the client describes why it cannot connect again.
        Event::ClientError(ClientError::Other(text)) if text.contains("authorization violation") => {
            *denial = Some("wrong user or password".to_owned());
        }
        Event::ClientError(ClientError::Other(text)) if text.contains("authentication") => {
            *denial = Some("the credentials cannot be read".to_owned());
        }
        _ => {}
    }
}

/// Turns `Permissions Violation for Publish to "a.b"` into `no permission to publish to a.b`.
fn in_words(violation: &str) -> String {
    let what = violation.trim_matches('\'').replace('"', "");
    match what.strip_prefix("Permissions Violation for ") {
        Some(what) => {
            let what = what.replace("Publish to", "publish to").replace("Subscription to", "subscribe to");
            format!("no permission to {what}")
        }
        None => what.to_lowercase(),
    }
}

/// Why none of the servers could be connected.
fn connect_error(address: &str, servers: usize, error: &ConnectError) -> EngineError {
    let address = address.to_owned();
    let mut why = match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            return EngineError::Denied { address, why: "wrong user or password".to_owned() };
        }
        ConnectErrorKind::TimedOut => "no response in time".to_owned(),
        ConnectErrorKind::Dns => "its name cannot be resolved".to_owned(),
        _ => error.source().map_or_else(|| error.to_string(), cause_in_words),
    };
    if servers > 1 {
        why += &format!(" (the last of {servers} servers)");
    }
    EngineError::Unreachable { address, why }
}

fn cause_in_words(cause: &(dyn std::error::Error + 'static)) -> String {
    let io = cause.downcast_ref::<io::Error>();
    let inner = io.and_then(io::Error::get_ref);
    if let Some(error) = inner.and_then(|error| error.downcast_ref::<TlsError>()) {
        return tls_in_words(error);
    }
    match io.map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => {
            "there is no route to it".to_owned()
        }
        Some(ErrorKind::TimedOut) => "no response in time".to_owned(),
        Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
            "it closed the connection".to_owned()
        }
        _ => cause.to_string(),
    }
}

fn tls_in_words(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate is not signed by an authority that is trusted here; name one with --engine-ca FILE".to_owned()
        }
        TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired".to_owned()
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "its certificate is for another name".to_owned(),
        TlsError::InvalidMessage(_) => "it does not use TLS, which this connection requires".to_owned(),
        TlsError::AlertReceived(
            Alert::BadCertificate | Alert::CertificateRequired | Alert::CertificateUnknown | Alert::UnknownCA,
        ) => "it accepts no client without a certificate that it trusts; give one with --engine-cert FILE and --engine-key FILE".to_owned(),
        _ => format!("TLS: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_attempts_to_connect_stays_short() {
        let pauses = [0, 1, 2, 3, 6, 7, 8, 100, usize::MAX].map(|attempt| pause(attempt).as_millis());
        assert_eq!(pauses, [0, 0, 8, 16, 128, 250, 250, 250, 250]);
    }

    #[test]
    fn a_violation_of_rights_is_reported_in_plain_words() {
        for (text, expected) in [
            ("Permissions Violation for Publish to \"a.b\"", "no permission to publish to a.b"),
            ("Permissions Violation for Subscription to \"a.>\"", "no permission to subscribe to a.>"),
            ("Maximum Connections Exceeded", "maximum connections exceeded"),
        ] {
            assert_eq!(in_words(text), expected);
        }
    }
}
