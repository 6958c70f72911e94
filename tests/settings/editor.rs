//! `config edit`, with scripts as editors.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

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
    // At a terminal, without both, it is `editor` or `vi`.
    for name in ["editor", "vi"] {
        let home = with_editor(FILE, "sed -i \"s/'a'/'b'/\" \"$1\"");
        fs::rename(home.path().join("ed"), home.path().join(name)).unwrap();
        // Nothing else is in this folder.
        let tools = home.path().join("tools");
        fs::create_dir(&tools).unwrap();
        for tool in ["sh", "sed"] {
            symlink(Path::new("/bin").join(tool), tools.join(tool)).unwrap();
        }
        let mut terminal = Terminal::with(&home, "VISUAL= PATH=$PWD:$PWD/tools", "config edit");
        terminal.shows("+ stun:b:3478");
        terminal.ends(0);
    }
}

#[test]
fn without_a_terminal_only_a_named_editor_is_started() {
    let home = with_editor(FILE, "touch started");
    fs::rename(home.path().join("ed"), home.path().join("editor")).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    let without = [("EDITOR", ""), ("PATH", path.as_str())];
    let message = "no terminal for an editor, and neither VISUAL nor EDITOR is set";
    let hint = "use 'cowork-calls config apply FILE', or set EDITOR to a command that edits a file";
    edit(&home, "config edit", &without).ends(2, "", &format!("error: {message}\nhint: {hint}\n"));
    let error = edit(&home, "config edit --json", &without).json_error(2);
    assert_eq!(error, json!({"code": "missing-value", "message": message, "hint": hint}));
    // Nor where nothing may wait, or the result goes elsewhere.
    for line in ["config edit --no-input", "config edit > result"] {
        let shown = Terminal::with(&home, "PATH=$PWD:/usr/bin:/bin", line).ends(2);
        assert!(shown.contains(message), "{line}: {shown}");
    }
    assert!(!home.path().join("started").exists());
    edit(&home, "config edit", &[("EDITOR", "sed -i s/.a./'\"b\"'/")]).ends(
        0,
        "stun.servers\n- stun:a:3478\n+ stun:b:3478\n",
        "",
    );
}

