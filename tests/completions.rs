//! Completions: the scripts in `completions/` are current, and real shells complete values from the settings.

use std::path::Path;
use std::process::Command;

use crate::support::program::Home;
use rexpect::session::{PtySession, spawn_command};

/// How long an answer may take, in ms.
const PATIENCE: u64 = 30_000;

#[test]
fn the_committed_completions_are_current() {
    for (shell, file) in [
        ("bash", "cowork-calls.bash"),
        ("zsh", "_cowork-calls"),
        ("fish", "cowork-calls.fish"),
        ("elvish", "cowork-calls.elv"),
        ("powershell", "_cowork-calls.ps1"),
    ] {
        let committed =
            std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file)).unwrap();
        let output =
            Command::new(env!("CARGO_BIN_EXE_cowork-calls")).args(["completions", shell]).output().unwrap();
        assert!(output.status.success());
        assert!(
            output.stdout == committed,
            "completions/{file} is stale: cargo run -- completions {shell} > completions/{file}"
        );
    }
}

/// A home with servers other than the defaults.
fn home() -> Home {
    Home::with(
        "[stun]\nservers = [\"stun:alpha.example:3478\", \"stun:beta.example:3478\"]\n\
         [[turn.servers]]\nuri = \"turn:t:3478?transport=udp\"\n",
    )
}

#[test]
fn probe_offers_the_positions_that_name_one_server() {
    let home = Home::with("[stun]\nservers = [\"a\", \"b\", \"c\"]\n\n[[turn.servers]]\nuri = \"d\"\n");
    for (line, positions) in
        [("probe", &["2", "3"][..]), ("probe --stun", &["1", "2", "3"]), ("probe --turn", &["1"])]
    {
        let words: Vec<_> = ["--", "cowork-calls"].into_iter().chain(line.split(' ')).chain([""]).collect();
        let mut command = home.command(&words);
        command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (words.len() - 2).to_string());
        let output = command.env("_CLAP_IFS", "\n").output().unwrap();
        let offered = String::from_utf8(output.stdout).unwrap();
        let numbers = offered.lines().filter(|word| word.parse::<usize>().is_ok());
        assert_eq!(numbers.collect::<Vec<_>>(), positions, "{line}: {offered}");
    }
}

/// A shell at an ordinary, echoing terminal, with the program in its PATH.
fn shell(home: &Home, line: &str) -> PtySession {
    let folder = Path::new(env!("CARGO_BIN_EXE_cowork-calls")).parent().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("stty sane rows 24 cols 200 && exec {line}")]);
    command.current_dir(home.path()).env_clear().env("HOME", home.path());
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    command.env("TERM", "xterm").env("LANG", "C.UTF-8");
    spawn_command(command, Some(PATIENCE)).unwrap()
}

/// Types the beginning of a command line and Tab, and waits for the completion.
fn assert_completes(session: &mut PtySession, typed: &str, expected: &str) {
    session.send(typed).unwrap();
    session.send("\t").unwrap();
    session.flush().unwrap();
    if let Err(error) = session.exp_string(expected) {
        panic!("after '{typed}' and Tab: {error}");
    }
    // Ctrl-U clears the line.
    session.send("\x15").unwrap();
    session.flush().unwrap();
}

/// The completions that every shell makes; `escaped` quotes a word as the shell does on its command line.
fn assert_completions(session: &mut PtySession, escaped: impl Fn(&str) -> String) {
    assert_completes(session, "cowork-calls stun remove stun:al", &escaped("stun:alpha.example:3478"));
    assert_completes(session, "cowork-calls stun move stun:b", &escaped("stun:beta.example:3478"));
    assert_completes(session, "cowork-calls probe stun:al", &escaped("stun:alpha.example:3478"));
    assert_completes(session, "cowork-calls reactions add :thumbsu", &escaped(":thumbsup:"));
    assert_completes(session, "cowork-calls reactions remove :ta", &escaped(":tada:"));
    assert_completes(
        session,
        "cowork-calls stun --config other.toml remove stun:ga",
        &escaped("stun:gamma.example:3478"),
    );
    assert_completes(session, "cowork-calls config diff ./folder/set", "./folder/settings.json");
    assert_completes(session, "cowork-calls prob", "probe");
    session.send_line("exit").unwrap();
    session.exp_eof().unwrap();
}

fn other_settings(home: &Home) {
    std::fs::write(home.path().join("other.toml"), "[stun]\nservers = [\"gamma.example\"]\n").unwrap();
    std::fs::create_dir(home.path().join("folder")).unwrap();
    std::fs::write(home.path().join("folder/settings.json"), "{}").unwrap();
}

