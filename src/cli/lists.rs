//! The commands that edit lists: the STUN servers, the TURN servers, the reactions.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::credentials::Credentials;
use super::{candidates, examples, position};

/// `cowork-calls stun …`
#[derive(Debug, Subcommand)]
pub enum StunCommand {
    /// List the STUN servers in effect
    #[command(after_help = examples::STUN_LIST)]
    List,
    /// Add STUN servers
    #[command(after_help = examples::STUN_ADD)]
    Add {
        /// Addresses: host, host:port, stun:host[:port] or stuns:host[:port]
        #[arg(value_name = "SERVER", add = ArgValueCandidates::new(candidates::public_servers))]
        servers: Vec<String>,
        /// Where they go.
        #[command(flatten)]
        place: Place,
    },
    /// Remove STUN servers; the defaults come back when none is left
    #[command(after_help = examples::STUN_REMOVE)]
    Remove(Targets),
    /// Make these the STUN servers, instead of all others
    #[command(after_help = examples::STUN_SET)]
    Set {
        /// Addresses: host, host:port, stun:host[:port] or stuns:host[:port]
        #[arg(required = true, value_name = "SERVER", add = ArgValueCandidates::new(candidates::public_servers))]
        servers: Vec<String>,
    },
    /// Move a STUN server to another position
    #[command(after_help = examples::STUN_MOVE)]
    Move(Move),
    /// Drop the configured STUN servers; the defaults come back
    #[command(after_help = examples::STUN_CLEAR)]
    Clear,
    /// List public STUN servers of European operators
    #[command(after_help = examples::STUN_EXAMPLES)]
    Examples,
}

/// `cowork-calls turn …`
#[derive(Debug, Subcommand)]
pub enum TurnCommand {
    /// List the TURN servers in effect
    #[command(after_help = examples::TURN_LIST)]
    List {
        /// Show passwords and secrets instead of masking them
        #[arg(long)]
        show_secrets: bool,
    },
    /// Add TURN servers, all with the same credentials
    #[command(after_help = examples::TURN_ADD)]
    Add {
        /// Addresses: host, host:port, turn:host[:port][?transport=udp|tcp] or turns:…
        #[arg(value_name = "URI")]
        servers: Vec<String>,
        /// How to log in to it.
        #[command(flatten)]
        credentials: Credentials,
        /// Where they go.
        #[command(flatten)]
        place: Place,
    },
    /// Change the address or the credentials of a TURN server
    #[command(after_help = examples::TURN_EDIT)]
    Edit {
        /// The server's address or its position
        #[arg(value_name = "SERVER|POSITION", add = ArgValueCandidates::new(candidates::entries))]
        target: Option<String>,
        /// The new address
        #[arg(long, value_name = "URI")]
        uri: Option<String>,
        /// How to log in to it.
        #[command(flatten)]
        credentials: Credentials,
        /// Drop user name and credentials
        #[arg(long, conflicts_with_all = ["username", "password_stdin", "password_file", "secret_stdin", "secret_file"])]
        no_credentials: bool,
    },
    /// Remove TURN servers
    #[command(after_help = examples::TURN_REMOVE)]
    Remove(Targets),
    /// Make the servers in a TOML or JSON file the TURN servers, instead of all others
    #[command(after_help = examples::TURN_SET)]
    Set {
        /// The file, or - for standard input; it holds a list of servers with the keys of the settings file
        #[arg(value_name = "FILE|-", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Move a TURN server to another position
    #[command(after_help = examples::TURN_MOVE)]
    Move(Move),
    /// Drop all TURN servers
    #[command(after_help = examples::TURN_CLEAR)]
    Clear,
}

/// `cowork-calls reactions …`
#[derive(Debug, Subcommand)]
pub enum ReactionsCommand {
    /// List the reactions in effect
    #[command(after_help = examples::REACTIONS_LIST)]
    List,
    /// Add reactions
    #[command(after_help = examples::REACTIONS_ADD)]
    Add {
        /// Emojis, or short names in colons such as :thumbsup:
        #[arg(value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
        /// Where they go.
        #[command(flatten)]
        place: Place,
    },
    /// Remove reactions; the defaults come back when none is left
    #[command(after_help = examples::REACTIONS_REMOVE)]
    Remove(Targets),
    /// Make these the reactions, instead of all others
    #[command(after_help = examples::REACTIONS_SET)]
    Set {
        /// Emojis, or short names in colons such as :thumbsup:
        #[arg(required = true, value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
    },
    /// Move a reaction to another position
    #[command(after_help = examples::REACTIONS_MOVE)]
    Move(Move),
    /// Drop the configured reactions; the defaults come back
    #[command(after_help = examples::REACTIONS_CLEAR)]
    Clear,
    /// Say whether emojis are allowed as reactions; exit 1 when one is not
    #[command(after_help = examples::REACTIONS_CHECK)]
    Check {
        /// Emojis, or short names in colons such as :thumbsup:
        #[arg(required = true, value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
    },
}

/// Where new entries go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Position")]
pub struct Place {
    /// Put them first
    #[arg(long, conflicts_with = "at")]
    pub first: bool,
    /// Put them at this position, counted from 1
    #[arg(long, value_name = "POSITION", allow_negative_numbers = true, value_parser = position::parse)]
    pub at: Option<usize>,
}

/// Entries of a list to remove.
#[derive(Args, Clone, Debug)]
pub struct Targets {
    /// Entries, or their positions as the list shows them
    #[arg(value_name = "ENTRY|POSITION", add = ArgValueCandidates::new(candidates::entries))]
    pub targets: Vec<String>,
}

/// An entry to move, and where to.
#[derive(Args, Clone, Debug)]
pub struct Move {
    /// The entry, or its position as the list shows it
    #[arg(value_name = "ENTRY|POSITION", add = ArgValueCandidates::new(candidates::entries))]
    pub target: Option<String>,
    /// Its new position, counted from 1
    #[arg(allow_negative_numbers = true, value_parser = position::parse)]
    pub to: Option<usize>,
}
