//! The program's command line: the global options and the commands.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand, ValueEnum as _, ValueHint};
use clap_complete::engine::ValueCompleter as _;
use clap_complete::{ArgValueCompleter, CompletionCandidate, PathCompleter, Shell};

use super::config::{self, ConfigCommand};
use super::nat::{self, NatArgs};
use super::probe::{self, ProbeArgs};
use super::reactions::{self, ReactionsCommand};
use super::serve::{self, ServeArgs};
use super::stun::{self, StunCommand};
use super::turn::{self, TurnCommand};
use super::value;
use crate::config::settings::TransportPolicy;
use crate::error::{Code, CommandError};
use crate::store::EngineOptions;
use crate::terminal::ColorChoice;
use crate::text::suggestion::shell_quoted;

/// Manage and test the STUN servers, TURN servers and reactions of CoWork Calls.
#[derive(Debug, Parser)]
#[command(name = "cowork-calls", version, propagate_version = true)]
#[command(disable_help_flag = true, disable_version_flag = true, disable_help_subcommand = true)]
#[command(after_help = EXAMPLES)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The options for settings in NATS, until they are with the others.
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Ensures that `--json` and `--format` do not contradict each other.
    ///
    /// # Errors
    /// When they do.
    pub fn ensure_one_format(&self) -> Result<(), CommandError> {
        let format = match &self.command {
            Command::Probe(args) => args.format.and_then(|format| format.to_possible_value()),
            Command::Config(ConfigCommand::Export(args)) => {
                args.format.and_then(|format| format.to_possible_value())
            }
            _ => None,
        };
        let is_text = |name: &str| !["json", "jsonl", "rtc"].contains(&name);
        let Some(format) = format.filter(|format| self.global.json && is_text(format.get_name())) else {
            return Ok(());
        };
        let message =
            format!("--json is short for --format json, and --format {} was given too", format.get_name());
        Err(CommandError::new(Code::Usage, message, "leave out one of the two"))
    }
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Settings file, or nats://HOST/NAME (see 'cowork-calls man') [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Use the system-wide settings, /etc/cowork-calls/config.toml
    #[arg(long, global = true)]
    pub system: bool,
    /// Print JSON for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Answer yes to every confirmation
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Never prompt, as if there were no terminal
    #[arg(long, global = true)]
    pub no_input: bool,
    /// How long an edit waits for the lock of the settings [default: 30s]
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", hide_default_value = true, allow_hyphen_values = true, value_parser = value::parse_duration)]
    pub lock_timeout: Duration,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: ColorChoice,
    /// Show what an edit would change, write nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// The options for settings in NATS; `EngineArgs` has them on the command line.
    #[arg(skip)]
    pub engine: EngineOptions,
    /// Print help
    // One compact help, with one option per line: --help is not longer than -h.
    #[arg(long, short, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
    /// Print version
    #[arg(long, short = 'V', global = true, action = ArgAction::Version)]
    version: Option<bool>,
}

impl Global {
    /// The options that chose the settings, for the commands that hints suggest; empty without one.
    pub fn settings_option(&self) -> String {
        let mut options = match &self.config {
            Some(file) => format!("--config {}", quoted_path(file)),
            None if self.system => "--system".to_owned(),
            None => String::new(),
        };
        for (option, file) in self.engine.given() {
            options += &format!(" {option} {}", quoted_path(file));
        }
        options.trim_start().to_owned()
    }
}

/// The options of every command for settings in NATS. They are apart from the others, so that only command lines that have
/// one of them pay for them.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(super) struct EngineArgs {
    /// For settings in NATS: the file with USER:PASSWORD [default: $COWORK_CALLS_ENGINE_CREDENTIALS]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub engine_credentials: Option<PathBuf>,
    /// For settings in NATS: the certificates to trust, instead of those that this system trusts [default: $COWORK_CALLS_ENGINE_CA]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub engine_ca: Option<PathBuf>,
    /// For settings in NATS: the certificate of this client [default: $COWORK_CALLS_ENGINE_CERT]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub engine_cert: Option<PathBuf>,
    /// For settings in NATS: the private key of that certificate [default: $COWORK_CALLS_ENGINE_KEY]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub engine_key: Option<PathBuf>,
}

impl EngineArgs {
    /// Moves the options to the others.
    pub(super) fn move_to(&mut self, global: &mut Global) {
        let EngineArgs { engine_credentials, engine_ca, engine_cert, engine_key } = std::mem::take(self);
        global.engine = EngineOptions {
            credentials: engine_credentials,
            ca: engine_ca,
            certificate: engine_cert,
            key: engine_key,
        };
    }
}

