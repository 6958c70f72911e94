//! The power fails at each step of a save: what is on the disk then is the old file or the new one, and what was reported
//! as done is in the file or in the history.
//!
//! The home is on a file system in an image. The image is copied at the instant in which the power fails, and the copy is
//! mounted: it has what the kernel has sent to the disk, and nothing that was only in memory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::program::Run;
use crate::support::strace::{Call, calls, wants_all};

/// A file system: how it is made and mounted, and the size of its image in MiB.
struct Kind {
    make: &'static [&'static str],
    options: &'static str,
    size: u64,
}

/// Orders less than others: a new name may be on the disk before the data.
const EXT4_WITHOUT_ORDER: Kind =
    Kind { make: &["mkfs.ext4", "-q", "-F"], options: "loop,data=writeback,noauto_da_alloc", size: 16 };

const OTHERS: &[Kind] = &[
    Kind { make: &["mkfs.ext4", "-q", "-F"], options: "loop", size: 16 },
    Kind { make: &["mkfs.xfs", "-q"], options: "loop", size: 320 },
    Kind { make: &["mkfs.btrfs", "-q"], options: "loop", size: 128 },
];

/// Runs all lines on the image `before`, the last one under strace, and copies the image to `after`. The file after each
/// line is copied to `reported`.
const RUN: &str = r#"
set -e
mount -o "$OPTIONS" before mnt
export HOME="$PWD/mnt/home"
number=0
for line in "$@"; do
    number=$((number + 1))
    status=0
    if [ $number -lt $# ]; then
        "$PROGRAM" $line >/dev/null
    else
        strace -qq -o log $STRACE -- "$PROGRAM" $line >/dev/null 2>error || status=$?
    fi
    cp "$HOME/.config/cowork-calls/config.toml" reported/$number 2>/dev/null || true
done
[ -z "$OTHER" ] || dd if=/dev/zero of=mnt/other bs=1 count=1 conv=fsync 2>/dev/null
cp --sparse=always before after
umount mnt
exit $status
"#;

/// Copies what is on the image `after` to `found`, and what is there after another command to `next`.
const LOOK: &str = r#"
set -e
mount -o "$OPTIONS" after mnt
cp -a mnt/home found
HOME="$PWD/mnt/home" "$PROGRAM" stun add next --quiet
cp -a mnt/home next
umount mnt
"#;

/// A file system on which lines are run again and again, and the power fails during the last one.
struct Disk {
    folder: TempDir,
    kind: &'static Kind,
    lines: &'static [&'static str],
    /// The settings after each line that saved some.
    reported: Vec<String>,
}

