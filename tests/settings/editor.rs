//! `config edit`, with scripts as editors.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rexpect::process::Signal;
use serde_json::json;

use crate::support::program::{Home, Run};
use crate::support::terminal::Terminal;

const FILE: &str = "# mine\n[stun]\nservers = ['a']\n";

/// A home with an editor: a shell script that receives the file in $1.
fn with_editor(text: &str, script: &str) -> Home {
    let home = Home::with(text);
    set_editor(&home, script);
    home
}

fn set_editor(home: &Home, script: &str) {
    let editor = home.path().join("ed");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(home.path().join("run")).unwrap();
}

/// Runs the command with these variables and without a terminal.
fn edit(home: &Home, line: &str, variables: &[(&str, &str)]) -> Run {
    let runtime = home.path().join("run");
    let words: Vec<_> = line.split_whitespace().collect();
    let mut command = home.command(words);
    command.env("XDG_RUNTIME_DIR", &runtime).env("EDITOR", home.path().join("ed"));
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    Run::of(line, output)
}

fn left_behind(home: &Home) -> usize {
    fs::read_dir(home.path().join("run")).unwrap().count()
}

#[test]
fn an_edited_file_is_saved_whole_and_its_copy_is_private() {
    let home = with_editor(
        FILE,
        "stat -c '%a %n' \"$1\" \"${1%/*}\" > seen; echo 'servers = [\"b\"] # new' > x; sed -i '3r x' \"$1\"; sed -i 3d \"$1\"",
    );
    let run = edit(&home, "config edit", &[]);
    run.ends(0, "stun.servers\n- stun:a:3478\n+ stun:b:3478\n", "");
    assert_eq!(home.text(), "# mine\n[stun]\nservers = [\"b\"] # new\n");
    let seen = fs::read_to_string(home.path().join("seen")).unwrap();
    let modes: Vec<_> = seen.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert_eq!((modes[0].0, modes[1].0), ("600", "700"));
    assert!(
        modes[0].1.ends_with("/config.toml") && Path::new(modes[0].1).starts_with(home.path().join("run"))
    );
    assert_eq!(left_behind(&home), 0);
    let history = home.run("config history --json").json();
    assert_eq!(history["versions"][1]["command"], "config edit");

    // No setting in effect changes, but the text does.
    set_editor(&home, "echo '# more' >> \"$1\"");
    edit(&home, "config edit", &[]).ends(
        0,
        "only the text of the file changed, not the settings in effect\n",
        "",
    );
    assert!(home.text().ends_with("# more\n"));
    let json = edit(&home, "config edit --json", &[]).json();
    assert_eq!(json, json!({"changed": true, "diff": [], "warnings": []}));
    set_editor(&home, "sed -i s/b/c/ \"$1\"");
    let text = home.text();
    let run = edit(&home, "config edit --dry-run", &[]);
    run.ends(0, "stun.servers\n- stun:b:3478\n+ stun:c:3478\n", "dry run: nothing was written\n");
    assert_eq!(home.text(), text);
}

#[test]
fn nothing_is_saved_when_the_editor_fails_or_changes_nothing() {
    let home = with_editor(FILE, "true");
    edit(&home, "config edit", &[]).ends(0, "unchanged\n", "");
    assert_eq!(edit(&home, "config edit --json", &[]).json()["changed"], false);
    set_editor(&home, "echo '# lost' >> \"$1\"; exit 7");
    let run = edit(&home, "config edit", &[]);
    run.fails(3, "exited with status 7; nothing was saved\nhint: run 'cowork-calls config edit' again\n");
    set_editor(&home, "echo '# lost' >> \"$1\"; kill -9 $$");
    edit(&home, "config edit", &[]).fails(3, "was killed; nothing was saved");
    edit(&home, "config edit", &[("VISUAL", "no-such-editor")]).fails(
        3,
        "the editor 'no-such-editor' could not be started; nothing was saved\nhint: set VISUAL or EDITOR",
    );
    edit(&home, "config edit", &[("VISUAL", "no-such-editor --password=hunter2")])
        .fails(3, "the editor 'no-such-editor…' could not be started");
    fs::write(home.path().join("no-program"), "").unwrap();
    edit(&home, "config edit", &[("VISUAL", "./no-program")]).fails(3, "could not be started");
    set_editor(&home, "rm \"$1\"");
    edit(&home, "config edit", &[]).fails(3, "no such file or directory; nothing was saved");
    assert_eq!(home.text(), FILE);
    assert_eq!(left_behind(&home), 0);
    assert_eq!(home.run("config history --json").json(), json!({"versions": []}));
}

