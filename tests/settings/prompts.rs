//! Prompts at a real pseudo-terminal: menus, answers, confirmation, signals, and a restored terminal.

use std::fs::File;
use std::thread;
use std::time::Duration;

use rexpect::process::Signal;
use rustix::termios::LocalModes;

use crate::support::program::Home;
use crate::support::terminal::Terminal;

const ABC: &str = "[stun]\nservers = [\"a\", \"b\", \"c\"]\n";

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
    terminal.types("stun.example.de\r");
    terminal.shows("added\u{1b}[0m stun:stun.example.de:3478");
    terminal.ends(0);
    assert_eq!(home.run("stun list --json").json()["servers"][0]["uri"], "stun:stun.example.de:3478");

    let home = Home::new();
    let mut terminal = Terminal::run(&home, "turn add");
    terminal.shows("TURN server:");
    terminal.types("turn.example.de:0\r");
    terminal.shows("error:");
    terminal.shows("TURN server:");
    terminal.types("turn.example.de\r");
    terminal.shows("User name (empty for none)");
    terminal.types("ada\r");
    terminal.shows("Password:");
    terminal.await_modes(LocalModes::ECHO);
    terminal.types("\r");
    terminal.shows("a password is required; press Ctrl-C to cancel");
    terminal.shows("Password:");
    terminal.await_modes(LocalModes::ECHO);
    terminal.types("hunter2\r");
    assert!(!terminal.ends(0).contains("hunter2"));
    assert_eq!(
        home.text(),
        "[[turn.servers]]\nuri = \"turn:turn.example.de:3478?transport=udp\"\nusername = \"ada\"\npassword = \"hunter2\"\n"
    );
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
fn remove_offers_a_menu() {
    let home = Home::with(ABC);
    let mut terminal = Terminal::run(&home, "stun remove");
    terminal.shows("Remove which servers (Space selects, Enter confirms):");
    terminal.asks_for_a_key("> [ ] stun:a:3478");
    terminal.types(" ");
    terminal.shows("[x] stun:a:3478");
    terminal.types("\u{1b}[B");
    terminal.shows("> [ ] stun:b:3478");
    terminal.types(" ");
    terminal.shows("[x] stun:b:3478");
    terminal.types("\r");
    terminal.shows("removed\u{1b}[0m stun:a:3478");
    terminal.shows("removed\u{1b}[0m stun:b:3478");
    terminal.ends(0);
    assert_eq!(home.text(), "[stun]\nservers = [\"c\"]\n");
}

#[test]
fn a_menu_on_a_narrow_terminal_leaves_no_remains() {
    let long = "a".repeat(50);
    let home = Home::with(format!("[stun]\nservers = [\"{long}.example\", \"b\"]\n"));
    let mut terminal = Terminal::of_width(&home, "stun remove", 40);
    terminal.shows("Space selects, Enter confirms.");
    terminal.asks_for_a_key("Remove which servers:");
    // Both ends of a long text are visible.
    terminal.shows("> [ ] stun:aaaaa");
    terminal.shows(".example:3478");
    for _ in 0..2 {
        terminal.asks_for_a_key("stun:b:3478");
        terminal.types("\u{1b}[B");
    }
    terminal.shows("> [ ] stun:aaaaa");
    terminal.asks_for_a_key("stun:b:3478\r\n");
    let screen = terminal.screen();
    assert_eq!(screen.lines().filter(|line| !line.is_empty()).count(), 4, "{screen}");
    terminal.types(" \r");
    terminal.shows("removed");
    let screen = terminal.screen();
    assert!(
        screen.starts_with("Space selects, Enter confirms.\nRemove which servers: stun:aaaa"),
        "{screen}"
    );
    terminal.ends(0);
}

#[test]
fn choosing_nothing_or_having_nothing_to_choose_changes_nothing() {
    let home = Home::with(ABC);
    let mut terminal = Terminal::run(&home, "stun remove");
    terminal.asks_for_a_key("[ ] stun:c:3478");
    terminal.types("\r");
    assert!(terminal.ends(0).contains("unchanged"));
    assert_eq!(home.text(), ABC);
    let terminal = Terminal::run(&home, "turn remove");
    assert!(terminal.ends(0).ends_with("there is nothing to remove\r\nunchanged\r\n"));
    let terminal = Terminal::run(&home, "turn edit");
    assert!(terminal.ends(2).contains("no TURN server is configured"));
    let terminal = Terminal::run(&home, "turn edit 1");
    assert!(terminal.ends(2).contains("position 1 is out of range: there are 0 TURN servers"));
}

