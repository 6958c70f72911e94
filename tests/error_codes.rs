//! docs/errors.md explains each code of an error, and no other.

use std::collections::BTreeSet;

use cowork_calls::error::Code;

const REFERENCE: &str = include_str!("../docs/errors.md");

#[test]
fn the_reference_explains_every_code_of_an_error_and_no_other() {
    let section = REFERENCE.split("## Command codes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let explained: BTreeSet<&str> = rows.collect();
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(all, explained);
}
