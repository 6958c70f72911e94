//! The systemd units: systemd accepts them, and the program accepts their command lines.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::{all_output, output, read, repository};
use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;

const UNITS: [&str; 3] = ["cowork-calls.service", "cowork-calls-probe.service", "cowork-calls-probe.timer"];
/// The highest exposure, of 10, that 'systemd-analyze security' may report.
const EXPOSURE: &str = "15";

/// Copies of the units that start the program under test instead of an installed one.
fn units() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in UNITS {
        let text = read(&format!("dist/systemd/{name}"));
        let text = text.replace("/usr/bin/cowork-calls", env!("CARGO_BIN_EXE_cowork-calls"));
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn analyze(verb: &[&str], folder: &TempDir) -> std::process::Output {
    let services = UNITS.iter().filter(|name| verb[0] == "verify" || name.ends_with(".service"));
    Command::new("systemd-analyze")
        .args(verb)
        .args(services.map(|name| folder.path().join(name)))
        .output()
        .expect("systemd-analyze of the package systemd has to be installed for this test")
}

#[test]
#[ignore = "needs systemd-analyze (tests/run.sh)"]
fn systemd_accepts_the_units() {
    let folder = units();
    let run = analyze(&["verify", "--man=no"], &folder);
    assert!(run.status.success(), "{}", all_output(&run));

    // Makes sure that an error is noticed.
    let name = folder.path().join(UNITS[0]);
    let text = fs::read_to_string(&name).unwrap().replace("ExecStart=/", "ExecStart=/nowhere/");
    fs::write(&name, text).unwrap();
    let run = analyze(&["verify", "--man=no"], &folder);
    assert!(!run.status.success() && all_output(&run).contains("/nowhere/"), "{}", all_output(&run));
}

#[test]
#[ignore = "needs systemd-analyze (tests/run.sh)"]
fn the_services_are_confined() {
    let folder = units();
    let run = analyze(&["security", "--offline=true", &format!("--threshold={EXPOSURE}")], &folder);
    assert!(run.status.success(), "{}", all_output(&run));
}

/// The command in `ExecStart=` of a unit, without line continuations.
fn exec_start(unit: &str) -> String {
    let text = read(&format!("dist/systemd/{unit}")).replace("\\\n", "");
    let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("ExecStart=")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].to_owned()
}

/// The options that the comment of the unit proposes.
fn more_options() -> String {
    let text = read("dist/systemd/cowork-calls.service");
    let line = text.lines().find_map(|line| line.strip_prefix("#   Environment=\"SERVE_OPTIONS="));
    line.unwrap().trim_end_matches('"').to_owned()
}

#[test]
fn the_web_api_unit_uses_existing_options() {
    let line = exec_start("cowork-calls.service");
    let arguments = line.strip_prefix("/usr/bin/cowork-calls ").unwrap();
    let home = Home::new();
    // The program looks for the tokens after it has parsed all options.
    let arguments = arguments
        .replace("/etc/cowork-calls/tokens", "/nowhere/tokens")
        .replace("$SERVE_OPTIONS", &more_options())
        .replace("--system ", "");
    let error = home.run(&format!("{arguments} --json")).json_error(2);
    assert_eq!(error["code"], "invalid-tokens", "{error}");
    assert!(error["message"].as_str().unwrap().contains("/nowhere/tokens"), "{error}");
}

#[test]
fn the_web_api_unit_keeps_no_copy_of_tokens_and_reloads_by_sighup() {
    let unit = read("dist/systemd/cowork-calls.service");
    assert!(!unit.contains("\nLoadCredential="), "{unit}");
    for line in ["ExecReload=/bin/kill -HUP $MAINPID", "LimitCORE=0", "MemoryMax=512M"] {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
}

#[test]
fn the_timer_writes_complete_metrics_even_if_servers_fail() {
    let good = FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)]);
    let line = exec_start("cowork-calls-probe.service");
    let shell = line.strip_prefix("/bin/sh -c '").and_then(|rest| rest.strip_suffix('\'')).unwrap();
    let home = Home::with(format!("[stun]\nservers = [\"{}\"]\n", good.uri()));
    let config = home.file();
    let shell = shell.replace("$$", "$").replace(
        "/usr/bin/cowork-calls --system",
        &format!("{} --config {}", env!("CARGO_BIN_EXE_cowork-calls"), config.display()),
    );
    assert!(!shell.contains("/usr/bin"), "{shell}");
    let run = || {
        let mut command = Command::new("sh");
        command.args(["-c", &shell]).env("STATE_DIRECTORY", home.path());
        command.output().unwrap()
    };
    let metrics = home.path().join("cowork-calls.prom");
    let up = || fs::read_to_string(&metrics).unwrap().lines().last().unwrap_or_default().to_owned();

    assert!(run().status.success());
    let rtt = up();
    assert!(rtt.starts_with("cowork_calls_probe_rtt_seconds{") || rtt.starts_with("# TYPE"), "{rtt}");
    assert!(fs::read_to_string(&metrics).unwrap().contains("family=\"ipv4\"} 1\n"));

    // A failing server is not a failure of the service …
    fs::write(&config, "[stun]\nservers = [\"stun:127.0.0.1:20009\"]\n").unwrap();
    let failed = run();
    assert!(failed.status.success(), "{}", all_output(&failed));
    assert!(fs::read_to_string(&metrics).unwrap().contains("family=\"ipv4\"} 0\n"));

    // … but unreadable settings are, and the last metrics stay.
    let before = fs::read(&metrics).unwrap();
    fs::write(&config, "[stun\n").unwrap();
    assert!(!run().status.success());
    assert_eq!(fs::read(&metrics).unwrap(), before);
}

#[test]
fn the_units_are_in_the_package_and_in_the_guide() {
    let guide = read("docs/fleet.md");
    for name in UNITS {
        assert!(repository("dist/systemd").join(name).is_file());
        assert!(guide.contains(name.trim_end_matches(".service")), "docs/fleet.md lacks {name}");
    }
    output(Command::new("sh").arg("-n").arg(repository("dist/debian/postinst")));
}
