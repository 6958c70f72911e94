//! The Ansible role, run by a real ansible-playbook against this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{all_output, repository};
use crate::support::fake_server::{FakeServer, success};

const PASSWORD: &str = "correct-horse-7";

/// A machine: a folder with settings and secrets.
struct Machine(TempDir);

/// The result of a play.
struct Play {
    ok: bool,
    changed: u64,
    text: String,
}

impl Machine {
    fn new() -> Self {
        Machine(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn settings(&self) -> Option<String> {
        fs::read_to_string(self.file("etc/config.toml")).ok()
    }

    /// Runs the example with the variables of this machine instead of those of /etc.
    fn play(&self, settings: &Value, options: &[&str]) -> Play {
        let vars = json!({
            "cowork_calls_program": env!("CARGO_BIN_EXE_cowork-calls"),
            "cowork_calls_config": self.file("etc/config.toml"),
            "cowork_calls_owner": rustix::process::getuid().as_raw().to_string(),
            "cowork_calls_group": rustix::process::getgid().as_raw().to_string(),
            "cowork_calls_secrets": [{"path": self.file("etc/secrets/turn"), "content": "{{ vault_turn_password }}"}],
            "cowork_calls_settings": settings,
            "vault_turn_password": PASSWORD,
        });
        fs::write(self.file("vars.json"), vars.to_string()).unwrap();
        let run = Command::new("ansible-playbook")
            .args(["-i", "localhost,", "-c", "local", "-e", &format!("@{}", self.file("vars.json"))])
            .args(options)
            .arg(repository("docs/ansible/site.yml"))
            .current_dir(self.0.path())
            .env("ANSIBLE_NOCOLOR", "1")
            .env("ANSIBLE_LOCAL_TEMP", self.file("tmp"))
            .env("ANSIBLE_REMOTE_TEMP", self.file("tmp"))
            .env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3")
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.0.path())
            .output()
            .expect("ansible-playbook of the package ansible-core has to be installed for this test");
        let text = all_output(&run);
        let recap = text.split("changed=").nth(1).unwrap_or_else(|| panic!("{text}"));
        let changed = recap.split(' ').next().unwrap().parse().unwrap();
        Play { ok: run.status.success(), changed, text }
    }

    fn wanted(&self) -> Value {
        json!({
            "stun": {"servers": ["stun:stun.example.de:3478"]},
            "turn": {"servers": [{
                "uri": "turn:turn.example.de:3478?transport=udp",
                "username": "cowork",
                "password-file": self.file("etc/secrets/turn"),
            }]},
            "reactions": {"emojis": ["👍", ":wave:"]},
        })
    }
}

#[test]
#[ignore = "needs Ansible (tests/run.sh)"]
fn check_mode_changes_nothing_and_plays_are_idempotent() {
    let machine = Machine::new();
    let wanted = machine.wanted();

    let planned = machine.play(&wanted, &["--check", "--diff"]);
    assert!(planned.ok && planned.changed >= 1, "{}", planned.text);
    assert_eq!(fs::read_dir(machine.0.path().join("etc")).map(Iterator::count).unwrap_or(0), 0);

    let first = machine.play(&wanted, &[]);
    assert!(first.ok && first.changed >= 3, "{}", first.text);
    let settings = machine.settings().unwrap();
    assert!(settings.contains("stun:stun.example.de:3478") && settings.contains("👋"), "{settings}");
    assert!(!settings.contains(PASSWORD), "{settings}");
    let secret = machine.file("etc/secrets/turn");
    assert_eq!(fs::read_to_string(&secret).unwrap(), format!("{PASSWORD}\n"));
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o640);

    let second = machine.play(&wanted, &[]);
    assert!(second.ok && second.changed == 0, "{}", second.text);

    // A new setting changes one task; check mode reports it and does not apply it.
    let mut more = wanted;
    more["ice"] = json!({"transport-policy": "relay"});
    let checked = machine.play(&more, &["--check"]);
    assert!(checked.ok && checked.changed == 1, "{}", checked.text);
    assert_eq!(machine.settings().unwrap(), settings);
    let changed = machine.play(&more, &[]);
    assert!(changed.ok && changed.changed == 1, "{}", changed.text);
    assert!(machine.settings().unwrap().contains("relay"));

    for play in [planned, first, second, checked, changed] {
        assert!(!play.text.contains(PASSWORD), "{}", play.text);
    }
}

#[test]
#[ignore = "needs Ansible (tests/run.sh)"]
fn a_new_server_that_fails_is_not_saved() {
    let machine = Machine::new();
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = json!({"stun": {"servers": [format!("stun:{closed}")]}});
    let probing = ["-e", r#"{"cowork_calls_probe_new": true}"#];
    let play = machine.play(&settings, &probing);
    assert!(!play.ok && play.text.contains("nothing listens on this port"), "{}", play.text);
    assert_eq!(machine.settings(), None);
    let server = FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)]);
    let play = machine.play(&json!({"stun": {"servers": [server.uri()]}}), &probing);
    assert!(play.ok && machine.settings().unwrap().contains(&server.uri()), "{}", play.text);
}

#[test]
#[ignore = "needs Ansible (tests/run.sh)"]
fn a_mistake_fails_the_play_with_a_hint() {
    let machine = Machine::new();
    let play = machine.play(&json!({"stun": {"servers": ["stun://a.example"]}}), &[]);
    assert!(!play.ok, "{}", play.text);
    assert!(play.text.contains("write 'stun:a.example'"), "{}", play.text);
    assert_eq!(machine.settings(), None);
}
