//! Who may import whom: modules point down only, and each file says in a sentence what it is for.

// Helpers of tests may panic as tests do; clippy knows only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the top level may see of the others. `a::b` is one file of a module.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("exit", &[]),
    ("terminal", &["exit"]),
    ("config", &["terminal"]),
    ("protocol", &[]),
    ("net", &[]),
    ("cli", &["config", "terminal"]),
    ("store", &["config"]),
    ("probe", &["protocol", "net", "config"]),
    ("render", &["probe::report", "config", "terminal"]),
    ("commands", &["cli", "config", "exit", "probe", "render", "store", "terminal"]),
    (
        "lib",
        &["cli", "commands", "config", "exit", "net", "probe", "protocol", "render", "store", "terminal"],
    ),
    ("main", &[]),
];

/// A file of the program: its path below `src`, and its text without tests and comments.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The module of the top level that the file belongs to.
    fn module(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
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

/// The code of a file: neither its tests, which stand at its end, nor its comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths into the crate that a text names: `crate::a::b` gives `a::b`, and `crate::{a, b::c}` gives both.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '}' if depth == 0 => break,
                    ',' if depth == 0 => found.insert(std::mem::take(&mut item).trim().to_owned()),
                    _ => {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        item.push(c);
                        true
                    }
                };
            }
            found.insert(item.trim().to_owned());
        } else {
            found.insert(after.chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect());
        }
    }
    found.remove("");
    found.into_iter().map(|path| path.trim_end_matches(':').to_owned()).collect()
}

/// The imports of `module` that break the rule.
fn broken(module: &str, code: &str) -> Vec<String> {
    let (_, allowed) =
        ALLOWED.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} has no rule"));
    let fits = |import: &String| {
        let first = import.split("::").next().unwrap_or_default();
        let of_crate = ALLOWED.iter().any(|(name, _)| *name == first);
        !of_crate
            || first == module
            || allowed.iter().any(|a| import == a || import.starts_with(&format!("{a}::")))
    };
    imports(code).into_iter().filter(|import| !fits(import)).collect()
}

#[test]
fn imports_point_down_only() {
    let sources = sources(&src());
    assert!(sources.len() > 40, "only {} files were found", sources.len());
    for source in sources {
        let broken = broken(&source.module(), &code(&source.text));
        assert!(broken.is_empty(), "src/{} must not see {broken:?}", source.path.display());
    }
}

#[test]
fn the_rule_is_noticed_when_broken() {
    assert_eq!(broken("protocol", "use crate::net::udp;"), ["net::udp"]);
    assert_eq!(broken("render", "use crate::probe::plan::Plan;"), ["probe::plan::Plan"]);
    assert_eq!(broken("store", "fn f() { crate::probe::run(); }"), ["probe::run"]);
    assert_eq!(broken("config", "use crate::{store, terminal::clean};"), ["store"]);
    assert!(broken("render", "use crate::probe::report::Row;").is_empty());
    assert!(broken("config", &code("// crate::store\n#[cfg(test)]\nuse crate::store;")).is_empty());
}

#[test]
fn no_folder_below_a_folder_and_no_file_too_long() {
    for source in sources(&src()) {
        let name = source.path.display();
        assert!(source.path.components().count() <= 2, "src/{name} lies too deep");
        let own = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(own.lines().count() <= 350, "src/{name} has {} lines", own.lines().count());
    }
}

#[test]
fn a_sentence_heads_every_module() {
    for source in sources(&src()) {
        let first = source.text.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix("//! ").unwrap_or_default();
        let whole =
            source.text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.ends_with('.'));
        assert!(!sentence.is_empty() && whole, "src/{} begins with '{first}'", source.path.display());
    }
}
