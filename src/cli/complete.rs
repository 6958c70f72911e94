//! Dynamic completion: what shells offer on Tab, including entries of the settings.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use super::help::program;
use crate::error::{Code, CommandError};
use crate::text::shortened;

/// The variable that names the shell to complete for: `source <(COMPLETE=bash cowork-calls)`.
const VARIABLE: &str = "COMPLETE";

/// The shells, as the variable names them.
const SHELLS: Shells<'_> = Shells(&[&WholeWords(Bash), &Elvish, &Fish, &Powershell, &Zsh]);

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
        CommandError::output(std::io::Error::other(text.trim_start_matches("error: ").trim_end().to_owned()))
    })
}

/// Bash with a script of our own: by default `:` ends a word, which would split addresses and short names.
struct WholeWords(Bash);

impl EnvCompleter for WholeWords {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is(&self, name: &str) -> bool {
        self.0.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        let quoted = format!("'{}'", completer.replace('\'', r"'\''"));
        let script = include_str!("complete.bash")
            .replace("FUNCTION", &name.replace('-', "_"))
            .replace("VARIABLE", variable)
            .replace("COMPLETER", &quoted)
            .replace("PROGRAM", program);
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        self.0.write_complete(command, args, folder, out)
    }
}
