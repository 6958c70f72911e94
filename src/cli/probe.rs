//! `cowork-calls probe`: tests whether servers work.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use clap_complete::ArgValueCandidates;

use super::credentials::CredentialSource;
use super::{candidates, value};
use crate::probe::report::Transport;

/// `cowork-calls probe …`
#[derive(Args, Clone, Debug)]
pub struct ProbeArgs {
    /// Servers to probe instead of all configured ones: addresses, or positions in the list
    #[arg(value_name = "SERVER|POSITION", add = ArgValueCandidates::new(candidates::servers))]
    pub servers: Vec<String>,
    /// Probe the servers in a file, one address per line, or - for standard input; # begins a comment
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath, conflicts_with_all = ["servers", "stun", "turn"])]
    pub input: Option<PathBuf>,
    /// Probe only the configured STUN servers; positions are those of the STUN servers
    #[arg(long)]
    pub stun: bool,
    /// Probe only the configured TURN servers; positions are those of the TURN servers
    #[arg(long)]
    pub turn: bool,
    /// Test this machine with built-in servers, without any network
    #[arg(long, conflicts_with_all = ["servers", "input", "stun", "turn", "transport"])]
    pub self_test: bool,
    /// Find out which addresses TURN servers would relay to though they should not, sending nothing to any of them
    #[arg(long, group = "judged", conflicts_with_all = ["stun", "self_test", "count"])]
    pub audit: bool,
    /// Probe repeatedly until q or Ctrl-C, and show how each server is doing
    #[arg(long, conflicts_with = "self_test")]
    pub watch: bool,
    /// Time from the start of one round of --watch to the next; at least 200ms
    #[arg(long, value_name = "DURATION", default_value = "5s", requires = "watch", allow_hyphen_values = true, value_parser = value::parse_interval)]
    pub interval: Duration,
    /// Requests per server, and datagrams through each relay [default: 1 request, 10 datagrams]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = value::number(1..=10_000))]
    pub count: Option<u32>,
    /// Timeout for each server: 300ms, 2s, 1m
    #[arg(long, value_name = "DURATION", default_value = "5s", allow_hyphen_values = true, value_parser = value::parse_duration)]
    pub timeout: Duration,
    /// Also send through each relay what a call sends, one server after the other, and grade the quality
    #[arg(long, group = "judged", conflicts_with_all = ["self_test", "audit"])]
    pub quality: bool,
    /// How long --quality sends through each relay: 1s to 10m
    #[arg(long, value_name = "DURATION", default_value = "10s", requires = "quality", allow_hyphen_values = true, value_parser = value::parse_media_duration)]
    pub duration: Duration,
    /// Rate of the video that --quality sends in each direction, in bit/s: 100k to 20M
    #[arg(long, value_name = "RATE", default_value = "1500k", requires = "quality", allow_hyphen_values = true, value_parser = value::parse_rate)]
    pub bitrate: u32,
    /// Exit code 1 also when the quality of a server is poor, or when --audit could not find out everything
    #[arg(long, requires = "judged")]
    pub strict: bool,
    /// Use only IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// Use only IPv6
    #[arg(short = '6')]
    pub ipv6: bool,
    /// Transport for stun: servers
    #[arg(long, value_enum, default_value = "udp")]
    pub transport: Transport,
    /// Also trust the certificates in this file (PEM)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Accept invalid certificates; what is wrong with them is still reported
    #[arg(long)]
    pub insecure: bool,
    /// Country database (MaxMind DB) [default: those in /usr/share/GeoIP and /var/lib/GeoIP]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub geoip: Option<PathBuf>,
    /// How long credentials from a shared secret are valid [default: 8h]
    #[arg(long, value_name = "DURATION", default_value = value::TTL, hide_default_value = true, allow_hyphen_values = true, value_parser = value::parse_duration)]
    pub ttl: Duration,
    /// Output format; --json is short for --format json [default: table]
    #[arg(long, value_enum)]
    pub format: Option<ProbeFormat>,
    /// The credentials of TURN servers that are named here and not configured.
    #[command(flatten)]
    pub credentials: CredentialSource,
}

/// The output formats of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProbeFormat {
    /// A table for people
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line: each row when it is measured, then the summary
    Jsonl,
    /// Metrics for the textfile collector of node_exporter
    Prometheus,
}

/// The examples of the command.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls probe                          every configured server
  cowork-calls probe 2 --turn                 the second TURN server
  cowork-calls probe stun.example.de turns:turn.example.de \\
      --username ada --password-stdin < turn.pw
  cowork-calls probe --watch --interval 10s   until q or Ctrl-C
  cowork-calls probe --turn --quality         would a call be good?
  cowork-calls probe --input servers.txt --json | jq .summary
  cowork-calls probe --audit                  are relays holes in the firewall?
  cowork-calls probe --self-test              is it this machine or the server?";
