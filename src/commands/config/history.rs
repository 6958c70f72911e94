//! `cowork-calls config history`: the saved versions of the settings.

use humantime::format_rfc3339_seconds;
use serde_json::json;

use crate::commands::context::Context;
use crate::error::{CommandError, Exit};
use crate::render;
use crate::store::Version;

pub(super) fn list(context: &Context) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let (versions, warning) = (store.history()?, store.history_warning());
    if context.global.json {
        let time = |version: &Version| format_rfc3339_seconds(version.time).to_string();
        let versions: Vec<_> =
            versions.iter().map(|v| json!({"id": v.id, "time": time(v), "command": v.command})).collect();
        let mut report = json!({ "versions": versions });
        if let Some(warning) = &warning {
            report["warnings"] = render::settings::json::warnings(std::slice::from_ref(warning));
        }
        context.print_json(&report)?;
    } else if versions.is_empty() {
        context.print("no versions saved yet\n")?;
    } else {
        let rows: Vec<_> = versions.iter().map(|v| (v.id, v.utc(), v.origin().to_owned())).collect();
        context.print(&render::settings::table::history(&rows, context.terminal.out))?;
    }
    context.warn(warning.as_slice());
    Ok(Exit::Done)
}

/// Removes all versions but the settings in effect.
pub(super) fn purge(context: &Context) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let mut ids = store.purge_targets()?;
    if !context.global.dry_run && !ids.is_empty() {
        if context.can_prompt() && !context.global.yes {
            let count = versions(ids.len());
            context.confirm(&format!("this removes {count} from the history; nothing can restore them"))?;
        }
        ids = store.purge(&ids)?;
    }
    if context.global.json {
        context.print_json(&json!({"changed": !ids.is_empty(), "removed": ids}))?;
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
