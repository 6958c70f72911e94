//! The settings as variables for a shell, quoted so that no value can do anything but be one.

use std::fmt::Write as _;

use crate::config::settings::Settings;

/// A line `KEY='value'` for each variable. Lists are separated by blanks, which no entry contains; each TURN
/// server has variables of its own, counted from 1.
#[must_use]
pub fn text(settings: &Settings) -> String {
    let mut text = String::new();
    let mut set = |key: &str, value: &str| {
        let _ = writeln!(text, "COWORK_CALLS_{key}={}", quoted(value));
    };
    set("STUN_SERVERS", &joined(&settings.stun.entries));
    let turn: Vec<_> = settings.turn.entries.iter().map(|server| &server.uri).collect();
    set("TURN_SERVERS", &joined(&turn));
    for (index, server) in settings.turn.entries.iter().enumerate() {
        for (key, value) in server.keys() {
            set(&format!("TURN_{}_{}", index + 1, key.replace('-', "_").to_uppercase()), &value);
        }
    }
    set("ICE_TRANSPORT_POLICY", settings.policy.as_str());
    set("REACTIONS", &joined(&settings.reactions.entries));
    text
}

fn joined(entries: &[impl ToString]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// In single quotes only a single quote means something. A zero byte, which no shell can hold, is left away.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_ends_no_value() {
        assert_eq!(quoted("a'$(b)\"\\\n`"), "'a'\\''$(b)\"\\\n`'");
        assert_eq!(quoted("'"), r"''\'''");
    }
}
