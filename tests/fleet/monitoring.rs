//! The alerts and the dashboard use metrics that the program prints.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::{read, yaml};
use crate::support::fake_server::{FakeServer, success};
use crate::support::http::{answer, request};
use crate::support::nats::Nats;
use crate::support::program::Home;

const TOKEN: &str = "token-of-prometheus-0";

/// The names of metrics that have a `# TYPE` line.
fn declared_metrics(text: &str) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    names.map(str::to_owned).collect()
}

/// The metrics of `probe` and `serve`.
fn printed_metrics() -> BTreeSet<String> {
    let server = FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)]);
    let home = Home::new();
    let mut names =
        declared_metrics(&home.run(&format!("probe {} --quality --format prometheus", server.uri())).stdout);
    let audit = "probe turn:127.0.0.1:9 --audit --yes --format prometheus";
    names.extend(declared_metrics(&home.run(audit).stdout));

    let tokens = home.path().join("tokens");
    fs::write(&tokens, format!("prometheus:{TOKEN}\n")).unwrap();
    fs::set_permissions(&tokens, fs::Permissions::from_mode(0o600)).unwrap();
    // Some are there only if several machines share their settings.
    let engine = Nats::start();
    let line =
        format!("--config {} serve --token-file tokens --listen 127.0.0.1:0", engine.settings("calls"));
    let mut child = home.command(line.split(' ')).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut first).unwrap();
    let address = first.split("://").nth(1).unwrap_or_else(|| panic!("{first}"));
    let end = address.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit()).unwrap();
    let mut stream = TcpStream::connect(&address[..end]).unwrap();
    stream.write_all(request("GET", "/metrics", TOKEN, "").as_bytes()).unwrap();
    let metrics = answer(&mut BufReader::new(stream), false);
    child.kill().unwrap();
    child.wait().unwrap();
    names.extend(declared_metrics(&metrics.unwrap().body));
    names
}

/// The program's metrics in an expression.
fn metrics_in(expression: &str) -> impl Iterator<Item = String> + '_ {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("cowork_calls_")).map(str::to_owned)
}

#[test]
#[ignore = "needs nats-server and PyYAML (tests/run.sh)"]
fn alerts_and_dashboard_use_existing_metrics() {
    let rules = yaml(&read("docs/prometheus/cowork-calls.rules.yml"))[0].clone();
    let rules: Vec<_> = rules["groups"][0]["rules"].as_array().unwrap().clone();
    let dashboard: Value = serde_json::from_str(&read("docs/prometheus/grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();

    let mut names = BTreeSet::new();
    for rule in &rules {
        assert!(rule["alert"].is_string() && rule["annotations"]["summary"].is_string(), "{rule}");
        names.extend(metrics_in(rule["expr"].as_str().unwrap()));
    }
    for panel in panels {
        let targets = panel["targets"].as_array().unwrap();
        let found: Vec<_> =
            targets.iter().flat_map(|target| metrics_in(target["expr"].as_str().unwrap())).collect();
        assert!(!found.is_empty(), "{panel}");
        names.extend(found);
    }
    assert!(names.len() >= 8, "{names:?}");
    let printed = printed_metrics();
    let unknown: Vec<_> = names.difference(&printed).collect();
    assert!(unknown.is_empty(), "{unknown:?} are not among {printed:?}");
}

#[test]
fn panels_have_unique_ids_and_positions() {
    let dashboard: Value = serde_json::from_str(&read("docs/prometheus/grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut cells = BTreeSet::new();
    for panel in panels {
        let of = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        for x in of("x")..of("x") + of("w") {
            for y in of("y")..of("y") + of("h") {
                assert!(x < 24 && cells.insert((x, y)), "{} overlaps", panel["title"]);
            }
        }
    }
}
