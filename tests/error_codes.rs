//! docs/errors.md explains each code that an error of a command can have: those found in the source, and no others.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const REFERENCE: &str = include_str!("../docs/errors.md");
/// What stands before a code where a failure is made.
const MADE: [&str; 5] = ["usage(", "code: ", "\"code\": ", ".kept(", "(Exit::"];
/// The files of errors that know their own codes.
const KNOWN: [&str; 3] = ["config/edit/mod.rs", "store/error.rs", "store/secret.rs"];

/// The text that a string literal at the start of `text` holds.
fn literal(text: &str) -> Option<&str> {
    let code = text.trim_start().strip_prefix('"')?.split('"').next()?;
    let fits = !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    fits.then_some(code)
}

/// The codes in a file of the program, without its tests.
fn codes(text: &str, knows_its_own: bool) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let made = MADE.iter().flat_map(|before| code.split(before).skip(1)).filter_map(|after| {
        // In a tuple the code comes after how the program ends.
        literal(after)
            .or_else(|| literal(after.split_once(", ")?.1).filter(|_| after.starts_with(char::is_uppercase)))
    });
    let function = code.split("const fn code(").nth(1).filter(|_| knows_its_own).unwrap_or_default();
    let arms = function.split("\n    }").next().unwrap_or_default().split("=> ").skip(1).filter_map(literal);
    made.chain(arms).map(str::to_owned).collect()
}

fn all(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // The Web API has codes of its own, in its openapi.json.
            if !path.ends_with("src/web") {
                all(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let knows = KNOWN.iter().any(|own| path.ends_with(own));
            found.extend(codes(&fs::read_to_string(&path).unwrap(), knows));
        }
    }
}

#[test]
fn the_reference_explains_every_code_of_an_error_and_no_other() {
    let mut found = BTreeSet::new();
    all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 25, "{found:?}");
    let section = REFERENCE.split("## Command codes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let explained: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(found, explained);
}
