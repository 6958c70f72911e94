//! One message of the stream: a version of the settings, with its author and command in headers.

use std::env;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use rustix::process::geteuid;

use crate::store::snapshot::Snapshot;
use crate::store::version::{HAND_EDIT, LATEST, NO_FILE, SavedVersion, Version};

/// The command that saved the version.
const COMMAND: &str = "Cowork-Calls-Command";
/// Who ran it, as `user@host`.
const AUTHOR: &str = "Cowork-Calls-Author";
/// What tells this write from all others, to find out whether it was stored when its confirmation was lost.
const ID: &str = "Cowork-Calls-Id";

/// The most characters of a header that are read or written: settings need the room.
const LONGEST: usize = 100;

/// A version of the settings as it is stored.
pub(super) struct Message {
    /// The version; its number is the sequence of the message.
    pub(super) saved: SavedVersion,
    /// What tells its write from all others; empty if another program wrote it.
    pub(super) id: String,
}

impl Message {
    /// A message that was requested.
    pub(super) fn of(message: StreamMessage) -> Self {
        let StreamMessage { sequence, headers, payload, time, .. } = message;
        let version = version(sequence, time, Some(&headers));
        Message { saved: SavedVersion { version, bytes: payload.to_vec() }, id: text(Some(&headers), ID) }
    }

    /// A message that arrived by itself.
    pub(super) fn arrived(sequence: u64, time: impl Into<SystemTime>, message: &async_nats::Message) -> Self {
        let headers = message.headers.as_ref();
        let version = version(sequence, time, headers);
        Message { saved: SavedVersion { version, bytes: message.payload.to_vec() }, id: text(headers, ID) }
    }

    /// Returns the settings; before the first save nothing is set.
    pub(super) fn into_snapshot(self, name: &str) -> Snapshot {
        let SavedVersion { version, bytes } = self.saved;
        let is_set = version.command != NO_FILE || !bytes.is_empty();
        let time = version.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Snapshot::of_message(name, is_set.then_some(bytes), (version.id, time))
    }
}

/// Reads the headers of a message.
pub(super) fn version(sequence: u64, time: impl Into<SystemTime>, headers: Option<&HeaderMap>) -> Version {
    let command = text(headers, COMMAND);
    let command = if command.is_empty() { HAND_EDIT.to_owned() } else { command };
    let author = Some(text(headers, AUTHOR)).filter(|author| !author.is_empty());
    let time = time.into().clamp(UNIX_EPOCH, UNIX_EPOCH + LATEST);
    Version { id: sequence, time, command, author, length: 0 }
}

/// Returns a header, cleaned: other programs may have written it.
fn text(headers: Option<&HeaderMap>, name: &str) -> String {
    let value = headers.and_then(|headers| headers.get(name)).map(|value| value.as_str()).unwrap_or_default();
    shown(value)
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(LONGEST).collect()
}

/// The headers of a new version.
pub(super) struct Headers {
    command: String,
    pub(super) id: String,
}

impl Headers {
    pub(super) fn new(command: &str) -> Self {
        Headers { command: shown(command), id: format!("{:016x}{:016x}", random(), random()) }
    }

    /// The headers of the version before the first one.
    pub(super) fn beginning() -> Self {
        Headers::new(NO_FILE)
    }

    /// Returns the headers, with those that let the server store the message only if the last one is that numbered
    /// `after`.
    pub(super) fn map(&self, stream: &str, after: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Expected-Stream", stream);
        headers.insert("Nats-Expected-Last-Subject-Sequence", after.to_string());
        headers.insert(ID, self.id.as_str());
        headers.insert(COMMAND, self.command.as_str());
        headers.insert(AUTHOR, author());
        headers
    }
}

/// Returns the user and the machine, for the history.
fn author() -> String {
    let named = |variable| env::var(variable).ok().filter(|name| !name.is_empty());
    let user = named("SUDO_USER").unwrap_or_else(|| user_name(geteuid().as_raw()));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    shown(format!("{user}@{}", host.trim()).trim_end_matches('@'))
}

/// Returns the name of a user, or its number where only other services than the file know users.
fn user_name(uid: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut users = users.lines().map(|line| line.split(':'));
    let name = users.find_map(|mut user| {
        let name = user.next()?;
        (user.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| uid.to_string())
}

/// Returns a number that nobody else draws: the standard library gives each of its hashers other keys.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_other_programs_do_no_harm() {
        let mut headers = HeaderMap::new();
        headers.insert(COMMAND, "stun\u{1b}[31m add");
        headers.insert(AUTHOR, "a".repeat(1000).as_str());
        let found = version(7, UNIX_EPOCH, Some(&headers));
        assert_eq!((found.id, found.command.as_str()), (7, "stun[31m add"));
        assert_eq!(found.author.unwrap().len(), LONGEST);
        let bare = version(8, UNIX_EPOCH + LATEST + LATEST, None);
        assert_eq!((bare.command.as_str(), bare.author), ("hand edit", None));
        assert_eq!(bare.time, UNIX_EPOCH + LATEST);
    }

    #[test]
    fn no_two_writes_have_the_same_id() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| Headers::new("x").id).collect();
        assert_eq!(ids.len(), 1000);
    }
}
