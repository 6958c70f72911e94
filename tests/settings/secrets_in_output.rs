//! Every command, run with secrets in every possible place: none is shown unless requested.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::CommandFactory as _;
use cowork_calls::cli::Cli;
use cowork_calls::config::file::load::load;
use cowork_calls::config::file::replace::parse;
use cowork_calls::config::file::turn_list;

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
            "turn add 127.0.0.7:20009 --username v --password-stdin --probe",
            "turn add 127.0.0.7:20009 --secret-file SECRET --probe --yes",
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
            "turn edit 1 --uri turn:127.0.0.7:20009 --secret-file /nowhere --probe",
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
            "serve --hash-token",
            "serve --hash-token --token-file TOKENS",
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
            run.fails(2, ": a server address contains no user name");
            assert!(!run.stderr.contains(MARKER) && !run.stderr.contains("alice"), "{}", run.stderr);
        }
    }
}

#[test]
fn secrets_are_shown_on_request() {
    for line in ASKED_FOR {
        for option in ["", " --json"] {
            if line.contains("--format") && option == " --json" {
                continue; // these two exclude each other
            }
            let seen = visible_output(&home(""), &format!("{line}{option}"));
            assert!(seen.contains(&format!("{MARKER}-password")), "{line}{option}\n{seen}");
            assert!(seen.contains(&format!("{MARKER}-secret")), "{line}{option}\n{seen}");
            assert!(!seen.contains("in-a-file"), "referenced files are not read");
        }
    }
}

/// Files that are neither a list of servers nor settings, each with its name.
const WRONG_FILES: [(&str, &str); 13] = [
    ("a-password", "MARKER\n"),
    ("two-words", "correct MARKER\n"),
    ("tokens", "# of the Web API\nada:MARKER-of-ada\nbob:MARKER-of-bob\n"),
    ("environment", "TURN_PASSWORD=MARKER\n"),
    ("exports", "export TURN_PASSWORD='MARKER\n"),
    ("netrc", "machine turn.example.de login ada password MARKER\n"),
    ("urls", "https://ada:MARKER@turn.example.de/MARKER?MARKER\n"),
    ("a-path", "stun:MARKER/MARKER\nturn:MARKER//\n"),
    ("a-query", "turn:turn.example.de?MARKER\n"),
    ("slashes", "turn://MARKER:MARKER/\n"),
    ("coturn", "user=ada:MARKER\nstatic-auth-secret=MARKER\n"),
    ("binary", "turn:\u{0}MARKER\u{1}\n"),
    ("key", "-----BEGIN PRIVATE KEY-----\nMARKER==\n-----END PRIVATE KEY-----\n"),
];

#[test]
fn a_wrong_file_is_not_quoted() {
    let home = Home::new();
    for (name, text) in WRONG_FILES {
        fs::write(home.path().join(name), text.replace("MARKER", MARKER)).unwrap();
        for line in [
            "show --config FILE",
            "stun list --config FILE",
            "stun add x --config FILE",
            "probe --config FILE",
            "nat --config FILE",
            "config check --config FILE",
            "config export --config FILE",
            "config apply x --config FILE",
            "serve --config FILE --token-file FILE",
            "serve --token-file FILE --listen 0.0.0.0:0",
            "probe --input FILE --timeout 300ms",
            "turn set FILE",
            "config apply FILE",
            "config diff FILE",
            "probe --ca-file FILE --input tokens",
            "probe --geoip FILE --input tokens",
        ] {
            // A single word and a host with a path are addresses, as far as this can be told.
            if line.contains("--input") && name == "a-password" {
                continue;
            }
            for option in ["", " --json"] {
                let run = home.run(&format!("{}{option}", line.replace("FILE", name)));
                assert!(run.status.is_some_and(|status| status != 0), "{line}{option} of {name}: {run:?}");
                assert!(!run.stderr.is_empty(), "{line}{option} of {name}");
                let seen = format!("{}{}", run.stdout, run.stderr);
                assert!(!seen.contains(MARKER), "{line}{option} of {name}:\n{seen}");
            }
        }
    }
}

