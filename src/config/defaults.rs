//! What is in effect where the file says nothing: `defaults/*.toml`, compiled in.

use std::sync::LazyLock;

use toml_edit::{Document, Item};

use super::address::{Kind, ServerUri};
use super::emoji::Emoji;

const STUN: &str = include_str!("../../defaults/stun.toml");
const STUN_EXAMPLES: &str = include_str!("../../defaults/stun-examples.toml");
const REACTIONS: &str = include_str!("../../defaults/reactions.toml");

/// The JSON Schema of the settings file.
pub const SCHEMA: &str = include_str!("../../defaults/schema.json");

/// The STUN servers of a new installation, in Germany.
#[must_use]
pub fn stun() -> Vec<ServerUri> {
    static SERVERS: LazyLock<Vec<ServerUri>> = LazyLock::new(|| {
        strings(STUN, "servers").iter().filter_map(|text| ServerUri::parse(text, Kind::Stun).ok()).collect()
    });
    SERVERS.clone()
}

/// The reactions of a new installation.
#[must_use]
pub fn reactions() -> Vec<Emoji> {
    static EMOJIS: LazyLock<Vec<Emoji>> = LazyLock::new(|| {
        strings(REACTIONS, "emojis").iter().filter_map(|text| Emoji::parse(text).ok()).collect()
    });
    EMOJIS.clone()
}

/// A public STUN server that an admin may choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its address.
    pub uri: ServerUri,
    /// Who runs it.
    pub operator: String,
    /// The operator's seat, as ISO 3166 abbreviates the country.
    pub country: String,
    /// Share of the daily checks that it answered, in percent.
    pub answered_percent: f64,
    /// Whether it has a second address for behaviour discovery (RFC 5780).
    pub rfc5780: bool,
}

/// Public STUN servers of European operators.
#[must_use]
pub fn stun_examples() -> Vec<Example> {
    let document = Document::parse(STUN_EXAMPLES).ok();
    let servers = document.as_ref().and_then(|d| d.get("servers")).and_then(Item::as_array_of_tables);
    servers
        .into_iter()
        .flatten()
        .filter_map(|server| {
            Some(Example {
                uri: ServerUri::parse(server.get("uri")?.as_str()?, Kind::Stun).ok()?,
                operator: server.get("operator")?.as_str()?.to_owned(),
                country: server.get("country")?.as_str()?.to_owned(),
                answered_percent: server.get("answered-percent")?.as_float()?,
                rfc5780: server.get("rfc5780")?.as_bool()?,
            })
        })
        .collect()
}

fn strings(toml: &str, key: &str) -> Vec<String> {
    let document = Document::parse(toml).ok();
    let array = document.as_ref().and_then(|d| d.get(key)).and_then(Item::as_array);
    array.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_defaults_counts() {
        let shown: Vec<_> = stun().iter().map(ToString::to_string).collect();
        let expected =
            ["stun:stun.nextcloud.com:443", "stun:stun.m-online.net:3478", "stun:stun.ipfire.org:3478"];
        assert_eq!(shown, expected);
        let shown: String = reactions().iter().map(Emoji::as_str).collect();
        assert_eq!(shown, "👍👎👏❤\u{fe0f}😂😮🎉✋");
        assert_eq!(stun_examples().len(), STUN_EXAMPLES.matches("[[servers]]").count());
        assert_eq!(stun_examples().len(), 12);
    }
}
