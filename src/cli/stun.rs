//! `cowork-calls stun …`: the STUN servers.

use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use super::candidates;
use super::list::{Move, Position, ProbeFirst, Targets};

/// `cowork-calls stun …`
#[derive(Debug, Subcommand)]
pub enum StunCommand {
    /// List the STUN servers in effect
    #[command(visible_alias = "ls", after_help = LIST)]
    List,
    /// Add STUN servers
    #[command(after_help = ADD)]
    Add {
        /// Addresses: host, host:port, stun:host[:port] or stuns:host[:port]
        #[arg(value_name = "SERVER", add = ArgValueCandidates::new(candidates::public_servers))]
        servers: Vec<String>,
        /// Whether they must work.
        #[command(flatten)]
        probe: ProbeFirst,
        /// Their position.
        #[command(flatten)]
        position: Position,
    },
    /// Remove STUN servers; removing the last one restores the defaults
    #[command(visible_aliases = ["rm", "delete"], after_help = REMOVE)]
    Remove(Targets),
    /// Replace all STUN servers with these
    #[command(after_help = SET)]
    Set {
        /// Addresses: host, host:port, stun:host[:port] or stuns:host[:port]
        #[arg(value_name = "SERVER", add = ArgValueCandidates::new(candidates::public_servers))]
        servers: Vec<String>,
        /// Whether they must work.
        #[command(flatten)]
        probe: ProbeFirst,
    },
    /// Move a STUN server to another position
    #[command(after_help = MOVE)]
    Move(Move),
    /// Remove all configured STUN servers and restore the defaults
    #[command(visible_alias = "restore", after_help = CLEAR)]
    Clear,
    /// List public STUN servers run by European operators
    #[command(after_help = PUBLIC)]
    Examples,
}

const LIST: &str = "\
Examples:
  cowork-calls stun list
  cowork-calls stun list --json | jq -r '.servers[].uri'";

const ADD: &str = "\
Examples:
  cowork-calls stun add stun.example.de   on the default port, 3478
  cowork-calls stun add stun.example.de:443 --first
  cowork-calls stun add stuns:stun.example.de '[2001:db8::1]'
  cowork-calls stun add stun.example.de --probe   only if it works
  cowork-calls stun add                   prompts for the address";

const REMOVE: &str = "\
Examples:
  cowork-calls stun remove stun.example.de
  cowork-calls stun remove 1 3   by position in the list
  cowork-calls stun remove       choose from a list";

const SET: &str = "\
Examples:
  cowork-calls stun set stun.example.de stun.example.org:443
  cowork-calls stun set stun.example.de --dry-run   show what would change
  cowork-calls stun set                             prompts for the addresses";

const MOVE: &str = "\
Examples:
  cowork-calls stun move stun.example.de 1   to the top
  cowork-calls stun move 3 2
  cowork-calls stun move                     choose from a list";

const CLEAR: &str = "\
Examples:
  cowork-calls stun clear
  cowork-calls stun clear --yes   without confirmation";

const PUBLIC: &str = "\
Examples:
  cowork-calls stun examples
  cowork-calls stun examples --json | jq -r '.examples[].uri' |
      cowork-calls probe --input -";

/// The examples of the command itself.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls stun list
  cowork-calls stun add stun.example.de --first
  cowork-calls stun remove 3";
