//! Prompts at a real pseudo-terminal: answers, secrets, signals, and a restored terminal.

use std::fs::File;
use std::thread;
use std::time::Duration;

use rexpect::process::Signal;
use rustix::termios::LocalModes;

use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;
use crate::support::scripted_server::{Script, over_udp};
use crate::support::terminal::{ECHOING, Terminal, without_colours};

#[test]
fn add_prompts_for_missing_values() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "stun add --first");
    terminal.shows("host:port");
    terminal.shows("STUN server:");
    // A mistake and an empty answer are prompted for again.
    terminal.types("stun://stun.example.de\r");
    terminal.shows("hint:");
    terminal.shows("write 'stun:stun.example.de'");
    terminal.shows("STUN server:");
    terminal.types(" \r");
    terminal.shows("an address is required; press Ctrl-C to cancel");
    terminal.shows("STUN server:");
    terminal.types("127.0.0.1:20009\r");
    // What is typed is probed at once.
    terminal.shows("refused: nothing listens on this port");
    terminal.shows("Use it anyway? [y/N]");
    terminal.types("y\r");
    terminal.shows("added\u{1b}[0m stun:127.0.0.1:20009");
    terminal.ends(0);
    assert_eq!(home.run("stun list --json").json()["servers"][0]["uri"], "stun:127.0.0.1:20009");
}

#[test]
fn turn_add_prompts_for_credentials_and_probes_the_server() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "turn add");
    terminal.shows("TURN server:");
    terminal.types("127.0.0.1:0\r");
    terminal.shows("error:");
    terminal.shows("TURN server:");
    terminal.types("127.0.0.1:20009\r");
    terminal.shows("Arrow keys move, Enter confirms, Esc leaves.");
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\r");
    terminal.shows("User name:");
    terminal.types("ada\r");
    terminal.shows("Password:");
    terminal.types("\r");
    terminal.shows("a password is required; press Ctrl-C to cancel");
    terminal.shows("Password:");
    terminal.types("wrong\r");
    terminal.shows("refused: nothing listens on this port");
    terminal.asks_for_a_key("The server does not work:");
    terminal.asks_for_a_key("> Enter the credentials again");
    terminal.types("\r");
    terminal.shows("Press Enter to keep a value.");
    terminal.shows("User name:");
    terminal.types("\r");
    terminal.shows("Password:");
    terminal.types("hunter2\r");
    terminal.asks_for_a_key("> Enter the credentials again");
    terminal.types("\u{1b}[B\r");
    let shown = terminal.ends(0);
    assert!(shown.contains("added") && !shown.contains("hunter2"), "{shown}");
    assert_eq!(
        home.text(),
        "[[turn.servers]]\nuri = \"turn:127.0.0.1:20009?transport=udp\"\nusername = \"ada\"\npassword = \"hunter2\"\n"
    );
}