#[test]
fn move_offers_a_menu_of_entries_and_positions() {
    let home = Home::with(ABC);
    let mut terminal = Terminal::run(&home, "stun move");
    terminal.asks_for_a_key("Move which server:");
    terminal.types("\u{1b}[B\u{1b}[B\r");
    terminal.asks_for_a_key("New position:");
    terminal.asks_for_a_key("> 1  stun:a:3478");
    terminal.types("\r");
    terminal.shows("moved to position 1");
    terminal.ends(0);
    // For the first entry the menu starts at the second position: its own would change nothing.
    let mut terminal = Terminal::run(&home, "stun move c");
    terminal.asks_for_a_key("New position:");
    terminal.asks_for_a_key("> 2  stun:a:3478");
    terminal.types("\r");
    terminal.shows("moved to position 2");
    terminal.ends(0);
    assert!(home.text().contains("[\"a\", \"c\", \"b\"]"), "{}", home.text());
    let terminal = Terminal::run(&home, "stun move d");
    assert!(terminal.ends(2).contains("stun:d:3478 is not"), "without a question");
    for (line, what) in [
        ("stun move", "no terminal for prompting: name what to move"),
        ("stun move b", "no terminal for prompting: give the new position"),
    ] {
        home.run(line).fails(2, what);
    }
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "turn move");
    terminal.shows("no TURN server is configured");
    terminal.shows("add one with 'cowork-calls turn add'");
    terminal.ends(2);
}

#[test]
fn a_command_that_removes_settings_asks_first() {
    const TEXT: &str =
        "[stun]\nservers = [\"a\"]\n[[turn.servers]]\nuri = 'a'\n[reactions]\nemojis = [\"🚀\"]\n";
    for (line, dropped) in [
        ("stun clear", "stun:a:3478"),
        ("turn clear", "turn:a:3478?transport=udp"),
        ("reactions clear", "🚀"),
        ("stun set b", "stun:a:3478"),
        ("reactions set :tada:", "🚀"),
        // --quiet does not hide what is about to be removed.
        ("stun clear --quiet", "stun:a:3478"),
        ("stun clear --json", "stun:a:3478"),
    ] {
        let first = line == "stun clear";
        for no in if first { &["n", "N", "\r"][..] } else { &["n"] } {
            let home = Home::with(TEXT);
            let mut terminal = Terminal::run(&home, line);
            terminal.shows(&format!("this removes:\r\n\u{1b}[31m- {dropped}\u{1b}[0m\r\n"));
            terminal.asks_for_a_key("Go on? [y/N]");
            terminal.types(no);
            terminal.ends(1);
            assert_eq!(home.text(), TEXT, "{line}");
        }
        for option in if first { &["--yes", "-y", "--no-input", "--dry-run"][..] } else { &["--yes"] } {
            let home = Home::with(TEXT);
            let terminal = Terminal::run(&home, &format!("{line} {option}"));
            assert!(!terminal.ends(0).contains("Go on?"), "{line} {option}");
            assert_eq!(home.text() == TEXT, *option == "--dry-run", "{line} {option}");
        }
        let home = Home::with(TEXT);
        let mut terminal = Terminal::run(&home, line);
        terminal.asks_for_a_key("Go on?");
        terminal.types("y");
        terminal.ends(0);
        assert_ne!(home.text(), TEXT, "{line}");
    }
    let home = Home::with(TEXT);
    let terminal = Terminal::run(&home, "stun set a b");
    assert!(!terminal.ends(0).contains("Go on?"), "nothing is dropped");
}

#[test]
fn a_long_list_is_not_printed_in_full() {
    let servers: Vec<_> = (10..42).map(|n| format!("h{n}")).collect();
    let home = Home::with(format!("[stun]\nservers = {servers:?}\n"));
    let mut terminal = Terminal::run(&home, "stun clear");
    terminal.shows("this removes:\r\n\u{1b}[31m- stun:h10:3478\u{1b}[0m\r\n");
    let shown = terminal.shows("and 22 more\r\n");
    assert!(shown.ends_with("- stun:h19:3478\u{1b}[0m\r\n"), "{shown}");
    terminal.asks_for_a_key("Go on?");
    terminal.types("n");
    assert!(terminal.ends(1).contains("nothing was changed"));
}

