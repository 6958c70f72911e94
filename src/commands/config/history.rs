//! `cowork-calls config history`: the saved versions of the settings, and what each of them changed.

use humantime::format_rfc3339_seconds;
use serde_json::{Value, json};

use super::undo::parse_version;
use crate::commands::context::Context;
use crate::config::diff::diff;
use crate::config::settings::Settings;
use crate::error::{CommandError, Exit};
use crate::render;
use crate::store::Version;
use crate::terminal::paragraph::paragraph;

pub(super) fn list(context: &Context) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let (versions, warning) = (store.history()?, store.history_warning());
    if context.global.json {
        let versions: Vec<_> = versions.iter().map(entry).collect();
        let mut report = json!({ "versions": versions });
        if let Some(warning) = &warning {
            report["warnings"] = render::settings::json::warnings(std::slice::from_ref(warning));
        }
        context.print_json(report)?;
    } else if versions.is_empty() {
        context.print("no versions saved yet\n")?;
    } else {
        let rows: Vec<_> = versions.iter().map(|v| (v.id, v.utc(), v.origin())).collect();
        context.print(&render::settings::table::history(&rows, context.terminal.out))?;
    }
    context.warn(warning.as_slice());
    Ok(Exit::Done)
}

fn entry(version: &Version) -> Value {
    let time = format_rfc3339_seconds(version.time).to_string();
    let mut entry = json!({"id": version.id, "time": time, "command": version.command});
    if let Some(author) = &version.author {
        entry["author"] = json!(author);
    }
    entry
}

/// Shows what a version changed. The oldest one is compared with the defaults.
pub(super) fn show(context: &Context, id: u64) -> Result<Exit, CommandError> {
    let (saved, before) = context.store()?.version(id)?;
    let after = parse_version(&saved)?.settings;
    let former = before.as_ref().map(parse_version).transpose()?;
    let diff = diff(&former.map_or_else(Settings::default, |former| former.settings), &after);
    let changed = before.as_ref().map_or(&[][..], |before| &before.bytes) != saved.bytes.as_slice();
    if context.global.json {
        let changes = render::settings::diff::json(&diff, changed, &[]);
        let before = before.map(|before| before.version.id);
        context.print_json(with_changes(entry(&saved.version), before, changes))?;
        return Ok(Exit::Done);
    }
    let out = context.terminal.out;
    let is_beginning = saved.version.is_beginning();
    let than = if before.is_none() && !is_beginning { ", compared with the defaults" } else { "" };
    let heading = format!("version {id}, {}{than}", saved.version.description());
    let changes = match (changed, diff.is_empty()) {
        _ if is_beginning => "nothing was set yet; the defaults were in effect\n".to_owned(),
        (_, false) => render::settings::diff::text(&diff, out),
        (true, true) => context.only_the_text(true).to_owned(),
        (false, true) => "no differences\n".to_owned(),
    };
    context.print(&(paragraph(0, None, &heading, out) + &changes))?;
    Ok(Exit::Done)
}

/// A version as the list has it, the version before it, and its changes as `config diff` has them.
fn with_changes(mut version: Value, before: Option<u64>, mut changes: Value) -> Value {
    version["before"] = json!(before);
    if let (Some(version), Some(changes)) = (version.as_object_mut(), changes.as_object_mut()) {
        version.append(changes);
    }
    version
}

/// Removes all versions but the settings in effect.
pub(super) fn purge(context: &Context) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let mut ids = store.purge_targets()?;
    if !context.global.dry_run && !ids.is_empty() {
        if context.can_prompt() && !context.global.yes {
            let count = versions(ids.len());
            let what = format!("This removes {count} from the history; nothing can restore them");
            context.confirm(&what, "Go on?")?;
        }
        ids = store.purge(&ids)?;
    }
    if context.global.json {
        context.print_json(json!({"changed": !ids.is_empty(), "removed": ids}))?;
    } else if !context.global.quiet {
        context.print(&match ids.len() {
            0 => "unchanged\n".to_owned(),
            count if context.global.dry_run => format!("would remove {}\n", versions(count)),
            count => format!("removed {}\n", versions(count)),
        })?;
    }
    context.warn_after_edit(!ids.is_empty(), &[]);
    Ok(Exit::Done)
}

fn versions(count: usize) -> String {
    format!("{count} {}", if count == 1 { "version" } else { "versions" })
}
