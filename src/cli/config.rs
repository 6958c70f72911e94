//! `cowork-calls config …`: the settings file as a whole.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use clap_complete::ArgValueCandidates;

use super::{candidates, value};

/// `cowork-calls config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print which file holds the settings
    #[command(after_help = PATH)]
    Path,
    /// Check the settings file
    #[command(after_help = CHECK)]
    Check {
        /// Exit 1 on warnings too
        #[arg(long)]
        strict: bool,
    },
    /// Edit the settings file in your editor: $VISUAL, else $EDITOR, else editor or vi
    #[command(after_help = EDIT)]
    Edit,
    /// Make the settings in a TOML or JSON file the settings in effect
    #[command(after_help = APPLY)]
    Apply(StateFile),
    /// Print the settings in effect, secrets included, for other programs
    #[command(after_help = EXPORT)]
    Export(ExportArgs),
    /// Show how the settings in effect differ from those in a file
    #[command(after_help = DIFF)]
    Diff(StateFile),
    /// List the saved versions of the settings
    #[command(after_help = HISTORY)]
    History,
    /// Go back to the version before, or to a version of the history
    #[command(after_help = UNDO)]
    Undo {
        /// The version to go back to, as the history numbers it
        #[arg(value_parser = version, add = ArgValueCandidates::new(candidates::versions))]
        id: Option<u64>,
    },
    /// Print the JSON Schema of the settings file, which editors check it with
    #[command(after_help = SCHEMA)]
    Schema,
}

fn version(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "expected the number of a version, as 'cowork-calls config history' lists them".to_owned()
    })
}

/// All settings in a file.
#[derive(Args, Clone, Debug)]
pub struct StateFile {
    /// The file, or - for standard input: TOML or JSON with the keys of the settings file
    #[arg(value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// What to export.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// The form [default: toml, with --json json]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    /// How long credentials last that --format rtc makes from a shared secret [default: 1440m, which is a day]
    #[arg(long, value_name = "DURATION", default_value = "1440m", hide_default_value = true, value_parser = value::parse_duration)]
    pub ttl: Duration,
}

/// Forms of the settings for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A settings file
    Toml,
    /// The same as JSON
    Json,
    /// The RTCConfiguration that browsers take
    Rtc,
    /// A fragment of turnserver.conf
    Coturn,
    /// Variables for a shell
    Env,
}

const PATH: &str = "\
Examples:
  cowork-calls config path
  sudo cowork-calls config path --system";

const CHECK: &str = "\
Examples:
  cowork-calls config check
  cowork-calls config check --strict --quiet   in a pipeline: warnings fail too";

const EDIT: &str = "\
Examples:
  cowork-calls config edit
  EDITOR='code --wait' cowork-calls config edit
  EDITOR='sed -i s/old.example/new.example/' cowork-calls config edit --no-input

The editor gets a copy, which only you can read. It is saved when it has no errors; with errors you can go on editing. When somebody else changed the settings meanwhile, nothing is saved and your copy is kept.";

const APPLY: &str = "\
Examples:
  cowork-calls config apply calls.toml             these settings and no others
  cowork-calls config apply calls.json --dry-run   what would change?
  generate | cowork-calls config apply - --json | jq .changed

What the file leaves out goes to its defaults; an unknown key is an error. Applied twice it changes nothing more. Comments and unknown keys of the settings file stay.
Exit codes: 0 applied or unchanged, 2 the file has errors, 3 the settings cannot be read or written.";

const EXPORT: &str = "\
Examples:
  cowork-calls config export > backup.toml     all settings, for 'config apply'
  cowork-calls config export --format rtc      for a browser's RTCPeerConnection
  cowork-calls config export --format coturn   for /etc/turnserver.conf
  eval \"$(cowork-calls config export --format env)\"

Secrets are printed as they are: take care where the output goes.";

const DIFF: &str = "\
Examples:
  cowork-calls config diff calls.toml   what 'config apply' would change
  cowork-calls config diff - < calls.json
  cowork-calls config diff calls.toml --quiet || echo differs

Exit codes: 0 the settings in effect are these, 1 they differ, 2 the file has errors.";

const HISTORY: &str = "\
Examples:
  cowork-calls config history
  cowork-calls config history --json | jq '.versions[-1]'";

const UNDO: &str = "\
Examples:
  cowork-calls config undo     the version before
  cowork-calls config undo 3   version 3 of the history";

const SCHEMA: &str = "\
Examples:
  cowork-calls config schema > cowork-calls.schema.json
  sed -i '1i #:schema ./cowork-calls.schema.json' config.toml

Editors with taplo read the line that sed writes; run it once.";

/// The examples of the noun itself.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls config check
  cowork-calls config edit
  cowork-calls config undo";
