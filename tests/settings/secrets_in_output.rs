//! Every command, run with secrets in every possible place: none is shown unless requested.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::CommandFactory as _;
use cowork_calls::cli::Cli;

use crate::support::program::Home;

/// What all secrets begin with.
const MARKER: &str = "hunter2-marker";

/// Every command with lines that run it. `PASSWORD`, `SECRET` and `TOKENS` stand for files that hold one; standard input is
/// a secret too, for `set -` a list with secrets.
const LINES: &[(&str, &[&str])] = &[
    ("stun list", &["stun list"]),
    ("stun add", &["stun add x y --first", "stun add 'a b'"]),
    ("stun remove", &["stun remove 1", "stun remove 99"]),
    ("stun set", &["stun set x"]),
    ("stun move", &["stun move 1 1", "stun move 1 99"]),
    ("stun clear", &["stun clear"]),
    ("stun examples", &["stun examples"]),
    ("turn list", &["turn list"]),
    (
        "turn add",
        &[
            "turn add x --username u --password-stdin",
            "turn add x --secret-stdin",
            "turn add x --username u --password-file PASSWORD",
            "turn add x --username u --password-file PASSWORD --store",
            "turn add x --secret-file SECRET --store",
            "turn add x --secret-file TWO-LINES --store",
            "turn add x --secret-file /nowhere",
            "turn add 'a b' --secret-stdin",
            "turn add 127.0.0.1:20009 --username v --password-stdin",
            "turn add x --password-stdin",
        ],
    ),
    (
        "turn edit",
        &[
            "turn edit 1 --password-stdin",
            "turn edit 2 --secret-stdin --username w",
            "turn edit 1 --uri y",
            "turn edit 3 --password-file PASSWORD --store",
            "turn edit 1 --no-credentials",
            "turn edit 1 --uri turn:127.0.0.2:20009",
            "turn edit nobody --password-stdin",
        ],
    ),
    ("turn remove", &["turn remove 1 2", "turn remove nobody"]),
    ("turn set", &["turn set -", "turn set LIST", "turn set PASSWORD"]),
    ("turn move", &["turn move 1 2", "turn move 1 99"]),
    ("turn clear", &["turn clear"]),
    ("reactions list", &["reactions list"]),
    ("reactions add", &["reactions add :tada: 🚀"]),
    ("reactions remove", &["reactions remove 1"]),
    ("reactions set", &["reactions set 👍"]),
    ("reactions move", &["reactions move 1 2"]),
    ("reactions clear", &["reactions clear"]),
    ("reactions check", &["reactions check 👍"]),
    ("policy", &["policy", "policy relay"]),
    ("show", &["show"]),
    ("config path", &["config path"]),
    ("config check", &["config check", "config check --strict"]),
    ("config edit", &["config edit"]),
    ("config apply", &["config apply WHOLE", "config apply LIST", "config apply PASSWORD", "config apply -"]),
    ("config diff", &["config diff WHOLE", "config diff LIST", "config diff PASSWORD", "config diff -"]),
    ("config export", &[]),
    ("config schema", &["config schema"]),
    ("config history", &["config history", "config history --purge"]),
    ("config undo", &["config undo", "config undo 1", "config undo 99"]),
    (
        "probe",
        &[
            "probe --timeout 300ms",
            "probe --turn --timeout 300ms --format jsonl",
            "probe --turn --timeout 300ms --format prometheus",
            "probe --input LIST --timeout 300ms",
            "probe --ca-file PASSWORD",
            "probe --geoip PASSWORD --timeout 300ms",
            "probe turn:127.0.0.7:20009 --username u --password-stdin --timeout 300ms",
            "probe turn:127.0.0.7:20009 --secret-stdin --timeout 300ms",
            "probe turn:127.0.0.7:20009 --username u --password-file PASSWORD --timeout 300ms",
            "probe turn:127.0.0.7:20009 --secret-file SECRET --timeout 300ms --insecure",
            "probe --watch --interval 200ms --timeout 100ms",
        ],
    ),
    ("nat", &["nat stun:127.0.0.1:20009 --timeout 300ms", "nat --timeout 300ms"]),
    (
        "serve",
        &[
            "serve --token-file TOKENS --listen 127.0.0.1:0",
            "serve --token-file PASSWORD",
            "serve --token-file TOKENS --listen 0.0.0.0:0",
        ],
    ),
    ("setup", &["setup --no-input"]),
    ("man", &["man"]),
    ("completions", &["completions bash"]),
];

