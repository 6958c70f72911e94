//! The documentation matches the program: its examples are executed, its tables are generated, its links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test docs::` writes the current output and tables into the pages instead of failing, and
//! `UPDATE_DOCS=1 tests/run.sh docs::` draws the picture again as well.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::CommandFactory as _;
use cowork_calls::cli::Cli;
use cowork_calls::error::{Code, Exit};
use cowork_calls::probe::report::code::Code as RowCode;
use serde_json::Value;
use stun_types::attribute::{MappedSocketAddr, XorMappedAddress};
use stun_types::message::{Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};
use tempfile::TempDir;

use crate::fleet::picture::texts;
use crate::support::fake_server::FakeServer;

const UPDATE: &str = "UPDATE_DOCS";
/// Attributes of RFC 5780.
const CHANGE_REQUEST: u16 = 0x0003;
const OTHER_ADDRESS: u16 = 0x802c;

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

// Examples

/// A home folder for the examples below one heading.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("turn.pw"), "hunter2\n").unwrap();
    home
}

/// The page with what the commands of its `console` blocks print now. The examples below a heading share a home.
fn with_output(page: &str) -> String {
    let mut fresh = String::new();
    let mut home = home();
    let mut fence: Option<&str> = None;
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        writeln!(fresh, "{line}").unwrap();
        if let Some(info) = line.strip_prefix("```") {
            fence = if fence.is_none() { Some(info) } else { None };
        } else if fence.is_none() && (line.starts_with("## ") || line.starts_with("### ")) {
            home = self::home();
        } else if fence == Some("console") {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("'{line}' is not a command"));
            let mut old = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && *line != "```") {
                writeln!(old, "{line}").unwrap();
            }
            let new = run(command, home.path());
            fresh += if without_measurements(&old) == without_measurements(&new) { &old } else { &new };
        }
    }
    fresh
}

fn run(command: &str, home: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_cowork-calls"));
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(home)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display()))
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace(home.to_str().unwrap(), "/home/ada");
    text.lines().map(|line| with_fixed_time(line) + "\n").collect()
}

/// The line with the date and time in it, if there is one, replaced by that of the documentation.
fn with_fixed_time(line: &str) -> String {
    let is_time = |word: &str| {
        let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape == "0000-00-00 00:00:00" || shape == "0000-00-00T00:00:00"
    };
    let mut line = line.to_owned();
    let starts: Vec<_> = line.char_indices().map(|(at, _)| at).collect();
    for at in starts {
        if line.get(at..at + 19).is_some_and(is_time) {
            line.replace_range(at..at + 10, "2026-11-24");
            line.replace_range(at + 11..at + 19, "09:14:02");
        }
    }
    line
}