#[test]
fn undo_asks_first() {
    let home = Home::with(ABC);
    home.run("stun add d");
    let text = home.text();
    let history = home.run("config history").stdout;
    let (_, time) = history.lines().nth(1).unwrap().split_once("1  ").unwrap();
    let time = time.split_once("  ").unwrap().0;
    for line in ["config undo", "config undo 1", "config undo --json"] {
        let mut terminal = Terminal::run(&home, line);
        let diff = terminal.shows("this restores version 1, ");
        assert!(strip_colour(&diff).contains("stun.servers\r\n- stun:d:3478\r\n"), "{line}: {diff}");
        terminal.shows(&format!("saved {time} UTC by 'first seen'"));
        terminal.asks_for_a_key("Go on? [y/N]");
        terminal.types("n");
        terminal.ends(1);
        assert_eq!(home.text(), text);
    }
    let mut terminal = Terminal::run(&home, "config undo");
    terminal.asks_for_a_key("Go on?");
    terminal.types("y");
    terminal.shows("restored version 1");
    terminal.ends(0);
    assert_eq!(home.text(), ABC);
    let terminal = Terminal::run(&home, "config undo --yes");
    terminal.ends(0);
    assert_eq!(home.text(), text);
    // No prompt for what is in effect already.
    let last = home.run("config history --json").json()["versions"].as_array().unwrap().len();
    let terminal = Terminal::run(&home, &format!("config undo {last}"));
    assert_eq!(terminal.ends(0), "unchanged\r\n");
}

#[test]
fn a_save_of_another_process_during_a_prompt_is_not_lost() {
    for line in ["stun clear", "stun set z", "config apply new.toml", "config undo", "config undo --json"] {
        let home = Home::with(ABC);
        std::fs::write(home.path().join("new.toml"), "[stun]\nservers = ['z']\n").unwrap();
        home.run("stun add d");
        let mut terminal = Terminal::of_width(&home, line, 200);
        terminal.asks_for_a_key("Go on?");
        home.run("stun add critical.example");
        let (text, history) = (home.text(), home.run("config history").stdout);
        terminal.types("y");
        terminal.shows("config.toml meanwhile; nothing was saved");
        terminal.shows("run the command again to see its effect on the settings");
        let shown = terminal.ends(3);
        assert!(!shown.contains("removed") && !shown.contains("done"), "{line}: {shown}");
        assert_eq!(home.text(), text, "{line}");
        assert_eq!(home.run("config history").stdout, history, "{line}");
        // The second time it is shown, and removed.
        let mut terminal = Terminal::run(&home, line);
        terminal.shows("stun:critical.example:3478");
        terminal.asks_for_a_key("Go on?");
        terminal.types("y");
        terminal.ends(0);
        assert!(!home.text().contains("critical"), "{line}");
    }
}

#[test]
fn a_chosen_entry_stays_chosen_when_its_position_changes() {
    let home = Home::with(ABC.to_owned() + "[[turn.servers]]\nuri = 'a'\n");
    let mut terminal = Terminal::run(&home, "stun remove");
    terminal.asks_for_a_key("> [ ] stun:a:3478");
    home.run("stun add critical.example --first");
    terminal.types(" \r");
    terminal.shows("removed\u{1b}[0m stun:a:3478");
    terminal.ends(0);
    let mut terminal = Terminal::run(&home, "stun move");
    terminal.asks_for_a_key("> stun:critical.example:3478");
    home.run("stun add first.example --first");
    terminal.types("\r");
    terminal.asks_for_a_key("New position:");
    terminal.types("\r");
    terminal.ends(0);
    let servers = "servers = [\"stun:first.example:3478\", \"stun:critical.example:3478\", \"b\", \"c\"]";
    assert!(home.text().contains(servers), "{}", home.text());
    let mut terminal = Terminal::run(&home, "turn edit --uri z");
    terminal.asks_for_a_key("Edit which server");
    home.run("turn add critical.example --first");
    terminal.types("\r");
    terminal.ends(0);
    let listed = home.run("turn list --json").json();
    assert_eq!(listed["servers"][0]["uri"], "turn:critical.example:3478?transport=udp");
    assert_eq!(listed["servers"][1]["uri"], "turn:z:3478?transport=udp");
}

