//! Files that are damaged, hostile, in the wrong place or without room: a right result or a clear error, and the
//! old file is still there, byte for byte.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::Home;

/// An edit of each kind, and what only reads.
const LINES: [&str; 9] = [
    "show",
    "config check",
    "config undo",
    "stun add x",
    "stun remove a",
    "turn add t",
    "turn clear",
    "reactions set 👍",
    "policy relay",
];

/// Every line fails with status 3 and these words, and a hint; nothing is changed or left behind.
#[track_caller]
fn all_refuse(home: &Home, words: &str) {
    let folder = home.file().parent().unwrap().to_owned();
    let before = contents(&folder);
    for line in LINES.iter().filter(|line| **line != "config undo" || words.contains("not a regular file")) {
        let run = home.run(line);
        run.fails(3, words);
        assert!(
            run.stderr.starts_with("error: ") && run.stderr.contains("\nhint: "),
            "{line}: {}",
            run.stderr
        );
        let code = home.run(&format!("{line} --json --quiet")).stderr;
        assert!(code.contains("\"code\":\"config-"), "{line}: {code}");
        assert_eq!(contents(&folder), before, "after '{line}'");
    }
}

/// All that lies in a folder but the lock: names, modes, and what files hold.
fn contents(folder: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (path, name) = entry.map(|e| (e.path(), e.file_name().into_string().unwrap())).unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            all.extend(contents(&path));
        }
        if name != ".config.toml.lock" {
            let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            all.push((name, metadata.mode(), bytes));
        }
    }
    all.sort();
    all
}

#[test]
fn nesting_of_any_depth_is_an_error_and_no_stack_overflow() {
    const DEEP: usize = 30_000;
    let keys = vec!["a"; DEEP].join(".");
    for text in [
        format!("a = {}", "[".repeat(DEEP)),
        format!("a = {}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("a = {}1{}", "{a=".repeat(DEEP), "}".repeat(DEEP)),
        format!("a = {}", "[{a=".repeat(DEEP)),
        format!("{keys} = 1\n"),
        format!("[{keys}]\nb = 1\n"),
        format!("[[{keys}]]\nb = 1\n"),
        format!("a = {{ {keys} = 1 }}\n"),
        format!("[{}]\n", vec!["stun"; 500].join(".")),
    ] {
        let home = Home::with(&text);
        home.run("stun list").fails(3, "this is nested too deeply\n");
        home.run("stun add x").fails(3, "hint: expected a settings file, which nests three levels deep\n");
        assert_eq!(home.text(), text);
        home.run_with("turn set - --no-input", &text.replace('a', "servers")).fails(2, "standard input:");
    }
    let json = format!("[{{\"uri\":{}", "[".repeat(DEEP));
    Home::new().run_with("turn set -", &json).fails(2, "this is no JSON");
    // What is deep, but not too deep, is kept like any unknown key.
    let text = format!("[{}]\nb = 1\n", vec!["a"; 70].join("."));
    let home = Home::with(&text);
    assert_eq!(home.run("stun set x --quiet --yes").status, Some(0));
    assert!(home.text().starts_with(&text));
}

#[test]
fn ten_megabytes_are_edited_and_all_else_stays() {
    let comments = format!("# {}\n", "y".repeat(98)).repeat(50_000);
    let home = Home::with(format!("{comments}[stun]\nservers = [\"a\"]\n{comments}"));
    home.run("stun add b").prints("added stun:b:3478\n");
    assert!(home.text() == format!("{comments}[stun]\nservers = [\"a\", \"stun:b:3478\"]\n{comments}"));
    home.run("config undo --quiet").prints("");
    assert!(home.text() == format!("{comments}[stun]\nservers = [\"a\"]\n{comments}"));
}

#[test]
fn a_hundred_thousand_entries_are_edited() {
    let entries: String = (0..100_000).map(|n| format!("  \"s{n}.example\", # {n}\n")).collect();
    let home = Home::with(format!("[stun]\nservers = [\n{entries}]\n"));
    home.run("stun add b --quiet").prints("");
    assert!(home.text() == format!("[stun]\nservers = [\n{entries}  \"stun:b:3478\",\n]\n"));
}

#[test]
fn a_list_larger_than_any_is_refused_and_not_cut_off() {
    let home = Home::new();
    let servers = "[[servers]]\nuri = 't'\nusername = 'u'\nsecret = 's'\n\n".repeat(350_000);
    home.run_with("turn set -", &servers).fails(2, "standard input is larger than 16 MiB");
    assert!(!home.file().exists());
}

#[test]
fn a_folder_a_device_and_links_that_lead_nowhere_are_refused() {
    let home = Home::new();
    fs::create_dir_all(home.file()).unwrap();
    all_refuse(&home, "config.toml is a folder, not a regular file");

    let home = Home::with("");
    fs::remove_file(home.file()).unwrap();
    symlink("config.toml", home.file()).unwrap();
    all_refuse(&home, "config.toml leads from one symbolic link to the next without end");
    fs::remove_file(home.file()).unwrap();
    symlink("/dev/zero", home.file()).unwrap();
    all_refuse(&home, "is a device, not a regular file");

    // A link is followed, and one to a file that is not there yet leads to where the file will be.
    fs::remove_file(home.file()).unwrap();
    symlink("elsewhere.toml", home.file()).unwrap();
    home.run("stun add x --quiet").prints("");
    let target = home.file().with_file_name("elsewhere.toml");
    assert!(fs::read_to_string(&target).unwrap().contains("\"stun:x:3478\""));
    assert!(home.file().symlink_metadata().unwrap().is_symlink());
}

#[test]
fn line_ends_marks_and_bytes_of_all_kinds_are_kept_or_refused() {
    for text in [
        "\u{feff}[stun]\r\nservers = [\"a\"]\r\n# end",
        "\u{feff}",
        "\r\n\r\n",
        "# only a comment",
        "[stun]\nservers = [\"a\"] # \u{85}\u{2028}\n",
    ] {
        let home = Home::with(text);
        home.run("stun set a b --quiet").prints("");
        let edited = home.text();
        assert!(
            edited.contains("stun:b:3478") && edited.starts_with('\u{feff}') == text.starts_with('\u{feff}')
        );
        assert_eq!(edited.contains("\r\n"), text.contains("\r\n"), "{edited:?}");
        assert!(!edited.replace("\r\n", "").contains('\r'), "{edited:?}");
        home.run("config undo --quiet").prints("");
        assert_eq!(home.text(), text, "back, byte for byte");
    }
    for bytes in [
        &b"[stun]\nservers = [\"a\xff\"]\n"[..],
        b"[stun]\rservers = []\r",
        b"[stun]\0\n",
        b"\0",
        b"\xff\xfe[\0s\0",
        b"# \x1b[2J\n",
        b"[stun]\nservers = [\"a\"",
        b"\xef\xbb\xbf\xef\xbb\xbf[stun]\n",
    ] {
        all_refuse(&Home::with(bytes), "config.toml:");
    }
}

/// Runs a script that ends in `exec "$@"` in front of a line.
fn below(home: &Home, script: &str, line: &str) -> Output {
    let program = home.command(line.split(' '));
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(program.get_program()).args(program.get_args());
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).current_dir(home.path()).output().unwrap()
}

