//! `cowork-calls config check`: every error and warning about the settings.

use std::io::Write as _;

use serde_json::json;

use crate::commands::context::Context;
use crate::commands::credentials;
use crate::config::warnings::{self, Warning};
use crate::error::{Code, CommandError, Exit};
use crate::render;
use crate::terminal::Style;
use crate::text::clean;

pub(super) fn run(context: &Context, strict: bool) -> Result<Exit, CommandError> {
    let loaded = match context.load() {
        Ok(loaded) => loaded,
        Err(error) => {
            if let (true, Some((path, problems))) = (context.global.json, error.in_file()) {
                let errors: Vec<_> = problems
                    .iter()
                    .map(|problem| render::settings::json::diagnostic(problem, path))
                    .collect();
                context.print_json(&json!({"ok": false, "errors": errors, "warnings": []}))?;
            }
            return Err(error);
        }
    };
    let (settings, mut warnings) = (loaded.settings, loaded.warnings);
    if warnings.iter().any(|warning| matches!(warning, Warning::ConfigMissing(_))) {
        let message = format!("cannot read {}: there is no such file", context.store()?.name());
        let hint = "correct --config; an edit such as 'cowork-calls stun add' creates the file";
        return Err(CommandError::new(Code::ConfigUnreadable, message, hint));
    }
    warnings.extend(warnings::check_firefox(&settings));
    warnings.extend(context.store()?.history_warning());
    // A server whose credentials cannot be read does not work.
    let files = credentials::check_files(context, &settings)?;
    let (unreadable, readable_by_others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|warning| matches!(warning, Warning::CredentialFile { .. }));
    warnings.extend(readable_by_others);
    let ok = unreadable.is_empty() && (!strict || warnings.is_empty());
    if context.global.json {
        let report = json!({
            "ok": ok,
            "errors": render::settings::json::warnings(&unreadable),
            "warnings": render::settings::json::warnings(&warnings),
        });
        context.print_json(&report)?;
    } else {
        let label = context.terminal.err.paint(Style::Bad, "error:");
        for error in &unreadable {
            let _ = writeln!(std::io::stderr(), "{label} {}", clean(&error.message()));
        }
        context.warn(&warnings);
        if ok && !context.global.quiet {
            let path = context.store()?.name();
            context.print(&match warnings.len() {
                0 => format!("{path}: no problems\n"),
                1 => format!("{path}: no errors, 1 warning\n"),
                count => format!("{path}: no errors, {count} warnings\n"),
            })?;
        }
    }
    Ok(if ok { Exit::Done } else { Exit::No })
}