#[test]
fn the_editor_comes_from_visual_then_editor_then_defaults() {
    let home = with_editor("", "echo \"$@\" > args");
    edit(&home, "config edit", &[("VISUAL", "./ed --wait 'two words'"), ("EDITOR", "false")]);
    let args = fs::read_to_string(home.path().join("args")).unwrap();
    assert!(args.starts_with("--wait two words /") && args.ends_with("/config.toml\n"), "{args}");
    // Nothing was saved yet: the editor starts with the defaults.
    let home = Home::new();
    set_editor(&home, "cat \"$1\" > seen; sed -i s/nextcloud/example/ \"$1\"");
    fs::rename(home.path().join("ed"), home.path().join("editor")).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    edit(&home, "config edit", &[("EDITOR", ""), ("PATH", &path)]);
    let seen = fs::read_to_string(home.path().join("seen")).unwrap();
    assert!(
        seen.starts_with("# Settings of CoWork Calls") && seen.contains("\"stun:stun.nextcloud.com:443\""),
        "{seen}"
    );
    assert!(home.text().contains("stun:stun.example.com:443"));
    assert_eq!(fs::metadata(home.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn errors_without_a_terminal_save_nothing() {
    let home = with_editor(FILE, "sed -i \"s/'a'/3/\" \"$1\"");
    let run = edit(&home, "config edit", &[]);
    run.fails(3, "config.toml:3:12: unexpected integer\n");
    assert_eq!(edit(&home, "config edit --json", &[]).json_error(3)["line"], 3);
    assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
    // A broken file can be corrected.
    let home = with_editor("[stun]\nservers = 3\n", "sed -i \"s/3/['b']/\" \"$1\"");
    assert_eq!(edit(&home, "config edit", &[]).status, Some(0));
    assert_eq!(home.text(), "[stun]\nservers = ['b']\n");
}

#[test]
fn errors_are_reported_in_the_order_of_the_file() {
    let text = "[reactions]\nemojis = [\"x\"]\n[ice]\ntransport-policy = 3\n[stun]\nservers = [1, 2]\n";
    let home = with_editor(FILE, "cp wrong \"$1\"");
    fs::write(home.path().join("wrong"), text).unwrap();
    let run = edit(&home, "config edit", &[]);
    let places: Vec<_> = run.stderr.lines().filter_map(|line| line.split_once("config.toml:")).collect();
    let lines: Vec<_> = places.iter().map(|(_, place)| place.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["2", "4", "6", "6"], "{}", run.stderr);
}

#[test]
fn neither_a_concurrent_change_nor_the_edited_copy_is_lost() {
    let home =
        with_editor(FILE, "sed -i \"s/'a'/'b'/\" \"$1\"; echo '[stun]' > .config/cowork-calls/config.toml");
    let run = edit(&home, "config edit", &[]);
    run.fails(3, "meanwhile; nothing was saved. Your text is in ");
    assert_eq!(home.text(), "[stun]\n");
    let (_, rest) = run.stderr.split_once("Your text is in ").unwrap();
    let copy = rest.lines().next().unwrap();
    assert_eq!(fs::read_to_string(copy).unwrap(), FILE.replace("'a'", "'b'"));
    assert_eq!(fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(run.stderr.contains(&format!("'cowork-calls config apply {copy}'")));
}

#[test]
fn at_a_terminal_errors_can_be_corrected_in_the_same_copy() {
    let script =
        "if [ -e once ]; then sed -i \"s/3/'b'/\" \"$1\"; else touch once; sed -i \"s/'a'/3/\" \"$1\"; fi";
    let home = with_editor(FILE, script);
    let mut terminal = Terminal::editing(&home, "config edit");
    terminal.shows("config.toml:3:12:");
    terminal.asks_for_a_key("Go on editing?");
    terminal.types("y\r");
    terminal.shows("+ stun:b:3478");
    assert!(terminal.ends(0).ends_with(&format!("saved in {}\r\n", home.file().display())));
    assert_eq!(home.text(), "# mine\n[stun]\nservers = ['b']\n");
    // Or the edit is abandoned.
    let home = with_editor(FILE, script);
    let mut terminal = Terminal::editing(&home, "config edit");
    terminal.asks_for_a_key("Go on editing?");
    terminal.types("n\r");
    assert!(terminal.ends(1).contains("nothing was changed"));
    assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
}

/// The signals that end the program, and its exit codes.
const ENDING: [(Signal, i32); 4] =
    [(Signal::SIGHUP, 129), (Signal::SIGINT, 130), (Signal::SIGQUIT, 131), (Signal::SIGTERM, 143)];

#[test]
fn a_signal_at_the_prompt_leaves_no_copy_behind() {
    for (signal, status) in ENDING {
        let home = with_editor(FILE, "echo 'x = [' >> \"$1\"");
        let mut terminal = Terminal::editing(&home, "config edit");
        terminal.asks_for_a_key("Go on editing?");
        assert_eq!(left_behind(&home), 1);
        terminal.signal(signal);
        terminal.ends(status);
        assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
    }
}

#[test]
fn ctrl_c_goes_to_the_editor_and_other_signals_end_it() {
    let home =
        with_editor(FILE, "trap 'sed -i \"s/.a./\\\"b\\\"/\" \"$1\"; exit 0' INT; echo ready; sleep 20");
    let mut terminal = Terminal::editing(&home, "config edit");
    terminal.shows("ready");
    terminal.types("\u{3}");
    terminal.shows("+ stun:b:3478");
    terminal.ends(0);
    assert_eq!(home.text(), "# mine\n[stun]\nservers = [\"b\"]\n");
    for (signal, status) in ENDING.into_iter().filter(|(signal, _)| *signal != Signal::SIGINT) {
        let mut terminal = Terminal::editing(&home, "config edit");
        terminal.shows("ready");
        terminal.signal(signal);
        terminal.ends(status);
        assert_eq!(left_behind(&home), 0, "{signal}");
    }
}

#[test]
fn a_sigterm_as_the_editor_ends_saves_nothing() {
    // The program is stopped until the editor has ended, so that it finds both at once.
    let signals = "kill -STOP $PPID; sleep 0.1; kill -TERM $PPID; kill -CONT $PPID";
    let home = with_editor(FILE, &format!("sed -i \"s/.a./'b'/\" \"$1\"; ({signals}) &"));
    for _ in 0..10 {
        let run = edit(&home, "config edit", &[]);
        assert_eq!((run.status, home.text().as_str(), left_behind(&home)), (Some(143), FILE, 0), "{run:?}");
    }
}