/// Commands that show secrets on request.
const ASKED_FOR: [&str; 3] = ["turn list --show-secrets", "config export", "config export --format env"];

/// The commands below `command` that have no subcommands, each by its full name.
fn subcommands(command: &clap::Command, words: &str) -> BTreeSet<String> {
    let below: Vec<_> = command.get_subcommands().collect();
    if below.is_empty() {
        return [words.to_owned()].into();
    }
    below.into_iter().flat_map(|sub| subcommands(sub, format!("{words} {}", sub.get_name()).trim())).collect()
}

/// Makes the settings invalid TOML.
const NO_TOML: &str = "[[turn.servers]]\nuri = 'a'\npasswort = 'MARKER\npassword = \"MARKER\n";

/// An invalid address with a password in it.
const NO_ADDRESS: &str = "[[turn.servers]]\nuri = 'turn:alice:MARKER@turn.example.de'\n";

/// A home with secrets of all four kinds, and two versions; `broken` is appended to the settings.
fn home(broken: &str) -> Home {
    let home = Home::with("");
    let file = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    file("PASSWORD", &format!("{MARKER}-in-a-file\n"));
    file("TOKENS", &format!("ada:{MARKER}-of-ada\n"));
    file("SECRET", &format!("{MARKER}-in-a-file\n"));
    file("TWO-LINES", &format!("{MARKER}\n{MARKER}\n"));
    file("LIST", &list());
    file("WHOLE", &format!("{{\"turn\":{{\"servers\":{}}}}}", list()));
    let folder = home.path().display().to_string();
    let mut text = format!(
        "[stun]\nservers = ['stun:127.0.0.1:20009', 'stun:127.0.0.2:20009']\n\n\
         [[turn.servers]]\nuri = 'turn:127.0.0.1:20009'\nusername = 'u'\npassword = '{MARKER}-password'\n\n\
         [[turn.servers]]\nuri = 'turn:127.0.0.2:20009'\nsecret = '{MARKER}-secret'\n\n\
         [[turn.servers]]\nuri = 'turn:127.0.0.3:20009'\nusername = 'u'\npassword-file = '{folder}/PASSWORD'\n\n\
         [[turn.servers]]\nuri = 'turn:127.0.0.4:20009?transport=tcp'\nsecret-file = '{folder}/SECRET'\n"
    );
    fs::write(home.file(), &text).unwrap();
    home.run("stun move 1 2 --quiet").prints("");
    if !broken.is_empty() {
        text += &broken.replace("MARKER", MARKER);
        fs::write(home.file(), text).unwrap();
    }
    home
}

fn list() -> String {
    format!(
        "[{{\"uri\":\"a\",\"username\":\"u\",\"password\":\"{MARKER}\"}},{{\"uri\":\"b\",\"secret\":\"{MARKER}\"}}]"
    )
}