/// The text without what differs between runs: decimal numbers, times, ports on loopback, and widths of columns.
fn without_measurements(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let number = &rest[..end];
        let is_port = masked.ends_with("127.0.0.1:") || masked.ends_with("[::1]:");
        let is_time = number.matches('.').count() == 1 || rest[end..].starts_with(" ms");
        if !number.is_empty() && (is_port || is_time) {
            masked.push('N');
            rest = &rest[end..];
        } else if !number.is_empty() {
            masked += number;
            rest = &rest[end..];
        } else {
            if first != ' ' || !masked.ends_with(' ') {
                masked.push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}

// Generated parts

/// The page with the parts between `<!-- generated: NAME -->` and `<!-- end -->` generated from the program.
fn with_generated(page: &str) -> String {
    const START: &str = "<!-- generated: ";
    const END: &str = "<!-- end -->";
    let mut parts = page.split(START);
    let mut fresh = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, body) = part.split_once(" -->\n").unwrap();
        let (_, after) = body.split_once(END).unwrap_or_else(|| panic!("'{name}' has no {END}"));
        let text = match name {
            "commands" => commands(),
            "exit codes" => exit_codes(),
            "command codes" => command_codes(),
            "nat example" => nat_example(),
            "probe codes" => probe_codes(),
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

/// The report of `nat` behind a symmetric NAT. Sockets on loopback act as a STUN server with two addresses to which a
/// client appears under another port each, and as a filter that drops responses from elsewhere.
fn nat_example() -> String {
    let (first, second) = loop {
        let first = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(second) = UdpSocket::bind(("127.0.0.2", first.local_addr().unwrap().port())) {
            break (first, second);
        }
    };
    let third = UdpSocket::bind("127.0.0.2:0").unwrap();
    let (server, other) = (first.local_addr().unwrap().to_string(), third.local_addr().unwrap());
    let servers: Vec<_> = [first, second, third]
        .into_iter()
        .zip(61_234..)
        .map(|(socket, port)| {
            let mapped = SocketAddr::from(([198, 51, 100, 7], port));
            FakeServer::serve_on(socket, move |socket, request, client| {
                if let Some(reply) = nat_reply(request, mapped, other) {
                    socket.send_to(&reply, client).unwrap();
                }
            })
        })
        .collect();
    let report = run(&format!("cowork-calls nat {server} --timeout 500ms"), home().path());
    drop(servers);
    let report = report.replace(&format!("stun:{server}"), "stun:stun.nextcloud.com:443");
    format!("```text\n$ cowork-calls nat\n{}```\n", report.replace(&server, "203.0.113.10:443"))
}

/// The reply to a request; none if it has to come from elsewhere.
fn nat_reply(request: &[u8], mapped: SocketAddr, other: SocketAddr) -> Option<Vec<u8>> {
    let request = Message::from_bytes(request).unwrap();
    if request.raw_attribute(CHANGE_REQUEST.into()).is_some() {
        return None;
    }
    let other = MappedSocketAddr::new(other);
    let mut reply = Message::builder_success(&request, MessageWriteVec::new());
    reply.add_attribute(&XorMappedAddress::new(mapped, request.transaction_id())).unwrap();
    reply.add_attribute(&other.to_raw(OTHER_ADDRESS.into())).unwrap();
    Some(reply.finish())
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

/// The reference of all commands: an overview, the options of every command, then a section for each command.
fn commands() -> String {
    let mut program = Cli::command();
    program.build();
    let all = tree(&program);
    let mut text = "\n## Overview\n\n| command | what it does |\n| --- | --- |\n".to_owned();
    for command in all.iter().filter(|command| !command.has_subcommands()) {
        let (name, about) = (name(command), about(command));
        writeln!(text, "| [`{name}`](#{}) | {} |", name.replace(' ', "-"), cell(&about)).unwrap();
    }
    text += "\n## Options of every command\n\n";
    text += &table(program.get_arguments());
    for command in &all[1..] {
        let level = if name(command).matches(' ').count() == 1 { "##" } else { "###" };
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        let usage = clap::Command::clone(command).render_usage().to_string();
        write!(text, "\n{level} {}\n\n{}.\n\n", name(command), about(command)).unwrap();
        write!(text, "```text\n{}\n```\n", usage.trim_start_matches("Usage: ")).unwrap();
        let arguments = table(own);
        if !arguments.is_empty() {
            write!(text, "\n{arguments}").unwrap();
        }
        text += &examples(command);
    }
    text + "\n"
}

/// A command and all below it.
fn tree(command: &clap::Command) -> Vec<&clap::Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set()).flat_map(tree);
    std::iter::once(command).chain(below).collect()
}

fn name(command: &clap::Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).to_owned()
}

fn about(command: &clap::Command) -> String {
    command.get_about().unwrap().to_string()
}

/// The arguments as a table; nothing if there are none to show.
fn table<'a>(arguments: impl Iterator<Item = &'a clap::Arg>) -> String {
    let rows: String =
        arguments.filter(|arg| !arg.is_hide_set() && arg.get_id() != "help").map(row).collect();
    if rows.is_empty() { rows } else { format!("| argument | meaning |\n| --- | --- |\n{rows}") }
}

fn row(arg: &clap::Arg) -> String {
    let short = arg.get_short().filter(|_| arg.get_long().is_some());
    let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
    let mut help = arg.get_help().unwrap().to_string();
    let takes_values = arg.get_action().takes_values();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_str().unwrap()).collect();
    if takes_values && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        write!(help, " [default: {}]", defaults.join(" ")).unwrap();
    }
    let values = arg.get_possible_values();
    let values: Vec<_> = values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    if takes_values && !values.is_empty() && !arg.is_hide_possible_values_set() {
        write!(help, " [possible values: {}]", values.join(", ")).unwrap();
    }
    format!("| `{}` | {} |\n", cell(&format!("{short}{arg}")), cell(&help))
}

/// A text as the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What follows the options in the help of a command: examples as a block, everything else as paragraphs.
fn examples(command: &clap::Command) -> String {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (mut block, mut prose) = (String::new(), String::new());
    for line in help.lines().filter(|line| *line != "Examples:" && !line.is_empty()) {
        match line.strip_prefix("  ") {
            Some(example) => writeln!(block, "{example}").unwrap(),
            None => write!(prose, "\n{line}\n").unwrap(),
        }
    }
    format!("\nExamples:\n\n```text\n{block}```\n{prose}")
}

// Links

/// The page without its blocks of code.
fn without_blocks(page: &str) -> String {
    page.split("\n```").step_by(2).collect()
}

/// The targets of a page's links within the repository.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    targets.filter(|target| !target.contains("://"))
}

/// The files and folders that a page names in `code`, from the root of the repository.
fn paths(page: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: [&str; 8] =
        ["benches/", "completions/", "defaults/", "dist/", "docs/", "fuzz/", "src/", "tests/"];
    let code = page.split('`').skip(1).step_by(2);
    code.filter(|code| FOLDERS.iter().any(|folder| code.starts_with(folder)) && !code.contains(['*', ' ']))
}

/// Whether the target of a link, or a path from the root, exists; of a page also the heading.
fn exists(page: &Path, target: &str) -> bool {
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
