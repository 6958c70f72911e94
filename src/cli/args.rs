//! The command line: what can be typed, and nothing of what it does.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use super::config::ConfigCommand;
use super::examples;
use super::lists::{ReactionsCommand, StunCommand, TurnCommand};
use super::noun::Noun;
use super::probe::{NatArgs, ProbeArgs};
use super::serve::ServeArgs;
use crate::config::settings::TransportPolicy;
use crate::terminal::ColorChoice;

/// Edit, keep and prove the STUN servers, TURN servers and reactions of CoWork Calls.
#[derive(Debug, Parser)]
#[command(name = "cowork-calls", version, propagate_version = true)]
#[command(disable_help_flag = true, disable_version_flag = true, disable_help_subcommand = true)]
#[command(after_help = EXAMPLES)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cowork-calls show                       all settings, and their origin
  cowork-calls stun add stun.example.de   one more STUN server
  cowork-calls turn add turn.example.de --username cowork \\
      --password-stdin < turn.pw
  cowork-calls reactions set :thumbsup: 👏 🎉
  cowork-calls probe                      ask every server, say what is wrong

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 the configuration cannot be read or written.";

const NAT_EXAMPLES: &str = "\
Examples:
  cowork-calls nat                              with a configured server
  cowork-calls nat stun.nextcloud.com:443       with this one
  cowork-calls nat -6 --json | jq -r .mapping   for a script

Mapping says whether every peer sees the same address, filtering who gets in.
Exit codes: 0 there is a report, even one that says unknown; 1 no server answers.";

const SERVE_EXAMPLES: &str = "\
Examples:
  (umask 077; echo \"alice:$(openssl rand -hex 24)\" > tokens)
  cowork-calls serve --token-file tokens   on http://127.0.0.1:8443
  cowork-calls serve --token-file tokens --listen 0.0.0.0:8443 \\
      --tls-cert cert.pem --tls-key key.pem

Changes to the settings, the tokens and the certificate take effect at once, without a restart.
Exit codes: 0 ended by SIGTERM or Ctrl-C, 1 cannot listen, 2 usage or bad tokens, 3 bad settings.";

const SETUP_EXAMPLES: &str = "\
Examples:
  cowork-calls setup                 your own settings
  sudo cowork-calls setup --system   those of the whole machine

Each server is asked at once whether it works. Nothing is saved before you have seen all that changes and said yes; Ctrl-C at any question leaves all as it is. In scripts use 'cowork-calls config apply'.";

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Use the settings of the whole system, /etc/cowork-calls/config.toml
    #[arg(long, global = true)]
    pub system: bool,
    /// Print JSON for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only what was asked for, and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Answer every confirmation with yes
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Never ask, as without a terminal
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: ColorChoice,
    /// Edits: say what would change, write nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print help
    // One compact help, with an option a line: --help is not longer than -h.
    #[arg(long, short, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
    /// Print version
    #[arg(long, short = 'V', global = true, action = ArgAction::Version)]
    version: Option<bool>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The STUN servers, which tell clients their public address
    #[command(after_help = examples::STUN)]
    Stun(Noun<StunCommand>),
    /// The TURN servers, which relay when no direct connection works
    #[command(after_help = examples::TURN)]
    Turn(Noun<TurnCommand>),
    /// The reactions that participants may send
    #[command(after_help = examples::REACTIONS)]
    Reactions(Noun<ReactionsCommand>),
    /// Which connections clients may use: all, or only TURN relays
    #[command(after_help = examples::POLICY)]
    Policy {
        /// The policy to set
        policy: Option<TransportPolicy>,
    },
    /// All settings in effect, and where each comes from
    #[command(after_help = examples::SHOW)]
    Show,
    /// The settings file itself
    #[command(after_help = examples::CONFIG)]
    Config(Noun<ConfigCommand>),
    /// Ask servers live whether they work, and say what is wrong
    #[command(after_help = examples::PROBE)]
    Probe(ProbeArgs),
    /// Find out what this network's NAT does, and what calls need
    #[command(after_help = NAT_EXAMPLES)]
    Nat(NatArgs),
    /// Serve the Web API for clients, and a connection test page
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// Set all up step by step: servers, reactions, policy
    #[command(after_help = SETUP_EXAMPLES)]
    Setup,
    /// Write the manual into a folder, a page for each command
    #[command(after_help = examples::MAN)]
    Man {
        /// The folder, made where it is missing; without one the first page is printed
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
    /// Print the completions of a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}
