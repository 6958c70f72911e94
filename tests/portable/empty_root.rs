//! Settings and probes in an empty root folder.

use std::fs;
use std::process::Command;

use super::{Network, PATH, Root};
use crate::support::certificates::Authority;
use crate::support::coturn::Coturn;

/// A coturn with a certificate for `in-dns.test`, and its authority's certificate among those that the root folder trusts,
/// if it is `trusted`.
fn tls_server(root: &Root, trusted: bool) -> Coturn {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    if trusted {
        root.write("etc/ssl/certs/ca-certificates.crt", fs::read(authority.file()).unwrap());
    }
    let certificate = authority.options("in-dns.test", 2099);
    let options = ["-a", "-u", "alice:secret", "-r", "example.test", "--allow-loopback-peers", "--no-dtls"];
    Coturn::start_with(&[&options, &certificate.each_ref().map(String::as_str)[..]].concat())
}

#[test]
#[ignore = "needs root and the static release (tests/run.sh)"]
fn settings_are_shown_and_edited_without_a_home_folder() {
    let mut root = Root::with_names();
    for home in [None, Some("/"), Some("/home/nobody")] {
        root.variables.clear();
        root.variables.extend(home.map(|home| ("HOME".to_owned(), home.to_owned())));
        let folder = home.unwrap_or("/").trim_end_matches('/');
        root.run("config path").prints(&format!("{folder}/.config/cowork-calls/config.toml\n"));
        let shown = root.run("show");
        assert_eq!((shown.status, shown.stderr.as_str()), (Some(0), ""));
        assert!(shown.stdout.contains("stun:stun.nextcloud.com:443"), "{}", shown.stdout);

        root.run("stun add stun.example.de").prints("added stun:stun.example.de:3478\n");
        root.run("stun add stun.example.org --first").prints("added stun:stun.example.org:3478\n");
        let shown = root.run("show").stdout;
        assert!(shown.contains("stun:stun.example.de:3478"), "{shown}");
        root.run("config undo").prints("restored version 2\n");
        root.run("stun clear --yes --quiet").prints("");
        fs::remove_dir_all(root.path(&format!("{folder}/.config"))).unwrap();
    }
    assert_eq!(root.top(), ["cowork-calls", "etc", "home"], "nothing else was created");
}

#[test]
#[ignore = "needs root and the static release (tests/run.sh)"]
fn a_folder_that_may_not_be_written_is_an_error_that_names_it() {
    let mut root = Root::with_names();
    root.user = "10001:10001".to_owned();
    assert_eq!(root.run("show").status, Some(0));
    root.run("stun add stun.example.de").fails(3, "cannot write to /: permission denied");
}

#[test]
#[ignore = "needs root, iproute2 and the static release (tests/run.sh)"]
fn names_are_looked_up_in_the_hosts_file_and_in_dns() {
    let _network = Network::enter();
    let root = Root::with_names();
    for name in ["in-hosts.test", "in-dns.test", "127.0.0.1"] {
        let report = root.run(&format!("probe {name} --json")).json();
        let row = &report["results"][0];
        assert_eq!((&row["status"], &row["address"]), (&"ok".into(), &"127.0.0.1:3478".into()), "{report}");
    }
    let run = root.run("probe nowhere.test");
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    assert!(run.stdout.contains("cannot resolve 'nowhere.test'"), "{}", run.stdout);
}

#[test]
#[ignore = "needs root, iproute2, strace and the static release (tests/run.sh)"]
fn modules_that_nsswitch_conf_names_are_not_loaded() {
    let _network = Network::enter();
    let root = Root::with_names();
    root.write(
        "etc/nsswitch.conf",
        "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\npasswd: systemd\n",
    );
    let log = root.path("etc/log");
    let command = root.command("probe in-dns.test");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=open,openat,execve", "-o"]).arg(&log).arg(command.get_program());
    let run = strace.args(command.get_args()).env_clear().env("PATH", PATH).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let log = fs::read_to_string(log).unwrap();
    let (_, own) = log.split_once("execve(\"/cowork-calls\"").expect("the program starts");
    assert!(own.contains("\"/etc/hosts\"") && !own.contains(".so"), "{own}");
}

#[test]
#[ignore = "needs root, iproute2, coturn and the static release (tests/run.sh)"]
fn certificates_are_checked_against_those_in_the_root_folder() {
    let _network = Network::enter();
    let root = Root::with_names();
    let server = tls_server(&root, true);
    let report = root.run(&format!("probe stuns:in-dns.test:{} --json", server.tls_port)).json();
    let row = &report["results"][0];
    assert_eq!((&row["status"], &row["tls"]["trusted"]), (&"ok".into(), &true.into()), "{report}");

    root.write("password", "secret");
    let line =
        format!("turn add turns:in-dns.test:{} --username alice --password-file /password", server.tls_port);
    let added = root.run(&format!("{line} --probe --quiet"));
    assert_eq!((added.status, added.stdout.as_str()), (Some(0), ""), "{}", added.stderr);
}

#[test]
#[ignore = "needs root, iproute2, coturn and the static release (tests/run.sh)"]
fn missing_certificates_are_reported_with_where_they_belong() {
    let _network = Network::enter();
    let root = Root::with_names();
    let server = tls_server(&root, false);
    let run = root.run(&format!("probe stuns:in-dns.test:{}", server.tls_port));
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    for says in ["cannot be checked: this machine has no certificates", "in /etc/ssl/certs", "--ca-file"] {
        assert!(run.stdout.contains(says), "{}", run.stdout);
    }
}

#[test]
#[ignore = "needs root, iproute2 and the static release (tests/run.sh)"]
fn the_self_test_relays_data() {
    let _network = Network::enter();
    let run = Root::with_names().run("probe --self-test");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
}
