//! Questions before something is removed, at a real pseudo-terminal.

use crate::support::program::Home;
use crate::support::terminal::{Terminal, without_colours};

const ABC: &str = "[stun]\nservers = [\"a\", \"b\", \"c\"]\n";

#[test]
fn a_command_that_removes_settings_asks_first() {
    const TEXT: &str =
        "[stun]\nservers = [\"a\"]\n[[turn.servers]]\nuri = 'a'\n[reactions]\nemojis = [\"🚀\"]\n";
    const GERMAN: &str = "1 STUN server; the German defaults come back:\r\nstun:stun.nextcloud.com:443, ";
    for (line, dropped, sentence) in [
        ("stun clear", "stun:a:3478", GERMAN),
        ("turn clear", "turn:a:3478?transport=udp", "1 TURN server; the list will be empty.\r\n"),
        ("reactions clear", "🚀", "1 reaction; the default reactions come back: 👍, 👎, 👏"),
        ("stun set b", "stun:a:3478", "1 STUN server and adds 1: stun:b:3478.\r\n"),
        ("reactions set :tada:", "🚀", "1 reaction and adds 1: 🎉.\r\n"),
        // --quiet does not hide what is about to be removed.
        ("stun clear --quiet", "stun:a:3478", GERMAN),
        ("stun clear --json", "stun:a:3478", GERMAN),
        ("stun remove 1", "stun:a:3478", GERMAN),
        ("reactions remove 🚀", "🚀", "1 reaction; the default reactions come back:"),
    ] {
        let first = line == "stun clear";
        for no in if first { &["n\r", "No\r", "\r", "\u{1b}"][..] } else { &["n\r"] } {
            let home = Home::with(TEXT);
            let mut terminal = Terminal::run(&home, line);
            terminal.shows(&format!("\u{1b}[31m- {dropped}\u{1b}[0m\r\nThis removes {sentence}"));
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
        terminal.types("y\r");
        terminal.ends(0);
        assert_ne!(home.text(), TEXT, "{line}");
    }
    let home = Home::with(TEXT);
    for (line, why) in [
        ("stun set a b", "nothing is dropped"),
        ("stun remove b", "one is left"),
        ("turn remove a", "nothing comes back"),
    ] {
        let terminal = Terminal::run(&home, line);
        assert!(!terminal.ends(0).contains("Go on?"), "{line}: {why}");
    }
}

#[test]
fn what_an_edit_changed_is_wrapped_between_words() {
    let home = Home::with("[[turn.servers]]\nuri = 'turn.example.de'\nusername = 'cowork'\npassword = 'x'\n");
    let mut terminal = Terminal::of_width(&home, "turn edit 1 --uri new.example.de --username ada", 60);
    terminal.shows("\r\n  ada\r\n");
    assert_eq!(
        terminal.screen().trim_end(),
        "changed turn 1: turn:turn.example.de:3478?transport=udp →\n  turn:new.example.de:3478?transport=udp, username cowork →\n  ada"
    );
    terminal.ends(0);
}

#[test]
fn defaults_that_are_in_the_list_do_not_come_back() {
    let default = "stun.nextcloud.com:443";
    let (two, all) = (format!("{default}, stun:stun.m-online.net:3478"), "stun:stun.ipfire.org:3478");
    for (listed, sentence) in [
        (format!("{two}, {all}"), "the German defaults remain.".to_owned()),
        (two, format!("of the German defaults, this one\ncomes back: {all}.")),
    ] {
        let home = Home::new();
        home.run(&format!("stun set a {} --quiet", listed.replace(',', ""))).prints("");
        let mut terminal = Terminal::of_width(&home, "stun clear", 62);
        terminal.asks_for_a_key("Go on?");
        assert!(
            terminal.screen().contains(&format!("This removes 1 STUN server; {sentence}")),
            "{}",
            terminal.screen()
        );
        terminal.types("n\r");
        terminal.ends(1);
    }
}

#[test]
fn what_comes_back_is_wrapped_between_words() {
    let home = Home::with(ABC);
    let mut terminal = Terminal::of_width(&home, "stun clear", 40);
    terminal.asks_for_a_key("Go on?");
    let screen = terminal.screen();
    let end = "This removes 3 STUN servers; the German\ndefaults come back:\nstun:stun.nextcloud.com:443,\nstun:stun.m-online.net:3478,\nstun:stun.ipfire.org:3478.\nGo on?";
    assert!(screen.trim_end().ends_with(end), "{screen}");
    terminal.types("n\r");
    terminal.ends(1);
}

#[test]
fn a_yes_or_no_question_is_asked_until_the_answer_is_one_of_both() {
    let home = Home::with(ABC);
    let mut terminal = Terminal::run(&home, "stun clear");
    terminal.asks_for_a_key("Go on? [y/N]");
    for answer in ["maybe\r", "yesterday\r"] {
        terminal.types(answer);
        terminal.shows("Type y or n; Enter alone means no.");
        terminal.asks_for_a_key("Go on? [y/N]");
    }
    // A mistake is corrected before Enter, and what follows Enter answers nothing else.
    terminal.types("no\u{7f}\u{7f} YES \r");
    terminal.ends(0);
    assert_ne!(home.text(), ABC);
}

#[test]
fn a_long_list_is_not_printed_in_full() {
    let servers: Vec<_> = (10..42).map(|n| format!("h{n}")).collect();
    let home = Home::with(format!("[stun]\nservers = {servers:?}\n"));
    let mut terminal = Terminal::run(&home, "stun clear");
    terminal.shows("\u{1b}[31m- stun:h10:3478\u{1b}[0m\r\n");
    let shown = terminal.shows("and 22 more\r\n");
    assert!(shown.ends_with("- stun:h19:3478\u{1b}[0m\r\n"), "{shown}");
    terminal.shows("This removes 32 STUN servers; the German defaults come back:");
    terminal.asks_for_a_key("Go on?");
    terminal.types("n\r");
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
        let diff = terminal.shows("This restores version 1, ");
        assert!(without_colours(&diff).contains("stun.servers\r\n- stun:d:3478\r\n"), "{line}: {diff}");
        terminal.shows(&format!("saved {time} UTC by 'first seen'"));
        terminal.asks_for_a_key("Go on? [y/N]");
        terminal.types("n\r");
        terminal.ends(1);
        assert_eq!(home.text(), text);
    }
    let mut terminal = Terminal::run(&home, "config undo");
    terminal.asks_for_a_key("Go on?");
    terminal.types("y\r");
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
        terminal.types("y\r");
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
        terminal.types("y\r");
        terminal.ends(0);
        assert!(!home.text().contains("critical"), "{line}");
    }
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
    terminal.shows("This restores version 1, before the first save\r\n");
    terminal.asks_for_a_key("Go on?");
    terminal.types("y\r");
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
    let diff = terminal.shows("This removes 2 entries\r\n");
    assert!(
        without_colours(&diff).ends_with("- stun:b:3478\r\n- stun:c:3478\r\n+ stun:d:3478\r\n"),
        "{diff}"
    );
    terminal.asks_for_a_key("Go on?");
    terminal.types("y\r");
    terminal.shows("done");
    terminal.ends(0);
    // If the differences go to standard output, the prompt names what is removed.
    let mut terminal = Terminal::run(&home, "config apply new.toml --json");
    terminal.ends(0);
    std::fs::write(home.file(), ABC).unwrap();
    terminal = Terminal::run(&home, "config apply new.toml --json");
    terminal
        .shows("This removes:\r\n\u{1b}[31m- stun:b:3478\u{1b}[0m\r\n\u{1b}[31m- stun:c:3478\u{1b}[0m\r\n");
    terminal.asks_for_a_key("Go on?");
    terminal.types("n\r");
    terminal.ends(1);
}

#[test]
fn a_declined_prompt_is_an_error_in_json() {
    let home = Home::with(ABC);
    for line in ["stun clear --json", "stun set x --json --quiet"] {
        let mut terminal = Terminal::run(&home, line);
        terminal.asks_for_a_key("Go on?");
        terminal.types("n\r");
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
    terminal.types("n\r");
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
    terminal.shows("This removes 2 versions from the history; nothing can restore them");
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
