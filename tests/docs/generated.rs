//! The parts of the pages that are generated from the code.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cowork_calls::error::{Code, Exit};
use cowork_calls::probe::report::audit::FindingCode;
use cowork_calls::probe::report::code::Code as RowCode;
use serde_json::Value;

use super::commands::commands;
use super::{nat, read, root};

/// The page with the parts between `<!-- generated: NAME -->` and `<!-- end -->` generated from the program.
pub(super) fn with_generated(page: &str) -> String {
    const START: &str = "<!-- generated: ";
    const END: &str = "<!-- end -->";
    let mut parts = page.split(START);
    let mut fresh = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, body) = part.split_once(" -->\n").unwrap();
        let (_, after) = body.split_once(END).unwrap_or_else(|| panic!("'{name}' has no {END}"));
        let text = match name {
            "commands" => commands(),
            "source tree" => source_tree(),
            "exit codes" => exit_codes(),
            "command codes" => command_codes(),
            "nat example" => nat::example(),
            "probe codes" => probe_codes(),
            "audit codes" => audit_codes(),
            "web codes" => web_codes(),
            _ => panic!("nothing generates '{name}'"),
        };
        write!(fresh, "{START}{name} -->\n{text}{END}{after}").unwrap();
    }
    fresh
}

fn exit_codes() -> String {
    let rows: String =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |\n", *exit as u8, exit.meaning())).collect();
    format!("| code | meaning |\n| --- | --- |\n{rows}")
}

fn command_codes() -> String {
    let row = |code: &Code| {
        let (exit, meaning, remedy) = (code.exit() as u8, code.meaning(), code.remedy());
        format!("| `{}` | {exit} | {meaning} | {remedy} |\n", code.as_str())
    };
    let rows: String = Code::ALL.iter().map(row).collect();
    format!("| code | exit | meaning | what to do |\n| --- | --- | --- | --- |\n{rows}")
}

fn probe_codes() -> String {
    let rows = RowCode::ALL.iter().map(|code| [code.as_str(), code.sentence(), code.remedy()]);
    let rows: String =
        rows.map(|[code, meaning, remedy]| format!("| `{code}` | {meaning} | {remedy} |\n")).collect();
    format!("| code | meaning | what to do |\n| --- | --- | --- |\n{rows}")
}

fn audit_codes() -> String {
    let row = |code: &FindingCode| {
        let (name, severity, meaning) = (code.as_str(), code.severity().as_str(), code.meaning());
        let lines: Vec<_> = code.lines().iter().map(|line| format!("`{line}`")).collect();
        let lines = match code {
            FindingCode::OwnRelayDenied => "`allowed-peer-ip=ADDRESS`".to_owned(),
            FindingCode::OwnAddressPeers => "`# denied-peer-ip=ADDRESS`".to_owned(),
            _ => lines.join(", "),
        };
        format!("| `{name}` | {severity} | {meaning} | {lines} |\n")
    };
    let rows: String = FindingCode::ALL.iter().map(row).collect();
    format!("| code | severity | meaning | lines of `turnserver.conf` |\n| --- | --- | --- | --- |\n{rows}")
}

/// The codes of the Web API with their statuses, as its description has them.
fn web_codes() -> String {
    let description: Value = serde_json::from_str(&read("src/web/openapi.json")).unwrap();
    let answers = description["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let answers = answers.filter_map(|method| method["responses"].as_object()).flatten();
    let mut rows = BTreeSet::new();
    for (status, answer) in answers {
        let Some(reference) = answer["$ref"].as_str() else { continue };
        let answer = description.pointer(reference.trim_start_matches('#')).unwrap();
        let codes =
            answer.pointer("/content/application~1json/schema/allOf/1/properties/error/properties/code/enum");
        let codes: Vec<_> =
            codes.unwrap().as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        let meaning = answer["description"].as_str().unwrap();
        rows.insert(format!("| {status} | `{}` | {meaning} |\n", codes.join("`, `")));
    }
    assert!(rows.len() >= 6, "{rows:?}");
    format!("| status | code | meaning |\n| --- | --- | --- |\n{}", rows.into_iter().collect::<String>())
}

/// The folders and files of `src` in a tree, each with the first sentence of its module.
fn source_tree() -> String {
    let mut lines = Vec::new();
    add_folder(&root().join("src"), "  ", &mut lines);
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap();
    let lines: String = lines.iter().map(|(name, sentence)| format!("{name:width$}  {sentence}\n")).collect();
    format!("```text\nsrc/\n{lines}```\n")
}

/// Adds the files of a folder, then the folders in it with theirs.
fn add_folder(folder: &Path, indent: &str, lines: &mut Vec<(String, String)>) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort_by_key(|path| (path.is_dir(), path.clone()));
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            lines.push((format!("{indent}{name}/"), first_sentence(&path.join("mod.rs"))));
            add_folder(&path, &format!("{indent}  "), lines);
        } else if name.ends_with(".rs") && name != "mod.rs" {
            lines.push((format!("{indent}{name}"), first_sentence(&path)));
        }
    }
}

fn first_sentence(module: &Path) -> String {
    let text = fs::read_to_string(module).unwrap();
    let head: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let head = head.join(" ");
    head.split(". ").next().unwrap().trim_end_matches('.').to_owned()
}
