//! Settings in a nats-server: all commands do what they do with a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::nats::{JETSTREAM, Nats};
use crate::support::nats_client::Client;
use crate::support::program::{Home, Run};
use crate::support::server::wait_for;

const STREAM: &str = "COWORK_CALLS_calls";
const SUBJECT: &str = "cowork-calls.calls.settings";

/// Commands, one after the other, of all kinds: lists, edits, errors, whole settings, history.
const LINES: [&str; 53] = [
    "stun list",
    "stun list --json",
    "config history",
    "config history --json",
    "config undo",
    "config check",
    "config check --json",
    "stun add a.example b.example",
    "stun add a.example",
    "stun add c.example --dry-run",
    "stun move 5 1 --json",
    "stun move 9 1",
    "stun remove nowhere.example",
    "turn add turn.example --username u --password-file pw --json",
    "turn add turns:turn.example --username u --password-file pw --store",
    "turn edit 1 --username v",
    "turn list --show-secrets",
    "turn list --json",
    "reactions add :rocket: --first",
    "reactions remove 2",
    "reactions list --json",
    "policy relay",
    "policy --json",
    "show --json",
    "config export",
    "config export --format rtc",
    "config diff new.toml",
    "config diff 2 --json",
    "config apply new.toml --json",
    "config apply new.toml",
    "config apply bad.toml",
    "config check --strict",
    "config history 3",
    "config history 3 --json",
    "config history 99 --json",
    "config history 0 --json",
    "config undo 0",
    "config diff 0",
    "config undo --dry-run",
    "config undo --json",
    "config undo",
    "config undo 2",
    "stun clear --json",
    "stun add 1 2 3 --json",
    "stun set x.example",
    "config edit",
    "config history --purge --dry-run",
    "config history --purge --json",
    "config history --purge",
    "config undo --json",
    "stun set 127.0.0.1:9 --yes",
    "probe --timeout 300ms",
    "nat --timeout 300ms --json",
];

/// A home whose settings are at this place.
struct Place {
    home: Home,
    name: String,
}

impl Place {
    fn at(name: impl Into<String>) -> Self {
        let home = Home::new();
        for (file, text) in [
            ("pw", "hunter2\n"),
            ("new.toml", "# new\n[stun]\nservers = ['n.example']\n[ice]\ntransport-policy = 'all'\n"),
            ("bad.toml", "[stun]\nservers = 'n'\n"),
            ("ed", "#!/bin/sh\nsed -i 's/x.example/y.example/' \"$1\"\n"),
        ] {
            fs::write(home.path().join(file), text).unwrap();
            fs::set_permissions(home.path().join(file), fs::Permissions::from_mode(0o700)).unwrap();
        }
        Place { home, name: name.into() }
    }

    #[track_caller]
    fn run(&self, line: &str) -> Run {
        self.run_with(line, &[])
    }

    #[track_caller]
    fn run_with(&self, line: &str, variables: &[(&str, &str)]) -> Run {
        let mut command = self.home.command(line.split_whitespace());
        command.env("COWORK_CALLS_CONFIG", &self.name).env("EDITOR", self.home.path().join("ed"));
        Run::of(line, command.envs(variables.iter().copied()).output().unwrap())
    }

    /// What a command prints, without the place, the folder of this home, and times, which differ.
    fn printed(&self, line: &str) -> (Option<i32>, String, String) {
        let run = self.run(line);
        let folder = self.home.path().display().to_string();
        let clean = |text: &str| without_times(&text.replace(&self.name, "PLACE").replace(&folder, "HOME"));
        (run.status, clean(&run.stdout), clean(&run.stderr))
    }
}

