//! All settings as a settings file, in TOML or in JSON with the same keys; secrets are not masked.

use serde_json::{Map, Value, json};

use crate::config::settings::Settings;
use crate::config::turn::TurnServer;

/// Returns a settings file with all lists in effect.
pub fn toml(settings: &Settings) -> String {
    let servers: String = settings.turn.entries.iter().map(server).collect();
    format!(
        "[stun]\nservers = {}{servers}\n[ice]\ntransport-policy = {}\n\n[reactions]\nemojis = {}",
        array(&settings.stun.entries),
        quoted(settings.policy.as_str()),
        array(&settings.reactions.entries),
    )
}

fn array(entries: &[impl ToString]) -> String {
    let entries: String =
        entries.iter().map(|entry| format!("  {},\n", quoted(&entry.to_string()))).collect();
    format!("[\n{entries}]\n")
}

fn server(server: &TurnServer) -> String {
    let keys = server.keys();
    let lines = keys.iter().map(|(key, value)| format!("{key} = {}\n", quoted(value)));
    std::iter::once("\n[[turn.servers]]\n".to_owned()).chain(lines).collect()
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// Returns the same as JSON.
pub fn json(settings: &Settings) -> Value {
    let server = |server: &TurnServer| {
        let keys = server.keys();
        let entries = keys.iter().map(|(key, value)| ((*key).to_owned(), json!(**value)));
        Value::Object(entries.collect::<Map<_, _>>())
    };
    let stun: Vec<_> = settings.stun.entries.iter().map(ToString::to_string).collect();
    let turn: Vec<_> = settings.turn.entries.iter().map(server).collect();
    let emojis: Vec<_> = settings.reactions.entries.iter().map(ToString::to_string).collect();
    json!({
        "stun": {"servers": stun},
        "turn": {"servers": turn},
        "ice": {"transport-policy": settings.policy.as_str()},
        "reactions": {"emojis": emojis},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read_back_unchanged() {
        let nasty = r#"a"b'c\d ü 🎉 #=\u0041"#;
        let text = format!(
            "{{\"stun\":{{\"servers\":[\"a\"]}},\"turn\":{{\"servers\":[{{\"uri\":\"b\",\"username\":{0},\"password\":{0}}},\
             {{\"uri\":\"turns:c\",\"secret-file\":{0}}}]}},\"ice\":{{\"transport-policy\":\"relay\"}}}}",
            json!(format!("{nasty}\n\t\u{1}\u{7f}"))
        );
        let settings = crate::config::file::replace::parse(text.as_bytes()).unwrap();
        let toml = toml(&settings);
        for text in [&toml, &json(&settings).to_string()] {
            let read = crate::config::file::replace::parse(text.as_bytes()).unwrap();
            assert_eq!(
                (read.stun, read.turn, read.policy),
                (settings.stun.clone(), settings.turn.clone(), settings.policy),
                "{text}"
            );
            assert_eq!(read.reactions.entries, settings.reactions.entries);
        }
        assert!(
            toml.starts_with("[stun]\nservers = [\n  \"stun:a:3478\",\n]\n\n[[turn.servers]]\nuri = "),
            "{toml}"
        );
    }
}
