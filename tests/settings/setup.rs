//! `setup` at a pseudo-terminal: prompts, tests of the servers, menus, signals.

use rexpect::process::Signal;
use rustix::termios::LocalModes;

use crate::support::coturn::Coturn;
use crate::support::program::Home;
use crate::support::terminal::{Terminal, without_colours};

const DOWN: &str = "\u{1b}[B";
const END: &str = "\u{1b}[F";
const STUN: &str = "STUN server (empty to finish):";
const TURN: &str = "TURN server (empty to finish):";
const SEARCH: &str = "Search (empty to finish):";
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

/// Answers the steps of the reactions and of the policy with Enter.
fn keep_remaining_steps(terminal: &mut Terminal) {
    terminal.shows("3 of 4");
    terminal.asks_for_a_key("Reactions to use");
    terminal.types("\r");
    terminal.asks_for_a_key("Policy:");
    terminal.types("\r");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn setup_prompts_for_all_settings_tests_them_and_saves_once() {
    let server = coturn();
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.shows("1 of 4");
    terminal.shows("stun:a.example:3478");
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.shows("Replace these");
    terminal.types(&format!("{DOWN}{DOWN}\r"));
    terminal.shows(STUN);
    terminal.types(&format!("127.0.0.1:{}\r", server.port));
    terminal.shows("✓");
    terminal.shows(STUN);
    terminal.types("http://stun.example.de\r");
    terminal.shows("is not a STUN or TURN scheme");
    terminal.shows(STUN);
    terminal.types("127.0.0.1:20009\r");
    terminal.shows("refused: nothing listens on this port");
    terminal.asks_for_a_key("Use it anyway?");
    terminal.types("n\r");
    terminal.shows(STUN);
    terminal.types("\r");

    terminal.shows("2 of 4");
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("y\r");
    terminal.shows(TURN);
    terminal.types(&format!("127.0.0.1:{}\r", server.port));
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\r");
    terminal.shows("User name:");
    terminal.types("\r");
    terminal.shows("a user name is required; press Ctrl-C to cancel");
    terminal.shows("User name:");
    terminal.types("alice\r");
    terminal.shows("Password");
    terminal.await_modes(LocalModes::ECHO);
    terminal.types("wrong\r");
    let shown = terminal.shows("does not accept the credentials");
    assert!(!shown.contains("wrong"), "{shown}");
    // Only the credentials are prompted for again; Enter keeps the right one.
    terminal.asks_for_a_key("The server does not work:");
    terminal.asks_for_a_key("> Enter the credentials again");
    terminal.types("\r");
    let shown = terminal.shows("User name:");
    assert!(!shown.contains("TURN server"), "{shown}");
    terminal.types("\r");
    terminal.shows("Password:");
    terminal.await_modes(LocalModes::ECHO);
    terminal.types("secret\r");
    let shown = terminal.shows("lifetime 600 s");
    assert!(!shown.contains("secret"), "{shown}");
    terminal.shows(TURN);
    terminal.types("\r");

    terminal.shows("3 of 4");
    terminal.asks_for_a_key("Reactions to use:");
    terminal.types(&format!("{DOWN}\r"));
    for (text, find, shown) in [
        ("rocket", ">   🚀 :rocket: rocket", "🚀 :rocket:"),
        ("thumbsdown", "> ✓ 👎 :thumbsdown:", "👍 :thumbsup:"),
    ] {
        terminal.shows(SEARCH);
        terminal.types(&format!("{text}\r"));
        terminal.asks_for_a_key(find);
        terminal.asks_for_a_key("none of these");
        terminal.types("\r");
        terminal.shows(shown);
    }
    terminal.shows(SEARCH);
    terminal.types("\r");
    terminal.asks_for_a_key("Policy:");
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
        assert!(without_colours(&review).contains(&line), "no '{line}' in {review}");
    }
    assert_eq!(home.text(), CONFIG);
    terminal.types("y\r");
    terminal.shows("Saved in");
    terminal.ends(0);

    let shown = home.run("turn list --show-secrets --json").json();
    assert_eq!(shown["servers"][0]["password"], "secret");
    assert_eq!(home.run("policy --json").json()["transport_policy"], "relay");
    let text = home.text();
    assert!(text.starts_with("# mine\n") && text.contains("[x]\ny = 1\n"), "{text}");
    // It was one change, and is undone as one.
    assert_eq!(home.run("config undo --json").json()["changed"], true);
    assert_eq!(home.text(), CONFIG);
}

