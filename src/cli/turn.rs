//! `cowork-calls turn …`: the TURN servers and their credentials.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::candidates;
use super::credentials::Credentials;
use super::list::{Move, Position, ProbeFirst, Targets};

/// `cowork-calls turn …`
#[derive(Debug, Subcommand)]
pub enum TurnCommand {
    /// List the TURN servers in effect
    #[command(visible_alias = "ls", after_help = LIST)]
    List {
        /// Show passwords and secrets instead of masking them
        #[arg(long)]
        show_secrets: bool,
    },
    /// Add TURN servers, all with the same credentials
    #[command(after_help = ADD)]
    Add {
        /// Addresses: host, host:port, turn:host[:port][?transport=udp|tcp] or turns:…
        #[arg(value_name = "URI")]
        servers: Vec<String>,
        /// Whether they must work.
        #[command(flatten)]
        probe: ProbeFirst,
        /// Their credentials.
        #[command(flatten)]
        credentials: Credentials,
        /// Their position.
        #[command(flatten)]
        position: Position,
    },
    /// Change the address or credentials of a TURN server
    #[command(after_help = EDIT)]
    Edit {
        /// The server's address, or its position in the list
        #[arg(value_name = "SERVER|POSITION", add = ArgValueCandidates::new(candidates::entries))]
        target: Option<String>,
        /// The new address
        #[arg(long, value_name = "URI")]
        uri: Option<String>,
        /// Whether it must work.
        #[command(flatten)]
        probe: ProbeFirst,
        /// Their credentials.
        #[command(flatten)]
        credentials: Credentials,
        /// Remove the user name and the credentials
        #[arg(long, conflicts_with_all = ["username", "password_stdin", "password_file", "secret_stdin", "secret_file"])]
        no_credentials: bool,
    },
    /// Remove TURN servers
    #[command(visible_aliases = ["rm", "delete"], after_help = REMOVE)]
    Remove(Targets),
    /// Replace all TURN servers with those in a TOML or JSON file
    #[command(after_help = SET)]
    Set {
        /// The file, or - for standard input: a list of servers with the keys of the settings file
        #[arg(value_name = "FILE|-", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
        /// Whether they must work.
        #[command(flatten)]
        probe: ProbeFirst,
    },
    /// Move a TURN server to another position
    #[command(after_help = MOVE)]
    Move(Move),
    /// Remove all TURN servers
    #[command(visible_alias = "restore", after_help = CLEAR)]
    Clear,
}

const LIST: &str = "\
Examples:
  cowork-calls turn list
  cowork-calls turn list --show-secrets";

const ADD: &str = "\
Examples:
  cowork-calls turn add turn.example.de --username cowork \\
      --password-stdin < turn.pw
  cowork-calls turn add turns:turn.example.de --username cowork \\
      --password-file /run/secrets/turn
  cowork-calls turn add turn.example.de --secret-file /run/secrets/turn-rest
  cowork-calls turn add   prompts for everything";

const EDIT: &str = "\
Examples:
  cowork-calls turn edit 1 --password-stdin < new.pw
  cowork-calls turn edit 1 --password-stdin --probe < new.pw   only if it works
  cowork-calls turn edit 2 --uri 'turn:turn.example.de:443?transport=tcp'
  cowork-calls turn edit   choose from a list";

const REMOVE: &str = "\
Examples:
  cowork-calls turn remove turn.example.de
  cowork-calls turn remove   choose from a list";

const SET: &str = "\
Examples:
  cowork-calls turn set servers.json
  echo '[{\"uri\":\"turn.example.de\",\"secret-file\":\"/run/secrets/turn\"}]' |
      cowork-calls turn set -
  cowork-calls turn set   prompts for everything";

const MOVE: &str = "\
Examples:
  cowork-calls turn move turn.example.de 1   to the top
  cowork-calls turn move                     choose from a list";

const CLEAR: &str = "\
Examples:
  cowork-calls turn clear
  cowork-calls turn clear --yes   without confirmation";

/// The examples of the command itself.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls turn list
  cowork-calls turn add turn.example.de --username cowork \\
      --password-stdin < turn.pw
  cowork-calls probe --turn";
