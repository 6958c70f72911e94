//! The steps of `setup` at a pseudo-terminal: forwards and back, and the choices for each list.

use crate::support::program::Home;
use crate::support::terminal::{Terminal, without_colours};

const DOWN: &str = "\u{1b}[B";
const END: &str = "\u{1b}[F";
const ESC: &str = "\u{1b}";
const STUN: &str = "STUN server (empty to finish):";
const TURN: &str = "TURN server (empty to finish):";
const SEARCH: &str = "Search (empty to finish):";
const CONFIG: &str = "[stun]\nservers = [\"a.example\"]\n";

#[test]
fn esc_goes_one_step_back_and_leaves_at_the_first() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.shows("Arrow keys move, Enter confirms, Esc goes back one step, Ctrl-C cancels.");
    let mut shown = String::new();
    for (question, answer) in [
        ("STUN servers to use:", format!("{DOWN}\r")),
        (STUN, "127.0.0.1:20009\r".to_owned()),
        ("Use it anyway?", ESC.to_owned()),
        (STUN, "127.0.0.1:20010\r".to_owned()),
        ("Use it anyway?", "y\r".to_owned()),
        // What was entered is kept.
        (STUN, ESC.to_owned()),
        ("stun:127.0.0.1:20010", String::new()),
        ("STUN servers to use:", "\r".to_owned()),
        ("Enter a TURN server?", "y\r".to_owned()),
        (TURN, "127.0.0.1:20009\r".to_owned()),
        ("How do clients authenticate:", "\r".to_owned()),
        ("User name:", "ada\r".to_owned()),
        ("Password:", format!("hunter2{ESC}")),
        (TURN, ESC.to_owned()),
        ("Enter a TURN server?", "\r".to_owned()),
        ("Reactions to use:", format!("{DOWN}\r")),
        (SEARCH, "kiss\r".to_owned()),
        ("none of these", ESC.to_owned()),
        (SEARCH, ESC.to_owned()),
        ("Reactions to use:", "\r".to_owned()),
        ("Policy:", "\r".to_owned()),
        ("+ stun:127.0.0.1:20010", String::new()),
        ("Save?", ESC.to_owned()),
        ("Policy:", ESC.to_owned()),
        ("Reactions to use:", ESC.to_owned()),
        ("Enter a TURN server?", ESC.to_owned()),
        ("STUN servers to use:", ESC.to_owned()),
    ] {
        shown += &terminal.shows(question);
        terminal.types(&answer);
    }
    shown += &terminal.ends(1);
    assert!(shown.ends_with("\r\nnothing was changed\r\n"), "{shown}");
    assert!(!shown.contains("Esc") && !shown.contains("hunter2"), "the keys are explained once: {shown}");
    assert_eq!(home.text(), CONFIG);
}

#[test]
fn a_configured_list_can_be_kept_added_to_replaced_or_given_up() {
    let home = Home::with(
        "[stun]\nservers = ['a']\n[[turn.servers]]\nuri = 'a'\n[[turn.servers]]\nuri = 'b'\n[reactions]\nemojis = ['🚀']\n",
    );
    let mut terminal = Terminal::run(&home, "setup");
    terminal.shows("STUN servers to use:\r\n> Keep these\r\n  Add to these\r\n  Replace these\r\n  Use the defaults, run in Germany\r\n");
    terminal.types(&format!("{DOWN}\r"));
    terminal.shows(STUN);
    terminal.types("a\r");
    terminal.shows("stun:a:3478 is already in the list.");
    terminal.shows(STUN);
    terminal.types("127.0.0.1:20009\r");
    terminal.shows("Use it anyway?");
    terminal.types("y\r");
    terminal.shows(STUN);
    terminal.types("\r");
    terminal
        .shows("TURN servers to use:\r\n> Keep these\r\n  Add to these\r\n  Replace these\r\n  Use none\r\n");
    // An empty line does not empty a list.
    terminal.types(&format!("{DOWN}{DOWN}\r"));
    terminal.shows(TURN);
    terminal.types("\r");
    terminal.shows("No servers entered; the list stays as it is.");
    terminal.shows("Reactions to use:\r\n> Keep these\r\n  Add to these, or remove some\r\n  Replace these\r\n  Use the defaults\r\n");
    terminal.types(&format!("{DOWN}{DOWN}\r"));
    terminal.shows(SEARCH);
    terminal.types(":tada:\r");
    terminal.asks_for_a_key("none of these");
    terminal.types("\r");
    terminal.shows(SEARCH);
    terminal.types("\r");
    terminal.asks_for_a_key("Policy:");
    // Back at a list, its choices are about what was answered.
    terminal.types(ESC);
    terminal.asks_for_a_key("Reactions to use:");
    terminal.types(ESC);
    terminal.asks_for_a_key("TURN servers to use:");
    terminal.types(&format!("{END}\r"));
    terminal.asks_for_a_key("Reactions to use:");
    terminal.types("\r");
    terminal.asks_for_a_key("Policy:");
    terminal.types("\r");
    let review = without_colours(&terminal.shows("Save?"));
    for line in ["+ stun:127.0.0.1:20009", "- turn:a:3478", "- turn:b:3478", "- 🚀 :rocket:", "+ 🎉 :tada:"]
    {
        assert!(review.contains(line), "no '{line}' in {review}");
    }
    assert!(!review.contains("stun:a:3478"), "{review}");
    terminal.types("n\r");
    terminal.ends(1);
}

#[test]
fn the_defaults_can_be_kept_added_to_or_replaced() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "setup");
    terminal.shows("STUN servers to use:\r\n> Keep these\r\n  Add to these\r\n  Replace these\r\n");
    terminal.types(&format!("{DOWN}\r"));
    let shown = terminal.shows(STUN);
    assert!(!shown.contains("Use the defaults"), "{shown}");
    terminal.types("stun.nextcloud.com:443\r");
    terminal.shows("stun:stun.nextcloud.com:443 is already in the list.");
    terminal.types("\u{3}");
    terminal.ends(130);
}

#[test]
fn enter_after_y_does_not_answer_the_next_prompt() {
    let home = Home::with(CONFIG);
    let mut terminal = Terminal::run(&home, "setup");
    terminal.asks_for_a_key("STUN servers to use:");
    // Neither does what is typed ahead.
    terminal.types("\r\r\r");
    terminal.shows("Enter a TURN server? [y/N]");
    terminal.types("maybe\r");
    terminal.shows("Type y or n; Enter alone means no.");
    terminal.shows("Enter a TURN server? [y/N]");
    terminal.types("y\r\r");
    terminal.shows(TURN);
    terminal.types("127.0.0.1:20009\r");
    terminal.asks_for_a_key("How do clients authenticate:");
    terminal.types("\u{3}");
    terminal.ends(130);
}
