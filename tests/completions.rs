//! The completions in `completions/` are those of the program.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

#[test]
fn the_committed_completions_are_those_of_the_program() {
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