#[test]
fn credentials_that_a_typed_server_lacks_or_rejects_can_be_entered() {
    let home = Home::new();
    let answers = ["challenge", "challenge"].map(str::to_owned).into();
    let server = over_udp("127.100.100.101", Script { answers, ..Script::default() });
    let mut terminal = Terminal::run(&home, "turn add");
    terminal.shows("TURN server:");
    terminal.types(&format!("{server}\r"));
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\u{1b}[F\r");
    let shown = terminal.asks_for_a_key("> Enter its credentials");
    assert!(without_colours(&shown).contains("→ enter its credentials") && !shown.contains("--"), "{shown}");
    terminal.types("\r");
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\r");
    terminal.shows("User name:");
    terminal.types("ada\r");
    terminal.shows("Password:");
    terminal.types("hunter2\r");
    terminal.asks_for_a_key("> Enter the credentials again");
    terminal.types("\r");
    terminal.shows("Press Enter to keep a value.");
    terminal.shows("User name:");
    terminal.types("bob\r");
    terminal.shows("Password:");
    terminal.types("\r");
    terminal.asks_for_a_key("> Enter the credentials again");
    terminal.types("\u{1b}[B\r");
    terminal.ends(0);
    let text = home.text();
    assert!(text.ends_with("username = \"bob\"\npassword = \"hunter2\"\n"), "{text}");
}

#[test]
fn a_typed_server_that_is_left_out_is_not_added() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "stun add");
    terminal.shows("STUN server:");
    terminal.types("127.0.0.1:20009\r");
    terminal.shows("Use it anyway?");
    terminal.types("\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    let mut terminal = Terminal::run(&home, "turn add");
    terminal.shows("TURN server:");
    terminal.types("127.0.0.1:20009\r");
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\u{1b}[B\r");
    terminal.shows("Shared secret:");
    terminal.types("s\r");
    terminal.shows("User name (empty for none):");
    terminal.types("\r");
    terminal.asks_for_a_key("> Enter the credentials again");
    terminal.types("\u{1b}[F\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    assert!(!home.file().exists());
}

#[test]
fn set_prompts_for_the_new_list() {
    let home = Home::with("[stun]\nservers = ['a']\n[[turn.servers]]\nuri = 'a'\n");
    let mut terminal = Terminal::run(&home, "stun set");
    for port in [20009, 20010] {
        terminal.shows("STUN server (empty to finish):");
        terminal.types(&format!("127.0.0.1:{port}\r"));
        terminal.shows("Use it anyway?");
        terminal.types("y\r");
    }
    terminal.shows("STUN server (empty to finish):");
    terminal.types("\r");
    terminal.shows("- stun:a:3478");
    terminal.shows("Go on?");
    terminal.types("y\r");
    terminal.ends(0);
    let mut terminal = Terminal::run(&home, "turn set");
    terminal.shows("TURN server (empty to finish):");
    terminal.types("127.0.0.1:20009\r");
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\u{1b}[F\r");
    terminal.shows("Use it anyway?");
    terminal.types("y\r");
    terminal.shows("TURN server (empty to finish):");
    terminal.types("\r");
    terminal.shows("Go on?");
    terminal.types("y\r");
    terminal.ends(0);
    let text = home.text();
    assert!(text.contains("\"stun:127.0.0.1:20009\", \"stun:127.0.0.1:20010\"]"), "{text}");
    assert!(text.contains("uri = \"turn:127.0.0.1:20009?transport=udp\"") && !text.contains("'a'"), "{text}");
    // An empty list is no answer.
    let mut terminal = Terminal::run(&home, "turn set");
    terminal.shows("TURN server (empty to finish):");
    terminal.types("\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    assert_eq!(home.text(), text);
    // Without a terminal it is the error of a missing argument.
    home.run("stun set").fails(2, "the following required arguments were not provided: <SERVER>...");
    home.run("turn set").fails(2, "usage: cowork-calls turn set <FILE|->");
    assert_eq!(home.run("reactions set --json").json_error(2)["code"], "usage");
}

#[test]
fn pasted_lines_are_servers_of_the_list() {
    let home = Home::new();
    let servers: Vec<_> = (0..3)
        .map(|_| FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)]))
        .collect();
    let mut terminal = Terminal::run(&home, "stun set");
    terminal.asks_for_a_key("STUN server (empty to finish):");
    let lines: Vec<_> = servers.iter().map(|server| format!("{}\r", server.uri())).collect();
    // A mistake is reported, and the lines after it count.
    terminal.types(&format!("{}{}stun://x\r{}\r", lines[0], lines[1], lines[2]));
    let shown = without_colours(&terminal.asks_for_a_key("Go on?"));
    for server in &servers {
        assert!(shown.contains(&format!("✓ {}", server.uri())), "{shown}");
        assert!(shown.contains(&format!(" {}\r\n", server.uri())), "{shown}");
    }
    terminal.types("y\r");
    terminal.ends(0);
    let expected: Vec<_> = servers.iter().map(FakeServer::uri).collect();
    let listed = home.run("stun list --json").json();
    let listed = listed["servers"].as_array().unwrap().iter().map(|server| server["uri"].as_str().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_typed_during_a_probe_is_not_echoed_and_answers_no_question() {
    let home = Home::new();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut terminal = Terminal::run(&home, "stun add");
    terminal.asks_for_a_key("STUN server:");
    terminal.types(&format!("{}\r", silent.local_addr().unwrap()));
    silent.recv(&mut [0; 100]).unwrap();
    terminal.await_modes(ECHOING);
    terminal.types("y\r");
    let shown = terminal.asks_for_a_key("Use it anyway? [y/N] ");
    assert!(!shown.contains("y\r"), "{shown:?}");
    terminal.types("\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
}

#[test]
fn a_token_to_hash_is_prompted_for_without_echo() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "serve --hash-token");
    terminal.shows("Token:");
    terminal.await_modes(LocalModes::ECHO);
    terminal.types("0123456789abcdef\r");
    terminal.shows("sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f");
    assert!(!terminal.ends(0).contains("0123456789abcdef"));
}

#[test]
fn an_invalid_reaction_is_prompted_for_again() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "reactions add");
    terminal.shows("Reaction:");
    terminal.types("rocket\r");
    terminal.shows("try :rocket:");
    terminal.shows("Reaction:");
    terminal.types("🚀 :tada:\r");
    terminal.shows("added\u{1b}[0m 🚀");
    terminal.ends(0);
}

