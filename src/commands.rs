//! What each command does: arguments in, one call to the layers below, a result out.

mod completions;
mod config;
mod config_apply;
mod config_edit;
mod config_export;
mod credentials;
mod edit;
mod failure;
mod input;
mod logins;
mod man;
mod nat;
mod policy;
mod printer;
mod probe;
mod prompt;
mod reactions;
mod screen;
mod self_test;
mod serve;
mod setup;
mod setup_reactions;
mod setup_servers;
mod show;
mod stun;
mod targets;
mod turn;
mod turn_edit;
mod usage;
mod watch;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::cli::{Command, Global, Noun, ProbeFormat, ServeLogFormat};
use crate::config::rules::Warning;
use crate::config::{ListName, Loaded};
use crate::exit::{self, Exit};
use crate::store::locate::{Environment, locate};
use crate::store::{Snapshot, Store};
use crate::terminal::Terminal;
use crate::{config as settings, render};

pub use failure::Failure;

/// Does what was asked.
///
/// # Errors
/// Why it could not be done; nothing was changed then.
pub fn run(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Stun(Noun(command)) => stun::run(context, command),
        Command::Turn(Noun(command)) => turn::run(context, command),
        Command::Reactions(Noun(command)) => reactions::run(context, command),
        Command::Policy { policy } => policy::run(context, policy),
        Command::Show => show::run(context),
        Command::Config(Noun(command)) => config::run(context, &command),
        Command::Probe(args) => probe::run(context, &args),
        Command::Nat(args) => nat::run(context, &args),
        Command::Serve(args) => serve::run(context, args),
        Command::Setup => setup::run(context),
        Command::Man { folder } => man::run(context, folder.as_deref()),
        Command::Completions { shell } => completions::run(context, shell),
    }
}

/// Whether scripts read what a command prints, errors included, even without `--json`.
#[must_use]
pub fn prints_json(command: &Command) -> bool {
    match command {
        Command::Probe(args) => matches!(args.format, ProbeFormat::Json | ProbeFormat::Jsonl),
        Command::Serve(args) => args.log_format == ServeLogFormat::Json,
        _ => false,
    }
}

/// What every command needs: the global options, the terminal, where the settings are.
pub struct Context {
    global: Global,
    terminal: Terminal,
    /// While true, Ctrl-C and SIGTERM end the program at once.
    exit_at_once: Arc<AtomicBool>,
    /// A folder that has to be gone when the program is ended at a question.
    private_folder: Arc<Mutex<Option<PathBuf>>>,
}

impl Context {
    /// Prepares a command; from here on Ctrl-C ends the program with its own exit code.
    ///
    /// # Errors
    /// When the system refuses to watch for signals.
    pub fn new(global: Global, terminal: Terminal) -> Result<Self, Failure> {
        let exit_at_once = Arc::new(AtomicBool::new(true));
        exit::on_signals(&exit_at_once).map_err(|error| Failure::Message {
            exit: Exit::No,
            code: "signals",
            message: format!("cannot watch for Ctrl-C: {error}"),
            hint: String::new(),
        })?;
        Ok(Context { global, terminal, exit_at_once, private_folder: Arc::default() })
    }

    /// Where the settings are kept.
    fn store(&self) -> Result<Store, Failure> {
        let path = locate(self.global.config.as_deref(), self.global.system, &Environment::of_process())?;
        Ok(Store::open(path))
    }

    /// The settings in effect, with all that deserves a warning.
    fn load(&self) -> Result<Loaded, Failure> {
        let store = self.store()?;
        let snapshot = store.load()?;
        read(&store, &snapshot)
    }

    /// Whether a person can be asked.
    fn can_ask(&self) -> bool {
        self.terminal.can_ask && !self.global.no_input
    }

    /// Prints a result.
    fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
    }

    fn print_json(&self, value: &Value) -> Result<(), Failure> {
        self.print(&render::json::line(value))
    }

    /// Tells something that is no result, unless nobody wants to know.
    fn note(&self, text: &str) {
        if !self.global.quiet && !self.global.json {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Prints warnings for people; scripts find them in the JSON.
    fn warn(&self, warnings: &[Warning]) {
        if self.global.quiet || self.global.json {
            return;
        }
        let path = self.store().map(|store| store.name()).unwrap_or_default();
        for warning in warnings {
            let _ = write!(std::io::stderr(), "{}", render::text::warning(warning, &path, self.terminal.err));
        }
    }
}

/// Reads the settings of a snapshot, and whether others could read them too.
fn read(store: &Store, snapshot: &Snapshot) -> Result<Loaded, Failure> {
    let mut loaded = settings::load(snapshot.bytes().unwrap_or_default())
        .map_err(|problems| Failure::file(&store.name(), problems))?;
    loaded.warnings.extend(store.exposed(snapshot, &loaded.settings));
    Ok(loaded)
}

/// The warnings that belong to one list, and those about the file as a whole.
fn about(warnings: &[Warning], list: ListName) -> Vec<Warning> {
    warnings.iter().filter(|warning| warning.list().is_none_or(|of| of == list)).cloned().collect()
}
