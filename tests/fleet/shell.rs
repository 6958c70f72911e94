//! The scripts for containers and first boots, in a plain POSIX shell.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::{all_output, output, path_variable, read, repository, yaml};
use crate::support::program::Home;

fn script(name: &str, home: &Home, variables: &[(&str, &Path)]) -> Output {
    Command::new("sh")
        .arg(repository(name))
        .current_dir(home.path())
        .env_clear()
        .env("PATH", path_variable())
        .env("HOME", home.path())
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn provisioning_is_idempotent() {
    let home = Home::new();
    let (config, given) = (home.path().join("etc/config.toml"), home.path().join("given"));
    fs::write(&given, "hunter2\n").unwrap();
    let provision = || {
        script(
            "docs/provision.sh",
            &home,
            &[("COWORK_CALLS_CONFIG", &config), ("TURN_PASSWORD_FILE", &given)],
        )
    };
    for expected in ["changed\n", "unchanged\n", "unchanged\n"] {
        let run = provision();
        assert_eq!((all_output(&run).as_str(), run.status.code()), (expected, Some(0)));
    }
    let secret = home.path().join("etc/secrets/turn");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "hunter2\n");
    fs::write(&given, "hunter3\n").unwrap();
    assert_eq!(all_output(&provision()), "changed\n");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "hunter3\n");
    assert!(!fs::read_to_string(&config).unwrap().contains("hunter"));

    // A change by hand is reverted.
    let path = config.to_str().unwrap();
    home.run(&format!("--config {path} stun add other.example")).prints("added stun:other.example:3478\n");
    assert_eq!(all_output(&provision()), "changed\n");
    assert_eq!(all_output(&provision()), "unchanged\n");
}

#[test]
fn provisioning_fails_when_the_secret_is_missing() {
    let home = Home::new();
    let config = home.path().join("etc/config.toml");
    let run = script("docs/provision.sh", &home, &[("COWORK_CALLS_CONFIG", &config)]);
    assert!(!run.status.success(), "{}", all_output(&run));
    assert_eq!(run.stdout, b"");
}

#[test]
#[ignore = "needs PyYAML (tests/run.sh)"]
fn the_kubernetes_secret_has_the_settings_in_effect() {
    let home = Home::new();
    home.run("stun set stun.example.de").prints("added stun:stun.example.de:3478\nremoved stun:stun.nextcloud.com:443\nremoved stun:stun.m-online.net:3478\nremoved stun:stun.ipfire.org:3478\n");
    let run = script("docs/kubernetes.sh", &home, &[]);
    assert!(run.status.success(), "{}", all_output(&run));
    let document = yaml(&String::from_utf8(run.stdout).unwrap())[0].clone();
    assert_eq!(
        (&document["kind"], &document["metadata"]["name"]),
        (&"Secret".into(), &"cowork-calls".into())
    );
    let data = document["data"]["config.toml"].as_str().unwrap();
    let decoded = output(Command::new("sh").args(["-c", "printf %s \"$1\" | base64 -d", "sh", data]));
    assert_eq!(decoded, home.run("config export").stdout);

    fs::write(home.file(), "nonsense").unwrap();
    let broken = script("docs/kubernetes.sh", &home, &[]);
    assert_eq!((broken.status.code(), broken.stdout), (Some(3), vec![]));
}

/// The code blocks of docs/fleet.md in a language.
fn blocks(language: &str) -> Vec<String> {
    let text = read("docs/fleet.md");
    let start = format!("\n```{language}\n");
    text.split(&start).skip(1).map(|part| part.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

#[test]
#[ignore = "needs PyYAML (tests/run.sh)"]
fn the_examples_of_the_guide_have_valid_syntax() {
    let documents = blocks("yaml");
    assert!(documents.len() >= 2, "{documents:?}");
    for document in &documents {
        yaml(document);
    }
    for script in blocks("sh") {
        output(Command::new("sh").args(["-n", "-c", &script]));
    }
    for name in ["docs/provision.sh", "docs/kubernetes.sh", "dist/package.sh", "dist/test-package.sh"] {
        output(Command::new("sh").arg("-n").arg(repository(name)));
    }
}
