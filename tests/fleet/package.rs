//! The files of the Debian package exist, and its postinst works. dist/test-package.sh builds and installs it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use toml_edit::DocumentMut;

use super::{all_output, path_variable, read, repository};

#[test]
fn the_files_of_the_package_exist() {
    let manifest: DocumentMut = read("Cargo.toml").parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let sources: Vec<_> =
        assets.iter().map(|asset| asset.as_array().unwrap().get(0).unwrap().as_str().unwrap()).collect();
    assert!(sources.len() >= 7, "{sources:?}");
    // Files that are built do not exist yet.
    for source in sources.iter().filter(|source| !source.starts_with("target/")) {
        let (folder, pattern) = source.rsplit_once('/').unwrap_or((".", source));
        let start = pattern.split('*').next().unwrap();
        let found = std::fs::read_dir(repository(folder)).unwrap().any(|entry| {
            let name = entry.unwrap().file_name();
            let name = name.to_str().unwrap();
            if pattern.contains('*') { name.starts_with(start) } else { name == pattern }
        });
        assert!(found, "there is no {source}");
    }
}

/// What each script starts with: a copy of /etc without settings in place of /etc, a user of the services, and the postinst.
const PREPARE: &str = r#"
set -eu
cp -a /etc etc; rm -rf etc/cowork-calls; mount --bind etc /etc
for file in passwd group; do sed -i /^cowork-calls:/d /etc/$file; done
mkdir bin
cat >bin/adduser <<'END'
#!/bin/sh
grep -q ^cowork-calls: /etc/passwd && exit
echo cowork-calls:x:4711:4711::/nonexistent:/usr/sbin/nologin >>/etc/passwd
echo cowork-calls:x:4711: >>/etc/group
END
chmod 755 bin/adduser; PATH=$PWD/bin:$PATH
configure() { sh "$1" configure; }
show() { find "$@" -printf '%P %u:%g %m\n' | sort; }
"#;

/// Runs a script as root in a folder and with mounts of its own, and returns what it prints.
fn run_as_root(script: &str) -> String {
    assert!(rustix::process::geteuid().is_root(), "this test needs root to install");
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let run = Command::new("unshare")
        .args(["--mount", "sh", "-c", &format!("{PREPARE}{script}"), "sh"])
        .args([repository("dist/debian/postinst"), env!("CARGO_BIN_EXE_cowork-calls").into()])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path_variable())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", all_output(&run));
    all_output(&run)
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn the_services_read_what_root_saves_for_the_machine() {
    let script = r#"
configure "$1"; configure "$1"
install -m 755 "$2" bin/program
bin/program --system stun add one.example
bin/program --system stun add two.example
show /etc/cowork-calls
setpriv --reuid 4711 --regid 4711 --clear-groups bin/program --system stun list
"#;
    let shown = run_as_root(script);
    assert!(shown.contains("\n root:cowork-calls 750\n"), "{shown}");
    assert!(shown.contains("config.toml root:cowork-calls 640\n"), "{shown}");
    assert!(shown.contains(".config.toml.history root:root 700\n"), "{shown}");
    assert!(shown.contains(".config.toml.lock root:root 600\n"), "{shown}");
    assert!(shown.contains("stun:one.example:3478") && shown.contains("stun:two.example:3478"), "{shown}");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn the_service_reads_tokens_of_root_and_others_do_not() {
    let script = r#"
configure "$1"
install -m 755 "$2" bin/program
cd /etc/cowork-calls
echo alice:0123456789abcdef >tokens; chmod 600 tokens
configure "$1"
show /etc/cowork-calls
setpriv --reuid 4711 --regid 4711 --clear-groups head -c 5 tokens
ln /etc/hostname other; ln -sf other tokens; configure "$1"
rm tokens; mv other tokens; chmod 600 tokens; configure "$1"
show /etc/cowork-calls
chown 0:5 tokens; chmod 600 tokens; configure "$1"
show /etc/cowork-calls
"#;
    let shown = run_as_root(script);
    assert!(shown.contains("tokens root:cowork-calls 640\n") && shown.contains("alice"), "{shown}");
    assert!(!shown.contains("other root:cowork-calls"), "{shown}");
    assert!(shown.contains("tokens root:root 600\n"), "a file with another hard link: {shown}");
    assert!(shown.contains("tokens root:tty 600\n"), "a group of the administrator's: {shown}");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn an_upgrade_gives_the_settings_to_root_and_follows_no_link() {
    let script = r#"
mkdir -p /etc/elsewhere/folder /etc/cowork-calls/.config.toml.history /etc/cowork-calls/secrets
cd /etc/cowork-calls
touch config.toml .config.toml.lock .config.toml.history/version.toml secrets/turn public /etc/elsewhere/linked
chown -R 4711:4711 . /etc/elsewhere/linked; chmod -R go= .; chmod 644 public
touch /etc/elsewhere/root; chmod 600 /etc/elsewhere/*; chmod 700 /etc/elsewhere/folder
ln -s /etc/elsewhere/root link; ln -s /etc/elsewhere/folder .planted.history
ln /etc/elsewhere/root hard-root; ln /etc/elsewhere/linked hard-linked
chown -h 4711:4711 link .planted.history
echo tokens >tokens; chmod 600 tokens; mkfifo pipe; chown 4711:4711 pipe
configure "$1"
show /etc/cowork-calls /etc/elsewhere
"#;
    let expected = "\
cowork-calls: /etc/cowork-calls/hard-linked has other hard links, so it still belongs to the user of the services
";
    let shown = run_as_root(script);
    assert!(shown.contains(expected), "{shown}");
    let mut lines: Vec<_> = shown.lines().filter(|line| !line.starts_with("cowork-calls: ")).collect();
    lines.sort_unstable();
    let mut expected = [
        " root:cowork-calls 750",
        "config.toml root:cowork-calls 640",
        "public root:cowork-calls 644",
        "secrets root:cowork-calls 750",
        "secrets/turn root:cowork-calls 640",
        "tokens root:cowork-calls 640",
        ".config.toml.lock root:root 600",
        ".config.toml.history root:root 700",
        ".config.toml.history/version.toml root:root 600",
        // Not touched: links and what they lead to, files with other hard links, and what is neither file nor folder.
        "link cowork-calls:cowork-calls 777",
        ".planted.history cowork-calls:cowork-calls 777",
        "hard-root root:root 600",
        "hard-linked cowork-calls:cowork-calls 600",
        "pipe cowork-calls:cowork-calls 644",
        " root:root 755",
        "root root:root 600",
        "linked cowork-calls:cowork-calls 600",
        "folder root:root 700",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected);
}
