//! One saved version of the settings, and the name of its file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::format_rfc3339_seconds;
use zeroize::Zeroizing;

/// The last second of the year 9999, the latest time in RFC 3339.
pub(super) const LATEST: Duration = Duration::from_secs(253_402_300_799);

/// One saved version of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number. Numbers are not reused when old versions are removed.
    pub id: u64,
    /// When it was saved, to the millisecond.
    pub time: SystemTime,
    /// The command that saved it, such as `stun add`; `hand edit`, `first seen` or `no file` for settings found.
    pub command: String,
    /// Its length in bytes; a file of another length is incomplete after a power failure.
    pub(super) length: u64,
}

/// A version of the history, and its settings.
pub struct SavedVersion {
    /// Its number, time and command.
    pub version: Version,
    /// Its settings; empty if nothing was set then.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// The description of that version.
const BEFORE_THE_FIRST: &str = "before the first save";

/// The command of the version that represents a missing settings file.
pub(super) const NO_FILE: &str = "no file";

impl Version {
    /// Whether it represents the time before the first save, when there was no file.
    pub fn is_beginning(&self) -> bool {
        self.id == 1 && self.command == NO_FILE
    }

    /// Describes when and by which command it was saved.
    pub fn description(&self) -> String {
        match self.is_beginning() {
            true => BEFORE_THE_FIRST.to_owned(),
            false => format!("saved {} UTC by '{}'", self.utc(), self.command),
        }
    }

    /// Describes which command saved it.
    pub fn origin(&self) -> &str {
        if self.is_beginning() { BEFORE_THE_FIRST } else { &self.command }
    }

    /// Returns when it was saved, in UTC: `2026-11-25 13:08:42`.
    pub fn utc(&self) -> String {
        format_rfc3339_seconds(self.time).to_string().replace('T', " ").trim_end_matches('Z').to_owned()
    }

    /// Returns `00000012_1760000000000_312_stun-add.toml`: number, time, length and command. Names sort like versions.
    pub(super) fn file_name(&self) -> String {
        let Version { id, time, command, length } = self;
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let command = command.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        format!("{id:08}_{time}_{length}_{command}.toml")
    }

    /// Parses a file name; returns none for files that are not versions.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".toml")?.splitn(4, '_');
        let id = parts.next()?.parse().ok()?;
        let time = UNIX_EPOCH + Duration::from_millis(parts.next()?.parse().ok()?).min(LATEST);
        let length = parts.next()?.parse().ok()?;
        let command = parts.next()?.replace('-', " ");
        Some(Version { id, time, command, length }).filter(|version| version.file_name() == name)
    }
}
