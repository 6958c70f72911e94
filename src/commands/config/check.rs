//! `cowork-calls config check`: every error and warning about the settings.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::commands::context::Context;
use crate::commands::credentials;
use crate::config::file::diagnostic::Diagnostic;
use crate::config::file::load::load_in_part;
use crate::config::warnings::{self, Warning};
use crate::error::{Code, CommandError, Exit};
use crate::render::messages;
use crate::render::settings::json;
use crate::store::Store;

pub(super) fn run(context: &Context, strict: bool) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let found = findings(context, &store)?;
    let is_warned = found.warnings.iter().any(|warning| !warning.is_note());
    let exit = match (&found, strict && is_warned) {
        (Findings { invalid, .. }, _) if !invalid.is_empty() => Exit::Config,
        (Findings { unreadable, .. }, false) if unreadable.is_empty() => Exit::Done,
        _ => Exit::No,
    };
    if context.global.json {
        context.print_json(report(&found, exit == Exit::Done, &store.name()))?;
        if exit == Exit::Config {
            return Err(CommandError::file(&store.name(), found.invalid));
        }
        return Ok(exit);
    }
    let Findings { invalid, unreadable, warnings } = found;
    if !invalid.is_empty() {
        let text = context.rendered(CommandError::file(&store.name(), invalid));
        let _ = write!(std::io::stderr(), "{text}");
    }
    for error in &unreadable {
        let _ = write!(
            std::io::stderr(),
            "{}",
            messages::unreadable(error, &context.global.settings_option(), context.terminal.err)
        );
    }
    context.warn(&warnings);
    if exit == Exit::Done && !context.global.quiet {
        let result = match warnings.iter().filter(|warning| !warning.is_note()).count() {
            0 => "no problems".to_owned(),
            1 => "no errors, 1 warning".to_owned(),
            count => format!("no errors, {count} warnings"),
        };
        context.print(&format!("{}: {result}\n", store.name()))?;
    }
    Ok(exit)
}

/// What a check finds.
struct Findings {
    /// The errors in the settings file.
    invalid: Vec<Diagnostic>,
    /// The credential files that cannot be read: their servers do not work.
    unreadable: Vec<Warning>,
    /// The warnings and notes.
    warnings: Vec<Warning>,
}

fn findings(context: &Context, store: &Store) -> Result<Findings, CommandError> {
    let snapshot = store.load()?;
    if context.global.config.is_some() && snapshot.bytes().is_none() {
        let (what, hint) = match context.is_shared() {
            false => (
                "there is no such file",
                "correct --config; an edit such as 'cowork-calls stun add' creates the file",
            ),
            true => (
                "no settings are stored there",
                "correct --config; an edit such as 'cowork-calls stun add' stores the first settings",
            ),
        };
        let message = format!("cannot read {}: {what}", store.name());
        return Err(CommandError::new(Code::ConfigUnreadable, message, hint));
    }
    let (loaded, invalid) = load_in_part(snapshot.bytes().unwrap_or_default());
    let (settings, mut warnings) = (loaded.settings, loaded.warnings);
    warnings.extend(store.permission_warning(&snapshot, &settings));
    if invalid.is_empty() {
        warnings.extend(warnings::check_firefox(&settings));
    }
    warnings.extend(store.history_warning());
    let files = credentials::check_files(context, &settings)?;
    let (unreadable, readable_by_others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|warning| matches!(warning, Warning::CredentialFile { .. }));
    warnings.extend(readable_by_others);
    Ok(Findings { invalid, unreadable, warnings })
}

fn report(found: &Findings, ok: bool, path: &str) -> Value {
    let errors = found.invalid.iter().map(|error| json::diagnostic(error, path));
    let mut report = json!({
        "ok": ok,
        "errors": errors.chain(found.unreadable.iter().map(json::warning)).collect::<Vec<_>>(),
        "warnings": json::warnings(&found.warnings),
    });
    if found.invalid.iter().any(|error| error.more_follow) {
        report["truncated"] = json!(true);
    }
    report
}
