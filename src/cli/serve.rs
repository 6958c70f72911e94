//! `cowork-calls serve`: the Web API.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::value;
use crate::config::address::Host;
use crate::web::LogFormat;

/// `cowork-calls serve …`
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Tokens of the users, one name:token per line; # begins a comment line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "hash_token")]
    pub token_file: Option<PathBuf>,
    /// Read a token from standard input, print its hash for the token file, and exit
    #[arg(long, conflicts_with_all = ["token_file", "listen", "tls_cert", "tls_key"])]
    pub hash_token: bool,
    /// Address to listen on; port 0 means any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443", value_parser = address)]
    pub listen: SocketAddr,
    /// Certificate chain of the server (PEM); reloaded when it changes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM); reloaded when it changes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Make browsers use only HTTPS for this host, for two years (Strict-Transport-Security)
    #[arg(long, requires = "tls_cert")]
    pub hsts: bool,
    /// Host name of this server for clients; requests for other names are rejected; can be repeated
    #[arg(long = "public-name", value_name = "NAME", value_hint = ValueHint::Hostname, value_parser = host_name)]
    pub public_names: Vec<Host>,
    /// How long credentials from a shared secret are valid [default: 8h]
    #[arg(long, value_name = "DURATION", default_value = value::TTL, hide_default_value = true, allow_hyphen_values = true, value_parser = value::parse_duration)]
    pub ttl: Duration,
    /// Maximum number of clients that listen to events
    #[arg(long, value_name = "N", default_value = "10000", allow_hyphen_values = true, value_parser = value::number(1..=1_000_000))]
    pub max_listeners: u32,
    /// Maximum number of clients that listen to events with the token of one user
    #[arg(long, value_name = "N", default_value = "8", allow_hyphen_values = true, value_parser = value::number(1..=1_000_000))]
    pub max_listeners_per_user: u32,
    /// Maximum number of reactions of each user in a second; after a pause three times as many at once
    #[arg(long, value_name = "N", default_value = "10", allow_hyphen_values = true, value_parser = value::number(1..=10_000))]
    pub reactions_per_second: u32,
    /// Maximum number of connections from one address; loopback addresses and trusted proxies have no limit
    #[arg(long, value_name = "N", default_value = "256", allow_hyphen_values = true, value_parser = value::number(1..=1_000_000))]
    pub max_connections_per_address: u32,
    /// Proxy whose X-Forwarded-For header names the client; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = proxy)]
    pub trusted_proxy: Vec<IpAddr>,
    /// Probe the configured servers this often and report the results in /metrics
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = value::parse_interval)]
    pub probe_interval: Option<Duration>,
    /// Format of the log on standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

fn host_name(text: &str) -> Result<Host, String> {
    let name = Host::parse(text).filter(|host| matches!(host, Host::Name(_)));
    name.ok_or_else(|| "expected a host name without scheme and port, such as calls.example.de".to_owned())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8443 or [::1]:8443".to_owned())
}

fn proxy(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "expected an IP address, such as 192.0.2.1 or 2001:db8::1".to_owned())
}

/// The examples of the command.
pub(super) const EXAMPLES: &str = "\
Examples:
  (umask 077; echo \"alice:$(openssl rand -hex 24)\" > tokens)
  cowork-calls serve --token-file tokens   on http://127.0.0.1:8443
  echo \"bob:$(cowork-calls serve --hash-token <token) rooms=sales/*\" >> tokens
  cowork-calls serve --token-file tokens --listen 0.0.0.0:8443 \\
      --tls-cert cert.pem --tls-key key.pem

Changes to the settings, the tokens and the certificate take effect at once, without a restart.
SIGHUP reads all files again.
Exit codes: 0 stopped by SIGTERM or Ctrl-C, 1 cannot listen, 2 wrong usage or bad tokens, 3 bad settings.";
