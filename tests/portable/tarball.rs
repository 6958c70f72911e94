//! The tarball of dist/tarball.sh.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Root, dist, static_program, unpack};

/// Packs the program, and returns the folder of the tarball and its path.
fn packed() -> (TempDir, PathBuf) {
    let target = tempfile::tempdir().unwrap();
    let printed = dist("tarball.sh", &[static_program()], &[("CARGO_TARGET_DIR", target.path())]);
    let path = PathBuf::from(String::from_utf8(printed).unwrap().trim_end());
    (target, path)
}

/// All files below a folder, with their paths in it.
fn files(folder: &Path, prefix: &str) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => all.extend(files(&entry.path(), &format!("{path}/"))),
            false => all.push(path),
        }
    }
    all.sort();
    all
}

#[test]
#[ignore = "needs root and the static release (tests/run.sh)"]
fn the_tarball_has_the_program_its_manual_completions_and_licences() {
    let (target, tarball) = packed();
    let root = Root::new("/bin/cowork-calls");
    unpack(&tarball, target.path());
    let name = tarball.file_name().unwrap().to_str().unwrap().strip_suffix(".tar.gz").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(name.starts_with(&format!("cowork-calls-{version}-")) && name.ends_with("-linux-gnu"), "{name}");
    // As 'tar --strip-components=1 -C /usr/local' does.
    for entry in fs::read_dir(target.path().join(name)).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), root.path(entry.file_name().to_str().unwrap())).unwrap();
    }
    let found = files(root.folder.path(), "");
    for expected in [
        "bin/cowork-calls",
        "share/bash-completion/completions/cowork-calls",
        "share/doc/cowork-calls/CHANGELOG.md",
        "share/doc/cowork-calls/LICENSE-APACHE",
        "share/doc/cowork-calls/LICENSE-MIT",
        "share/doc/cowork-calls/README.md",
        "share/doc/cowork-calls/docs/install.md",
        "share/fish/vendor_completions.d/cowork-calls.fish",
        "share/man/man1/cowork-calls-stun-add.1.gz",
        "share/man/man1/cowork-calls.1.gz",
        "share/zsh/site-functions/_cowork-calls",
    ] {
        assert!(found.iter().any(|file| file == expected), "{expected} is missing: {found:?}");
    }
    root.run("--version").prints(&format!("cowork-calls {version}\n"));
    for (shell, file) in [
        ("bash", "share/bash-completion/completions/cowork-calls"),
        ("zsh", "share/zsh/site-functions/_cowork-calls"),
        ("fish", "share/fish/vendor_completions.d/cowork-calls.fish"),
    ] {
        root.run(&format!("completions {shell}")).prints(&fs::read_to_string(root.path(file)).unwrap());
    }
}

#[test]
fn the_time_is_that_of_the_last_commit_also_for_root_in_a_folder_of_another_user() {
    let time = |variables: &[(&str, &str)]| {
        let mut shell = Command::new("sh");
        shell.args(["-c", ". dist/common.sh && echo $SOURCE_DATE_EPOCH"]).env_remove("SOURCE_DATE_EPOCH");
        shell.envs(variables.iter().copied()).current_dir(env!("CARGO_MANIFEST_DIR"));
        String::from_utf8(shell.output().unwrap().stdout).unwrap()
    };
    // Git has this variable for its own tests.
    assert_eq!(time(&[("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")]), time(&[]));
}

#[test]
#[ignore = "needs root and the static release (tests/run.sh)"]
fn the_same_program_gives_the_same_tarball_and_its_checksum() {
    let ((first_target, first), (_second_target, second)) = (packed(), packed());
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict"]).arg(format!("{}.sha256", first.display()));
    assert!(check.current_dir(first_target.path().join("dist")).status().unwrap().success());
}
