//! File systems that refuse an edit: read-only, full, a limit on the size of files, missing permissions.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::program::{Home, contents};

const SHELL: &[&str] = &["sh"];
/// A shell with mounts of its own, which end with it.
const SHELL_WITH_MOUNTS: &[&str] = &["unshare", "--mount", "sh"];

/// Runs a line through a script that ends in `exec "$@"`.
fn run_through(home: &Home, shell: &[&str], script: &str, line: &str) -> Output {
    let program = home.command(line.split(' '));
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["-c", script, "sh"]).arg(program.get_program()).args(program.get_args());
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).current_dir(home.path()).output().unwrap()
}

/// Asserts that a line that runs through this script fails with these words and changes nothing.
#[track_caller]
fn assert_refused(script: &str, words: &str) {
    assert!(rustix::process::geteuid().is_root(), "this test needs root to mount and to change its user");
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    home.run("stun add b --quiet").prints("");
    let before = contents(&home.path().join(".config"));
    for line in ["stun add x", "turn clear", "policy relay", "config undo", "stun add x --json"] {
        let output = run_through(&home, SHELL_WITH_MOUNTS, script, line);
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
#[ignore = "needs root (tests/run.sh)"]
fn a_read_only_file_system_is_reported() {
    let script = "mount --bind \"$HOME\" \"$HOME\" && mount -o remount,bind,ro \"$HOME\" && exec \"$@\"";
    assert_refused(script, "the file system is read-only");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_full_disk_is_reported_and_the_old_file_stays() {
    // The file system has room for the settings and their history, and not for one more page.
    let script = "cp -a .config \"$HOME.copy\" && mount -t tmpfs -o size=64k tmpfs \"$HOME\" && cd \"$HOME\" && \
                  cp -a \"$HOME.copy\" .config && rm -r \"$HOME.copy\" && before=$(cat .config/*/config.toml) && \
                  dd if=/dev/zero of=filler bs=4k 2>/dev/null; \
                  \"$@\"; status=$?; [ \"$before\" = \"$(cat .config/*/config.toml)\" ] || exit 99; exit $status";
    assert_refused(script, "the disk is full");
}

#[test]
fn a_file_size_limit_is_an_error_and_not_a_crash() {
    let home = Home::with(format!("# {}\n", "x".repeat(2000)));
    let text = home.text();
    for line in ["stun add x", "policy relay --json"] {
        let output = run_through(&home, SHELL, "ulimit -f 1; exec \"$@\"", line);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{line}: {error}");
        assert!(error.contains("the limit on file sizes") && error.contains("ulimit -f"), "{error}");
        assert_eq!(home.text(), text);
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn missing_permissions_are_reported() {
    let as_nobody = "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"";
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    // Other users may not be able to reach the program's own folder.
    let program = home.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_cowork-calls"), &program).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    let run = |line: &str| {
        let script = as_nobody.replace("\"$@\"", &format!("\"{}\" {line}", program.display()));
        let output = run_through(&home, SHELL, &script, "x");
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
    // Root edits the file of another user without taking ownership.
    chown(&file, Some(65534), Some(65534)).unwrap();
    home.run("stun add y --quiet").prints("");
    assert_eq!(fs::metadata(&file).unwrap().uid(), 65534);
    let (status, error) = run("stun add z");
    assert_eq!(status, Some(0), "its owner edits it as before: {error}");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_history_that_another_user_planted_is_a_warning() {
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    let folder = home.file().parent().unwrap().to_owned();
    fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    let history = folder.join(".config.toml.history");
    fs::create_dir(&history).unwrap();
    chown(&history, Some(65534), Some(65534)).unwrap();
    let warning = format!(
        "warning: the history {} belongs to another user, so changes are not recorded in it. Remove it as its owner or as root.\n",
        history.display()
    );
    home.run("stun add b").ends(0, "added stun:b:3478\n", &warning);
    home.run("config history").ends(0, "no versions saved yet\n", &warning);
    home.run("config check --strict").ends(1, "", &warning);
    home.run("stun list --quiet").prints("#  SERVER\n1  stun:a:3478\n2  stun:b:3478\n");
    for json in ["stun add c --json", "policy relay --json", "config history --json", "config check --json"] {
        let report = home.run(json).json();
        let warnings = report["warnings"].as_array().unwrap();
        let ours = warnings.iter().find(|warning| warning["code"] == "history-untrusted");
        assert_eq!(ours.unwrap()["file"], history.to_str().unwrap(), "{json}");
    }
    for line in ["config undo --json", "config history --purge --json"] {
        assert_eq!(home.run(line).json_error(3)["code"], "history-untrusted", "{line}");
    }
    assert_eq!(fs::read_dir(&history).unwrap().count(), 0);
}
