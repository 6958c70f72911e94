//! Every code of a TURN row, from fake servers that data files describe.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use toml_edit::Document;

use crate::{code, fake_turn, rows};

#[test]
fn each_fake_server_gets_the_code_that_its_file_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes");
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let file = Document::parse(text).unwrap();
        let answers: Vec<String> = file["answers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|answer| answer.as_str().unwrap().to_owned())
            .collect();
        let silent = ["challenge", "allocated", "challenge", "allocated", "done"].map(str::to_owned).to_vec();
        let other =
            answers.iter().any(|answer| answer == "alternate other").then(|| fake_turn::start(silent, None));
        let server = fake_turn::start(answers, other);
        let (found, status) = rows(&format!("turn:{server} --timeout 700ms --count 1"), "secret");
        let row = &found[0];
        let name = path.file_stem().unwrap().display();
        assert_eq!(code(row), file["expect"].as_str().unwrap(), "{name}: {row}");
        let number = file.get("stun-code").map_or(Value::Null, |code| code.as_integer().into());
        assert_eq!(row["error"]["stun_code"], number, "{name}");
        assert_eq!(status, Some(1));
        assert!(!row["error"]["hint"].as_str().unwrap().is_empty());
        if let Some(other) = other {
            assert_eq!(row["address"], other.to_string(), "{name}: the row names who answered in the end");
        }
        seen.insert(code(row).to_owned());
    }
    assert!(seen.len() >= 16, "{seen:?}");
}
