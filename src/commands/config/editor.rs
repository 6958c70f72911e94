//! The editor of `cowork-calls config edit`: which one it is, how it opens a file at a line, and how it ends.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::commands::context::Context;
use crate::error::{Code, CommandError};
use crate::signals::{Held, Interrupt};
use crate::store::describe;
use crate::text::quoted;

/// How often to look whether the editor has ended.
const POLL: Duration = Duration::from_millis(20);

/// An editor.
pub(super) struct Editor {
    /// Its command line, which a shell splits.
    command: String,
    at_line: Option<AtLine>,
}

/// How an editor is given the line at which to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtLine {
    /// `+LINE FILE`
    Plus,
    /// `FILE:LINE`
    Colon,
    /// `--goto FILE:LINE`
    Goto,
}

impl Editor {
    /// Returns the editor that `$VISUAL` or `$EDITOR` names, or else one of the usual ones.
    ///
    /// # Errors
    /// When neither is set and there is no terminal for a usual one.
    pub(super) fn choose(context: &Context) -> Result<Self, CommandError> {
        let named = ["VISUAL", "EDITOR"].iter().filter_map(env::var_os).find(|value| !value.is_empty());
        let Some(named) = named else {
            return match context.can_prompt() && context.terminal.out.is_terminal {
                true => Ok(Editor::usual()),
                false => Err(CommandError::new(
                    Code::MissingValue,
                    "no terminal for an editor, and neither VISUAL nor EDITOR is set",
                    "use 'cowork-calls config apply FILE', or set EDITOR to a command that edits a file",
                )),
            };
        };
        let command = named.to_string_lossy().into_owned();
        let at_line = AtLine::of(Path::new(program(&command)));
        Ok(Editor { command, at_line })
    }

    fn usual() -> Self {
        let program = ["editor", "vi"].into_iter().find(|name| found(Path::new(name)).is_some());
        let program = program.unwrap_or("vi");
        let at_line = AtLine::of(Path::new(program));
        Editor { command: program.to_owned(), at_line }
    }

    /// Opens the file, at `line` if the editor can, and waits until the editor has ended. Ctrl-C meanwhile is for the
    /// editor; another signal ends the editor and the program.
    pub(super) fn open(
        &self,
        context: &Context,
        path: &Path,
        line: Option<usize>,
    ) -> Result<(), CommandError> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("exec {} \"$@\"", self.command)).arg("sh");
        command.args(arguments(self.at_line.zip(line), path));
        let signals = context.hold_signals()?;
        let ended = command.spawn().and_then(|child| wait(child, &signals));
        drop(signals);
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
        let message = format!("the editor {} {why}; nothing was saved", quoted(&self.command));
        Err(CommandError::new(Code::EditorFailed, message, hint))
    }
}

impl AtLine {
    /// Returns how a program is given a line, by its name, or by that of the program that a link such as `editor` leads to.
    fn of(program: &Path) -> Option<Self> {
        let target = found(program);
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let target = target.as_deref().and_then(name).unwrap_or_default();
        // The vi of BusyBox would open a file called +LINE.
        if target == "busybox" {
            return None;
        }
        Self::of_name(&name(program)?).or_else(|| Self::of_name(&target))
    }

    fn of_name(name: &str) -> Option<Self> {
        // Debian has variants such as vim.basic.
        match name.split('.').next()? {
            "vi" | "vim" | "nvim" | "gvim" | "view" | "nvi" | "vimx" | "nano" | "rnano" | "pico"
            | "emacs" | "emacsclient" | "emacs-gtk" | "emacs-nox" | "emacs-lucid" | "mg" | "zile" | "joe"
            | "jmacs" | "jpico" | "jstar" | "ne" | "micro" | "kak" | "mcedit" | "gedit" | "pluma" | "xed" => {
                Some(AtLine::Plus)
            }
            "hx" | "helix" | "subl" | "sublime_text" | "zed" | "zeditor" => Some(AtLine::Colon),
            "code" | "code-insiders" | "code-oss" | "codium" | "vscodium" | "cursor" | "windsurf" => {
                Some(AtLine::Goto)
            }
            _ => None,
        }
    }
}

/// Returns the program of a command line.
fn program(command: &str) -> &str {
    let command = command.trim_start();
    let quoted = command.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    quoted.unwrap_or_else(|| command.split_whitespace().next().unwrap_or_default())
}

/// Finds a program as a shell does, and follows its links.
fn found(program: &Path) -> Option<PathBuf> {
    let is_path = program.components().count() > 1;
    let folders = if is_path { OsString::from(".") } else { env::var_os("PATH")? };
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())?
        .canonicalize()
        .ok()
}

fn arguments(at: Option<(AtLine, usize)>, path: &Path) -> Vec<OsString> {
    let with_line = |line: usize| {
        let mut text = path.as_os_str().to_owned();
        text.push(format!(":{line}"));
        text
    };
    match at {
        None => vec![path.into()],
        Some((AtLine::Plus, line)) => vec![format!("+{line}").into(), path.into()],
        Some((AtLine::Colon, line)) => vec![with_line(line)],
        Some((AtLine::Goto, line)) => vec!["--goto".into(), with_line(line)],
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_a_command_line_is_its_first_word() {
        for (command, expected) in [
            ("vim", "vim"),
            (" code --wait", "code"),
            ("'/opt/my editor/vim' -f", "/opt/my editor/vim"),
            ("\"/opt/my editor/vim\"", "/opt/my editor/vim"),
            (" ", ""),
        ] {
            assert_eq!(program(command), expected);
        }
    }

    #[test]
    fn the_name_of_an_editor_decides_how_it_is_given_a_line() {
        for (name, expected) in [
            ("/no/such/folder/nvim", &["+3", "/f.toml"][..]),
            ("vim.basic", &["+3", "/f.toml"]),
            ("emacsclient", &["+3", "/f.toml"]),
            ("hx", &["/f.toml:3"]),
            ("/no/such/folder/code", &["--goto", "/f.toml:3"]),
            ("sed", &["/f.toml"]),
            ("", &["/f.toml"]),
        ] {
            let at = AtLine::of(Path::new(name)).map(|at| (at, 3));
            assert_eq!(arguments(at, Path::new("/f.toml")), expected, "{name}");
        }
        assert_eq!(arguments(None, Path::new("/f.toml")), ["/f.toml"]);
    }
}
