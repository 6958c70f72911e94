//! What shells are told on Tab: commands and options, and the words that the settings know.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::CompletionCandidate;
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use crate::cli;
use crate::config::address::ServerUri;
use crate::config::emoji::Emoji;
use crate::config::{self, Settings, defaults};
use crate::store::Store;
use crate::store::locate::{Environment, locate};

/// The variable with the name of the shell that asks: `source <(COMPLETE=bash cowork-calls)`.
pub(crate) const VARIABLE: &str = "COMPLETE";

/// Answers the shell: with the script that makes it ask, or with what can be typed next.
pub(crate) fn answer(args: Vec<OsString>) -> ExitCode {
    let shells = Shells(&[&WholeWords(Bash), &Elvish, &Fish, &Powershell, &Zsh]);
    let folder = std::env::current_dir().ok();
    match CompleteEnv::with_factory(cli::program).shells(shells).try_complete(args, folder.as_deref()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The entries of the list that the command line names.
pub(crate) fn entries() -> Vec<CompletionCandidate> {
    let words = Words::typed();
    let Some(settings) = words.settings() else { return Vec::new() };
    match words.first(&["stun", "turn", "reactions"]) {
        Some("stun") => settings.stun.entries.iter().map(candidate).collect(),
        Some("turn") => settings.turn.entries.iter().map(|server| candidate(&server.uri)).collect(),
        _ => settings.reactions.entries.iter().map(named).collect(),
    }
}

/// All configured servers.
pub(crate) fn servers() -> Vec<CompletionCandidate> {
    let Some(settings) = Words::typed().settings() else { return Vec::new() };
    let turn = settings.turn.entries.iter().map(|server| &server.uri);
    settings.stun.entries.iter().chain(turn).map(candidate).collect()
}

/// The defaults and other public STUN servers that are not configured.
pub(crate) fn public_servers() -> Vec<CompletionCandidate> {
    let configured = Words::typed().settings().map(|settings| settings.stun.entries).unwrap_or_default();
    let examples = defaults::stun_examples();
    let free = examples.iter().filter(|example| !configured.contains(&example.uri));
    free.map(|example| {
        let operator = format!("{}, {}", example.operator, example.country);
        candidate(&example.uri).help(Some(operator.into()))
    })
    .collect()
}

/// The short names of all emojis but those with a skin tone, of which there are thousands.
pub(crate) fn short_names() -> Vec<CompletionCandidate> {
    Emoji::all().filter(|emoji| !emoji.short_name().contains("_tone")).map(|emoji| named(&emoji)).collect()
}

/// The versions of the history, the newest first.
pub(crate) fn versions() -> Vec<CompletionCandidate> {
    let versions = Words::typed().store().and_then(|store| store.history().ok()).unwrap_or_default();
    let newest_first = versions.into_iter().rev().enumerate();
    newest_first
        .map(|(order, version)| {
            CompletionCandidate::new(version.id.to_string())
                .help(Some(version.described().into()))
                .display_order(Some(order))
        })
        .collect()
}

fn named(emoji: &Emoji) -> CompletionCandidate {
    CompletionCandidate::new(emoji.short_name()).help(Some(format!("{emoji} {}", emoji.name()).into()))
}

fn candidate(uri: &ServerUri) -> CompletionCandidate {
    CompletionCandidate::new(uri.to_string())
}

/// The words of the command line so far, which the shell hands over behind `--`.
struct Words(Vec<OsString>);

impl Words {
    fn typed() -> Self {
        Words(std::env::args_os().skip_while(|arg| arg != "--").skip(1).collect())
    }

    /// The first word that is one of these.
    fn first<'w>(&self, of: &[&'w str]) -> Option<&'w str> {
        self.0.iter().find_map(|word| of.iter().copied().find(|one| word == OsStr::new(one)))
    }

    /// Where the settings are that this command line means.
    fn store(&self) -> Option<Store> {
        let after_option = self.0.iter().skip_while(|word| *word != "--config").nth(1);
        let joined = || self.0.iter().find_map(|word| word.to_str()?.strip_prefix("--config="));
        let file = after_option.map(Path::new).or_else(|| joined().map(Path::new));
        let system = self.first(&["--system"]).is_some();
        locate(file, system, &Environment::of_process()).ok().map(Store::open)
    }

    /// The settings in effect; none where the file has errors.
    fn settings(&self) -> Option<Settings> {
        let snapshot = self.store()?.load().ok()?;
        config::load(snapshot.bytes().unwrap_or_default()).ok().map(|loaded| loaded.settings)
    }
}

/// Bash, which takes `:` for the end of a word, told to take addresses and short names as a whole.
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
        let script = include_str!("completion/words.bash")
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