#[test]
fn unchanged_answers_save_nothing() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.types("\r");
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("\r");
    keep_remaining_steps(&mut terminal);
    terminal.shows("No changes.");
    terminal.ends(0);
    assert!(!home.file().exists());
}

#[test]
fn answering_no_at_the_end_changes_nothing() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.types(&format!("{END}\r"));
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("\r");
    keep_remaining_steps(&mut terminal);
    terminal.asks_for_a_key("Save?");
    terminal.types("n\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    assert_eq!(home.text(), CONFIG);
}

#[test]
fn a_concurrent_save_is_shown_and_not_overwritten() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::of_width(&home, "setup", 200);
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.types(&format!("{END}\r"));
    terminal.asks_for_a_key("Enter a TURN server?");
    home.run("stun add critical.example");
    terminal.types("\r");
    keep_remaining_steps(&mut terminal);
    terminal.shows("Another process changed the settings meanwhile");
    terminal.shows("- stun:critical.example:3478");
    terminal.asks_for_a_key("Save?");
    home.run("stun add another.example");
    let text = home.text();
    terminal.types("y\r");
    terminal.shows("config.toml meanwhile; nothing was saved");
    terminal.ends(3);
    assert_eq!(home.text(), text);
}

#[test]
fn ctrl_c_at_any_prompt_changes_nothing() {
    let steps: [&[(&str, &str)]; 6] = [
        &[("STUN servers to use:", "")],
        &[("STUN servers to use:", "\u{1b}[B\r"), (STUN, "")],
        &[("STUN servers to use:", "\r"), ("Enter a TURN server?", "")],
        &[("STUN servers to use:", "\r"), ("Enter a TURN server?", "\r"), ("Reactions to use:", "")],
        &[
            ("STUN servers to use:", "\r"),
            ("Enter a TURN server?", "\r"),
            ("Reactions to use:", "\u{1b}[B\r"),
            (SEARCH, "kiss\r"),
            ("none of these", ""),
        ],
        &[
            ("STUN servers to use:", "\u{1b}[F\r"),
            ("Enter a TURN server?", "\r"),
            ("Reactions to use:", "\r"),
            ("Policy:", "\r"),
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
        let shown = terminal.ends(130);
        assert!(shown.ends_with("\u{1b}[?25h\r\nnothing was changed\r\n"), "{questions:?}: {shown:?}");
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
fn warnings_are_shown_before_the_last_prompt_whose_default_is_no() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    for question in ["STUN servers to use:", "Enter a TURN server?", "Reactions to use:"] {
        terminal.asks_for_a_key(question);
        terminal.types("\r");
    }
    terminal.asks_for_a_key("Policy:");
    terminal.types(&format!("{DOWN}\r"));
    terminal.shows("warning:");
    terminal.shows("the transport policy allows only relayed connections");
    terminal.asks_for_a_key("Save? [y/N]");
    terminal.types("\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    assert_eq!(home.text(), CONFIG);

    // The unknown key was there before.
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.types(&format!("{END}\r"));
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("\r");
    keep_remaining_steps(&mut terminal);
    let shown = terminal.asks_for_a_key("Save? [Y/n]");
    assert!(!shown.contains("warning:"), "{shown}");
    terminal.types("\r");
    let rest = terminal.ends(0);
    assert!(rest.contains("Saved in") && !rest.contains("warning:"), "{rest}");
}

#[test]
fn a_failing_server_can_be_kept_or_left_out() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.types("\r");
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("y\r");
    for (port, choice) in [(20009, format!("{DOWN}\r")), (20010, format!("{DOWN}{DOWN}\r"))] {
        terminal.shows(TURN);
        terminal.types(&format!("127.0.0.1:{port}\r"));
        terminal.asks_for_a_key("How do clients authenticate:");
        terminal.types(&format!("{DOWN}\r"));
        terminal.shows("Shared secret:");
        terminal.await_modes(LocalModes::ECHO);
        terminal.types("s\r");
        terminal.shows("User name (empty for none):");
        terminal.types("\r");
        terminal.asks_for_a_key("> Enter the credentials again");
        terminal.types(&choice);
    }
    terminal.shows(TURN);
    terminal.types("\r");
    keep_remaining_steps(&mut terminal);
    let review = terminal.shows("Save?");
    assert!(review.contains("turn:127.0.0.1:20009?") && !review.contains("turn:127.0.0.1:20010"), "{review}");
    terminal.types("n\r");
    terminal.ends(1);
}

#[test]
fn on_small_terminals_menus_and_wrapped_lines_erase_nothing_else() {
    for (columns, last_words) in
        [(40, "or remove it."), (60, "Type part of a name, or an emoji, to add or remove it.")]
    {
        let home = Home::with(CONFIG);
        let mut terminal = Terminal::of_width(&home, "setup", columns);
        terminal.asks_for_a_key("STUN servers to use:");
        terminal.types(&format!("{DOWN}\r"));
        terminal.shows(STUN);
        terminal.types("127.0.0.1:20009 and some more that is no port\r");
        terminal.shows("error:");
        let screen = terminal.screen();
        assert_eq!(screen.matches(STUN).count(), 1, "typed once, shown once:\n{screen}");
        terminal.shows(STUN);
        terminal.types("\r");
        terminal.asks_for_a_key("Enter a TURN server?");
        terminal.types("\r");
        terminal.asks_for_a_key("Reactions to use:");
        terminal.types(&format!("{DOWN}\r"));
        terminal.shows(SEARCH);
        terminal.types("kiss\r");
        terminal.asks_for_a_key("none of these");
        for _ in 0..3 {
            terminal.types(DOWN);
            terminal.asks_for_a_key("none of these");
        }
        let screen = terminal.screen();
        let finds: Vec<_> = screen.lines().skip_while(|line| !line.contains("Add or remove")).collect();
        assert!(
            screen.contains("Search (empty to finish): kiss"),
            "what was above is still there:\n{screen}"
        );
        assert!(screen.lines().any(|line| line == last_words), "lines end between words:\n{screen}");
        assert!(finds[1].starts_with("    💋 :kiss:"), "{screen}");
        assert_eq!(finds.iter().filter(|line| line.starts_with("> ")).count(), 1, "{screen}");
        terminal.types("\u{3}");
        terminal.ends(130);
    }
}

#[test]
fn a_search_without_matches_says_so() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("STUN servers to use:");
    terminal.types("\r");
    terminal.asks_for_a_key("Enter a TURN server?");
    terminal.types("\r");
    terminal.asks_for_a_key("Reactions to use:");
    terminal.types(&format!("{DOWN}\r"));
    terminal.shows(SEARCH);
    terminal.types("qqqq\r");
    terminal.shows("No emoji matches.");
    terminal.shows(SEARCH);
    terminal.types("hand\r");
    // Emojis are aligned, whether they are selected or not.
    terminal.shows("> ✓ ✋ :hand:");
    terminal.shows("\r\n    👜 :handbag:");
    terminal.asks_for_a_key("none of these");
    terminal.types("\u{3}");
    terminal.ends(130);
}

#[test]
fn a_signal_while_a_server_is_probed_changes_nothing() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let home = Home::with(CONFIG);
        let mut terminal = Terminal::run(&home, "setup");
        terminal.asks_for_a_key("STUN servers to use:");
        terminal.types(&format!("{DOWN}\r"));
        terminal.shows(STUN);
        terminal.types(&format!("{}\r", silent.local_addr().unwrap()));
        silent.recv(&mut [0; 100]).unwrap();
        terminal.signal(signal);
        if signal == Signal::SIGINT {
            terminal.shows("nothing was changed");
            let screen = terminal.screen();
            assert!(screen.ends_with("\nnothing was changed"), "the live line is gone:\n{screen}");
        }
        terminal.ends(status);
        assert_eq!(home.text(), CONFIG);
    }
}

#[test]
fn without_a_terminal_setup_names_the_commands_for_scripts() {
    let home = Home::with(CONFIG);
    home.run("setup").fails(2, "'cowork-calls config apply'");
    assert_eq!(home.run("setup --json").json_error(2)["code"], "missing-value");
}