/// Runs a line and returns all that others can see of it: output, arguments and environment, names of files.
fn visible_output(home: &Home, line: &str) -> String {
    // A word in quotes is one argument.
    let words = line.split('\'').enumerate().flat_map(|(n, part)| match n % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    let mut child =
        home.command(words).env("EDITOR", "sed -i s/9/10/").stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let reads = line.contains("-stdin") || line.contains(" -");
    let secret = if line.contains("set -") { list() } else { format!("{MARKER}-typed") };
    let _ = input.write_all(secret.as_bytes());
    if reads {
        // It has read the secret and waits for more, or has ended without it.
        let started = Instant::now();
        while rustix::io::ioctl_fionread(&input).is_ok_and(|left| left > 0)
            && child.try_wait().unwrap().is_none()
            && started.elapsed() < Duration::from_secs(1)
        {
            thread::sleep(Duration::from_millis(1));
        }
    }
    let goes_on = line.contains("--watch") || line.contains("--listen 127.0.0.1:0");
    if goes_on {
        thread::sleep(Duration::from_millis(500));
    }
    let process = |name: &str| fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    let mut seen = [process("cmdline"), process("environ"), process("comm")].concat();
    drop(input);
    if goes_on && child.try_wait().unwrap().is_none() {
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some_and(|status| status != 101), "{line}: {output:?}");
    seen.extend(output.stdout);
    seen.extend(output.stderr);
    let folder = home.file().parent().unwrap().to_owned();
    for folder in [&folder, &folder.join(".config.toml.history")] {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.for_each(|name| seen.extend(name.as_encoded_bytes()));
    }
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
fn every_command_is_covered() {
    let listed: BTreeSet<_> = LINES.iter().map(|(command, _)| (*command).to_owned()).collect();
    let mut program = Cli::command();
    // Some commands are added only when they are needed.
    program.build();
    assert_eq!(listed, subcommands(&program, ""), "a new command needs lines that run it with secrets");
    for (command, lines) in LINES {
        // The purpose of some commands is to show them.
        let is_asked_for = ASKED_FOR.iter().any(|line| line.starts_with(command));
        assert!(is_asked_for || !lines.is_empty(), "{command}");
        assert!(lines.iter().all(|line| line.starts_with(command)), "{command}");
    }
}

#[test]
fn no_command_shows_a_secret_unless_requested() {
    thread::scope(|scope| {
        for (_, lines) in LINES {
            scope.spawn(move || {
                for line in *lines {
                    for (broken, option) in [
                        ("", ""),
                        ("", " --json"),
                        ("", " --dry-run"),
                        (NO_TOML, ""),
                        (NO_TOML, " --json"),
                        (NO_ADDRESS, ""),
                        (NO_ADDRESS, " --json"),
                    ] {
                        if line.contains("--format") && option == " --json" {
                            continue; // these two exclude each other
                        }
                        let seen = visible_output(&home(broken), &format!("{line}{option}"));
                        assert!(!seen.contains(MARKER), "{line}{option}, with '{broken}'\n{seen}");
                    }
                }
            });
        }
    });
}

#[test]
fn a_password_in_an_address_is_not_repeated() {
    let address = format!("turn:alice:{MARKER}@turn.example.de");
    let home = home("");
    let file = |name: &str, text: String| fs::write(home.path().join(name), text).unwrap();
    file("ADDRESSES", format!("stun:a\n{address}\n"));
    file("SERVERS", format!("[{{\"uri\":\"{address}\"}}]"));
    file("SETTINGS", format!("[stun]\nservers = ['stun:a', '{address}']\n"));
    for line in [
        format!("stun add a {address}"),
        format!("stun set {address}"),
        format!("stun remove {address}"),
        format!("stun move {address} 1"),
        format!("turn add {address}"),
        format!("turn add turn://alice:{MARKER}@turn.example.de/"),
        format!("turn add https://alice:{MARKER}@turn.example.de"),
        format!("turn edit {address} --username u"),
        format!("turn edit 1 --uri {address}"),
        format!("turn remove alice:{MARKER}@turn.example.de"),
        format!("probe {address}"),
        format!("nat {address}"),
        "probe --input ADDRESSES".to_owned(),
        "turn set SERVERS".to_owned(),
        "config apply SETTINGS".to_owned(),
        "config diff SETTINGS".to_owned(),
    ] {
        for option in ["", " --json"] {
            let run = home.run(&format!("{line}{option}"));
            run.fails(2, "…@turn.example.de");
            assert!(run.stderr.contains("a server address contains no user name"), "{}", run.stderr);
            assert!(!run.stderr.contains(MARKER) && !run.stderr.contains("alice"), "{}", run.stderr);
        }
    }
}

#[test]
fn secrets_are_shown_on_request() {
    for line in ASKED_FOR {
        for option in ["", " --json"] {
            let seen = visible_output(&home(""), &format!("{line}{option}"));
            assert!(seen.contains(&format!("{MARKER}-password")), "{line}{option}\n{seen}");
            assert!(seen.contains(&format!("{MARKER}-secret")), "{line}{option}\n{seen}");
            assert!(!seen.contains("in-a-file"), "referenced files are not read");
        }
    }
}
