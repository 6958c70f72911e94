//! `cowork-calls probe`: tests of servers.

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
    /// Servers to ask instead of the configured ones
    #[arg(value_name = "SERVER", add = ArgValueCandidates::new(candidates::servers))]
    pub servers: Vec<String>,
    /// Ask the servers in a file, one address a line, or - for standard input; # begins a comment
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath, conflicts_with_all = ["servers", "stun", "turn"])]
    pub input: Option<PathBuf>,
    /// Only the configured STUN servers
    #[arg(long, conflicts_with = "servers")]
    pub stun: bool,
    /// Only the configured TURN servers
    #[arg(long, conflicts_with = "servers")]
    pub turn: bool,
    /// Test this machine: ask servers of our own on it, without any network
    #[arg(long, conflicts_with_all = ["servers", "input", "stun", "turn", "transport"])]
    pub self_test: bool,
    /// Ask again and again, and show how each server is doing, until Ctrl-C
    #[arg(long, conflicts_with = "self_test")]
    pub watch: bool,
    /// How long a round of --watch takes, from start to start; at least 200ms
    #[arg(long, value_name = "DURATION", default_value = "5s", requires = "watch", value_parser = value::parse_interval)]
    pub interval: Duration,
    /// How often to ask each, and how many datagrams go through a relay [default: 1, through a relay 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub count: Option<u32>,
    /// When to give up on a server: 300ms, 2s, 1m
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = value::parse_duration)]
    pub timeout: Duration,
    /// Only over IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// Only over IPv6
    #[arg(short = '6')]
    pub ipv6: bool,
    /// How to ask stun: servers
    #[arg(long, value_enum, default_value = "udp")]
    pub transport: Transport,
    /// Trust the certificates in this file too (PEM)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Do not check certificates; what is wrong with them is still told
    #[arg(long)]
    pub insecure: bool,
    /// A database of countries (MaxMind DB) [default: those in /usr/share/GeoIP and /var/lib/GeoIP]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub geoip: Option<PathBuf>,
    /// How long credentials last that are made from a shared secret [default: 1440m, which is a day]
    #[arg(long, value_name = "DURATION", default_value = "1440m", hide_default_value = true, value_parser = value::parse_duration)]
    pub ttl: Duration,
    /// How to print the verdicts; --json is short for --format json
    #[arg(long, value_enum, default_value = "table")]
    pub format: ProbeFormat,
    /// How to log in to TURN servers that are named here and not in the settings.
    #[command(flatten)]
    pub credentials: CredentialSource,
}

/// The forms of a probe's verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProbeFormat {
    /// A table for people
    Table,
    /// One JSON document
    Json,
    /// A JSON object a line: rows as they are measured, at the end the summary
    Jsonl,
    /// Metrics, for the textfile collector of node_exporter
    Prometheus,
}

/// The examples of its help.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls probe                          every configured server
  cowork-calls probe stun.example.de turns:turn.example.de \\
      --username ada --password-stdin < turn.pw
  cowork-calls probe --watch --interval 10s   until Ctrl-C
  cowork-calls probe --input servers.txt --json | jq .summary
  cowork-calls probe --self-test              is it this machine, or the server?";
