//! The scenarios as data: `scenarios/*.toml`, one `[[scenario]]` for each.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::support::path::impairment::{Choice, Impairment, Packets};

/// A path to a server, and what `probe --quality` makes of it. Unknown keys are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Scenario {
    pub(super) name: String,
    /// `{4}` and `{6}` are the server's addresses.
    #[serde(default = "over_udp")]
    pub(super) url: String,
    /// The options of the measurement.
    #[serde(default = "short")]
    pub(super) options: String,
    /// What happens to the packets to the server.
    #[serde(default)]
    to_server: PathData,
    /// What happens to the packets from it.
    #[serde(default)]
    from_server: PathData,
    /// nft rules for the packets that the server receives, also from one relay at another, and for those that it sends.
    #[serde(default)]
    pub(super) inbound: Vec<String>,
    #[serde(default)]
    pub(super) outbound: Vec<String>,
    /// The grade, unless this machine may be too busy for it, and what is in its reason.
    pub(super) grade: Option<String>,
    #[serde(default)]
    pub(super) reason: String,
    /// The codes of all warnings of the row.
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    /// The largest packet, in bytes.
    pub(super) largest_packet: Option<u64>,
    /// When the program gets a SIGINT.
    pub(super) interrupt_after: Option<u64>,
    /// When the program is stopped, and for how long, in milliseconds, as by a busy or suspended machine.
    pub(super) pause: Option<[u64; 2]>,
    /// Whether it is only measured with --long.
    #[serde(default)]
    pub(super) long: bool,
}

fn over_udp() -> String {
    "turn:{4}:3478?transport=udp".to_owned()
}

fn short() -> String {
    "--duration 3s".to_owned()
}

/// What happens to packets in one direction; times are in milliseconds. See `Impairment`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PathData {
    #[serde(default)]
    packets: Packets,
    #[serde(default)]
    delay: u64,
    #[serde(default)]
    jitter: u64,
    #[serde(default)]
    gate: u64,
    largest: Option<usize>,
    #[serde(default)]
    loss: u8,
    #[serde(default)]
    lost: Choice,
    #[serde(default)]
    late: Choice,
    #[serde(default)]
    late_by: u64,
    #[serde(default)]
    twice: Choice,
    rate: Option<u32>,
    queue: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scenario: Vec<Scenario>,
}

/// All scenarios, in the order of files and lines; of those for --long only if they are wanted.
pub(super) fn read(is_long: bool) -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quality/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let parse = |file: &std::path::PathBuf| {
        let parsed: Result<File, _> = toml::from_str(&fs::read_to_string(file).unwrap());
        parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display())).scenario
    };
    let all = files.iter().flat_map(parse);
    all.filter(|scenario| is_long || !scenario.long).collect()
}

/// A path that does nothing.
pub(super) fn idle() -> Scenario {
    toml::from_str("name = 'idle'").unwrap()
}

impl Scenario {
    /// What happens to the packets to the server, and to those from it.
    pub(super) fn impairments(&self) -> [Impairment; 2] {
        [self.to_server, self.from_server].map(PathData::impairment)
    }

    /// How long packets take there and back.
    pub(super) fn delay(&self) -> u64 {
        self.to_server.delay + self.from_server.delay
    }

    pub(super) fn is_turn(&self) -> bool {
        self.url.starts_with("turn")
    }

    /// Whether the path sees streams in place of packets of media.
    pub(super) fn is_over_stream(&self) -> bool {
        self.url.starts_with("turns") || self.url.ends_with("tcp")
    }
}

impl PathData {
    fn impairment(self) -> Impairment {
        let PathData { packets, largest, loss, lost, late, twice, rate, .. } = self;
        let times = [self.delay, self.jitter, self.gate, self.late_by];
        let [delay, jitter, gate, late_by] = times.map(Duration::from_millis);
        let queue = self.queue.map(Duration::from_millis);
        Impairment {
            packets,
            delay,
            jitter,
            gate,
            largest,
            loss,
            lost,
            late: (late, late_by),
            twice,
            rate,
            queue,
        }
    }
}
