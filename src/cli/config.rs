//! `cowork-calls config …`: the settings file as a whole.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PathBufValueParser, TypedValueParser as _};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};

use super::list::ProbeFirst;
use super::{candidates, value};

/// `cowork-calls config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the path of the settings file
    #[command(after_help = PATH)]
    Path,
    /// Check the settings file
    #[command(after_help = CHECK)]
    Check {
        /// Exit with 1 if there are warnings; notes are none
        #[arg(long)]
        strict: bool,
    },
    /// Edit the settings file in $VISUAL, $EDITOR, editor or vi
    #[command(after_help = EDIT)]
    Edit,
    /// Replace all settings with those in a TOML or JSON file
    #[command(after_help = APPLY)]
    Apply {
        /// The settings.
        #[command(flatten)]
        file: StateFile,
        /// Whether new servers must work.
        #[command(flatten)]
        probe: ProbeFirst,
    },
    /// Print the settings in effect, including secrets, for other programs
    #[command(after_help = EXPORT)]
    Export(ExportArgs),
    /// Show how the settings differ from those in a file or a saved version
    #[command(after_help = DIFF)]
    Diff {
        /// The file, or - for standard input: TOML or JSON with the keys of the settings file. Or the number of a version, as listed by 'config history'
        #[arg(
            value_name = "FILE|VERSION|-",
            value_hint = ValueHint::FilePath,
            value_parser = PathBufValueParser::new().try_map(compared),
            add = ArgValueCompleter::new(candidates::versions_and_files),
        )]
        with: Compared,
    },
    /// List the saved versions, show what one changed, or forget old ones
    #[command(after_help = HISTORY)]
    History {
        /// The number of the version whose changes to show
        #[arg(value_parser = version, add = ArgValueCandidates::new(candidates::versions), conflicts_with = "purge")]
        id: Option<u64>,
        /// Remove all versions except the settings in effect
        #[arg(long)]
        purge: bool,
    },
    /// Restore the previous version, or a version from the history
    #[command(after_help = UNDO)]
    Undo {
        /// The number of the version, as listed by 'config history'
        #[arg(value_parser = version, add = ArgValueCandidates::new(candidates::versions))]
        id: Option<u64>,
    },
    /// Print the JSON Schema of the settings file, for editors
    #[command(after_help = SCHEMA)]
    Schema,
}

fn version(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "expected the number of a version, as listed by 'cowork-calls config history'".to_owned()
    })
}

/// What the settings in effect are compared with.
#[derive(Clone, Debug)]
pub enum Compared {
    /// All settings in a file, or from standard input (`-`).
    File(PathBuf),
    /// A version of the history.
    Version(u64),
}

/// Takes a bare number as a version; a file of that name is `./3`.
fn compared(path: PathBuf) -> Result<Compared, String> {
    match path.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(number) => version(number).map(Compared::Version),
        None => Ok(Compared::File(path)),
    }
}

/// A file with all settings.
#[derive(Args, Clone, Debug)]
pub struct StateFile {
    /// The file, or - for standard input: TOML or JSON with the keys of the settings file
    #[arg(value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// The format of an export.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// Output format [default: toml; with --json, json]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    /// How long credentials from a shared secret are valid in --format rtc [default: 8h]
    #[arg(long, value_name = "DURATION", default_value = value::TTL, hide_default_value = true, allow_hyphen_values = true, value_parser = value::parse_duration)]
    pub ttl: Duration,
}

/// Formats of the settings for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Settings file
    Toml,
    /// Settings file as JSON
    Json,
    /// RTCConfiguration for browsers
    Rtc,
    /// Part of a turnserver.conf
    Coturn,
    /// Shell variables
    Env,
}

const PATH: &str = "\
Examples:
  cowork-calls config path
  sudo cowork-calls config path --system";

const CHECK: &str = "\
Examples:
  cowork-calls config check
  cowork-calls config check --strict --quiet   in a pipeline: fail on warnings

Exit codes: 0 no errors; 1 a file with a password or secret cannot be read, or with --strict there are warnings; 2 wrong usage; 3 the settings file has errors, or cannot be read.";

const EDIT: &str = "\
Examples:
  cowork-calls config edit
  EDITOR='code --wait' cowork-calls config edit
  EDITOR='sed -i s/old.example/new.example/' cowork-calls config edit --no-input

The editor opens a copy that only you can read; before the first save it has the defaults, with comments. The copy is saved if it has no errors; otherwise you can continue editing, at the line of the first error. If you do not, or if another process changed the settings in the meantime, nothing is saved, and your text is kept in a file whose path is reported.
Without a terminal, $VISUAL or $EDITOR has to name the editor.";

const APPLY: &str = "\
Examples:
  cowork-calls config apply calls.toml             use exactly these settings
  cowork-calls config apply calls.json --dry-run   show what would change
  cowork-calls config apply calls.toml --probe     only if new servers work
  generate | cowork-calls config apply - --json | jq .changed

Settings that the file leaves out get their defaults; an unknown key is an error. Applying the same file again changes nothing. Comments and unknown keys in the settings file are kept.
Exit codes: 0 applied or unchanged, 1 a new server failed (--probe), or you declined, 2 the file has errors, 3 the settings cannot be read or written.";

const EXPORT: &str = "\
Examples:
  cowork-calls config export > backup.toml     all settings, for 'config apply'
  cowork-calls config export --format rtc      for a browser's RTCPeerConnection
  cowork-calls config export --format coturn   for /etc/turnserver.conf
  eval \"$(cowork-calls config export --format env)\"

Secrets are printed in plain text: protect the output.";

const DIFF: &str = "\
Examples:
  cowork-calls config diff calls.toml   what 'config apply' would change
  cowork-calls config diff - < calls.json
  cowork-calls config diff calls.toml --quiet || echo differs
  cowork-calls config diff 3            what 'config undo 3' would change

A number is a version from the history; ./3 is a file of that name.
Exit codes: 0 no differences, 1 the settings differ, 2 the file has errors or there is no such version.";

const HISTORY: &str = "\
Examples:
  cowork-calls config history
  cowork-calls config history 3         what version 3 changed
  cowork-calls config history --json | jq '.versions[-1]'
  cowork-calls config history --purge   forget replaced passwords, too

Old versions contain the passwords and secrets of their time. After --purge, 'config undo' cannot restore them; backups of the folder still can.";

const UNDO: &str = "\
Examples:
  cowork-calls config undo     the previous version
  cowork-calls config undo 3   version 3 from the history";

const SCHEMA: &str = "\
Examples:
  cowork-calls config schema > ~/.config/cowork-calls/schema.json
  EDITOR=\"sed -i '1i #:schema ./schema.json'\" cowork-calls config edit

Editors with taplo read the line that sed inserts; insert it only once.";

/// The examples of the command itself.
pub(super) const EXAMPLES: &str = "\
Examples:
  cowork-calls config check
  cowork-calls config edit
  cowork-calls config undo";
