//! The settings as shell variables, quoted so that the shell interprets nothing in a value.

use std::fmt::Write as _;

use crate::config::settings::Settings;

/// Returns a line `KEY='value'` for each variable. Entries of lists are separated by spaces, which no entry
/// contains; each TURN server has its own variables, numbered from 1.
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

/// Quotes a value; only a single quote has a meaning in single quotes. Drops NUL, which no shell can hold.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_does_not_end_a_value() {
        assert_eq!(quoted("a'$(b)\"\\\n`"), "'a'\\''$(b)\"\\\n`'");
        assert_eq!(quoted("'"), r"''\'''");
    }
}
