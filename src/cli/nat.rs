//! `cowork-calls nat`: the behaviour of the NAT.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCandidates;

use super::{candidates, value};

/// `cowork-calls nat …`
#[derive(Args, Clone, Debug)]
pub struct NatArgs {
    /// The STUN server to ask, one with two addresses [default: the first configured one that has them]
    #[arg(value_name = "SERVER", add = ArgValueCandidates::new(candidates::servers))]
    pub server: Option<String>,
    /// When to give up on each of the three steps: 300ms, 2s, 1m
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = value::parse_duration)]
    pub timeout: Duration,
    /// Only over IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// Only over IPv6
    #[arg(short = '6')]
    pub ipv6: bool,
}

/// The examples of its help.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls nat                              with a configured server
  cowork-calls nat stun.nextcloud.com:443       with this one
  cowork-calls nat -6 --json | jq -r .mapping   for a script

Mapping says whether every peer sees the same address, filtering who gets in.
Exit codes: 0 there is a report, even one that says unknown; 1 no server answers.";