/// A text without the times of the history and, in JSON, the authors, which only shared settings have.
fn without_times(text: &str) -> String {
    let digit = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut found = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let is_time = digit(rest) == 4 && rest.as_bytes().get(4) == Some(&b'-');
        let skipped = match is_time {
            true => rest.find(|c: char| !c.is_ascii_digit() && !"-:T Z".contains(c)).unwrap_or(rest.len()),
            false if rest.starts_with(",\"author\":\"") => 11 + rest[11..].find('"').unwrap() + 1,
            false if rest.starts_with(" (root@") || rest.starts_with(" (0@") => rest.find(')').unwrap() + 1,
            false => 0,
        };
        match skipped {
            0 => {
                found.push(next);
                rest = &rest[next.len_utf8()..];
            }
            skipped => rest = &rest[skipped..],
        }
    }
    found
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn every_command_prints_what_it_prints_for_a_file() {
    let server = Nats::start();
    let (file, shared) = (Place::at("config.toml"), Place::at(server.settings("calls")));
    let mut statuses = Vec::new();
    for line in LINES {
        let expected = file.printed(line);
        assert_eq!(shared.printed(line), expected, "{line}");
        statuses.push(expected.0);
    }
    // The commands did what they were to do, not all the same nothing.
    assert!(statuses.iter().filter(|status| **status == Some(0)).count() > 30, "{statuses:?}");
    assert_eq!(shared.run("config export").stdout, file.run("config export").stdout);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn the_history_names_authors_and_the_text_of_a_file_moves_there_and_back() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    shared.run("config apply new.toml --quiet").prints("");
    let stored = Client::connect(&server)
        .jetstream(&format!("STREAM.MSG.GET.{STREAM}"), &json!({"last_by_subj": SUBJECT}));
    let text = fs::read_to_string(shared.home.path().join("new.toml")).unwrap();
    assert_eq!(stored["message"]["data"], base64(&text), "{stored}");

    let shown = shared.run("show").stdout;
    assert!(shown.contains("\nSTUN servers (NATS)\n") && !shown.contains("file"), "{shown}");
    fs::write(shared.home.path().join("ed"), "#!/bin/sh\necho '# more' >> \"$1\"\n").unwrap();
    shared.run("config edit --dry-run").ends(
        0,
        "only the text would change, not the settings in effect\n",
        "dry run: nothing was written\n",
    );

    let info = Client::connect(&server).jetstream(&format!("STREAM.INFO.{STREAM}"), &Value::Null);
    assert_eq!(info["config"]["max_msgs_per_subject"], 100, "{info}");
    assert_eq!((&info["config"]["storage"], &info["config"]["num_replicas"]), (&json!("file"), &json!(1)));

    let history = shared.run("config history --json").json();
    let versions = history["versions"].as_array().unwrap();
    let commands: Vec<_> = versions.iter().map(|version| version["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["no file", "config apply"]);
    let author = versions[1]["author"].as_str().unwrap();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert!(author.ends_with(&format!("@{}", host.trim())), "{author}");
    let listed = shared.run("config history").stdout;
    assert!(listed.contains("  before the first save\n"), "{listed}");
    assert!(listed.contains(&format!("  config apply ({author})\n")), "{listed}");

    let exported = shared.run("config export").stdout;
    let file = Place::at("config.toml");
    fs::write(file.home.path().join("exported"), exported).unwrap();
    file.run("config apply exported --quiet").prints("");
    assert_eq!(file.run("stun list").stdout, shared.run("stun list").stdout);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn only_the_last_100_versions_are_kept() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    for _ in 0..51 {
        shared.run("policy relay --quiet");
        shared.run("policy all --quiet");
    }
    let history = shared.run("config history --json").json();
    let ids: Vec<_> =
        history["versions"].as_array().unwrap().iter().map(|v| v["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (4..=103).collect::<Vec<_>>());
    shared.run("config undo 3").fails(2, "the history has no version 3");
    assert_eq!(shared.run("config undo 4").stdout, "restored version 4\n");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_text_that_another_program_stored_is_handled_as_a_broken_file() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    shared.run("stun set a.example --yes --quiet").prints("");
    let stored = Client::connect(&server).request(SUBJECT, "", "[stun]\nservers = 'a'\n");
    assert!(stored.text.contains("\"seq\":3"), "{stored:?}");

    let error = shared.run("stun add b --json").json_error(3);
    assert_eq!((&error["code"], &error["line"]), (&json!("config-invalid"), &json!(2)), "{error}");
    assert_eq!(error["file"], shared.name);
    shared.run("config check").fails(3, "2 | servers = 'a'");
    let listed = shared.run("config history").stdout;
    assert!(listed.contains("  hand edit\n"), "{listed}");
    shared.run("config undo --yes").ends(0, "restored version 2\n", "");
    shared.run("stun list").prints("#  SERVER\n1  stun:a.example:3478\n");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn what_another_admin_saved_while_the_editor_was_open_is_not_overwritten() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    shared.run("stun set x.example --yes --quiet").prints("");
    let other = format!("'{}' stun add z.example --quiet", env!("CARGO_BIN_EXE_cowork-calls"));
    let script = format!("#!/bin/sh\n{other}\nsed -i s/x.example/y.example/ \"$1\"\n");
    fs::write(shared.home.path().join("ed"), script).unwrap();
    let error = shared.run("config edit --json").json_error(3);
    assert_eq!(error["code"], "config-changed-meanwhile", "{error}");
    let list = shared.run("stun list").stdout;
    assert_eq!(list, "#  SERVER\n1  stun:x.example:3478\n2  stun:z.example:3478\n");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn words_of_shared_settings_are_completed() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    shared.run("stun set x.example y.example --yes --quiet").prints("");
    let complete = |words: &str, config: &str| {
        let line = format!("-- cowork-calls {words} ");
        let words: Vec<_> = line.split(' ').collect();
        let output =
            shared.home.command(words).env("COMPLETE", "fish").env("COWORK_CALLS_CONFIG", config).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(complete("stun remove", &shared.name), "stun:x.example:3478\nstun:y.example:3478\n");
    assert_eq!(
        complete(&format!("stun move --config {}", shared.name), ""),
        "stun:x.example:3478\nstun:y.example:3478\n"
    );
    assert!(complete("config undo", &shared.name).starts_with("2\tsaved "));
    assert_eq!(complete("stun remove", "nats://127.0.0.1:9/x"), "", "without an engine there is nothing");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn relative_paths_in_shared_settings_begin_in_the_folder_of_the_machine() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    let text = "[[turn.servers]]\nuri = 'turn:t.example'\nusername = 'u'\npassword-file = 'no-such-file'\n";
    fs::write(shared.home.path().join("turn.toml"), text).unwrap();
    shared.run("config apply turn.toml --quiet").prints("");
    let warnings = shared.run("turn list --json").json()["warnings"].clone();
    assert_eq!(warnings[0]["code"], "credential-file-unreadable", "{warnings}");
    let message = warnings[0]["message"].as_str().unwrap();
    assert!(message.contains("/etc/cowork-calls/no-such-file"), "{message}");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn settings_are_no_larger_than_a_file_may_be_and_larger_ones_of_others_can_be_undone() {
    const MOST: usize = 16 << 20;
    let server = Nats::with(&format!("{JETSTREAM}max_payload: 40MB\n"));
    let shared = Place::at(server.settings("calls"));
    let text = |length: usize| {
        let head = "[stun]\nservers = ['a']\n";
        format!("{head}#{}\n", "x".repeat(length - head.len() - 2))
    };
    fs::write(shared.home.path().join("large.toml"), text(MOST - 5)).unwrap();
    shared.run("config apply large.toml --quiet").prints("");
    let error = shared.run("stun add b --json").json_error(3);
    assert_eq!(error["code"], "config-too-large", "{error}");
    shared.run("stun list").prints("#  SERVER\n1  stun:a:3478\n");

    let stored = Client::connect(&server).request(SUBJECT, "", &text(MOST + 1));
    assert!(stored.text.contains("\"seq\":3"), "{stored:?}");
    let error = shared.run("stun list --json").json_error(3);
    assert_eq!(error["code"], "config-unreadable", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("config undo --yes"), "{error}");
    assert_eq!(shared.run("config undo --yes").stdout, "restored version 2\n");
    shared.run("stun list").prints("#  SERVER\n1  stun:a:3478\n");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_stream_that_an_admin_emptied_begins_again() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    shared.run("policy all --quiet");
    shared.run("policy relay --quiet");
    let purged = Client::connect(&server).jetstream(&format!("STREAM.PURGE.{STREAM}"), &Value::Null);
    assert_eq!(purged["success"], json!(true), "{purged}");
    shared.run("stun set a --yes --quiet").prints("");
    let listed = shared.run("config history").stdout;
    assert!(listed.contains("  before the first save\n"), "{listed}");
    assert_eq!(shared.run("config undo").stdout, "restored version 3\n");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_stream_of_another_purpose_is_left_alone() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    let config = json!({"name": STREAM, "subjects": ["other"], "storage": "file", "num_replicas": 1});
    Client::connect(&server).jetstream(&format!("STREAM.CREATE.{STREAM}"), &config);
    let started = Instant::now();
    let error = shared.run("stun add a --json").json_error(3);
    assert_eq!(error["code"], "engine-unsuitable", "{error}");
    assert!(error["message"].as_str().unwrap().contains("is not for cowork-calls.calls.settings"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_list_does_not_depend_on_the_patience_of_edits_and_leaves_nothing_on_the_server() {
    let server = Nats::start();
    let shared = Place::at(server.settings("calls"));
    shared.run("stun set a --yes --quiet").prints("");
    assert_eq!(shared.run("stun list --lock-timeout 1ms").status, Some(0));
    for _ in 0..3 {
        assert_eq!(shared.run("config history --lock-timeout 1ms").status, Some(0));
    }
    // The server deletes them after it has said that it knows.
    let mut client = Client::connect(&server);
    let mut consumers = || {
        let info = client.jetstream(&format!("STREAM.INFO.{STREAM}"), &Value::Null);
        info["state"]["consumer_count"].as_u64().unwrap()
    };
    wait_for(|| (consumers() == 0).then_some(()), || "consumers are left".to_owned());
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