#[test]
fn bash_completes_values_from_the_settings() {
    let home = home();
    other_settings(&home);
    let mut session = shell(&home, "bash --norc --noprofile -i");
    session.send_line("PS1='ready> '; source <(COMPLETE=bash cowork-calls); bind 'set enable-bracketed-paste off'; echo so\"urced\"").unwrap();
    session.exp_string("sourced\r\n").unwrap();
    session.exp_string("ready> ").unwrap();
    // Bash also takes '=' for the end of a word: what is before it stays, once.
    for (typed, completed) in [
        ("cowork-calls probe --format=pro", "cowork-calls probe --format=prometheus"),
        ("cowork-calls stun list --config=oth", "cowork-calls stun list --config=other.toml"),
        (
            "cowork-calls turn remove turn:t:3478?transport=u",
            "cowork-calls turn remove turn:t:3478?transport=udp",
        ),
    ] {
        assert_completes(&mut session, typed, completed);
    }
    assert_completions(&mut session, str::to_owned);
}

#[test]
#[ignore = "needs zsh (tests/run.sh)"]
fn zsh_completes_values_from_the_settings() {
    let home = home();
    other_settings(&home);
    let mut session = shell(&home, "zsh -f -i");
    session.send_line("PS1='ready> '; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u; source <(COMPLETE=zsh cowork-calls); echo so\"urced\"").unwrap();
    session.exp_string("sourced\r\n").unwrap();
    session.exp_string("ready> ").unwrap();
    assert_completions(&mut session, str::to_owned);
}

