//! `cowork-calls config edit`: a private copy of the settings file in an editor, checked and then saved.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::apply::{between, tell_diff, touched_by};
use crate::commands::change::ensure_unchanged;
use crate::commands::context::Context;
use crate::commands::credentials;
use crate::config::file::load::{Loaded, load};
use crate::error::{Code, CommandError, Exit, UNCHANGED};
use crate::render::settings::toml;
use crate::signals::{Held, Interrupt};
use crate::store::{Change, Snapshot, Store, describe};
use crate::text::quoted;

/// Runs the editor, which may have arguments, on the file in $1; without a name one of the usual editors.
const WITH_EDITOR: &str = "exec $COWORK_CALLS_EDITOR \"$1\"";
const USUAL_EDITOR: &str = "command -v editor >/dev/null && exec editor \"$1\"; exec vi \"$1\"";

/// How often to look whether the editor has ended.
const POLL: Duration = Duration::from_millis(20);

pub(super) fn run(context: &Context) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let snapshot = store.load()?;
    let before = Zeroizing::new(match snapshot.bytes() {
        Some(bytes) => bytes.to_vec(),
        None => template().into_bytes(),
    });
    let copy = Copy::new(context, &store, &before)?;
    loop {
        open(context, &copy.path)?;
        let text = copy.read()?;
        if text == before {
            tell_diff(context, &Default::default(), false, &[], false)?;
            return Ok(Exit::Done);
        }
        match load(&text) {
            Ok(after) => return save(context, &store, &snapshot, copy, &text, after),
            Err(problems) => {
                let error = CommandError::file(&store.name(), problems);
                if !context.can_prompt() {
                    return Err(error);
                }
                context.say(&context.rendered(&error));
                context.dialog.tell("Nothing is saved while there are errors.");
                if !context.dialog.yes("Go on editing?", true)? {
                    context.note(UNCHANGED);
                    return Err(CommandError::declined());
                }
            }
        }
    }
}

/// The text to edit before the first save: the defaults.
fn template() -> String {
    format!(
        "# Settings of CoWork Calls: these are the defaults. 'cowork-calls config schema' describes all keys.\n\n{}",
        toml::toml(&Default::default())
    )
}

fn save(
    context: &Context,
    store: &Store,
    edited: &Snapshot,
    copy: Copy,
    text: &[u8],
    after: Loaded,
) -> Result<Exit, CommandError> {
    let diff = between(edited.bytes().unwrap_or_default(), &after.settings);
    let mut warnings = after.warnings;
    warnings.extend(store.permission_warning(edited, &after.settings));
    warnings.extend(store.history_warning());
    warnings.extend(credentials::check_files(context, &after.settings)?);
    if !context.global.dry_run {
        let saved = store.change("config edit", |now| {
            // Neither this edit nor a change by another process is lost.
            ensure_unchanged(store, now, Some(edited))?;
            Ok(Change::Save(text.to_vec(), ()))
        });
        saved.map_err(|error| copy.kept(&CommandError::from(error)))?;
    }
    tell_diff(context, &diff, true, &warnings, false)?;
    let before = edited.bytes().unwrap_or_default();
    context.warn_after_edit(true, &touched_by(before, &after.settings, &warnings));
    if context.terminal.err.is_terminal && !context.global.dry_run {
        context.note(&format!("saved in {}", store.name()));
    }
    Ok(Exit::Done)
}

/// The copy to edit, in a folder that only its owner can enter; dropping it removes both.
struct Copy {
    folder: TempDir,
    path: PathBuf,
}

impl Copy {
    fn new(context: &Context, store: &Store, bytes: &[u8]) -> Result<Self, CommandError> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        let place = runtime.unwrap_or_else(std::env::temp_dir);
        let mut builder = tempfile::Builder::new();
        builder.prefix("cowork-calls-").permissions(fs::Permissions::from_mode(0o700));
        let folder = builder.tempdir_in(&place).map_err(|error| failed(&place, &error))?;
        context.dialog.remove_at_end(folder.path().to_owned());
        // Editors tell the kind of a file by its name.
        let name = PathBuf::from(store.name());
        let path = folder.path().join(name.file_name().unwrap_or("config.toml".as_ref()));
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(|error| failed(&path, &error))?;
        Ok(Copy { folder, path })
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        fs::read(&self.path).map(Zeroizing::new).map_err(|error| failed(&self.path, &error))
    }

    /// Keeps the copy, which could not be saved because of `error`, and says where it is.
    fn kept(self, error: &CommandError) -> CommandError {
        let path = self.path.display();
        let message = format!("{}. Your text is in {path}", error.message());
        let hint = format!(
            "compare it with 'cowork-calls config diff {path}', then apply it with 'cowork-calls config apply {path}'"
        );
        let kept = CommandError::new(error.code(), message, hint);
        let _ = self.folder.keep();
        kept
    }
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::new(
        Code::EditCopy,
        format!("the copy to edit, {}: {}; nothing was saved", path.display(), describe(error)),
        "name a writable folder with TMPDIR",
    )
}

/// Runs the editor. Ctrl-C meanwhile is for the editor; another signal ends the editor and the program.
fn open(context: &Context, path: &Path) -> Result<(), CommandError> {
    let name = ["VISUAL", "EDITOR"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    let mut command = Command::new("sh");
    command.arg("-c");
    match &name {
        Some(editor) => command.arg(WITH_EDITOR.replace("$COWORK_CALLS_EDITOR", &editor.to_string_lossy())),
        None => command.arg(USUAL_EDITOR),
    };
    command.arg("sh").arg(path);
    let signals = context.hold_signals()?;
    let ended = command.spawn().and_then(|child| wait(child, &signals));
    drop(signals);
    let name = name.map_or_else(|| "editor or vi".into(), |name| name.to_string_lossy().into_owned());
    let (another, again) =
        ("set VISUAL or EDITOR to an editor that is installed", "run 'cowork-calls config edit' again");
    let (why, hint) = match ended {
        Ok(End::Interrupted(interrupt)) => return Err(CommandError::interrupted(interrupt.exit())),
        Ok(End::Exited(status)) if status.success() => return Ok(()),
        Ok(End::Exited(status)) => match status.code() {
            // How the shell reports a program that it does not find or cannot run.
            Some(126 | 127) => ("could not be started".to_owned(), another),
            Some(code) => (format!("exited with status {code}"), again),
            None => ("was killed".to_owned(), again),
        },
        Err(error) => (describe(&error), another),
    };
    Err(CommandError::new(
        Code::EditorFailed,
        format!("the editor {} {why}; nothing was saved", quoted(&name)),
        hint,
    ))
}

/// How an editor ended.
enum End {
    Exited(ExitStatus),
    Interrupted(Interrupt),
}

/// Waits for the editor, and ends it after a signal that is not meant for it.
fn wait(mut child: Child, signals: &Held) -> io::Result<End> {
    let next = || signals.wait(POLL).filter(|interrupt| *interrupt != Interrupt::CtrlC);
    loop {
        if let Some(status) = child.try_wait()? {
            // A signal to the whole process group also ends the editor, and may be reported a little later.
            return Ok(next().map_or(End::Exited(status), End::Interrupted));
        }
        if let Some(interrupt) = next() {
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::TERM);
            }
            return child.wait().map(|_| End::Interrupted(interrupt));
        }
    }
}
