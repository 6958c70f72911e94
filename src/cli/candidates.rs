//! Entries of the settings, for completion on Tab.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use clap_complete::engine::ValueCompleter as _;
use clap_complete::{CompletionCandidate, PathCompleter};

use crate::config::address::ServerUri;
use crate::config::defaults;
use crate::config::emoji::Emoji;
use crate::config::file::load::load;
use crate::config::settings::Settings;
use crate::store::locate::Environment;
use crate::store::{EngineOptions, Store};

/// How long a completion waits for an engine.
const PATIENCE: Duration = Duration::from_secs(1);

/// The entries of the list of this command.
pub(crate) fn entries() -> Vec<CompletionCandidate> {
    let words = Words::typed();
    let Some(settings) = words.settings() else { return Vec::new() };
    match words.first(&["stun", "turn", "reactions"]) {
        Some("stun") => settings.stun.entries.iter().map(candidate).collect(),
        Some("turn") => settings.turn.entries.iter().map(|server| candidate(&server.uri)).collect(),
        _ => settings.reactions.entries.iter().map(named).collect(),
    }
}

/// All configured servers, and the positions that name one of them: those of the list whose option was typed, or those
/// that only one list has.
pub(crate) fn servers() -> Vec<CompletionCandidate> {
    let words = Words::typed();
    let Some(settings) = words.settings() else { return Vec::new() };
    let stun: Vec<&ServerUri> = settings.stun.entries.iter().collect();
    let turn: Vec<&ServerUri> = settings.turn.entries.iter().map(|server| &server.uri).collect();
    let (shorter, longer) = if stun.len() < turn.len() { (&stun, &turn) } else { (&turn, &stun) };
    let (skipped, list) = match words.first(&["--stun", "--turn"]) {
        Some("--stun") => (0, &stun),
        Some(_) => (0, &turn),
        None => (shorter.len(), longer),
    };
    let positions = (1_usize..).zip(list).skip(skipped);
    let positions = positions.map(|(position, uri)| {
        let help = Some(uri.to_string().into());
        CompletionCandidate::new(position.to_string()).help(help).display_order(Some(position))
    });
    stun.iter().chain(&turn).map(|uri| candidate(uri)).chain(positions).collect()
}

/// The public STUN servers that are not configured.
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

/// The short names of all emojis except the thousands with a skin tone.
pub(crate) fn short_names() -> Vec<CompletionCandidate> {
    Emoji::all().filter(|emoji| !emoji.short_name().contains("_tone")).map(|emoji| named(&emoji)).collect()
}

/// The versions in the history, newest first.
pub(crate) fn versions() -> Vec<CompletionCandidate> {
    let versions = Words::typed().store().and_then(|store| store.history().ok()).unwrap_or_default();
    let newest_first = versions.into_iter().rev().enumerate();
    newest_first
        .map(|(order, version)| {
            CompletionCandidate::new(version.id.to_string())
                .help(Some(version.description().into()))
                .display_order(Some(order))
        })
        .collect()
}

/// The versions in the history, newest first, and then the files.
pub(crate) fn versions_and_files(typed: &OsStr) -> Vec<CompletionCandidate> {
    let fits = |version: &CompletionCandidate| {
        version.get_value().as_encoded_bytes().starts_with(typed.as_encoded_bytes())
    };
    let files = PathCompleter::file().complete(typed);
    let files = files.into_iter().map(|file| file.display_order(Some(usize::MAX)));
    versions().into_iter().filter(fits).chain(files).collect()
}

fn named(emoji: &Emoji) -> CompletionCandidate {
    CompletionCandidate::new(emoji.short_name()).help(Some(format!("{emoji} {}", emoji.name()).into()))
}

fn candidate(uri: &ServerUri) -> CompletionCandidate {
    CompletionCandidate::new(uri.to_string())
}

/// The words of the command line so far, which the shell passes after `--`.
struct Words(Vec<OsString>);

impl Words {
    fn typed() -> Self {
        Words(std::env::args_os().skip_while(|arg| arg != "--").skip(1).collect())
    }

    /// The first word that is one of these.
    fn first<'w>(&self, of: &[&'w str]) -> Option<&'w str> {
        self.0.iter().find_map(|word| of.iter().copied().find(|one| word == OsStr::new(one)))
    }

    /// The settings that this command line selects. Nobody waits long for them at a key.
    fn store(&self) -> Option<Store> {
        let file = self.value("--config");
        let engine = EngineOptions {
            credentials: self.value("--engine-credentials").map(Path::to_owned),
            ca: self.value("--engine-ca").map(Path::to_owned),
            certificate: self.value("--engine-cert").map(Path::to_owned),
            key: self.value("--engine-key").map(Path::to_owned),
        };
        let system = self.first(&["--system"]).is_some();
        let store = Store::choose(file, system, &engine, &Environment::of_process()).ok()?;
        Some(store.with_read_timeout(PATIENCE))
    }

    /// The value of an option.
    fn value(&self, option: &str) -> Option<&Path> {
        let after_option = self.0.iter().skip_while(|word| *word != option).nth(1);
        let joined = || self.0.iter().find_map(|word| word.to_str()?.strip_prefix(option)?.strip_prefix('='));
        after_option.map(Path::new).or_else(|| joined().map(Path::new))
    }

    /// The settings in effect; none if the file has errors.
    fn settings(&self) -> Option<Settings> {
        let snapshot = self.store()?.load().ok()?;
        load(snapshot.bytes().unwrap_or_default()).ok().map(|loaded| loaded.settings)
    }
}