#[test]
fn arguments_are_repeated_up_to_where_a_secret_may_begin() {
    let home = Home::with("[stun]\nservers = ['stun:a', 'stun:b']\n");
    fs::write(home.path().join("tokens"), "ada:0123456789abcdef\n").unwrap();
    let long = format!("{}{MARKER}", "a".repeat(64));
    for (argument, shown) in [
        ("turn:h?password=MARKER", "'turn:h…'"),
        ("turn:h?transport=udp&MARKER", "'turn:h…'"),
        ("turn://h?MARKER", "'turn://h…'"),
        ("turn:h MARKER", "'turn:h…'"),
        ("turn:h\tMARKER", "'turn:h…'"),
        ("turn:ada@MARKER", "'turn:…'"),
        ("turn:MARKER@h?x", "'turn:…'"),
        ("MARKER@h", "'…'"),
        (&long, &format!("'{}…'", "a".repeat(64))),
    ] {
        let argument = argument.replace("MARKER", MARKER);
        for line in [
            "turn add ARGUMENT",
            "turn edit 1 --uri ARGUMENT",
            "turn remove ARGUMENT",
            "turn move ARGUMENT 1",
            "stun add ARGUMENT",
            "stun set a ARGUMENT",
            "probe ARGUMENT",
            "nat ARGUMENT",
            "reactions add ARGUMENT",
            "reactions check ARGUMENT",
        ] {
            let seen = refused(&home, line, &argument);
            let shown = if line.starts_with("reactions") {
                shown.replace("turn:…", "…")
            } else {
                shown.to_owned()
            };
            assert!(seen.contains(&shown), "{line}, {argument}: {seen}");
        }
        for line in [
            "ARGUMENT",
            "stun ARGUMENT",
            "stun list ARGUMENT",
            "policy ARGUMENT",
            "config undo ARGUMENT",
            "completions ARGUMENT",
            "stun move 1 ARGUMENT",
            "stun add x --at ARGUMENT",
            "show --color ARGUMENT",
            "probe --timeout ARGUMENT",
            "probe --transport ARGUMENT",
            "probe --count ARGUMENT",
            "probe --format ARGUMENT",
            "serve --token-file x --listen ARGUMENT",
            "turn add x -zARGUMENT",
            "turn add x --ARGUMENT",
            "stun add x --first=ARGUMENT",
        ] {
            refused(&home, line, &argument);
        }
        // A file that does not exist may be anything.
        for line in [
            "turn set ARGUMENT",
            "config apply ARGUMENT",
            "config diff ARGUMENT",
            "probe --input ARGUMENT",
            "probe a --ca-file ARGUMENT",
            "probe a --geoip ARGUMENT",
            "turn add x --username u --store --password-file ARGUMENT",
            "serve --token-file ARGUMENT",
            "serve --token-file tokens --tls-cert ARGUMENT --tls-key ARGUMENT",
        ] {
            refused(&home, line, &argument);
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_repeated_as_other_arguments_are() {
    let home = Home::new();
    fs::write(home.path().join("file"), "").unwrap();
    let run = home.run(&format!("man file/x?{MARKER}"));
    run.fails(1, "cannot write to file/x…: part of the path is not a folder");
    assert!(!run.stderr.contains(MARKER), "{}", run.stderr);
}

/// Runs a line that is a usage error because of its argument, and returns all that it prints.
fn refused(home: &Home, line: &str, argument: &str) -> String {
    let run = |option: &str| {
        let words = line.split(' ').map(|word| word.replace("ARGUMENT", argument));
        let output = home.command(words.chain([option.to_owned()])).output().unwrap();
        let seen = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}, {argument}: {seen}");
        assert!(!seen.contains(MARKER), "{line}, {argument}: {seen}");
        seen
    };
    run("--json");
    run("--quiet")
}

#[test]
fn errors_in_settings_quote_neither_comments_nor_secrets() {
    for (text, shown) in [
        // A file that does not parse is not quoted.
        ("[stun] MARKER\n", None),
        ("# MARKER\n[stun\n", None),
        ("servers = ['a' # MARKER\n", None),
        ("ssword = 'MARKER\n", None),
        ("[stun]\nservers = ['a']\nservers = ['b'] # MARKER\n", None),
        ("[[turn.servers]]\nuri = 'a'\nd = \"MARKER\n", None),
        // What follows an error is not shown.
        ("[stun]\nservers = 3 # MARKER\n", Some("servers = 3 …")),
        ("[stun]\nservers = [3, 'MARKER']\n", Some("servers = [3 …")),
        ("stun = [ # MARKER\n  3 ]\n", Some("stun = [ …")),
        ("turn = ['MARKER']\n", Some("turn = [ …")),
        ("[[turn.servers]] # MARKER\nusername = 'u'\n", Some("[[turn.servers]] …")),
        // Texts are shown up to where a secret may begin.
        ("[stun]\nservers = ['a b', 'c MARKER']\n", Some("servers = ['a…")),
        ("[stun]\nservers = ['c MARKER', 3]\n", Some("servers = ['c…")),
        ("[[turn.servers]]\nuri = 'turn:h?password=MARKER'\n", Some("uri = 'turn:h…")),
        ("[[turn.servers]]\nuri = 'turn:h?MARKER'\n", Some("uri = 'turn:h…")),
        ("[[turn.servers]]\nuri = 'turn:h MARKER'\n", Some("uri = 'turn:h…")),
        ("[[turn.servers]]\nuri = \"turn:h\\u003fMARKER\"\n", Some("uri = \"…")),
        ("[[turn.servers]]\nuri = \"turn:MARKER\\u0040h\"\n", Some("uri = \"…")),
        ("[turn]\nservers = [{ urii = 'MARKER', username = 3 }]\n", Some("servers = [{ urii =********")),
        ("[ice]\ntransport-policy = '''\nMARKER'''\n", Some("transport-policy = ' …")),
    ] {
        let home = Home::with(text.replace("MARKER", MARKER));
        let folder = home.path().join("input");
        fs::write(&folder, home.text()).unwrap();
        for line in [
            "config check",
            "stun list",
            "stun add x",
            "turn set input",
            "config apply input",
            "config diff input",
        ] {
            let run = home.run(line);
            assert!(matches!(run.status, Some(2 | 3)), "{line}: {text}{run:?}");
            assert!(!run.stderr.contains(MARKER), "{line}: {text}{}", run.stderr);
            let json = home.run(&format!("{line} --json"));
            assert!(
                !format!("{}{}", json.stdout, json.stderr).contains(MARKER),
                "{line}: {text}{}",
                json.stderr
            );
        }
        let run = home.run("stun list");
        match shown {
            Some(shown) => assert!(run.stderr.contains(&format!(" | {shown}\n")), "{text}{}", run.stderr),
            None => assert!(!run.stderr.contains(" | "), "{text}{}", run.stderr),
        }
    }
}

/// Settings with `MARKER` where secrets, and where comments are.
const SETTINGS: &str = "# MARKER\n[stun] # MARKER\nservers = [ # MARKER\n  'stun:a', # MARKER\n  \"stun:b\" ] # MARKER\n\n\
    [[turn.servers]] # MARKER\nuri = 'turn:c?transport=tcp' # MARKER\nusername = 'ada' # MARKER\npassword = 'MARKER' # MARKER\n\n\
    [[turn.servers]]\nuri = \"turn:d\"\nsecret = \"MARKER\"\n\n[[turn.servers]]\nuri = 'e'\nusername = 'u'\n\
    password = \"\"\"\\\n  MARKER\"\"\"\n\n[ice]\ntransport-policy = 'relay' # MARKER\n\n\
    [reactions]\nemojis = ['👍', \"🎉\"] # MARKER\n";

/// The same as inline tables.
const INLINE: &str = "stun.servers = ['stun:a', 'stun:b'] # MARKER\nturn.servers = [\n  \
    { uri = 'turn:c', username = 'ada', password = 'MARKER' }, # MARKER\n  { secret = \"MARKER\", uri = 'turn:d' },\n] # MARKER\n";

/// The same as JSON, on several lines and on one.
const JSON: &str = "{\"stun\": {\"servers\": [\"stun:a\"]},\n \"turn\": {\"servers\": [\n  {\"uri\": \"turn:c\", \"username\": \"ada\",\n   \
    \"password\": \"MARKER\"},\n  {\"secret\":\n    \"MARKER\", \"uri\": \"turn:d\"}]},\n \"ice\": {\"transport-policy\": \"all\"}}\n";

#[test]
fn no_typing_error_makes_an_error_quote_a_secret() {
    const TYPED: [&str; 18] =
        ["", "\"", "'", "\n", "[", "]", "{", "}", "=", ":", "#", "\\", "@", "?", " ", ",", "x", "3"];
    for text in [SETTINGS, INLINE, JSON, &JSON.replace('\n', "")] {
        let text = text.replace("MARKER", MARKER);
        for (at, c) in text.char_indices() {
            let (before, after) = text.split_at(at);
            let without = &after[c.len_utf8()..];
            let mistyped = TYPED
                .iter()
                .flat_map(|typed| [format!("{before}{typed}{after}"), format!("{before}{typed}{without}")]);
            for wrong in mistyped.chain([before.to_owned()]) {
                let errors = [
                    load(wrong.as_bytes()).err(),
                    parse(wrong.as_bytes()).err(),
                    turn_list::parse(wrong.as_bytes()).err().map(|error| vec![error]),
                ];
                let seen = format!("{errors:?}");
                // A typing error in the middle of a secret leaves one of its halves as it was.
                assert!(!seen.contains("hunter2") && !seen.contains("-marker"), "{wrong}\n{errors:#?}");
            }
        }
    }
}
