//! What every command needs: the global options, the terminal, the signals, the settings.

use std::cell::OnceCell;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::cli::Global;
use crate::config::file::load::Loaded;
use crate::config::settings::ListName;
use crate::config::warnings::Warning;
use crate::error::{Code, CommandError, UNCHANGED};
use crate::signals::{Held, Signals};
use crate::store::locate::Environment;
use crate::store::{Snapshot, Store};
use crate::terminal::paragraph::paragraph;
use crate::terminal::prompt::Dialog;
use crate::terminal::{Style, Terminal};
use crate::text::clean;
use crate::text::suggestion::{with_option, with_whole_commands};
use crate::{config as settings, render};

/// The error for two options that name different settings.
const SYSTEM_AND_CONFIG: &str = "the argument '--system' cannot be used with '--config <FILE>'";

/// What every command needs.
pub struct Context {
    pub(super) global: Global,
    pub(super) terminal: Terminal,
    pub(super) signals: Signals,
    pub(super) dialog: Dialog,
    /// The settings, once they are chosen: an engine is connected once.
    store: OnceCell<Store>,
}

impl Context {
    /// Prepares a command; from here on Ctrl-C stops the program with its own exit code.
    ///
    /// # Errors
    /// When the global options contradict each other, or the system refuses the signal handlers.
    pub fn new(global: Global, terminal: Terminal) -> Result<Self, CommandError> {
        // clap overlooks a conflict of global options on different sides of the command.
        if global.system && global.config.is_some() {
            return Err(CommandError::new(Code::Usage, SYSTEM_AND_CONFIG, "leave out one of the two"));
        }
        global.config.as_deref().map_or(Ok(()), Store::check)?;
        let signals = Signals::install().map_err(|error| CommandError::system(Code::Signals, error))?;
        let dialog = Dialog::new(terminal.err, signals.clone(), global.quiet || global.json);
        Ok(Context { global, terminal, signals, dialog, store: OnceCell::new() })
    }

    /// Holds signals until the returned value is dropped.
    pub(super) fn hold_signals(&self) -> Result<Held, CommandError> {
        self.signals.hold().map_err(|error| CommandError::system(Code::Signals, error))
    }

    /// Where the settings are kept.
    pub(super) fn store(&self) -> Result<Store, CommandError> {
        if let Some(store) = self.store.get() {
            return Ok(store.clone());
        }
        let Global { config, system, engine, lock_timeout, quiet, json, .. } = &self.global;
        let store = Store::choose(config.as_deref(), *system, engine, &Environment::of_process())?;
        let report: fn(&Path) = if *quiet || *json { |_| {} } else { report_wait };
        Ok(self.store.get_or_init(|| store.with_lock_timeout(*lock_timeout, report)).clone())
    }

    /// Whether the settings are in an engine, which other machines share.
    pub(super) fn is_shared(&self) -> bool {
        self.store().is_ok_and(|store| store.engine().is_some())
    }

