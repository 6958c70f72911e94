//! Rules for the code in `src`: who may import whom, no circular imports, how deep and how long files may be, a sentence
//! at the head of each module, and who may read the wall clock.

mod circles;
mod imports;
mod resolution;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use circles::{circles, described};
use imports::{Import, imports};
use source::Source;

/// What each module of the top level may import from others: all of a module, a part of it, or one item. It counts where
/// an item is defined, not through which re-export it is named.
const ALLOWED: [(&str, &[&str]); 16] = [
    ("text", &[]),
    ("net", &[]),
    ("protocol", &["text"]),
    ("config", &["text"]),
    ("engine", &["config::address::types::Host", "config::turn::Login", "text"]),
    ("store", &["config", "engine"]),
    ("probe", &["config", "net", "protocol", "text"]),
    ("error", &["config", "engine", "store", "text"]),
    ("signals", &["error::Exit"]),
    ("terminal", &["config::turn::Secret", "error", "signals"]),
    (
        "render",
        &[
            "config",
            "error",
            "probe::history",
            "probe::nat::report",
            "probe::report",
            "protocol::evidence::Behaviour",
            "terminal",
            "text",
        ],
    ),
    ("web", &["config", "engine", "probe", "render", "signals", "store", "text"]),
    (
        "cli",
        &[
            "config",
            "error",
            "probe::report::row::Transport",
            "store",
            "terminal::stream::ColorChoice",
            "text",
            "web::log::LogFormat",
        ],
    ),
    (
        "commands",
        &[
            "cli",
            "config",
            "error",
            "net::tls::Trust",
            "probe",
            "render",
            "signals",
            "store",
            "terminal",
            "text",
            "web",
        ],
    ),
    ("lib", &["cli", "commands", "error", "render", "terminal"]),
    ("main", &["lib"]),
];

/// The most lines of a file, its tests not counted.
const MOST_LINES: usize = 500;

/// The most levels below `src`: `a/b/c.rs`.
const MOST_LEVELS: usize = 3;

/// The files that may read the wall clock: how long credentials, tokens and certificates last, when something was saved or
/// shown, and how long ago the system received a datagram. It can be set at any time, so no timeout goes by it.
const WALL_CLOCK: [&str; 11] = [
    "commands/probe/watch.rs",
    "net/arrival.rs",
    "probe/certificate.rs",
    "probe/rounds.rs",
    "store/file/history.rs",
    "store/secret.rs",
    "store/stream/message.rs",
    "store/version.rs",
    "web/log.rs",
    "web/tls.rs",
    "web/tokens/until.rs",
];

/// All files of the program.
fn sources() -> Vec<Source> {
    let files = rust_files(&repository("src"));
    assert!(files.len() > 100, "only {} files were found", files.len());
    let parse = |path: &PathBuf| {
        let file = path.strip_prefix(repository("src")).unwrap().to_str().unwrap();
        Source::parse(file, &fs::read_to_string(path).unwrap())
    };
    files.iter().map(parse).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The module of the top level that an import is in. What the root defines belongs to `lib`.
fn module(import: &Import) -> &str {
    let first = import.item.split("::").next().unwrap_or_default();
    if ALLOWED.iter().any(|(name, _)| *name == first) { first } else { "lib" }
}

/// The module of the top level that imports it.
fn importer(import: &Import) -> &str {
    import.from.split(['/', '.']).next().unwrap_or_default()
}

/// Whether an import is of this part of a module, or of this item.
fn is_of(part: &str, import: &Import) -> bool {
    let rest = import.item.strip_prefix(part);
    module(import) == part || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The imports that no rule allows.
fn forbidden(imports: &BTreeSet<Import>) -> Vec<&Import> {
    let is_allowed = |import: &&Import| {
        let own = importer(import);
        let rule = ALLOWED.iter().find(|(name, _)| *name == own);
        let (_, allowed) = rule.unwrap_or_else(|| panic!("the module {own} has no rule in {}", file!()));
        module(import) == own || allowed.iter().any(|part| is_of(part, import))
    };
    imports.iter().filter(|import| !is_allowed(import)).collect()
}

#[test]
fn modules_import_only_what_they_may() {
    let imports = imports(&sources());
    assert!(imports.len() > 500, "only {} imports were found", imports.len());
    let forbidden = forbidden(&imports);
    assert!(forbidden.is_empty(), "no rule in {} allows this:\n{}", file!(), described(&forbidden));
    let rules = ALLOWED.iter().flat_map(|(own, parts)| parts.iter().map(move |part| (*own, *part)));
    let is_used = |(own, part): &(&str, &str)| imports.iter().any(|i| importer(i) == *own && is_of(part, i));
    let unused: Vec<_> = rules.filter(|rule| !is_used(rule)).collect();
    assert!(unused.is_empty(), "nothing needs these rules any more: {unused:?}");
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let circles: String =
        circles(&imports(&sources())).iter().map(|circle| described(circle) + "\n").collect();
    assert!(circles.is_empty(), "these files import each other in a circle:\n{circles}");
}

#[test]
fn files_are_neither_deep_nor_long() {
    for Source { file, text, .. } in sources() {
        assert!(file.split('/').count() <= MOST_LEVELS, "src/{file} lies too deep");
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = code.lines().count();
        assert!(lines <= MOST_LINES, "src/{file} has {lines} lines");
    }
}

#[test]
fn a_sentence_heads_every_module() {
    for Source { file, text, .. } in sources() {
        let head: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let first = head.first().copied().unwrap_or_default();
        assert!(first.starts_with(' '), "src/{file} begins with '{first}'");
        assert!(head.iter().any(|line| line.ends_with('.')), "src/{file} has no whole sentence");
    }
}

#[test]
fn only_a_few_files_read_the_wall_clock() {
    let reads = |source: &&Source| {
        source.mentions.iter().any(|mention| mention.path.iter().any(|name| name == "SystemTime"))
    };
    let sources = sources();
    let found: Vec<_> = sources.iter().filter(reads).map(|source| &*source.file).collect();
    assert_eq!(found, WALL_CLOCK, "a timeout uses Instant; who needs the time of day is in WALL_CLOCK");
}

#[test]
fn a_test_is_ignored_only_for_what_it_needs() {
    let files = ["src", "tests"].map(|folder| rust_files(&repository(folder))).concat();
    let mut needs = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().map(str::trim).filter(|line| line.starts_with("#[ignore")) {
            let is_need = line.starts_with("#[ignore = \"needs ") && line.ends_with(" (tests/run.sh)\"]");
            let is_child = line == "#[ignore = \"other tests run it in a child\"]";
            assert!(is_need || is_child, "{}: {line}", file.display());
            needs += usize::from(is_need);
        }
    }
    assert!(needs > 50, "only {needs} tests need something");
}
