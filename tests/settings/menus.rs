//! Menus at a real pseudo-terminal.

use serde_json::Value;

use crate::support::program::Home;
use crate::support::terminal::Terminal;

const ABC: &str = "[stun]\nservers = [\"a\", \"b\", \"c\"]\n";

#[test]
fn remove_offers_a_menu() {
    let home = Home::with(ABC);
    let mut terminal = Terminal::run(&home, "stun remove");
    terminal.shows("Arrow keys move, Space selects, Enter confirms, Esc leaves.");
    terminal.shows("Remove which servers:");
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
    terminal.shows("Enter\r\nconfirms, Esc leaves.");
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
    assert_eq!(screen.lines().filter(|line| !line.is_empty()).count(), 5, "{screen}");
    terminal.types(" \r");
    terminal.shows("removed");
    let screen = terminal.screen();
    assert!(
        screen.starts_with(
            "Arrow keys move, Space selects, Enter\nconfirms, Esc leaves.\nRemove which servers:\nstun:aaaa"
        ),
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
    terminal.shows("Arrow keys move, Enter confirms, Esc leaves.");
    terminal.asks_for_a_key("Move which server:");
    terminal.types("\u{1b}[B\u{1b}[B\r");
    let between = terminal.shows("New position:");
    assert!(!between.contains("Arrow keys"), "explained once: {between}");
    terminal.asks_for_a_key("> 1  stun:a:3478");
    terminal.types("\r");
    terminal.shows("stun:c:3478 from 3 to 1");
    terminal.ends(0);
    // For the first entry the menu starts at the second position: its own would change nothing.
    let mut terminal = Terminal::run(&home, "stun move c");
    terminal.asks_for_a_key("New position:");
    terminal.asks_for_a_key("> 2  stun:a:3478");
    terminal.types("\r");
    terminal.shows("stun:c:3478 from 1 to 2");
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
fn a_word_offers_the_emojis_that_it_finds() {
    let home = Home::with("[reactions]\nemojis = ['🥳']\n");
    let add = |word: &str, columns| {
        let mut terminal = Terminal::of_width(&home, &format!("reactions add {word}"), columns);
        terminal.asks_for_a_key("none of these");
        terminal
    };
    let mut terminal = add("party", 80);
    let screen = terminal.screen();
    assert!(screen.contains("'party' is not an emoji.\n"), "{screen}");
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text}: {screen}"));
    assert!(at("🎉 :tada: party popper") < at("✓ 🥳 :partying_face: partying face"), "{screen}");
    terminal.types("\r");
    terminal.shows("Add which: 🎉 :tada: party popper\r\n");
    terminal.shows("added\u{1b}[0m 🎉");
    terminal.ends(0);
    assert_eq!(home.text(), "[reactions]\nemojis = ['🥳', \"🎉\"]\n");
    // A name without its colons, and one with a mistake; on a narrow terminal each is on one line.
    for (word, first) in [("rocket", ":rocket:"), (":thumsup:", ":thumbsup:"), ("face", ":joy:")] {
        let mut terminal = add(word, 40);
        let screen = terminal.screen();
        let items = screen.lines().skip_while(|line| !line.starts_with("> ")).collect::<Vec<_>>();
        assert!(items[0].contains(first), "{word}: {screen}");
        assert!(items.len() <= 11 && items.iter().all(|item| item.contains(':') || item.contains("none")));
        // The last one is none of them.
        terminal.types("\u{1b}[A\r");
        assert!(terminal.ends(1).contains("nothing was changed"), "{word}");
    }
    assert_eq!(home.text(), "[reactions]\nemojis = ['🥳', \"🎉\"]\n");
    // What finds nothing is an error.
    let shown = Terminal::run(&home, "reactions add qqqqq").ends(2);
    assert!(shown.contains("'qqqqq' is not an emoji"), "{shown}");
    let shown = Terminal::run(&home, "reactions add party --no-input").ends(2);
    assert!(shown.contains("try :tada:"), "{shown}");
}

#[test]
fn reactions_set_prompts_for_the_reactions_of_the_list() {
    const PROMPT: &str = "Reaction (empty to finish):";
    let home = Home::with("[reactions]\nemojis = ['🥳']\n");
    let mut terminal = Terminal::run(&home, "reactions set");
    terminal.asks_for_a_key(PROMPT);
    // Lines can be pasted.
    terminal.types("🚀 :wave:\rqqqqq\r🚀\r");
    terminal.shows("'qqqqq' is not an emoji");
    terminal.shows("🚀 is already in the list.");
    terminal.asks_for_a_key(PROMPT);
    terminal.types("party\r");
    terminal.asks_for_a_key("none of these");
    terminal.types("\r");
    terminal.asks_for_a_key(PROMPT);
    terminal.types("\r");
    terminal.asks_for_a_key("Go on?");
    terminal.types("y\r");
    terminal.ends(0);
    let emojis = || home.run("reactions list --json").json()["reactions"].clone();
    let listed = emojis();
    let names: Vec<_> =
        listed.as_array().unwrap().iter().map(|one| one["short_name"].as_str().unwrap()).collect();
    assert_eq!(names, [":rocket:", ":wave:", ":tada:"]);
    // An empty list is no answer.
    let mut terminal = Terminal::run(&home, "reactions set");
    terminal.asks_for_a_key(PROMPT);
    terminal.types("\r");
    assert!(terminal.ends(1).contains("nothing was changed"));
    // A word on the command line offers the same menu.
    let mut terminal = Terminal::run(&home, "reactions set party --yes");
    terminal.asks_for_a_key("none of these");
    terminal.types("\r");
    terminal.ends(0);
    assert_eq!((emojis()[0]["emoji"].as_str(), &emojis()[1]), (Some("🎉"), &Value::Null));
    let shown = Terminal::run(&home, "reactions set party --no-input").ends(2);
    assert!(shown.contains("try :tada:"), "{shown}");
}

#[test]
fn a_menu_that_is_longer_than_the_screen_scrolls() {
    let servers: Vec<_> = (10..50).map(|n| format!("h{n}")).collect();
    let home = Home::with(format!("[stun]\nservers = {servers:?}\n"));
    let mut terminal = Terminal::run(&home, "stun move h10");
    terminal.asks_for_a_key("> 2  stun:h11:3478");
    terminal.asks_for_a_key("  ↓ 20 more\r\n");
    terminal.types("\u{1b}[F");
    terminal.asks_for_a_key("> 40  stun:h49:3478\r\n");
    let screen = terminal.screen();
    assert!(screen.contains("New position:\n  ↑ 20 more\n  21  stun:h30:3478\n"), "{screen}");
    terminal.types("\r");
    terminal.shows("stun:h10:3478 from 1 to 40");
    terminal.ends(0);
}
