//! `cowork-calls config history`: the saved versions of the settings.

use humantime::format_rfc3339_seconds;
use serde_json::json;

use crate::commands::context::Context;
use crate::error::{CommandError, Exit};
use crate::render;
use crate::store::Version;

pub(super) fn run(context: &Context) -> Result<Exit, CommandError> {
    let versions = context.store()?.history()?;
    if context.global.json {
        let time = |version: &Version| format_rfc3339_seconds(version.time).to_string();
        let versions: Vec<_> =
            versions.iter().map(|v| json!({"id": v.id, "time": time(v), "command": v.command})).collect();
        context.print_json(&json!({ "versions": versions }))?;
    } else if versions.is_empty() {
        context.print("no versions saved yet\n")?;
    } else {
        let rows: Vec<_> = versions.iter().map(|v| (v.id, v.utc(), v.origin().to_owned())).collect();
        context.print(&render::settings::table::history(&rows, context.terminal.out))?;
    }
    Ok(Exit::Done)
}