fn quoted_path(path: &Path) -> String {
    shell_quoted(&path.display().to_string())
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Manage STUN servers, which show clients their public address
    #[command(subcommand, after_help = stun::EXAMPLES)]
    Stun(StunCommand),
    /// Manage TURN servers, which relay when direct connections fail
    #[command(subcommand, after_help = turn::EXAMPLES)]
    Turn(TurnCommand),
    /// Manage the reactions that participants may send
    #[command(subcommand, after_help = reactions::EXAMPLES)]
    Reactions(ReactionsCommand),
    /// Show or set which connections clients may use: all or relay
    #[command(after_help = POLICY)]
    Policy(PolicyArgs),
    /// Show all settings in effect and where each comes from
    #[command(after_help = SHOW)]
    Show,
    /// Check, edit, apply, export and restore the settings file
    #[command(subcommand, after_help = config::EXAMPLES)]
    Config(ConfigCommand),
    /// Test whether servers work, and show what is wrong
    #[command(after_help = probe::EXAMPLES)]
    Probe(ProbeArgs),
    /// Detect what this network's NAT does, and what calls need
    #[command(after_help = nat::EXAMPLES)]
    Nat(NatArgs),
    /// Serve the Web API for clients and a connection test page
    #[command(after_help = serve::EXAMPLES)]
    Serve(ServeArgs),
    /// Set up servers, reactions and policy step by step
    #[command(after_help = SETUP)]
    Setup,
    /// Show a page of the manual, or write all of them
    #[command(after_help = MAN)]
    Man(ManArgs),
    /// Print the completion script for a shell
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArgs),
}

/// `cowork-calls policy …`
#[derive(Args, Clone, Copy, Debug)]
pub struct PolicyArgs {
    /// The new policy; without it, the current one is printed
    pub policy: Option<TransportPolicy>,
}

/// `cowork-calls completions …`
#[derive(Args, Clone, Copy, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// `cowork-calls man …`
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// The page of this command; or a folder to write all pages into, which exists or has a '/'. Without both, the first page, piped as its source
    #[arg(value_name = "PAGE|DIR", conflicts_with = "dir", add = ArgValueCompleter::new(pages_and_folders))]
    pub page: Vec<PathBuf>,
    /// The folder to write all pages into, created if missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

/// The pages of the manual, and then the folders.
fn pages_and_folders(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut program = Cli::command();
    program.build();
    let mut found = Vec::new();
    for noun in program.get_subcommands() {
        found.push((noun.get_name().to_owned(), noun.get_about()));
        let below = noun.get_subcommands();
        found.extend(
            below.map(|command| (format!("{}-{}", noun.get_name(), command.get_name()), command.get_about())),
        );
    }
    let fits = |(name, _): &(String, _)| name.as_bytes().starts_with(typed.as_encoded_bytes());
    let pages = found.into_iter().filter(fits);
    let pages = pages.map(|(name, about)| CompletionCandidate::new(name).help(about.cloned()));
    pages.chain(PathCompleter::dir().complete(typed)).collect()
}

const EXAMPLES: &str = "\
Examples:
  cowork-calls show                       all settings in effect
  cowork-calls stun add stun.example.de   add a STUN server
  cowork-calls turn add turn.example.de --username cowork \\
      --password-stdin < turn.pw
  cowork-calls reactions set :thumbsup: 👏 🎉
  cowork-calls probe                      test every server

Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 settings unusable.";

const POLICY: &str = "\
Examples:
  cowork-calls policy         show the current policy
  cowork-calls policy relay   hide participants' addresses from each other";

const SHOW: &str = "\
Examples:
  cowork-calls show
  cowork-calls show --json | jq .warnings";

const MAN: &str = "\
Examples:
  cowork-calls man stun add   the page of 'cowork-calls stun add'
  cowork-calls man --dir /usr/local/share/man/man1
  cowork-calls man | man -l -

At a terminal, a page is shown by man, if it is installed, and otherwise as text.";

const COMPLETIONS: &str = "\
Examples:
  cowork-calls completions bash > /etc/bash_completion.d/cowork-calls
  source <(cowork-calls completions bash)   only in this shell";

const SETUP: &str = "\
Examples:
  cowork-calls setup                 your own settings
  sudo cowork-calls setup --system   the system-wide settings

Each server is probed as soon as it is entered. Nothing is saved until you have reviewed all changes and confirmed them; Esc goes one step back, and Ctrl-C at any prompt leaves the settings unchanged. In scripts, use 'cowork-calls config apply'.";
