//! Dynamic completion: what shells offer on Tab, including entries of the settings.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::CompletionCandidate;
use clap_complete::engine::complete;
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use super::help::program;
use crate::error::{Code, CommandError};
use crate::text::shortened;

/// The variable that names the shell to complete for: `source <(COMPLETE=bash cowork-calls)`.
const VARIABLE: &str = "COMPLETE";

/// The shells, as the variable names them.
const SHELLS: Shells<'_> = Shells(&[
    &Completer { shell: &Bash, script: Some(include_str!("complete.bash")), has_help: false },
    &Completer { shell: &Elvish, script: None, has_help: false },
    &Completer { shell: &Fish, script: None, has_help: true },
    &Completer { shell: &Powershell, script: None, has_help: true },
    &Completer { shell: &Zsh, script: Some(include_str!("complete.zsh")), has_help: true },
]);

/// The shell to complete for, or the path of its program; none if this is not about completion.
pub(crate) fn shell() -> Option<OsString> {
    std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty() && shell != "0")
}

/// Answers the shell: with its completion script, or with what can be typed next.
///
/// # Errors
/// If the shell is unknown, or standard output cannot be written.
pub(crate) fn answer(shell: &OsStr, args: Vec<OsString>) -> Result<(), CommandError> {
    let name = Path::new(shell).file_stem().unwrap_or(shell).to_string_lossy();
    if SHELLS.completer(&name).is_none() {
        let message = format!("there is no completion for the shell '{}'", shortened(&name));
        let names: Vec<_> = SHELLS.names().collect();
        let hint = format!("set {VARIABLE} to one of these shells: {}", names.join(", "));
        return Err(CommandError::new(Code::Usage, message, hint));
    }
    let folder = std::env::current_dir().ok();
    let completed = CompleteEnv::with_factory(program).shells(SHELLS).try_complete(args, folder.as_deref());
    completed.map(drop).map_err(|error| {
        let text = error.to_string();
        CommandError::output(io::Error::other(text.trim_start_matches("error: ").trim_end().to_owned()))
    })
}

/// Returns the script that makes a shell complete the program, which it finds in PATH.
///
/// # Errors
/// If the shell's adapter fails.
pub(crate) fn script(shell: &str) -> io::Result<String> {
    const PROGRAM: &str = "cowork-calls";
    let mut script = Vec::new();
    if let Some(completer) = SHELLS.completer(shell) {
        completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    }
    Ok(String::from_utf8_lossy(&script).trim_start().to_owned())
}

/// What to offer after `typed`: options only after '-', and of a command its name, unless only an alias fits.
fn offered(candidates: Vec<CompletionCandidate>, typed: &str) -> Vec<(String, CompletionCandidate)> {
    let mut offered = Vec::new();
    let mut aliases = Vec::new();
    for candidate in candidates {
        let value = candidate.get_value().to_string_lossy().into_owned();
        match candidate.get_id().and_then(|id| id.strip_prefix("command::")) {
            Some(name) if name.starts_with(typed) => offered.push((name.to_owned(), candidate)),
            Some(_) => aliases.push((value, candidate)),
            None if value.starts_with('-') && !typed.starts_with('-') => {}
            None => offered.push((value, candidate)),
        }
    }
    if offered.is_empty() { aliases } else { offered }
}

/// A shell: with a script of our own where the usual one splits addresses (bash) or sorts (zsh), and with our own answers.
struct Completer<'a> {
    shell: &'a dyn EnvCompleter,
    script: Option<&'static str>,
    /// Whether it shows the help behind a tab.
    has_help: bool,
}

impl EnvCompleter for Completer<'_> {
    fn name(&self) -> &'static str {
        self.shell.name()
    }

    fn is(&self, name: &str) -> bool {
        self.shell.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(script) = self.script else {
            return self.shell.write_registration(variable, name, program, completer, out);
        };
        let quoted = format!("'{}'", completer.replace('\'', r"'\''"));
        let script = script
            .replace("FUNCTION", &name.replace('-', "_"))
            .replace("VARIABLE", variable)
            .replace("COMPLETER", &quoted)
            .replace("PROGRAM", program);
        out.write_all(script.as_bytes())
    }

    /// Writes a candidate per line.
    fn write_complete(
        &self,
        command: &mut Command,
        mut args: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
        let index = index.unwrap_or(args.len().saturating_sub(1));
        if args.len() == index {
            args.push(OsString::new());
        }
        let typed = args.get(index).map(|typed| typed.to_string_lossy().into_owned()).unwrap_or_default();
        for (value, candidate) in offered(complete(command, args, index, folder)?, &typed) {
            out.write_all(value.as_bytes())?;
            let help = candidate.get_help().filter(|_| self.has_help).map(ToString::to_string);
            if let Some(line) = help.as_deref().and_then(|help| help.lines().next()) {
                write!(out, "\t{line}")?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}