impl Disk {
    fn new(kind: &'static Kind, lines: &'static [&'static str]) -> Self {
        assert!(rustix::process::geteuid().is_root(), "this test needs root to mount");
        let disk = Disk { folder: tempfile::tempdir().unwrap(), kind, lines, reported: Vec::new() };
        fs::create_dir(disk.path("mnt")).unwrap();
        File::create(disk.path("empty")).unwrap().set_len(kind.size << 20).unwrap();
        let mut make =
            disk.shell(r#""$@" empty && mount -o "$OPTIONS" empty mnt && mkdir mnt/home && umount mnt"#);
        assert_eq!(finish(make.args(kind.make)).status, Some(0));
        disk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self) -> String {
        format!("'{}' on {} with {}", self.lines.last().unwrap(), self.kind.make[0], self.kind.options)
    }

    /// A shell with mounts of its own, which end with it.
    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, "sh"]).current_dir(self.folder.path());
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("OPTIONS", self.kind.options);
        command.env("PROGRAM", env!("CARGO_BIN_EXE_cowork-calls")).stdin(Stdio::null());
        command
    }

    /// Runs the lines, the last one with these options of strace. Then another program syncs a file of its own, or not,
    /// and the power fails.
    fn run(&self, strace: &str, syncs_other: bool) -> Run {
        for name in ["found", "next", "reported"] {
            let _ = fs::remove_dir_all(self.path(name));
        }
        fs::create_dir(self.path("reported")).unwrap();
        let copied = Command::new("cp")
            .arg("--sparse=always")
            .args([self.path("empty"), self.path("before")])
            .status();
        assert!(copied.unwrap().success());
        let mut shell = self.shell(RUN);
        shell.args(self.lines).env("STRACE", strace).env("OTHER", if syncs_other { "1" } else { "" });
        finish(&mut shell)
    }

    /// Returns the calls of the last line that change files, and learns what the lines report.
    fn rehearse(&mut self) -> Vec<Call> {
        let run = self.run("", false);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let reported = (1..=self.lines.len()).map(|number| self.path("reported").join(number.to_string()));
        self.reported = reported.filter_map(|path| fs::read_to_string(path).ok()).collect();
        let changing = calls(&self.path("log")).into_iter().filter(changes_files).collect();
        self.assert_kept(&[self.reported.last().cloned()], "after the end");
        changing
    }

    /// Lets the power fail right before a call.
    fn fail_at(&self, call: &Call, syncs_other: bool) {
        let Call { name, nth, text } = call;
        let run = self.run(&format!("-e trace={name} -e inject={name}:signal=KILL:when={nth}"), syncs_other);
        let at = format!("{}, {syncs_other}, before {text}", self.name());
        assert_eq!(run.status, Some(128 + 9), "{at}: {}", run.stderr);
        let new = self.reported.last().cloned();
        let old = self.reported.len().checked_sub(2).map(|old| self.reported[old].clone());
        self.assert_kept(&[old, new], &at);
    }

    /// Asserts that the settings on the disk are among these, and that the history has what was reported before.
    fn assert_kept(&self, expected: &[Option<String>], at: &str) {
        let looked = finish(&mut self.shell(LOOK));
        assert_eq!((looked.status, looked.stderr.as_str()), (Some(0), ""), "{at}: the next command");
        let folder = |name: &str| self.path(name).join(".config/cowork-calls");
        let found = fs::read_to_string(folder("found").join("config.toml")).ok();
        assert!(expected.contains(&found), "{at}: {found:?} is on the disk");
        let next = fs::read_to_string(folder("next").join("config.toml")).unwrap();
        assert!(next.contains("\"stun:next:3478\""), "{at}");
        let versions = contents(&folder("next").join(".config.toml.history"));
        let before = &self.reported[..self.reported.len() - 1];
        for text in before.iter().chain(&found) {
            assert!(versions.contains(text), "{at}: the history lacks\n{text}");
        }
    }
}

fn finish(command: &mut Command) -> Run {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    Run::of("unshare", output.expect("this test needs unshare"))
}

fn contents(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

/// Whether a call changes files, or what of them is on the disk. Between two of these, nothing changes.
fn changes_files(call: &Call) -> bool {
    let changing =
        ["fsync", "fdatasync", "mkdirat", "renameat", "renameat2", "linkat", "symlinkat", "unlinkat"];
    let is_output = call.text.starts_with("write(1,") || call.text.starts_with("write(2,");
    changing.contains(&call.name.as_str())
        || call.name == "write" && !is_output
        || call.name.starts_with("openat") && call.text.contains("O_CREAT")
}

/// Lets the power fail at each step of the last line: each time nothing more, or the file of another program, reaches the
/// disk. In the suite these alternate.
fn let_power_fail(lines: &'static [&'static str]) {
    let others = if wants_all() { OTHERS } else { &[] };
    for kind in [&EXT4_WITHOUT_ORDER].into_iter().chain(others) {
        let mut disk = Disk::new(kind, lines);
        let calls = disk.rehearse();
        for (number, call) in calls.iter().enumerate() {
            for syncs_other in [false, true] {
                if wants_all() || syncs_other == (number % 2 == 0) {
                    disk.fail_at(call, syncs_other);
                }
            }
        }
        println!("{} steps of {}", calls.len(), disk.name());
        assert!(calls.iter().any(|call| call.name == "fsync"), "{calls:?}");
    }
}

#[test]
#[ignore = "needs root and strace (tests/run.sh)"]
fn a_power_failure_leaves_the_old_file_or_the_new_one() {
    let_power_fail(&["stun set a", "stun add b", "stun move 2 1"]);
}

#[test]
#[ignore = "needs root and strace (tests/run.sh)"]
fn a_power_failure_in_an_undo_leaves_the_old_file_or_the_new_one() {
    let_power_fail(&["stun set a", "stun add b", "stun add c", "config undo"]);
}

#[test]
#[ignore = "needs root and strace (tests/run.sh)"]
fn a_power_failure_in_the_first_save_leaves_no_file_or_the_new_one() {
    let_power_fail(&["stun add a"]);
}
