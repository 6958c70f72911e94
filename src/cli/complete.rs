//! Dynamic completion: what shells offer on Tab, including entries of the settings.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use super::help::program;

/// The variable that names the shell to complete for: `source <(COMPLETE=bash cowork-calls)`.
pub(crate) const VARIABLE: &str = "COMPLETE";

/// Answers the shell: with its completion script, or with what can be typed next.
pub(crate) fn answer(args: Vec<OsString>) -> ExitCode {
    let shells = Shells(&[&WholeWords(Bash), &Elvish, &Fish, &Powershell, &Zsh]);
    let folder = std::env::current_dir().ok();
    match CompleteEnv::with_factory(program).shells(shells).try_complete(args, folder.as_deref()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
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