#[test]
fn a_password_is_not_echoed() {
    for line in [
        "turn add x --username ada",
        "turn add x --username ada --password-stdin",
        "turn edit y",
        "turn edit y --secret-stdin",
    ] {
        let home = Home::with("[[turn.servers]]\nuri = 'y'\n");
        let mut terminal = Terminal::run(&home, line);
        if line == "turn edit y" {
            // A password requires a user name, and this server has none yet.
            terminal.shows("Address:");
            terminal.types("\r");
            terminal.asks_for_a_key("How do clients authenticate:");
            terminal.types("\r");
            terminal.shows("User name:");
            terminal.types("ada\r");
        }
        terminal.shows(if line.contains("secret") { "Shared secret" } else { "assword" });
        terminal.await_modes(LocalModes::ECHO);
        terminal.types("hunter2\r");
        let shown = terminal.ends(0);
        assert!(shown.contains("[hidden]") && !shown.contains("hunter2"), "{line}: {shown}");
        assert!(home.text().contains("\"hunter2\""), "{line}");
    }
}

#[test]
fn a_password_is_never_prompted_for_where_it_would_be_echoed() {
    // A prompt that cannot be shown, or must not be asked, does not use the terminal.
    for line in [
        "turn add x --username ada --password-stdin 2>errors",
        "turn add x --username ada --password-stdin --no-input",
    ] {
        let home = Home::new();
        let terminal = Terminal::run(&home, line);
        terminal.ends(2);
        assert!(!home.file().exists(), "{line}");
    }
}

#[test]
fn edit_shows_current_values_and_enter_keeps_them() {
    let text = "[[turn.servers]]
uri = \"turn:y:3478?transport=udp\"
username = \"ada\"
password = \"old\"

[[turn.servers]]
uri = \"turn:z:3478?transport=udp\"
secret = \"s\"
";
    let cases = [
        (1, ["", "", ""], "unchanged", text.to_owned()),
        (1, ["", "", "new"], "changed", text.replace("old", "new")),
        (1, ["", "bob", ""], "changed", text.replace("ada", "bob")),
        (
            1,
            ["turn:x", "", ""],
            "turn:y:3478?transport=udp → turn:x:3478?transport=udp",
            text.replace("turn:y", "turn:x"),
        ),
        (2, ["", "", "new"], "changed", text.replace("\"s\"", "\"new\"")),
    ];
    for (position, [address, name, secret], said, expected) in cases {
        let home = Home::with(text);
        let mut terminal = Terminal::run(&home, &format!("turn edit {position}"));
        terminal.shows(
            [
                "turn:y:3478?transport=udp  username ada  password ********",
                "turn:z:3478?transport=udp  secret ********",
            ][position - 1],
        );
        terminal.shows("Press Enter to keep a value.");
        terminal.shows("Address:");
        if !address.is_empty() {
            // The address of another entry is prompted for again.
            terminal.types("z\r");
            terminal.shows("error:");
            terminal.shows("Address:");
        }
        terminal.types(&format!("{address}\r"));
        terminal.shows("User name:");
        terminal.types(&format!("{name}\r"));
        terminal.shows(["Password:", "Shared secret:"][position - 1]);
        terminal.await_modes(LocalModes::ECHO);
        terminal.types(&format!("{secret}\r"));
        terminal.shows(said);
        terminal.ends(0);
        assert_eq!(home.text(), expected);
    }
}

#[test]
fn ctrl_c_at_a_prompt_changes_nothing_and_restores_the_terminal() {
    for (line, question) in QUESTIONS {
        let home = Home::with(WITH_TURN);
        let mut terminal = Terminal::run(&home, line);
        terminal.shows(question);
        terminal.await_modes(LocalModes::ECHO);
        terminal.types("\u{3}");
        let shown = terminal.ends(130);
        assert!(shown.ends_with("\u{1b}[?25h\r\nnothing was changed\r\n"), "{line}: {shown:?}");
        assert_eq!(home.text(), WITH_TURN);
    }
}

#[test]
fn esc_at_a_prompt_changes_nothing() {
    for (line, question) in QUESTIONS {
        let home = Home::with(WITH_TURN);
        let mut terminal = Terminal::run(&home, line);
        terminal.shows(question);
        terminal.types("\u{1b}");
        let shown = terminal.ends(1);
        assert!(shown.ends_with("\r\nnothing was changed\r\n"), "{line}: {shown:?}");
        assert_eq!(home.text(), WITH_TURN);
    }
}

