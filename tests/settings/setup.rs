//! The guided set-up at a pseudo-terminal, with a real coturn to enter.

use rexpect::process::Signal;
use rustix::termios::LocalModes;

use crate::coturn::Coturn;
use crate::program::Home;
use crate::terminal::Terminal;

const DOWN: &str = "\u{1b}[B";
const ESC: &str = "\u{1b}";
const CONFIG: &str = "# mine\n[stun]\nservers = [\"a.example\"] # first\n\n[x]\ny = 1\n";

/// A coturn that relays for alice.
fn coturn() -> Coturn {
    Coturn::start_with(&[
        "-a",
        "-u",
        "alice:secret",
        "-r",
        "example.test",
        "--allow-loopback-peers",
        "--no-tls",
        "--no-dtls",
    ])
}

/// Answers the step of the reactions and that of the policy with Enter.
fn keeps_the_rest(terminal: &mut Terminal) {
    terminal.shows("3 of 4");
    terminal.asks_for_a_key("What shall be used");
    terminal.types("\r");
    terminal.asks_for_a_key("Policy");
    terminal.types("\r");
}

#[test]
fn all_settings_are_asked_for_proved_shown_and_saved_at_once() {
    let server = coturn();
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.shows("1 of 4");
    terminal.shows("stun:a.example:3478");
    terminal.asks_for_a_key("What shall be used");
    terminal.types(&format!("{DOWN}\r"));
    terminal.shows("STUN server");
    terminal.types(&format!("127.0.0.1:{}\r", server.port));
    terminal.shows("✓");
    terminal.shows("STUN server");
    terminal.types("http://stun.example.de\r");
    terminal.shows("is not a scheme");
    terminal.shows("STUN server");
    terminal.types("127.0.0.1:9\r");
    terminal.shows("refused: nothing listens on this port");
    terminal.asks_for_a_key("Use it all the same?");
    terminal.types("n");
    terminal.shows("STUN server");
    terminal.types("\r");

    terminal.shows("2 of 4");
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("y");
    for (password, verdict) in
        [("wrong", "does not accept the user name and password"), ("secret", "relays through")]
    {
        terminal.shows("TURN server");
        terminal.types(&format!("127.0.0.1:{}\r", server.port));
        terminal.asks_for_a_key("What do clients log in with");
        terminal.types("\r");
        terminal.shows("User name");
        terminal.types("alice\r");
        terminal.shows("Password");
        terminal.await_modes(LocalModes::ECHO);
        terminal.types(&format!("{password}\r"));
        let shown = terminal.shows(verdict);
        assert!(!shown.contains(password), "{shown}");
        if password == "wrong" {
            terminal.asks_for_a_key("Use it all the same?");
            terminal.types("n");
        }
    }
    terminal.shows("TURN server");
    terminal.types("\r");

    terminal.shows("3 of 4");
    terminal.asks_for_a_key("What shall be used");
    terminal.types(&format!("{DOWN}\r"));
    terminal.asks_for_a_key("Search");
    terminal.types("rocket");
    terminal.shows("Search rocket|");
    terminal.types("\r");
    terminal.shows("✋ 🚀");
    terminal.asks_for_a_key("Search");
    terminal.types("thumbsdown");
    terminal.shows("Search thumbsdown|");
    terminal.types("\r");
    terminal.shows("👍 👏");
    terminal.asks_for_a_key("Search");
    terminal.types(ESC);
    terminal.asks_for_a_key("Policy");
    terminal.types(&format!("{DOWN}\r"));

    let review = terminal.shows("Save?");
    for line in [
        "- stun:a.example:3478".to_owned(),
        format!("+ stun:127.0.0.1:{}", server.port),
        format!("+ turn:127.0.0.1:{}?transport=udp", server.port),
        "password ********".to_owned(),
        "- 👎 :thumbsdown:".to_owned(),
        "+ 🚀 :rocket:".to_owned(),
    ] {
        assert!(plain(&review).contains(&line), "no '{line}' in {review}");
    }
    assert_eq!(home.text(), CONFIG);
    terminal.types("y");
    terminal.shows("Saved in");
    terminal.ends(0);

    let shown = home.run("turn list --show-secrets --json").json();
    assert_eq!(shown["servers"][0]["password"], "secret");
    assert_eq!(home.run("policy --json").json()["transport_policy"], "relay");
    let text = home.text();
    assert!(text.starts_with("# mine\n") && text.contains("[x]\ny = 1\n"), "{text}");
    // It was one change, and goes as one.
    assert_eq!(home.run("config undo --json").json()["changed"], true);
    assert_eq!(home.text(), CONFIG);
}

/// Without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn nothing_new_is_nothing_to_save() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("What shall be used");
    terminal.types("\r");
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("\r");
    keeps_the_rest(&mut terminal);
    terminal.shows("the settings stay as they are");
    terminal.ends(0);
    assert!(!home.file().exists());
}

#[test]
fn no_at_the_end_changes_nothing() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("What shall be used");
    terminal.types(&format!("{DOWN}{DOWN}\r"));
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("\r");
    keeps_the_rest(&mut terminal);
    terminal.asks_for_a_key("Save?");
    terminal.types("n");
    terminal.shows("Nothing was changed");
    terminal.ends(1);
    assert_eq!(home.text(), CONFIG);
}

#[test]
fn ctrl_c_at_any_question_changes_nothing() {
    let steps: [&[(&str, &str)]; 5] = [
        &[("What shall be used", "")],
        &[("What shall be used", "\r"), ("Enter a TURN server?", "")],
        &[("What shall be used", "\r"), ("Enter a TURN server?", "\r"), ("What shall be used", "")],
        &[
            ("What shall be used", "\r"),
            ("Enter a TURN server?", "\r"),
            ("What shall be used", "\u{1b}[B\r"),
            ("Search", ""),
        ],
        &[
            ("What shall be used", "\u{1b}[B\u{1b}[B\r"),
            ("Enter a TURN server?", "\r"),
            ("What shall be used", "\r"),
            ("Policy", "\r"),
            ("Save?", ""),
        ],
    ];
    for questions in steps {
        let home = Home::with(CONFIG);
        let mut terminal = Terminal::run(&home, "setup");
        for (question, answer) in questions {
            terminal.asks_for_a_key(question);
            terminal.types(answer);
        }
        terminal.types("\u{3}");
        terminal.ends(130);
        assert_eq!(home.text(), CONFIG);
        let home = Home::with(CONFIG);
        let mut terminal = Terminal::run(&home, "setup");
        for (question, answer) in questions {
            terminal.asks_for_a_key(question);
            terminal.types(answer);
        }
        terminal.signal(Signal::SIGTERM);
        terminal.ends(143);
        assert_eq!(home.text(), CONFIG);
    }
}

#[test]
fn without_a_terminal_it_says_what_scripts_use() {
    let home = Home::with(CONFIG);
    home.run("setup").fails(2, "'cowork-calls config apply'");
    assert_eq!(home.run("setup --json").json_error(2)["code"], "missing-value");
}
