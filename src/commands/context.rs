//! What every command needs: the global options, the terminal, where the settings are.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::cli::Global;
use crate::config::file::apply::Loaded;
use crate::config::settings::ListName;
use crate::config::warnings::Warning;
use crate::error::Failure;
use crate::exit::Exit;
use crate::store::locate::{Environment, locate};
use crate::store::{Snapshot, Store};
use crate::terminal::Terminal;
use crate::{config as settings, exit, render};

/// What every command needs: the global options, the terminal, where the settings are.
pub struct Context {
    pub(super) global: Global,
    pub(super) terminal: Terminal,
    /// While true, Ctrl-C and SIGTERM end the program at once.
    pub(super) exit_at_once: Arc<AtomicBool>,
    /// A folder that has to be gone when the program is ended at a question.
    pub(super) private_folder: Arc<Mutex<Option<PathBuf>>>,
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
    pub(super) fn store(&self) -> Result<Store, Failure> {
        let path = locate(self.global.config.as_deref(), self.global.system, &Environment::of_process())?;
        Ok(Store::open(path))
    }

    /// The settings in effect, with all that deserves a warning.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        let store = self.store()?;
        let snapshot = store.load()?;
        read(&store, &snapshot)
    }

    /// Whether a person can be asked.
    pub(super) fn can_ask(&self) -> bool {
        self.terminal.can_ask && !self.global.no_input
    }

    /// Prints a result.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
    }

    pub(super) fn print_json(&self, value: &Value) -> Result<(), Failure> {
        self.print(&render::settings::json::line(value))
    }

    /// Tells something that is no result, unless nobody wants to know.
    pub(super) fn note(&self, text: &str) {
        if !self.global.quiet && !self.global.json {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Prints warnings for people; scripts find them in the JSON.
    pub(super) fn warn(&self, warnings: &[Warning]) {
        if self.global.quiet || self.global.json {
            return;
        }
        let path = self.store().map(|store| store.name()).unwrap_or_default();
        for warning in warnings {
            let _ =
                write!(std::io::stderr(), "{}", render::messages::warning(warning, &path, self.terminal.err));
        }
    }
}

/// Reads the settings of a snapshot, and whether others could read them too.
pub(super) fn read(store: &Store, snapshot: &Snapshot) -> Result<Loaded, Failure> {
    let mut loaded = settings::file::apply::load(snapshot.bytes().unwrap_or_default())
        .map_err(|problems| Failure::file(&store.name(), problems))?;
    loaded.warnings.extend(store.exposed(snapshot, &loaded.settings));
    Ok(loaded)
}

/// The warnings that belong to one list, and those about the file as a whole.
pub(super) fn about(warnings: &[Warning], list: ListName) -> Vec<Warning> {
    warnings.iter().filter(|warning| warning.list().is_none_or(|of| of == list)).cloned().collect()
}
