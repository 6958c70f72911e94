//! `cowork-calls config`: the settings file as a whole.

pub(super) mod apply;
mod check;
mod diff;
mod draft;
mod edit;
mod editor;
mod export;
mod history;
mod undo;

use serde_json::json;

use crate::cli::{Compared, ConfigCommand};
use crate::commands::context::Context;
use crate::config::defaults::SCHEMA;
use crate::error::{CommandError, Exit};

pub(crate) fn run(context: &Context, command: &ConfigCommand) -> Result<Exit, CommandError> {
    match command {
        ConfigCommand::Path => path(context),
        ConfigCommand::Check { strict } => check::run(context, *strict),
        ConfigCommand::Edit => edit::run(context),
        ConfigCommand::Apply { file, probe } => apply::apply(context, &file.file, probe.probe),
        ConfigCommand::Export(args) => export::run(context, args),
        ConfigCommand::Diff { with: Compared::File(file) } => diff::with_file(context, file),
        ConfigCommand::Diff { with: Compared::Version(id) } => diff::with_version(context, *id),
        ConfigCommand::History { purge: true, .. } => history::purge(context),
        ConfigCommand::History { id: Some(id), .. } => history::show(context, *id),
        ConfigCommand::History { id: None, .. } => history::list(context),
        ConfigCommand::Undo { id } => undo::run(context, *id),
        ConfigCommand::Schema => context.print(SCHEMA).map(|()| Exit::Done),
    }
}

fn path(context: &Context) -> Result<Exit, CommandError> {
    let store = context.store()?;
    if context.global.json {
        context.print_json(json!({"path": store.name(), "exists": store.load()?.bytes().is_some()}))?;
    } else {
        context.print(&format!("{}\n", store.name()))?;
    }
    Ok(Exit::Done)
}