/// What Tab offers in fish, with the script that `source` prints.
fn fish_proposals(home: &Home, source: &str, line: &str) -> String {
    let script = format!("{source} | source; complete -C '{line}'");
    let folder = Path::new(env!("CARGO_BIN_EXE_cowork-calls")).parent().unwrap();
    let output = Command::new("fish")
        .args(["--no-config", "-c", &script])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs fish (tests/run.sh)"]
fn fish_completes_values_from_the_settings() {
    let home = home();
    other_settings(&home);
    for (line, expected) in [
        ("cowork-calls stun remove stun:al", "stun:alpha.example:3478"),
        ("cowork-calls stun move stun:b", "stun:beta.example:3478"),
        ("cowork-calls reactions add :thumbsu", ":thumbsup:\t👍 thumbs up"),
        ("cowork-calls stun --config other.toml remove stun:ga", "stun:gamma.example:3478"),
        ("cowork-calls config diff folder/set", "folder/settings.json"),
        ("cowork-calls prob", "probe\t"),
    ] {
        let proposals = fish_proposals(&home, "COMPLETE=fish cowork-calls", line);
        assert!(proposals.contains(expected), "after '{line}' and Tab: {proposals}");
    }
}

#[test]
fn an_unknown_shell_is_an_error_that_names_the_known_ones() {
    for name in ["foo", "/usr/bin/foo"] {
        let output = Home::new().command(["stun"]).env("COMPLETE", name).output().unwrap();
        let expected = "error: there is no completion for the shell 'foo'\n\
            hint: set COMPLETE to one of these shells: bash, elvish, fish, powershell, zsh\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert_eq!((output.status.code(), output.stdout), (Some(2), vec![]));
    }
    let home = Home::new();
    for off in ["", "0"] {
        let output = home.command(["config", "path"]).env("COMPLETE", off).output().unwrap();
        assert_eq!(output.stdout, home.run("config path").stdout.as_bytes(), "{off}");
    }
}

/// A home whose history has versions 1 to 11.
fn home_with_versions() -> Home {
    let home = home();
    for position in 0..10 {
        home.run(&format!("stun move {} {} --quiet", 1 + position % 2, 2 - position % 2)).prints("");
    }
    home
}

/// Types the beginning of a command line and `tabs`, and returns what the shell shows up to `last`.
fn offers(session: &mut PtySession, typed: &str, tabs: &str, last: &str) -> String {
    session.send(typed).unwrap();
    session.send(tabs).unwrap();
    session.flush().unwrap();
    session.exp_string(typed).unwrap();
    let shown = session.exp_string(last).unwrap_or_else(|error| panic!("after '{typed}': {error}"));
    session.send("\x15").unwrap();
    session.flush().unwrap();
    shown
}

/// The candidates that a shell shows, without their descriptions.
fn candidates(shown: &str) -> Vec<String> {
    let plain = shown.replace("\u{1b}[J", "").replace("\u{1b}[K", "").replace('\u{7}', "");
    let names: Vec<_> = plain.lines().filter_map(|line| line.split(" -- ").next()).collect();
    names.join(" ").split_whitespace().map(str::to_owned).collect()
}

/// What every shell offers: versions newest first, names of commands without aliases, and options only after '-'.
fn assert_offers(session: &mut PtySession, tabs: &str, end_of_versions: &str) {
    for command in ["undo", "history", "diff"] {
        let shown = offers(session, &format!("cowork-calls config {command} "), tabs, end_of_versions);
        let numbers: Vec<u32> = candidates(&shown).iter().filter_map(|word| word.parse().ok()).collect();
        assert_eq!(numbers, (1..=11).rev().collect::<Vec<_>>(), "{command}: {shown}");
    }
    let shown = offers(session, "cowork-calls stun ", tabs, "examples");
    assert_eq!(candidates(&shown), ["list", "add", "remove", "set", "move", "clear"], "{shown}");
    let shown = offers(session, "cowork-calls stun list --", tabs, "--version");
    assert!(shown.contains("--json"), "{shown}");
    assert_completes(session, "cowork-calls stun rm stun:al", "stun:alpha.example:3478");
    assert_completes(session, "cowork-calls stun del", "delete");
    assert_completes(session, "cowork-calls stun r", "remove");
    session.send_line("exit").unwrap();
    session.exp_eof().unwrap();
}

#[test]
fn bash_offers_versions_newest_first_and_options_only_after_a_dash() {
    let home = home_with_versions();
    let mut session = shell(&home, "bash --norc --noprofile -i");
    session.send_line("PS1='ready> '; source <(cowork-calls completions bash); bind 'set enable-bracketed-paste off'; echo so\"urced\"").unwrap();
    session.exp_string("sourced\r\n").unwrap();
    session.exp_string("ready> ").unwrap();
    assert_offers(&mut session, "\t\t", "ready> ");
}

#[test]
#[ignore = "needs zsh (tests/run.sh)"]
fn zsh_offers_versions_newest_first_and_options_only_after_a_dash() {
    let home = home_with_versions();
    // As packages install it: found in a folder of functions, and loaded on the first Tab.
    std::fs::create_dir(home.path().join("functions")).unwrap();
    std::fs::write(home.path().join("functions/_cowork-calls"), home.run("completions zsh").stdout).unwrap();
    let mut session = shell(&home, "zsh -f -i");
    session.send_line("PS1='ready> '; unsetopt zle_bracketed_paste auto_menu; fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u; echo so\"urced\"").unwrap();
    session.exp_string("sourced\r\n").unwrap();
    session.exp_string("ready> ").unwrap();
    assert_offers(&mut session, "\t", "first seen");
}

#[test]
#[ignore = "needs fish (tests/run.sh)"]
fn fish_offers_versions_newest_first_and_options_only_after_a_dash() {
    let home = home_with_versions();
    let first_words = |line: &str| {
        let text = fish_proposals(&home, "cowork-calls completions fish", line);
        text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for command in ["undo", "history"] {
        let versions: Vec<_> = (1..=11).rev().map(|id: u32| id.to_string()).collect();
        assert_eq!(first_words(&format!("cowork-calls config {command} ")), versions);
    }
    assert_eq!(
        first_words("cowork-calls stun "),
        ["list", "add", "remove", "set", "move", "clear", "examples"]
    );
    assert!(first_words("cowork-calls stun list --").contains(&"--json".to_owned()));
    assert_eq!(first_words("cowork-calls stun list "), [""; 0]);
    assert_eq!(first_words("cowork-calls stun del"), ["delete"]);
}

#[test]
fn all_shells_are_answered_with_options_only_after_a_dash() {
    let home = home_with_versions();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let answer = |words: &str| {
            let words: Vec<_> = ["--"].into_iter().chain(words.split(' ')).collect();
            let index = (words.len() - 2).to_string();
            let mut command = home.command(&words);
            let output = command.env("COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", index).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let versions: Vec<_> = (1..=11).rev().map(|id: u32| id.to_string()).collect();
        assert_eq!(answer("cowork-calls config undo "), versions, "{shell}");
        assert_eq!(answer("cowork-calls stun list "), [""; 0], "{shell}");
        assert!(answer("cowork-calls stun list -").contains(&"--json".to_owned()), "{shell}");
        assert_eq!(answer("cowork-calls stun re"), ["remove"], "{shell}");
        assert_eq!(answer("cowork-calls stun rest"), ["restore"], "{shell}");
        assert_eq!(answer("cowork-calls man turn-e"), ["turn-edit"], "{shell}");
    }
}

#[test]
fn broken_settings_complete_nothing_silently() {
    let home = Home::with("[stun\n");
    let output = home
        .command(["--", "cowork-calls", "stun", "remove", "s"])
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "3")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert!(output.status.success());
}

#[test]
fn undo_history_and_diff_complete_versions_newest_first() {
    let home = Home::new();
    for server in ["a.example", "b.example"] {
        assert_eq!(home.run(&format!("stun add {server}")).status, Some(0));
    }
    std::fs::write(home.path().join("1.toml"), "").unwrap();
    for (command, expected) in
        [("undo", &["3", "2", "1"][..]), ("history", &["3", "2", "1"]), ("diff", &["3", "2", "1", "1.toml"])]
    {
        let output = home
            .command(["--", "cowork-calls", "config", command, ""])
            .env("COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", "3")
            .current_dir(home.path())
            .output()
            .unwrap();
        let words = String::from_utf8(output.stdout).unwrap();
        let words: Vec<_> = words.lines().take(expected.len()).collect();
        assert_eq!(words, expected, "{command}");
    }
}