    /// Says that the text changes, or would change, and the settings do not.
    pub(super) fn only_the_text(&self, is_changed: bool) -> &'static str {
        match (self.is_shared(), is_changed) {
            (false, true) => "only the text of the file changed, not the settings in effect\n",
            (false, false) => "only the text of the file would change, not the settings in effect\n",
            (true, true) => "only the text changed, not the settings in effect\n",
            (true, false) => "only the text would change, not the settings in effect\n",
        }
    }

    /// Loads the settings in effect, with their warnings.
    pub(super) fn load(&self) -> Result<Loaded, CommandError> {
        let store = self.store()?;
        let snapshot = store.load()?;
        let mut loaded = read(&store, &snapshot)?;
        if self.global.config.is_some() && snapshot.bytes().is_none() {
            loaded.warnings.push(Warning::ConfigMissing(store.name()));
        }
        Ok(loaded)
    }

    /// Returns the warning about a settings file that `--config` names and that does not exist, without reading any.
    pub(super) fn missing_config(&self) -> Option<Warning> {
        let store = self.global.config.is_some().then(|| self.store().ok()).flatten()?;
        store.is_missing().then(|| Warning::ConfigMissing(store.name()))
    }

    /// Whether prompting is possible and allowed.
    pub(super) fn can_prompt(&self) -> bool {
        self.terminal.can_prompt && !self.global.no_input
    }

    /// Fails without a terminal for prompting; `what` and `hint` say what to give on the command line instead.
    pub(super) fn require_terminal(&self, what: &str, hint: &str) -> Result<(), CommandError> {
        if self.can_prompt() {
            Ok(())
        } else {
            Err(CommandError::new(Code::MissingValue, format!("no terminal for prompting: {what}"), hint))
        }
    }

    /// Prints a result.
    pub(super) fn print(&self, text: &str) -> Result<(), CommandError> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CommandError::output)
    }

    /// Prints a document. The commands in its messages and hints have the option that chose the settings file.
    pub(super) fn print_json(&self, mut value: Value) -> Result<(), CommandError> {
        render::settings::json::add_option(&mut value, &self.global.settings_option());
        self.print(&render::settings::json::line(&value))
    }

    /// Shows rendered lines at a prompt.
    pub(super) fn say(&self, lines: &str) {
        self.dialog.say(lines.trim_end());
    }

    /// Shows what is about to happen, if there is anything to show, and asks whether to do it; Enter alone means no, which
    /// changes nothing.
    pub(super) fn confirm(&self, what: &str, question: &str) -> Result<(), CommandError> {
        // The question is shown in full even with --quiet.
        if !what.is_empty() {
            self.say(what);
        }
        if self.dialog.yes(question, false)? {
            return Ok(());
        }
        self.note(UNCHANGED);
        Err(CommandError::declined())
    }

    /// The text of an error, as standard error shows it.
    pub(super) fn rendered(&self, error: CommandError) -> String {
        render::messages::error(&error.with_option(&self.global.settings_option()), self.terminal.err)
    }

    /// Prints a note on standard error, unless with --quiet or --json.
    pub(super) fn note(&self, text: &str) {
        self.note_after(None, text);
    }

    /// Prints a note after a mark. The commands in it have the option that chose the settings file.
    pub(super) fn note_after(&self, mark: Option<(Style, &str)>, text: &str) {
        if !self.global.quiet && !self.global.json {
            let text = with_option(text, &self.global.settings_option());
            let wrapped = with_whole_commands(&text, |text| paragraph(0, mark, text, self.terminal.err));
            let _ = write!(std::io::stderr(), "{wrapped}");
        }
    }

    /// Prints the warnings that concern what an edit `touched`; after a dry run, a note that nothing was written.
    pub(super) fn warn_after_edit(&self, changed: bool, touched: &[Warning]) {
        if !changed {
            return;
        }
        if self.global.dry_run {
            self.note(match touched.is_empty() {
                true => "dry run: nothing was written",
                false => "dry run: nothing was written; warnings about the result:",
            });
        }
        self.warn(touched);
    }

    /// Prints warnings on standard error; with --json they are in the result.
    pub(super) fn warn(&self, warnings: &[Warning]) {
        if self.global.quiet || self.global.json {
            return;
        }
        let path = self.store().map(|store| store.name()).unwrap_or_default();
        let (option, err) = (self.global.settings_option(), self.terminal.err);
        for warning in warnings {
            let _ = write!(std::io::stderr(), "{}", render::messages::warning(warning, &path, &option, err));
        }
    }
}

/// Reports that an edit waits for the lock at this path, or for the engine at this address.
fn report_wait(place: &Path) {
    let name = place.display();
    let text = match Store::is_engine(place) {
        true => format!("waiting for {name}, which is busy with other changes or does not respond"),
        false => format!("waiting for another process, which has locked {name}"),
    };
    let _ = writeln!(std::io::stderr(), "{}", clean(&text));
}

/// Loads the settings of a snapshot; warns if other users can read secrets in it.
pub(super) fn read(store: &Store, snapshot: &Snapshot) -> Result<Loaded, CommandError> {
    let mut loaded = settings::file::load::load(snapshot.bytes().unwrap_or_default())
        .map_err(|problems| CommandError::settings(&store.name(), problems))?;
    loaded.warnings.extend(store.permission_warning(snapshot, &loaded.settings));
    Ok(loaded)
}

/// The warnings that belong to one list, and those about the file as a whole.
pub(super) fn about(warnings: &[Warning], list: ListName) -> Vec<Warning> {
    warnings.iter().filter(|warning| warning.list().is_none_or(|of| of == list)).cloned().collect()
}
