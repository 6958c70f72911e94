//! The links of the pages, and the paths that they name.

use std::fs;
use std::path::Path;

use super::root;

/// The page without its blocks of code.
pub(super) fn without_blocks(page: &str) -> String {
    page.split("\n```").step_by(2).collect()
}

/// The targets of a page's links within the repository.
pub(super) fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    targets.filter(|target| !target.contains("://"))
}

/// The files and folders that a page names in `code`, from the root of the repository.
pub(super) fn paths(page: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: [&str; 8] =
        ["benches/", "completions/", "defaults/", "dist/", "docs/", "fuzz/", "src/", "tests/"];
    let code = page.split('`').skip(1).step_by(2);
    code.filter(|code| FOLDERS.iter().any(|folder| code.starts_with(folder)) && !code.contains(['*', ' ']))
}

/// Whether the target of a link, or a path from the root, exists; of a page also the heading.
pub(super) fn exists(page: &Path, target: &str) -> bool {
    let (file, heading) = target.split_once('#').map_or((target, None), |(file, at)| (file, Some(at)));
    let beside = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    let file = if beside.exists() { beside } else { root().join(file) };
    file.exists() && heading.is_none_or(|heading| anchors(&file).iter().any(|anchor| anchor == heading))
}

fn anchors(page: &Path) -> Vec<String> {
    let text = without_blocks(&fs::read_to_string(page).unwrap());
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#'));
    headings
        .map(|heading| {
            let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || "- ".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
        })
        .collect()
}
