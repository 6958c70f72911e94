//! Who may import whom: modules point down only, and each file says in a sentence what it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the top level may see of the others. `a::b` is one file of a module.
const ALLOWED: [(&str, &[&str]); 15] = [
    ("text", &[]),
    ("error", &["config", "probe::report", "store"]),
    ("signals", &["error"]),
    ("terminal", &["config", "error", "signals"]),
    ("config", &["text"]),
    ("protocol", &["text"]),
    ("net", &[]),
    ("cli", &["config", "error", "store", "terminal", "web::LogFormat"]),
    ("store", &["config"]),
    ("probe", &["protocol", "net", "config", "text"]),
    ("render", &["error", "probe::report", "probe::history", "probe::nat", "config", "terminal", "text"]),
    ("web", &["config", "probe", "render", "signals", "store", "text"]),
    (
        "commands",
        &["cli", "config", "error", "probe", "render", "signals", "store", "terminal", "text", "web"],
    ),
    (
        "lib",
        &[
            "cli", "commands", "config", "error", "net", "probe", "protocol", "render", "store", "terminal",
            "text", "web",
        ],
    ),
    ("main", &["lib"]),
];

/// The longest a file may be, its tests not counted.
const MOST_LINES: usize = 500;

/// A file of the program: its path below `src`, and its text.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The module that the file is, from the top level down: `config/edit.rs` is `config`, `edit`.
    fn module(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let mut parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
        if parts.last().is_some_and(|last| last == "mod") {
            parts.pop();
        }
        parts
    }
}

fn sources(folder: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source { path: path.strip_prefix(src()).unwrap().to_owned(), text });
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file: without comments, texts and what is compiled for tests only.
fn code(text: &str) -> String {
    without_tests(&without_comments_and_texts(text))
}

/// Blanks instead of comments and of what stands in quotes, which may hold anything.
fn without_comments_and_texts(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(hashes) = raw_text(rest).filter(|_| !code.ends_with(is_word)) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if c == '"' {
            quoted(rest)
        } else if let (Some('\''), Some(letter)) =
            (rest.chars().nth(2), rest.chars().nth(1).filter(|_| c == '\''))
        {
            // A character, not a lifetime.
            2 + letter.len_utf8()
        } else if rest.starts_with("'\\") {
            1 + rest[1..].char_indices().skip(2).find(|(_, c)| *c == '\'').map_or(2, |(at, _)| at + 1)
        } else {
            0
        };
        match skipped {
            0 => code.push(c),
            _ => code.extend(rest[..skipped].chars().map(|c| if c == '\n' { '\n' } else { ' ' })),
        }
        rest = &rest[skipped.max(c.len_utf8()).min(rest.len())..];
    }
    code
}