#[test]
fn the_end_of_the_input_at_a_prompt_is_an_error() {
    for (line, question) in QUESTIONS {
        let home = Home::with(WITH_TURN);
        let mut terminal = Terminal::run(&home, line);
        terminal.shows(question);
        terminal.types("\u{4}");
        let shown = terminal.ends(2);
        assert!(shown.contains("the input ended at a prompt; nothing was changed"), "{line}: {shown:?}");
        assert_eq!(home.text(), WITH_TURN);
    }
}

#[test]
fn a_line_can_be_corrected_on_a_narrow_terminal() {
    let home = Home::new();
    let mut terminal = Terminal::of_width(&home, "stun add", 40);
    terminal.shows("STUN server:");
    // A path at the end makes it invalid, so that it is prompted for again.
    let typed = format!("{}.example/a/long/path", "a".repeat(40));
    terminal.types(&format!("{typed}x\u{1b}[D\u{1b}[3~\u{1b}[Hstuns:\u{17}\u{1b}[3~b\r"));
    terminal.shows("error:");
    let screen = terminal.screen().replace('\n', "");
    assert!(screen.ends_with(&format!("STUN server: b{}error:", &typed[1..])), "{screen}");
    terminal.types("\u{1b}");
    terminal.ends(1);
}

#[test]
fn sigterm_at_a_prompt_exits_with_143() {
    for (line, question) in QUESTIONS {
        let home = Home::with(WITH_TURN);
        let mut terminal = Terminal::run(&home, line);
        terminal.shows(question);
        terminal.await_modes(LocalModes::ECHO);
        terminal.signal(Signal::SIGTERM);
        terminal.ends(143);
        assert_eq!(home.text(), WITH_TURN);
    }
}

const WITH_TURN: &str = "[stun]\nservers = [\"a\"]\n\n[[turn.servers]]\nuri = 'y'\nusername = 'u'\n";

/// A command for each kind of prompt.
const QUESTIONS: [(&str, &str); 7] = [
    ("turn add x --username ada", "Password:"),
    ("turn edit 1", "Address:"),
    ("stun add", "STUN server:"),
    ("stun clear", "Go on?"),
    ("stun remove", "Remove which servers:"),
    ("turn edit", "Edit which server:"),
    ("stun move a", "New position:"),
];

#[test]
fn tables_fit_the_width_of_the_terminal() {
    let long = "x".repeat(35);
    let home = Home::with(format!(
        "[[turn.servers]]\nuri = 'turns:{long}.example'\nusername = 'somebody-with-a-long-name'\nsecret = 's'\n"
    ));
    for columns in [80, 100, 60] {
        for line in ["turn list", "stun list", "stun examples", "show", "reactions list"] {
            let shown = Terminal::of_width(&home, &format!("{line} --quiet"), columns).ends(0);
            let has_headings = ["SERVER", "SHORT NAME"].iter().any(|heading| shown.contains(heading));
            assert!(shown.contains("\u{1b}[1m") || !has_headings, "headings are bold at a terminal");
            let path = home.file().display().to_string();
            for row in without_colours(&shown).lines().filter(|row| !row.contains(&path)) {
                let width = unicode_width::UnicodeWidthStr::width(row.trim_end());
                assert!(width <= usize::from(columns), "{width} of {columns} columns: {row}");
            }
        }
    }
    // A pipe has no width: nothing is truncated or wrapped.
    assert!(home.run("turn list").stdout.contains(&format!(
        "turns:{long}.example:5349?transport=tcp  somebody-with-a-long-name  secret ********"
    )));
}

#[test]
fn ctrl_c_while_waiting_for_another_edit_writes_nothing() {
    let home = Home::with(WITH_TURN);
    home.run("stun move 1 1 --quiet");
    home.run("stun add b --quiet").prints("");
    let text = home.text();
    let lock = File::options().write(true).open(home.file().with_file_name(".config.toml.lock")).unwrap();
    lock.lock().unwrap();
    for (keys, signal, status) in [("\u{3}", None, 130), ("", Some(Signal::SIGTERM), 143)] {
        let mut terminal = Terminal::run(&home, "turn add x --username ada");
        terminal.shows("Password");
        terminal.await_modes(LocalModes::ECHO);
        terminal.types("hunter2\r");
        terminal.shows("[hidden]");
        // The password is read, the terminal is restored, and the program waits for the lock.
        thread::sleep(Duration::from_millis(100));
        terminal.types(keys);
        if let Some(signal) = signal {
            terminal.signal(signal);
        }
        assert!(!terminal.ends(status).contains("hunter2"));
        assert_eq!(home.text(), text);
    }
}
