//! The documentation matches the program: its examples are executed, its tables are generated, its links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test docs::` writes the current output and tables into the pages instead of failing, and
//! `UPDATE_DOCS=1 tests/run.sh docs::` draws the picture again as well.

mod commands;
mod examples;
mod generated;
mod links;
mod manual;
mod nat;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fleet::picture::texts;
use examples::{with_output, without_measurements};
use generated::with_generated;
use links::{exists, links, paths, without_blocks};

const UPDATE: &str = "UPDATE_DOCS";

#[test]
fn pages_match_the_program() {
    let mut stale = String::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let fresh = with_output(&with_generated(&text));
        if fresh != text && updates() {
            fs::write(&page, fresh).unwrap();
        } else if fresh != text {
            write!(stale, "\n{}:\n{}", page.display(), difference(&text, &fresh)).unwrap();
        }
    }
    assert!(stale.is_empty(), "{UPDATE}=1 cargo test docs:: brings these pages up to date:\n{stale}");
}

#[test]
fn the_readme_and_the_reference_have_examples() {
    let count = |page: &str| read(page).matches("\n$ ").count();
    assert!(count("README.md") >= 9, "README.md has only {} examples", count("README.md"));
    let all: usize = pages().iter().map(|page| count(page.to_str().unwrap())).sum();
    assert!(all >= 35, "only {all} examples");
}

#[test]
fn links_and_paths_lead_to_something() {
    if updates() {
        return; // The pages are being written.
    }
    let mut broken = String::new();
    for page in pages() {
        let text = without_blocks(&fs::read_to_string(&page).unwrap());
        let missing = links(&text).chain(paths(&text)).filter(|target| !exists(&page, target));
        for target in missing {
            writeln!(broken, "{}: {target:?}", page.display()).unwrap();
        }
    }
    assert!(broken.is_empty(), "these do not exist:\n{broken}");
}

#[test]
fn the_readme_lists_every_page_of_the_reference() {
    let readme = read("README.md");
    for page in markdown("docs") {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("[{name}](docs/{name})")), "README.md does not list {name}");
    }
}

#[test]
#[ignore = "needs coturn, Python and a network namespace (tests/run.sh)"]
fn the_picture_matches_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("tour.svg");
    let script = root().join("docs/picture.sh");
    let status = Command::new(script).arg(env!("CARGO_BIN_EXE_cowork-calls")).arg(&picture).status().unwrap();
    assert!(status.success(), "docs/picture.sh: {status}");
    let drawn = fs::read_to_string(&picture).unwrap();
    // The words without their places, which vary with the times before them.
    let words = |svg: &str| {
        let texts = texts(svg);
        let words: Vec<_> = texts.lines().filter_map(|line| line.splitn(5, ' ').nth(4)).collect();
        without_measurements(&words.join("\n"))
    };
    let (old, new) = (words(&read("docs/tour.svg")), words(&drawn));
    if old != new {
        assert!(updates(), "{UPDATE}=1 tests/run.sh docs:: draws it again:\n{}", difference(&old, &new));
        fs::write(root().join("docs/tour.svg"), drawn).unwrap();
    }
}

/// Whether to write the pages instead of failing.
fn updates() -> bool {
    std::env::var_os(UPDATE).is_some()
}

/// All pages: those beside the README, the reference, and the guide to the tests.
fn pages() -> Vec<PathBuf> {
    [".", "docs", "tests"].iter().flat_map(|folder| markdown(folder)).collect()
}

fn markdown(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// The lines in which two texts differ, without those at the start and at the end that are the same.
fn difference(old: &str, new: &str) -> String {
    let (mut old, mut new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    old.drain(..same);
    new.drain(..same);
    while !old.is_empty() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    let lines = |sign: &str, lines: &[&str]| -> String {
        lines.iter().map(|line| format!("{sign} {line}\n")).collect()
    };
    format!("from line {}\n{}{}", same + 1, lines("-", &old), lines("+", &new))
}