/// How many `#` a raw text that starts here has.
fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The length of the text in quotes that starts here.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// The code without each item that stands behind `#[cfg(test)]`, up to its `;` or its closing brace.
fn without_tests(code: &str) -> String {
    let mut parts = code.split("#[cfg(test)]");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut depth = 0;
        let end = part.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0 && matches!(c, '}' | ';')
        });
        kept += end.map_or("", |(at, _)| &part[at + 1..]);
    }
    kept
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths from the crate's root that the code of `module` names: by `crate::`, by the crate's name, or by as
/// many `super::` as lead there. Groups in braces are resolved, also nested ones.
fn imports(module: &[String], code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let first = code[..at].rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let is_start = !code[..at - first.len()].trim_end().ends_with("::");
        let rest = &code[at + 2..];
        match first {
            "crate" | "cowork_calls" if is_start => paths("", rest, &mut found),
            "super" if is_start => {
                let mut rest = rest;
                let mut above = module.len().saturating_sub(1);
                while let Some(further) = rest.strip_prefix("super::") {
                    (rest, above) = (further, above.saturating_sub(1));
                }
                let base: String = module[..above].iter().map(|part| format!("{part}::")).collect();
                paths(&base, rest, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Adds the paths that `rest` begins with, each behind `base`.
fn paths(base: &str, rest: &str, found: &mut BTreeSet<String>) {
    let rest = rest.trim_start();
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 0;
        let mut item = 0;
        for (at, c) in group.char_indices() {
            if depth == 0 && matches!(c, ',' | '}') {
                paths(base, &group[item..at], found);
                item = at + 1;
            }
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => return,
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let word: &str = &rest[..rest.find(|c| !is_word(c) && c != '*').unwrap_or(rest.len())];
    let path = format!("{base}{word}");
    match rest[word.len()..].strip_prefix("::") {
        Some(further) => paths(&format!("{path}::"), further, found),
        None if word.is_empty() => {}
        None => {
            let mut parts: Vec<&str> = Vec::new();
            for part in path.split("::") {
                match part {
                    "super" => drop(parts.pop()),
                    part => parts.push(part),
                }
            }
            found.insert(parts.join("::"));
        }
    }
}

/// The imports of the file `module` that break the rule.
fn broken(module: &[String], text: &str) -> Vec<String> {
    let own = &module[0];
    let allowed = ALLOWED.iter().find(|(name, _)| name == own);
    let (_, allowed) = allowed.unwrap_or_else(|| panic!("the module {own} has no rule"));
    let fits = |import: &String| {
        let first = import.split("::").next().unwrap_or_default();
        // What the root itself defines belongs to `lib`: only `main` may use it.
        let first = if ALLOWED.iter().any(|(name, _)| *name == first) { first } else { "lib" };
        let path = if first == "lib" { "lib" } else { import };
        first == own || allowed.iter().any(|a| path == *a || path.starts_with(&format!("{a}::")))
    };
    imports(module, &code(text)).into_iter().filter(|import| !fits(import)).collect()
}

#[test]
fn imports_point_down_only() {
    let sources = sources(&src());
    assert!(sources.len() > 40, "only {} files were found", sources.len());
    let mut seen = 0;
    for source in sources {
        let module = source.module();
        seen += imports(&module, &code(&source.text)).len();
        let broken = broken(&module, &source.text);
        assert!(broken.is_empty(), "src/{} must not see {broken:?}", source.path.display());
    }
    assert!(seen > 200, "only {seen} imports were found");
}

#[test]
fn the_rule_is_noticed_when_broken() {
    let broken = |file: &str, text: &str| {
        broken(&Source { path: file.into(), text: String::new() }.module(), text).join(" ")
    };
    for (file, text, expected) in [
        ("protocol.rs", "use crate::net::udp;", "net::udp"),
        ("net/udp.rs", "pub(crate) use crate::protocol as p;", "protocol"),
        ("render/json.rs", "use crate::probe::plan::Plan;", "probe::plan::Plan"),
        ("render/json.rs", "use crate::probe::{report, plan::{A, B}};", "probe::plan::A probe::plan::B"),
        ("store.rs", "fn f() { crate::probe::run(); }", "probe::run"),
        ("store.rs", "use super::probe;", "probe"),
        ("store/save.rs", "use super::super::probe::run;", "probe::run"),
        ("store/save.rs", "use super::{lock, super::probe};", "probe"),
        ("config/edit.rs", "use crate::{\n    store,\n    text::clean,\n};", "store"),
        ("config.rs", "use crate::*;", "*"),
        ("config.rs", "use cowork_calls::store;", "store"),
        ("text.rs", "use crate::error::Exit;", "error::Exit"),
        ("text.rs", "#[cfg(test)]\nuse x::y;\nuse crate::cli;", "cli"),
        ("text.rs", "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::cli;", "cli"),
        ("text.rs", "const A: &str = \"// \\\"\"; use crate::cli;", "cli"),
        ("text.rs", "const A: char = '\"'; use crate::cli; // \"", "cli"),
        ("text.rs", "fn f<'a>(x: &'a str) -> &'a str { crate::cli::g(x) }", "cli::g"),
        ("cli.rs", "crate::run();", "run"),
        ("render/json.rs", "use crate::probe::report::Row;", ""),
        ("render/json.rs", "use super::table::{lines, table}; use crate::render::text;", ""),
        ("config/edit.rs", "use super::{List, address::ServerUri}; use super::super::text;", ""),
        ("config.rs", "// crate::store\n/* crate::store */\n#[cfg(test)]\nuse crate::store;", ""),
        ("config.rs", "const A: &str = \"crate::store\"; const B: &str = r#\"crate::\"store\"#;", ""),
        ("config.rs", "use notcrate::store; use my_crate::crate_::x;", ""),
        ("main.rs", "cowork_calls::run(x)", ""),
    ] {
        assert_eq!(broken(file, text), expected, "{file}: {text}");
    }
}

#[test]
fn at_most_three_levels_and_no_file_too_long() {
    for source in sources(&src()) {
        let name = source.path.display();
        assert!(source.path.components().count() <= 3, "src/{name} lies too deep");
        let own = source.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = own.lines().count();
        assert!(lines <= MOST_LINES, "src/{name} has {lines} lines");
    }
}

/// Where the clock on the wall may be read: how long credentials and certificates last, and when something was
/// saved or shown. It can be set at any time, so nothing waits by it.
const WALL_CLOCK: [&str; 5] =
    ["commands/probe/watch.rs", "probe/connect.rs", "store/history.rs", "store/secret.rs", "web/log.rs"];

#[test]
fn no_timeout_goes_by_a_clock_that_can_be_set() {
    for source in sources(&src()) {
        let name = source.path.display().to_string();
        let reads = code(&source.text).contains("SystemTime");
        assert!(!reads || WALL_CLOCK.contains(&&*name), "src/{name} reads the wall clock: use Instant");
    }
    let used = |name: &&str| fs::read_to_string(src().join(name)).unwrap().contains("SystemTime::now()");
    assert!(WALL_CLOCK.iter().all(used), "a file that does not read the clock needs no leave");
}

#[test]
fn a_sentence_heads_every_module() {
    for source in sources(&src()) {
        let name = source.path.display();
        let head: Vec<_> = source.text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let first = head.first().copied().unwrap_or_default();
        assert!(first.starts_with(' '), "src/{name} begins with '{first}'");
        assert!(head.iter().any(|line| line.ends_with('.')), "src/{name} has no whole sentence");
    }
}
