//! `cowork-calls reactions …`: the reactions that participants may send.

use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use super::candidates;
use super::list::{Move, Position, Targets};

/// `cowork-calls reactions …`
#[derive(Debug, Subcommand)]
pub enum ReactionsCommand {
    /// List the reactions in effect
    #[command(visible_alias = "ls", after_help = LIST)]
    List,
    /// Add reactions
    #[command(after_help = ADD)]
    Add {
        /// Emojis or their short names, such as :thumbsup:
        #[arg(value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
        /// Their position.
        #[command(flatten)]
        position: Position,
    },
    /// Remove reactions; removing the last one restores the defaults
    #[command(visible_aliases = ["rm", "delete"], after_help = REMOVE)]
    Remove(Targets),
    /// Replace all reactions with these
    #[command(after_help = SET)]
    Set {
        /// Emojis or their short names, such as :thumbsup:
        #[arg(value_name = "EMOJI", add = ArgValueCandidates::new(candidates::short_names))]
        emojis: Vec<String>,
    },
    /// Move a reaction to another position
    #[command(after_help = MOVE)]
    Move(Move),
    /// Remove all configured reactions and restore the defaults
    #[command(visible_alias = "restore", after_help = CLEAR)]
    Clear,
    /// Check whether emojis are allowed as reactions; exit 1 if one is not
    #[command(after_help = CHECK)]
    Check {
        /// Emojis or their short names, such as :thumbsup:
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
  cowork-calls reactions add :tada: --first
  cowork-calls reactions add party   choose from what the word finds";

const REMOVE: &str = "\
Examples:
  cowork-calls reactions remove :thumbsdown:
  cowork-calls reactions remove   choose from a list";

const SET: &str = "\
Examples:
  cowork-calls reactions set 👍 👏 🎉
  cowork-calls reactions set :thumbsup: :clap: --dry-run
  cowork-calls reactions set party   choose from what the word finds
  cowork-calls reactions set   prompts for the reactions";

const MOVE: &str = "\
Examples:
  cowork-calls reactions move 🎉 1   to the top
  cowork-calls reactions move       choose from a list";

const CLEAR: &str = "\
Examples:
  cowork-calls reactions clear
  cowork-calls reactions clear --yes   without confirmation";

const CHECK: &str = "\
Examples:
  cowork-calls reactions check 🎉 :rocket:
  cowork-calls reactions check 🎉 --quiet && echo allowed";

/// The examples of the command itself.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls reactions list
  cowork-calls reactions add :rocket:
  cowork-calls reactions check 🎉 || echo 'not allowed'";
