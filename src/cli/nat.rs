//! `cowork-calls nat`: detects the behaviour of the NAT.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCandidates;

use super::{candidates, value};

/// `cowork-calls nat …`
#[derive(Args, Clone, Debug)]
pub struct NatArgs {
    /// The STUN server to query, one with two addresses [default: the first configured one that has them]
    #[arg(value_name = "SERVER", add = ArgValueCandidates::new(candidates::servers))]
    pub server: Option<String>,
    /// Timeout for each of the three steps: 300ms, 2s, 1m
    #[arg(long, value_name = "DURATION", default_value = "2s", allow_hyphen_values = true, value_parser = value::parse_duration)]
    pub timeout: Duration,
    /// Use only IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// Use only IPv6
    #[arg(short = '6')]
    pub ipv6: bool,
}

/// The examples of the command.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls nat                              with a configured server
  cowork-calls nat stun.nextcloud.com:443       with this server
  cowork-calls nat -6 --json | jq -r .mapping   for scripts

Mapping: whether all peers see the same public address. Filtering: whose packets are let in.
Exit codes: 0 there is a report, even if it says unknown; 1 no server responds.";
