//! The conditions as data: `conditions/*.toml`, one `[[condition]]` for each.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::support::path::impairment::Impairment;

/// A server and the network before it, and what is made of them. Unknown keys are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Condition {
    pub(super) name: String,
    /// The ICE server. `{4}` and `{6}` are the server's addresses, `{name}` is a name that has both, `v6-{name}` has only
    /// the second; `slow-{name}` takes 2 s to look up.
    pub(super) url: String,
    #[serde(default)]
    pub(super) login: Login,
    /// What runs at the addresses; nothing means closed ports.
    #[serde(default)]
    pub(super) server: Server,
    #[serde(default)]
    path: PathData,
    /// Packet filters of the router, as nft rules for packets between client and server.
    #[serde(default)]
    pub(super) router: Vec<String>,
    /// Packet filters of the server, as nft rules for the packets that it receives.
    #[serde(default)]
    pub(super) inbound: Vec<String>,
    /// Whether Chromium can use the server: a server-reflexive candidate, or a call relayed on both sides.
    pub(super) works: bool,
    /// The same for a call that is relayed on one side only, where that differs.
    pub(super) works_one_sided: Option<bool>,
    /// For how many seconds a call has to last.
    #[serde(default)]
    pub(super) lasts: u64,
    /// What the probe says: `ok` or an error code for each row, and the warnings after `+`.
    pub(super) probe: String,
    /// Why the probe and Chromium may disagree.
    pub(super) differs: Option<String>,
    /// Why the times of gathering may disagree.
    pub(super) gathering_differs: Option<String>,
    /// Why gathering has no single time, so that the times are not compared.
    pub(super) gathering_varies: Option<String>,
    /// Whether Firefox is tested as well.
    #[serde(default)]
    pub(super) firefox: bool,
    /// Why Firefox differs from Chromium.
    pub(super) firefox_differs: Option<String>,
}

/// The credentials of the client.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Login {
    #[default]
    Good,
    WrongPassword,
    None,
}

/// What runs at a server's addresses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Server {
    #[default]
    Nothing,
    /// A coturn with these options beside the usual ones; `auth = false` in place of a user and a realm.
    Coturn {
        #[serde(default)]
        options: Vec<String>,
        certificate: Option<Certificate>,
        #[serde(default = "yes")]
        auth: bool,
        /// Where it relays from; `{4}` by default.
        relay: Option<String>,
    },
    /// A scripted server over UDP with real relays (see `scripted_server`).
    Script { answers: Vec<String>, refresh: Option<Vec<String>> },
    /// A server that accepts TCP connections.
    Tcp(Tcp),
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Certificate {
    Good,
    Expired,
    SelfSigned,
    OtherName,
}

/// What a TCP server does after it has accepted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tcp {
    Silent,
    Http,
    Closes,
}

/// The path to a server.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PathData {
    /// Milliseconds there and back.
    #[serde(default)]
    rtt: u64,
    largest: Option<usize>,
    #[serde(default)]
    loss: u8,
    rate: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    condition: Vec<Condition>,
}

/// All conditions, in the order of files and lines.
pub(super) fn read() -> Vec<Condition> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/conditions");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let parse = |file: &std::path::PathBuf| {
        let parsed: Result<File, _> = toml::from_str(&fs::read_to_string(file).unwrap());
        parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display())).condition
    };
    let conditions: Vec<Condition> = files.iter().flat_map(parse).collect();
    for condition in &conditions {
        let (loses, varies) = (condition.loses(), condition.gathering_varies.is_some());
        assert_eq!(
            loses, varies,
            "{}: where packets are lost, and only there, gathering varies",
            condition.name
        );
    }
    conditions
}

impl Condition {
    /// A good coturn with a certificate, at this round trip in milliseconds.
    pub(super) fn good_at(round_trip: u64) -> Self {
        let text = format!(
            "condition = [{{ name = '', url = '', works = true, probe = 'ok', path = {{ rtt = {round_trip} }},
            server = {{ coturn = {{ certificate = 'good' }} }} }}]"
        );
        let text = text.replace('\n', "");
        toml::from_str::<File>(&text).unwrap().condition.remove(0)
    }

    pub(super) fn is_turn(&self) -> bool {
        self.url.starts_with("turn")
    }

    /// Whether packets are lost by chance.
    pub(super) fn loses(&self) -> bool {
        self.path.loss > 0
    }

    pub(super) fn impairment(&self) -> Impairment {
        let PathData { rtt, largest, loss, rate } = self.path;
        Impairment { delay: Duration::from_micros(rtt * 500), largest, loss, rate, ..Impairment::default() }
    }

    /// What a call that is relayed on one side only has to do.
    pub(super) fn one_sided(&self) -> bool {
        self.works_one_sided.unwrap_or(self.works)
    }
}

/// Puts the addresses of a server into a text of its condition.
pub(super) fn at(number: u8, text: &str) -> String {
    text.replace("{4}", &ipv4(number).to_string())
        .replace("[{6}]", &format!("[{}]", ipv6(number)))
        .replace("{6}", &ipv6(number).to_string())
        .replace("{name}", &format!("server{number}.test"))
}

pub(super) fn ipv4(number: u8) -> IpAddr {
    format!("203.0.113.{number}").parse().unwrap()
}

pub(super) fn ipv6(number: u8) -> IpAddr {
    format!("2001:db8:2::{number}").parse().unwrap()
}