/// A home with a history, seen by a line below a script.
#[track_caller]
fn refused_below(script: &str, words: &str) {
    assert!(rustix::process::geteuid().is_root(), "this test needs root to mount and to change its user");
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    home.run("stun add b --quiet").prints("");
    let before = contents(&home.path().join(".config"));
    for line in ["stun add x", "turn clear", "policy relay", "config undo", "stun add x --json"] {
        let output = below(&home, script, line);
        let error = String::from_utf8(output.stderr).unwrap();
        if line == "turn clear" && output.status.success() {
            continue; // nothing to do, and so nothing to write
        }
        assert_eq!(output.status.code(), Some(3), "{line}: {error}");
        assert!(error.contains(words) && error.contains("hint"), "{line}: {error}");
        assert_eq!(contents(&home.path().join(".config")), before, "after '{line}'");
    }
}

#[test]
fn a_file_system_that_is_read_only_is_said_so() {
    let script = "mount --bind \"$HOME\" \"$HOME\" && mount -o remount,bind,ro \"$HOME\" && exec \"$@\"";
    refused_below(script, "the file system is read-only");
}

#[test]
fn a_full_disk_is_said_so_and_the_old_file_stays() {
    // The file system holds the settings with their history, and not one page more.
    let script = "cp -a .config \"$HOME.copy\" && mount -t tmpfs -o size=64k tmpfs \"$HOME\" && cd \"$HOME\" && \
                  cp -a \"$HOME.copy\" .config && rm -r \"$HOME.copy\" && before=$(cat .config/*/config.toml) && \
                  dd if=/dev/zero of=filler bs=4k 2>/dev/null; \
                  \"$@\"; status=$?; [ \"$before\" = \"$(cat .config/*/config.toml)\" ] || exit 99; exit $status";
    refused_below(script, "the disk is full");
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_no_sudden_death() {
    let home = Home::with(format!("# {}\n", "x".repeat(2000)));
    let text = home.text();
    for line in ["stun add x", "policy relay --json"] {
        let output = below(&home, "ulimit -f 1; exec \"$@\"", line);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{line}: {error}");
        assert!(error.contains("the limit on the size of files") && error.contains("ulimit -f"), "{error}");
        assert_eq!(home.text(), text);
    }
}

#[test]
fn who_may_not_read_or_write_is_told_so() {
    let as_nobody = "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"";
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    // The test program's own folder may be closed to others.
    let program = home.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_cowork-calls"), &program).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    let run = |line: &str| {
        let script = as_nobody.replace("\"$@\"", &format!("\"{}\" {line}", program.display()));
        let output = below(&home, &script, "x");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (folder, file) = (home.file().parent().unwrap().to_owned(), home.file());
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    set(&folder, 0o755);
    let (status, error) = run("show");
    assert!(
        status == Some(3) && error.contains("cannot read ") && error.contains("permission denied"),
        "{error}"
    );
    set(&file, 0o644);
    let (status, error) = run("stun add x");
    assert!(status == Some(3) && error.contains("cannot write to ") && error.contains("sudo"), "{error}");
    assert_eq!(run("show").0, Some(0));
    set(&folder, 0o777);
    let (status, error) = run("stun add x");
    assert!(status == Some(3) && error.contains("belongs to user 0 and group 0"), "{error}");
    assert!(error.contains("hint: run the command as that user (sudo -u '#0') or as root"), "{error}");
    assert_eq!(
        (home.text().as_str(), fs::metadata(&file).unwrap().uid()),
        ("[stun]\nservers = [\"a\"]\n", 0)
    );
    // Root edits the file of somebody else without taking it over.
    chown(&file, Some(65534), Some(65534)).unwrap();
    home.run("stun add y --quiet").prints("");
    assert_eq!(fs::metadata(&file).unwrap().uid(), 65534);
    let (status, error) = run("stun add z");
    assert_eq!(status, Some(0), "its owner edits it as before: {error}");
}
