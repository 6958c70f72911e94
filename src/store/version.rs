//! One saved version of the settings, and the name of its file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::format_rfc3339_seconds;

/// The last second of the year 9999, the latest time in RFC 3339.
pub(super) const LATEST: Duration = Duration::from_secs(253_402_300_799);

/// The digits of a number in the name of a file, at least.
const ID_WIDTH: usize = 8;

/// One saved version of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number. Numbers are not reused when old versions are removed.
    pub id: u64,
    /// When it was saved, to the millisecond.
    pub time: SystemTime,
    /// The command that saved it, such as `stun add`; `hand edit`, `first seen` or `no file` for settings found.
    pub command: String,
    /// Who saved it, as `user@host`; none in the history of a file.
    pub author: Option<String>,
    /// Its length in bytes; a file of another length is incomplete after a power failure.
    pub(super) length: u64,
}

/// A version of the history, and its settings.
pub struct SavedVersion {
    /// Its number, time and command.
    pub version: Version,
    /// Its settings; empty if nothing was set then.
    pub bytes: Vec<u8>,
}

/// The description of that version.
const BEFORE_THE_FIRST: &str = "before the first save";

/// The command of the version that represents a missing settings file.
pub(super) const NO_FILE: &str = "no file";

/// The command of settings that were edited by hand.
pub(super) const HAND_EDIT: &str = "hand edit";

impl Version {
    /// Whether it represents the time before the first save, when there was no file.
    pub fn is_beginning(&self) -> bool {
        (self.id == 1 || self.author.is_some()) && self.command == NO_FILE
    }

    /// Describes when and by which command it was saved.
    pub fn description(&self) -> String {
        match self.is_beginning() {
            true => BEFORE_THE_FIRST.to_owned(),
            false => format!("saved {} UTC by '{}'{}", self.utc(), self.command, self.by()),
        }
    }

    /// Describes which command saved it, and who ran that.
    pub fn origin(&self) -> String {
        match self.is_beginning() {
            true => BEFORE_THE_FIRST.to_owned(),
            false => format!("{}{}", self.command, self.by()),
        }
    }

    /// Describes who saved it, where that is known.
    fn by(&self) -> String {
        self.author.as_ref().map(|author| format!(" ({author})")).unwrap_or_default()
    }

    /// Returns when it was saved, in UTC: `2026-11-25 13:08:42`.
    pub fn utc(&self) -> String {
        format_rfc3339_seconds(self.time).to_string().replace('T', " ").trim_end_matches('Z').to_owned()
    }

    /// Returns `00000012_1760000000000_312_stun-add.toml`: number, time, length and command. Names sort like versions.
    pub(super) fn file_name(&self) -> String {
        let Version { id, time, command, length, .. } = self;
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let command = command.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        format!("{id:0ID_WIDTH$}_{time}_{length}_{command}.toml")
    }

    /// Parses a file name; returns none for files that are not versions. An edit reads all names of the history.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (id, rest) = number(name.strip_suffix(".toml")?, ID_WIDTH)?;
        let (time, rest) = number(rest, 1)?;
        let (length, command) = number(rest, 1)?;
        let time = Duration::from_millis(time);
        let is_canonical = time <= LATEST && command.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let command = command.chars().map(|letter| if letter == '-' { ' ' } else { letter });
        is_canonical.then(|| Version {
            id,
            time: UNIX_EPOCH + time,
            command: command.collect(),
            author: None,
            length,
        })
    }
}

/// Parses the number of at least `width` digits at the start of `text`; returns it with what follows the underscore after it.
fn number(text: &str, width: usize) -> Option<(u64, &str)> {
    let (digits, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let is_canonical = digits.len() == width || (digits.len() > width && !digits.starts_with('0'));
    digits.parse().ok().filter(|_| is_canonical).zip(rest.strip_prefix('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_name() {
        for name in [
            "00000000_0_0_.toml",
            "00000012_1760000000000_312_stun-add.toml",
            "12345678_1_1_hand-edit.toml",
            "18446744073709551615_253402300799000_18446744073709551615_Z9.toml",
        ] {
            assert_eq!(Version::parse(name).map(|version| version.file_name()).as_deref(), Some(name));
        }
        for name in [
            "notes.toml",
            "12_1760000000000_312_stun-add.toml",
            "012345678_1_1_a.toml",
            "000000012_1_1_a.toml",
            "+0000012_1_1_a.toml",
            "0+000012_1_1_a.toml",
            "00000012_01_1_a.toml",
            "00000012_+1_1_a.toml",
            "00000012_253402300799001_1_a.toml",
            "00000012_1_01_a.toml",
            "00000012__1_a.toml",
            "00000012_1_1_a_b.toml",
            "00000012_1_1_a b.toml",
            "00000012_1_1_ä.toml",
            "00000012_1_1.toml",
            "00000012_1_1_a.toml.tmp",
            "18446744073709551616_1_1_a.toml",
        ] {
            assert_eq!(Version::parse(name), None, "{name}");
        }
    }
}