#[test]
fn an_edit_without_a_prompt_waits_for_no_input() {
    let home = Home::with(ABC);
    std::fs::write(home.path().join("new.toml"), "[stun]\nservers = ['z']\n").unwrap();
    let lines = (0..20).flat_map(|n| [format!("stun set s{n}"), "config apply new.toml --yes".to_owned()]);
    let runs: Vec<_> = lines.map(|line| home.command(line.split_whitespace()).spawn().unwrap()).collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn an_undo_to_no_file_says_so() {
    let home = Home::new();
    home.run("stun add d");
    let history = home.run("config history").stdout;
    assert!(history.lines().nth(1).unwrap().ends_with("  before the first save"), "{history}");
    assert_eq!(home.run("config history --json").json()["versions"][0]["command"], "no file");
    let mut terminal = Terminal::run(&home, "config undo");
    terminal.shows("- stun:d:3478");
    terminal.shows("this restores version 1, before the first save\r\n");
    terminal.asks_for_a_key("Go on?");
    terminal.types("y");
    terminal.ends(0);
    // A file that was removed later is a different case.
    home.run("stun add e");
    std::fs::remove_file(home.file()).unwrap();
    home.run("stun add e");
    let history = home.run("config history").stdout;
    assert_eq!(history.matches("before the first save").count(), 1, "{history}");
    assert!(history.contains("  no file\n"), "{history}");
}

#[test]
fn set_shows_all_differences_before_it_asks() {
    let home = Home::with(ABC);
    std::fs::write(home.path().join("new.toml"), "[stun]\nservers = ['a', 'd']\n").unwrap();
    let mut terminal = Terminal::run(&home, "config apply new.toml");
    let diff = terminal.shows("this removes 2 entries\r\n");
    assert!(strip_colour(&diff).ends_with("- stun:b:3478\r\n- stun:c:3478\r\n+ stun:d:3478\r\n"), "{diff}");
    terminal.asks_for_a_key("Go on?");
    terminal.types("y");
    terminal.shows("done");
    terminal.ends(0);
    // If the differences go to standard output, the prompt names what is removed.
    let mut terminal = Terminal::run(&home, "config apply new.toml --json");
    terminal.ends(0);
    std::fs::write(home.file(), ABC).unwrap();
    terminal = Terminal::run(&home, "config apply new.toml --json");
    terminal
        .shows("this removes:\r\n\u{1b}[31m- stun:b:3478\u{1b}[0m\r\n\u{1b}[31m- stun:c:3478\u{1b}[0m\r\n");
    terminal.asks_for_a_key("Go on?");
    terminal.types("n");
    terminal.ends(1);
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
        (1, ["turn:x", "", ""], "added", text.replace("turn:y", "turn:x")),
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
    ("stun remove", "Remove which servers (Space selects, Enter confirms):"),
    ("turn edit", "Edit which server:"),
    ("stun move a", "New position:"),
];

#[test]
fn tables_fit_the_width_of_the_terminal() {
    let long = "x".repeat(63);
    let home = Home::with(format!(
        "[[turn.servers]]\nuri = 'turns:{long}.example'\nusername = 'somebody-with-a-long-name'\nsecret = 's'\n"
    ));
    for columns in [80, 100, 60] {
        for line in ["turn list", "stun list", "stun examples", "show", "reactions list"] {
            let shown = Terminal::of_width(&home, &format!("{line} --quiet"), columns).ends(0);
            assert!(shown.contains("\u{1b}[1m"), "headings are bold at a terminal");
            let path = home.file().display().to_string();
            for row in strip_colour(&shown).lines().filter(|row| !row.contains(&path)) {
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

fn strip_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, rest)| rest))
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

#[test]
fn a_declined_prompt_is_an_error_in_json() {
    let home = Home::with(ABC);
    for line in ["stun clear --json", "stun set x --json --quiet"] {
        let mut terminal = Terminal::run(&home, line);
        terminal.asks_for_a_key("Go on?");
        terminal.types("n");
        let shown = terminal.ends(1);
        assert!(
            shown.contains("{\"error\":{\"code\":\"declined\",\"message\":\"nothing was changed\""),
            "{shown}"
        );
        assert_eq!(home.text(), ABC);
    }
    // Without JSON the message is printed once.
    let mut terminal = Terminal::run(&home, "stun clear");
    terminal.asks_for_a_key("Go on?");
    terminal.types("n");
    let shown = terminal.ends(1);
    assert!(shown.matches("nothing was changed").count() == 1 && !shown.contains("declined"), "{shown}");
}

#[test]
fn a_purge_of_the_history_asks_first() {
    let home = Home::with(ABC);
    home.run("stun remove a --quiet").prints("");
    home.run("stun remove b --quiet").prints("");
    let versions = || home.run("config history --json").json()["versions"].as_array().unwrap().len();
    let mut terminal = Terminal::run(&home, "config history --purge");
    terminal.shows("this removes 2 versions from the history; nothing can restore them");
    terminal.shows("Go on?");
    terminal.types("n\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    assert_eq!(versions(), 3);
    // What another process saved since the question stays.
    let mut terminal = Terminal::run(&home, "config history --purge");
    terminal.shows("Go on?");
    home.run("stun add d --quiet").prints("");
    terminal.types("y\r");
    terminal.shows("removed 2 versions");
    terminal.ends(0);
    assert_eq!(versions(), 2);
    let mut terminal = Terminal::run(&home, "config history --purge --yes");
    terminal.shows("removed 1 version");
    terminal.ends(0);
    assert_eq!(versions(), 1);
}
