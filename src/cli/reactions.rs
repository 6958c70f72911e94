//! `cowork-calls reactions …`: the reactions that participants may send.

use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use super::candidates;
use super::list::{Move, Position, Targets};

/// `cowork-calls reactions …`
#[derive(Debug, Subcommand)]
pub enum ReactionsCommand {
    /// List the reactions in effect
    #[command(after_help = LIST)]
    List,
    /// Add reactions
    #[command(after_help = ADD)]
    Add {
        /// Emojis, or short names in colons such as :thumbsup:
        #[arg(value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
        /// Where they go.
        #[command(flatten)]
        position: Position,
    },
    /// Remove reactions; the defaults come back when none is left
    #[command(after_help = REMOVE)]
    Remove(Targets),
    /// Make these the reactions, instead of all others
    #[command(after_help = SET)]
    Set {
        /// Emojis, or short names in colons such as :thumbsup:
        #[arg(required = true, value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
    },
    /// Move a reaction to another position
    #[command(after_help = MOVE)]
    Move(Move),
    /// Drop the configured reactions; the defaults come back
    #[command(after_help = CLEAR)]
    Clear,
    /// Say whether emojis are allowed as reactions; exit 1 when one is not
    #[command(after_help = CHECK)]
    Check {
        /// Emojis, or short names in colons such as :thumbsup:
        #[arg(required = true, value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
    },
}

const LIST: &str = "\
Examples:
  cowork-calls reactions list
  cowork-calls reactions list --json | jq -r '.reactions[].emoji'";

const ADD: &str = "\
Examples:
  cowork-calls reactions add 🚀 :wave_tone3:
  cowork-calls reactions add :tada: --first";

const REMOVE: &str = "\
Examples:
  cowork-calls reactions remove :thumbsdown:
  cowork-calls reactions remove   offers a choice";

const SET: &str = "\
Examples:
  cowork-calls reactions set 👍 👏 🎉
  cowork-calls reactions set :thumbsup: :clap: --dry-run";

const MOVE: &str = "\
Examples:
  cowork-calls reactions move 🎉 1   to the front
  cowork-calls reactions move       offers a choice";

const CLEAR: &str = "\
Examples:
  cowork-calls reactions clear
  cowork-calls reactions clear --yes   without a question";

const CHECK: &str = "\
Examples:
  cowork-calls reactions check 🎉 :rocket:
  cowork-calls reactions check 🎉 --quiet && echo allowed";

/// The examples of the noun itself.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls reactions list
  cowork-calls reactions add :rocket:
  cowork-calls reactions check 🎉 || echo 'not allowed'";
