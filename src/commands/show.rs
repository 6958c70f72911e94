//! `cowork-calls show`: all settings in effect, and the origin of each.

use super::context::Context;
use super::credentials;
use crate::config::settings::Origin;
use crate::error::{CommandError, Exit};
use crate::render;

pub(super) fn run(context: &Context) -> Result<Exit, CommandError> {
    let mut loaded = context.load()?;
    loaded.warnings.extend(credentials::check_files(context, &loaded.settings)?);
    let store = context.store()?;
    if context.global.json {
        context.print_json(render::settings::json::show(
            &store.name(),
            &loaded.settings,
            &loaded.warnings,
        ))?;
    } else {
        let exists = store.load()?.bytes().is_some();
        let settings = &loaded.settings;
        let all_default =
            [settings.stun.origin, settings.turn.origin, settings.reactions.origin, settings.policy.origin()]
                .iter()
                .all(|origin| *origin == Origin::Default);
        let file = match (exists, all_default) {
            (false, _) => format!("{} (not there yet: all settings are defaults)", store.name()),
            (true, true) => format!("{} (all settings are defaults)", store.name()),
            (true, false) => store.name(),
        };
        let kept = if context.is_shared() { "NATS" } else { "settings file" };
        context.print(&render::settings::table::dashboard(&file, kept, settings, context.terminal.out))?;
    }
    context.warn(&loaded.warnings);
    Ok(Exit::Done)
}
