//! `cowork-calls config edit`: a private copy of the settings file in an editor, checked and then saved.

use super::apply::{between, tell_diff, touched_by};
use super::draft::Draft;
use super::editor::Editor;
use crate::commands::change::ensure_unchanged;
use crate::commands::context::Context;
use crate::commands::credentials;
use crate::config::defaults::SETTINGS;
use crate::config::file::diagnostic::Diagnostic;
use crate::config::file::load::{Loaded, load};
use crate::error::{CommandError, Exit, UNCHANGED};
use crate::store::{Change, Snapshot, Store};
use crate::terminal::Style;
use crate::terminal::paragraph::paragraph;
use crate::text::suggestion::{shell_quoted, with_option};

pub(super) fn run(context: &Context) -> Result<Exit, CommandError> {
    let editor = Editor::choose(context)?;
    let store = context.store()?;
    let edited = store.load()?;
    // Before the first save, these are the defaults.
    let text = edited.bytes().unwrap_or(SETTINGS.as_bytes());
    let mut draft = Draft::new(context, &store, text.to_vec())?;
    let checked = edit(context, &editor, &store, &mut draft);
    // A script can make its edit again, a person cannot. What passed the check is worth keeping in any case.
    let is_worth = checked.is_ok() || context.terminal.can_prompt;
    let saved = checked.and_then(|checked| {
        checked.map(|(text, after)| save(context, &store, &edited, &text, after)).transpose()
    });
    let saved = match saved {
        Err(error) if is_worth => return Err(kept(context, draft, error)),
        saved => saved?,
    };
    draft.remove();
    match saved {
        Some(after) => report(context, &store, &edited, &after)?,
        None => report_unchanged(context, &edited)?,
    }
    Ok(Exit::Done)
}

/// A text without errors, and its settings.
type Checked = (Vec<u8>, Loaded);

/// Lets the user edit the text until it has no errors; returns none if it is the same as before.
fn edit(
    context: &Context,
    editor: &Editor,
    store: &Store,
    draft: &mut Draft,
) -> Result<Option<Checked>, CommandError> {
    let mut line = load(&draft.original).err().and_then(|problems| first_line(&problems));
    loop {
        editor.open(context, &draft.path, line)?;
        let text = draft.read()?;
        if text == draft.original {
            return Ok(None);
        }
        let problems = match load(&text) {
            Ok(after) => return Ok(Some((text, after))),
            Err(problems) => problems,
        };
        line = first_line(&problems);
        let error = CommandError::file(&store.name(), problems);
        if !context.can_prompt() {
            return Err(error);
        }
        context.say(&context.rendered(error));
        context.dialog.tell("Nothing is saved while there are errors.");
        // Kept before the question, where a signal ends the program.
        if let Some(kept) = draft.keep() {
            context.say(&format!("Your text is in {}", kept.display()));
        }
        if !context.dialog.yes("Go on editing?", true)? {
            context.note(UNCHANGED);
            return Err(CommandError::declined());
        }
    }
}

fn first_line(problems: &[Diagnostic]) -> Option<usize> {
    problems.iter().map(|problem| problem.line).min()
}

/// Saves a text, and returns its settings with all warnings.
fn save(
    context: &Context,
    store: &Store,
    edited: &Snapshot,
    text: &[u8],
    mut after: Loaded,
) -> Result<Loaded, CommandError> {
    after.warnings.extend(store.permission_warning(edited, &after.settings));
    after.warnings.extend(store.history_warning());
    after.warnings.extend(credentials::check_files(context, &after.settings)?);
    if !context.global.dry_run {
        store.change("config edit", |now| {
            // Neither this edit nor a change by another process is lost.
            ensure_unchanged(store, now, Some(edited))?;
            Ok::<_, CommandError>(Change::Save(text.to_vec(), ()))
        })?;
    }
    Ok(after)
}

fn report(context: &Context, store: &Store, edited: &Snapshot, after: &Loaded) -> Result<(), CommandError> {
    let before = edited.bytes().unwrap_or_default();
    tell_diff(context, &between(before, &after.settings), true, &after.warnings, false)?;
    context.warn_after_edit(true, &touched_by(before, &after.settings, &after.warnings));
    if context.terminal.err.is_terminal && !context.global.dry_run {
        context.note(&format!("saved in {}", store.name()));
    }
    Ok(())
}

fn report_unchanged(context: &Context, edited: &Snapshot) -> Result<(), CommandError> {
    tell_diff(context, &Default::default(), false, &[], false)?;
    if edited.bytes().is_none() && context.terminal.err.is_terminal {
        context.note("no settings were saved; the defaults stay in effect");
    }
    Ok(())
}

/// Keeps the text, which is not saved because of `error`, and says where it is.
fn kept(context: &Context, draft: Draft, error: CommandError) -> CommandError {
    let Some(path) = draft.keep_at_any_rate() else { return error };
    let path = path.display().to_string();
    // These are not printed, or are several.
    if error.is_silent(context.global.json) || error.in_file().is_some() {
        let option = context.global.settings_option();
        let hint = "correct it there, then apply it with 'cowork-calls config apply FILE'";
        context.say(&format!("Your text is in {path}"));
        context.say(&paragraph(
            0,
            Some((Style::Dim, "hint: ")),
            &with_option(hint, &option),
            context.terminal.err,
        ));
        return error;
    }
    let message = format!("{}. Your text is in {path}", error.message());
    let file = shell_quoted(&path);
    let hint = format!(
        "compare it with 'cowork-calls config diff {file}', then apply it with 'cowork-calls config apply {file}'"
    );
    CommandError::new(error.code(), message, hint).exiting(error.exit())
}
