//! `cowork-calls config`: the settings file itself, its check and its history.

pub(crate) mod apply;
mod edit;
mod export;

use humantime::format_rfc3339_seconds;
use serde_json::json;

use crate::cli::ConfigCommand;
use crate::commands::context::{Context, read};
use crate::commands::list::change::still;
use crate::commands::{credentials, prompt};
use crate::config::defaults::SCHEMA;
use crate::config::file::apply::Loaded;
use crate::config::warnings;
use crate::config::warnings::Warning;
use crate::error::Failure;
use crate::exit::Exit;
use crate::store::{ChangeError, Restoration, Version};
use crate::terminal::paragraph::paragraph;
use crate::{config as settings, render};
use apply::between;

pub(crate) fn run(context: &Context, command: &ConfigCommand) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Path => path(context),
        ConfigCommand::Check { strict } => check(context, *strict),
        ConfigCommand::Edit => edit::run(context),
        ConfigCommand::Apply(given) => apply::apply(context, &given.file),
        ConfigCommand::Export(args) => export::run(context, args),
        ConfigCommand::Diff(given) => apply::diff(context, &given.file),
        ConfigCommand::History => history(context),
        ConfigCommand::Undo { id } => undo(context, *id),
        ConfigCommand::Schema => context.print(SCHEMA).map(|()| Exit::Done),
    }
}

fn path(context: &Context) -> Result<Exit, Failure> {
    let store = context.store()?;
    if context.global.json {
        context.print_json(&json!({"path": store.name(), "exists": store.load()?.bytes().is_some()}))?;
    } else {
        context.print(&format!("{}\n", store.name()))?;
    }
    Ok(Exit::Done)
}

fn check(context: &Context, strict: bool) -> Result<Exit, Failure> {
    let loaded = match context.load() {
        Ok(loaded) => loaded,
        Err(failure) => {
            if let (true, Failure::File { path, problems, .. }) = (context.global.json, &failure) {
                let errors: Vec<_> =
                    problems.iter().map(|problem| render::settings::json::problem(problem, path)).collect();
                context.print_json(&json!({"ok": false, "errors": errors, "warnings": []}))?;
            }
            return Err(failure);
        }
    };
    let (settings, mut warnings) = (loaded.settings, loaded.warnings);
    warnings.extend(warnings::check_firefox(&settings));
    // Servers whose credentials cannot be read would not work.
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
        for error in &unreadable {
            context.complain(error);
        }
        context.warn(&warnings);
        if ok && !context.global.quiet {
            context.print(if warnings.is_empty() {
                "the settings are in order\n"
            } else {
                "the settings work, with warnings\n"
            })?;
        }
    }
    Ok(if ok { Exit::Done } else { Exit::No })
}

fn history(context: &Context) -> Result<Exit, Failure> {
    let versions = context.store()?.history()?;
    if context.global.json {
        let time = |version: &Version| format_rfc3339_seconds(version.time).to_string();
        let versions: Vec<_> =
            versions.iter().map(|v| json!({"id": v.id, "time": time(v), "command": v.command})).collect();
        context.print_json(&json!({ "versions": versions }))?;
    } else if versions.is_empty() {
        context.print("nothing has been saved yet\n")?;
    } else {
        let rows: Vec<_> = versions.iter().map(|v| (v.id, v.utc(), v.origin().to_owned())).collect();
        context.print(&render::settings::table::history(&rows, context.terminal.out))?;
    }
    Ok(Exit::Done)
}

fn undo(context: &Context, id: Option<u64>) -> Result<Exit, Failure> {
    let store = context.store()?;
    let mut seen = None;
    let target = if context.global.dry_run || (context.can_ask() && !context.global.yes) {
        let now = store.load()?;
        let target = store.undo_target(&now, id)?;
        let changed = now.bytes().unwrap_or_default() != target.bytes();
        let after = sound(&target)?;
        let diff = between(now.bytes().unwrap_or_default(), &after.settings);
        if context.global.dry_run {
            if !context.global.json && !context.global.quiet {
                context.print(&render::settings::diff::text(&diff, context.terminal.out))?;
            }
            tell(context, &target.version, changed, &after.warnings)?;
            context.note_dry_run(changed, &after.warnings);
            return Ok(Exit::Done);
        }
        if changed {
            let mut what = render::settings::diff::text(&diff, context.terminal.err);
            let version = &target.version;
            let words = format!("this goes back to version {}, {}", version.id, version.described());
            paragraph(&mut what, 0, None, &words, context.terminal.err);
            prompt::go_on(context, what.trim_end())?;
            seen = Some(now);
        }
        Some(target.version.id)
    } else {
        id
    };
    let restored = store.undo(target, |now, target| {
        still(&store, now, seen.as_ref())?;
        sound(target)?;
        let changed = now.bytes().unwrap_or_default() != target.bytes();
        Ok((target.version.clone(), changed))
    });
    let (version, changed) = restored.map_err(|error: ChangeError<Failure>| Failure::change(error))?;
    let Loaded { warnings, .. } = read(&store, &store.load()?)?;
    tell(context, &version, changed, &warnings)?;
    context.warn(&warnings);
    Ok(Exit::Done)
}

/// The settings of a version. One that somebody wrote by hand may have errors: it is not put in force again.
fn sound(target: &Restoration) -> Result<Loaded, Failure> {
    let name = format!("version {}", target.version.id);
    settings::file::apply::load(target.bytes()).map_err(|problems| Failure::file(&name, problems))
}

fn tell(context: &Context, version: &Version, changed: bool, warnings: &[Warning]) -> Result<(), Failure> {
    if context.global.json {
        let warnings = render::settings::json::warnings(warnings);
        return context
            .print_json(&json!({"changed": changed, "restored": version.id, "warnings": warnings}));
    }
    if context.global.quiet {
        return Ok(());
    }
    match changed {
        true if context.global.dry_run => {
            context.print(&format!("would go back to version {}\n", version.id))
        }
        true => context.print(&format!("back to version {}\n", version.id)),
        false => context.print("unchanged\n"),
    }
}

impl Context {
    /// Prints a finding that is an error.
    fn complain(&self, finding: &Warning) {
        use std::io::Write as _;
        let label = self.terminal.err.paint(crate::terminal::Style::Bad, "error:");
        let _ = writeln!(std::io::stderr(), "{label} {}", crate::text::clean(&finding.message()));
    }
}
