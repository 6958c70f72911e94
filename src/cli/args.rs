//! The command line: what can be typed, and nothing of what it does.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use super::config::{self, ConfigCommand};
use super::nat::{self, NatArgs};
use super::noun::Noun;
use super::probe::{self, ProbeArgs};
use super::reactions::{self, ReactionsCommand};
use super::serve::{self, ServeArgs};
use super::stun::{self, StunCommand};
use super::turn::{self, TurnCommand};
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
    #[command(after_help = stun::EXAMPLES)]
    Stun(Noun<StunCommand>),
    /// The TURN servers, which relay when no direct connection works
    #[command(after_help = turn::EXAMPLES)]
    Turn(Noun<TurnCommand>),
    /// The reactions that participants may send
    #[command(after_help = reactions::EXAMPLES)]
    Reactions(Noun<ReactionsCommand>),
    /// Which connections clients may use: all, or only TURN relays
    #[command(after_help = POLICY)]
    Policy {
        /// The policy to set
        policy: Option<TransportPolicy>,
    },
    /// All settings in effect, and where each comes from
    #[command(after_help = SHOW)]
    Show,
    /// The settings file itself
    #[command(after_help = config::EXAMPLES)]
    Config(Noun<ConfigCommand>),
    /// Ask servers live whether they work, and say what is wrong
    #[command(after_help = probe::EXAMPLES)]
    Probe(ProbeArgs),
    /// Find out what this network's NAT does, and what calls need
    #[command(after_help = nat::EXAMPLES)]
    Nat(NatArgs),
    /// Serve the Web API for clients, and a connection test page
    #[command(after_help = serve::EXAMPLES)]
    Serve(ServeArgs),
    /// Set all up step by step: servers, reactions, policy
    #[command(after_help = SETUP)]
    Setup,
    /// Write the manual into a folder, a page for each command
    #[command(after_help = MAN)]
    Man {
        /// The folder, made where it is missing; without one the first page is printed
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
    /// Print the completions of a shell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
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

const POLICY: &str = "\
Examples:
  cowork-calls policy         which one is in effect
  cowork-calls policy relay   hide participants' addresses from each other";

const SHOW: &str = "\
Examples:
  cowork-calls show
  cowork-calls show --json | jq .warnings";

const MAN: &str = "\
Examples:
  cowork-calls man /usr/local/share/man/man1
  cowork-calls man | man -l -";

const COMPLETIONS: &str = "\
Examples:
  cowork-calls completions bash > /etc/bash_completion.d/cowork-calls
  source <(COMPLETE=bash cowork-calls)   knows your settings too";

const SETUP: &str = "\
Examples:
  cowork-calls setup                 your own settings
  sudo cowork-calls setup --system   those of the whole machine

Each server is asked at once whether it works. Nothing is saved before you have seen all that changes and said yes; Ctrl-C at any question leaves all as it is. In scripts use 'cowork-calls config apply'.";