#[test]
fn the_first_edit_begins_with_the_defaults_and_their_explanation() {
    let home = Home::new();
    let run = edit(&home, "config edit", &[("EDITOR", "cat")]);
    let text = run.stdout.strip_suffix("unchanged\n").unwrap();
    assert_eq!((run.status, home.file().exists()), (Some(0), false));
    assert!(home.run("config history --json").json()["versions"].as_array().unwrap().is_empty());
    // It has exactly the defaults, all of them.
    let defaults = home.run("config export --format json").json();
    fs::write(home.path().join("first.toml"), text).unwrap();
    let first = home.run("config export --format json --config first.toml");
    assert_eq!((first.json(), first.stderr.as_str()), (defaults, ""));
    home.run_with("config diff -", text).prints("no differences\n");
    // The examples of TURN servers are ready for use, and each section is explained.
    let is_example = |line: &str| line.starts_with("# [[") || line.starts_with("# ") && line.contains(" = ");
    let with_examples: Vec<_> =
        text.lines().map(|line| if is_example(line) { &line[2..] } else { line }).collect();
    let applied = home.run_with("config diff - --json", &with_examples.join("\n")).json();
    assert_eq!(applied["diff"][0]["added"].as_array().unwrap().len(), 2, "{applied}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "it fits an ordinary terminal");
    for section in ["[stun]", "[ice]", "[reactions]"] {
        let before = text.lines().take_while(|line| *line != section).last().unwrap();
        assert!(before.starts_with("# "), "{section}");
    }

    // At a terminal, it is said that there is no file yet.
    let mut terminal = Terminal::with(&home, "EDITOR=true", "config edit");
    terminal.shows("unchanged");
    assert!(terminal.ends(0).contains("no settings were saved; the defaults stay in effect"));
    assert!(!home.file().exists());

    edit(&home, "config edit", &[("EDITOR", "sed -i s/nextcloud/example/")]).ends(
        0,
        "stun.servers\n- stun:stun.nextcloud.com:443\n+ stun:stun.example.com:443\n",
        "",
    );
    assert_eq!(home.text(), text.replace("nextcloud", "example"));
    assert_eq!(fs::metadata(home.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_editor_opens_at_the_line_of_the_error() {
    // An error that was there before, one made in the editor, and none.
    let script = "echo \"$@\" >> args; for file; do file=${file%:*}; done\n\
                  if grep -q 3 \"$file\"; then sed -i \"1i # new\" \"$file\"; sed -i \"s/3/4/\" \"$file\"; else sed -i \"s/4/['b']/\" \"$file\"; fi";
    for (editor, arguments) in [
        ("vim", ["+2 FILE", "+3 FILE"]),
        ("hx --vsplit", ["--vsplit FILE:2", "--vsplit FILE:3"]),
        ("code --wait", ["--wait --goto FILE:2", "--wait --goto FILE:3"]),
        ("ed", ["FILE", "FILE"]),
    ] {
        let home = with_editor("[stun]\nservers = 3\n", script);
        let program = editor.split(' ').next().unwrap();
        fs::rename(home.path().join("ed"), home.path().join(program)).unwrap();
        // The editor of the system may be a link to any of them.
        symlink(program, home.path().join("editor")).unwrap();
        let variables = format!("EDITOR='{editor}' PATH=$PWD:/usr/bin:/bin XDG_RUNTIME_DIR=$PWD/run");
        let mut terminal = Terminal::with(&home, &variables, "config edit");
        terminal.asks_for_a_key("Go on editing?");
        terminal.types("y\r");
        terminal.shows("saved in ");
        terminal.ends(0);
        assert_eq!(home.text(), "# new\n[stun]\nservers = ['b']\n", "{editor}");
        let args = fs::read_to_string(home.path().join("args")).unwrap();
        let args: Vec<_> = args
            .split_whitespace()
            .map(|word| match word.split_once("/config.toml") {
                Some((_, line)) => format!("FILE{line}"),
                None => word.to_owned(),
            })
            .collect();
        assert_eq!(args.join(" "), arguments.join(" "), "{editor}");
    }
    let home = with_editor("[stun]\nservers = 3\n", "echo \"$1\" > args; sed -i \"s/3/['b']/\" \"$2\"");
    fs::rename(home.path().join("ed"), home.path().join("nano")).unwrap();
    symlink("nano", home.path().join("editor")).unwrap();
    let mut terminal = Terminal::with(&home, "PATH=$PWD:/usr/bin:/bin", "config edit");
    terminal.shows("saved in ");
    terminal.ends(0);
    assert_eq!(fs::read_to_string(home.path().join("args")).unwrap(), "+2\n");
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
    // It outlives the session, and is not among the settings.
    assert_eq!(kept(&home).unwrap().to_str(), Some(copy));
    assert_eq!(left_behind(&home), 0);
    // The command applies to the same settings.
    let home = with_editor("", "sed -i \"s/'a'/'b'/\" \"$1\"; echo '[stun]' > other.toml");
    fs::write(home.path().join("other.toml"), FILE).unwrap();
    let run = edit(&home, "config edit --config other.toml", &[]);
    let path = kept(&home).unwrap();
    run.fails(3, &format!("'cowork-calls config apply {} --config other.toml'", path.display()));
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
    assert_eq!((kept(&home), left_behind(&home)), (None, 0));
}

/// The one file in the folder of kept texts.
fn kept(home: &Home) -> Option<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(home.path().join(".local/state/cowork-calls")).into_iter().flatten().collect();
    assert!(files.len() <= 1, "{files:?}");
    files.pop().map(|file| file.unwrap().path())
}

#[test]
fn an_edit_that_is_abandoned_is_kept() {
    let home = with_editor(FILE, "sed -i \"s/'a'/3 # a long line/\" \"$1\"");
    for (line, answer) in
        [("config edit", "n\r"), ("config edit --quiet", "n\r"), ("config edit --no-input", "")]
    {
        let mut terminal = Terminal::editing(&home, line);
        if !answer.is_empty() {
            terminal.asks_for_a_key("Go on editing?");
        }
        terminal.types(answer);
        let status = if !answer.is_empty() { 1 } else { 3 };
        let rest = terminal.ends(status);
        let path = kept(&home).unwrap();
        assert!(rest.contains(&format!("Your text is in {}\r\n", path.display())), "{line}: {rest}");
        let hint = "hint: correct it there, then apply it with 'cowork-calls config apply FILE'";
        assert!(rest.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "").contains(hint), "{line}: {rest}");
        assert_eq!(fs::read_to_string(&path).unwrap(), FILE.replace("'a'", "3 # a long line"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
        fs::remove_file(path).unwrap();
    }
    // Without a folder for it, the folder for temporary files will do.
    fs::remove_dir_all(home.path().join(".local")).unwrap();
    fs::write(home.path().join(".local"), "").unwrap();
    fs::create_dir(home.path().join("tmp")).unwrap();
    let variables = "EDITOR=./ed XDG_RUNTIME_DIR=$PWD/run TMPDIR=$PWD/tmp";
    let mut terminal = Terminal::with(&home, variables, "config edit");
    terminal.asks_for_a_key("Go on editing?");
    terminal.types("n\r");
    let rest = terminal.ends(1);
    let path = fs::read_dir(home.path().join("tmp")).unwrap().next().unwrap().unwrap().path();
    assert!(rest.contains(&format!("Your text is in {}\r\n", path.display())), "{rest}");
    // A text that was put back is not.
    set_editor(
        &home,
        "if [ -e once ]; then cp old \"$1\"; else touch once; cp \"$1\" old; echo 3 >> \"$1\"; fi",
    );
    fs::remove_file(path).unwrap();
    let mut terminal = Terminal::with(&home, variables, "config edit");
    terminal.asks_for_a_key("Go on editing?");
    terminal.types("y\r");
    terminal.shows("unchanged");
    terminal.ends(0);
    assert_eq!(fs::read_dir(home.path().join("tmp")).unwrap().count(), 0);
}

#[test]
fn the_text_is_kept_when_the_editor_fails_at_a_terminal() {
    let home = with_editor(FILE, "echo '# more' >> \"$1\"; exit 7");
    let rest = Terminal::editing(&home, "config edit").ends(3);
    let path = kept(&home).unwrap();
    // The message is wrapped.
    assert!(rest.contains("exited with status 7") && rest.contains(&path.display().to_string()), "{rest}");
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE.to_owned() + "# more\n");
    assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
    // A signal ends the editor as well.
    fs::remove_file(path).unwrap();
    set_editor(&home, "echo '# more' >> \"$1\"; echo ready; exec sleep 20");
    let mut terminal = Terminal::editing(&home, "config edit");
    terminal.shows("ready");
    terminal.signal(Signal::SIGTERM);
    let rest = terminal.ends(143);
    let path = kept(&home).unwrap();
    assert!(rest.contains(&format!("Your text is in {}\r\n", path.display())), "{rest}");
    assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn root_keeps_no_text_in_the_home_of_another_user() {
    let home = with_editor(FILE, "echo 'x = [' >> \"$1\"");
    chown(home.path(), Some(65_534), Some(65_534)).unwrap();
    let variables = "EDITOR=./ed XDG_RUNTIME_DIR=$PWD/run TMPDIR=$PWD/run";
    let mut terminal = Terminal::with(&home, variables, "config edit");
    terminal.asks_for_a_key("Go on editing?");
    terminal.types("n\r");
    let rest = terminal.ends(1);
    let path = fs::read_dir(home.path().join("run")).unwrap().next().unwrap().unwrap().path();
    assert!(rest.contains(&format!("Your text is in {}\r\n", path.display())), "{rest}");
    assert!(!home.path().join(".local").exists());
}

/// The signals that end the program, and its exit codes.
const ENDING: [(Signal, i32); 4] =
    [(Signal::SIGHUP, 129), (Signal::SIGINT, 130), (Signal::SIGQUIT, 131), (Signal::SIGTERM, 143)];

#[test]
fn a_signal_at_the_prompt_leaves_only_the_kept_text_behind() {
    for (signal, status) in ENDING {
        let home = with_editor(FILE, "echo 'x = [' >> \"$1\"");
        let mut terminal = Terminal::editing(&home, "config edit");
        terminal.shows("Your text is in ");
        let shown = terminal.shows("Go on");
        terminal.asks_for_a_key(" editing?");
        let path = kept(&home).unwrap();
        assert!(shown.starts_with(&format!("{}\r\n", path.display())), "{shown}");
        assert_eq!(left_behind(&home), 1);
        terminal.signal(signal);
        terminal.ends(status);
        assert_eq!((home.text().as_str(), left_behind(&home)), (FILE, 0));
        assert_eq!(fs::read_to_string(path).unwrap(), FILE.to_owned() + "x = [\n");
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
    let signals = "sleep 0.1; kill -TERM $PPID; kill -CONT $PPID";
    let home = with_editor(FILE, &format!("sed -i \"s/.a./'b'/\" \"$1\"; kill -STOP $PPID; ({signals}) &"));
    for _ in 0..10 {
        let run = edit(&home, "config edit", &[]);
        assert_eq!((run.status, home.text().as_str(), left_behind(&home)), (Some(143), FILE, 0), "{run:?}");
    }
}
