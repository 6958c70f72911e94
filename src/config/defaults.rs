//! The defaults of the lists and the STUN examples: `defaults/*.toml`, compiled in.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};

use super::address::{Kind, ServerUri};
use super::emoji::Emoji;
use super::file::node::Node;
use super::file::plain;

const STUN: &str = include_str!("../../defaults/stun.toml");
const STUN_EXAMPLES: &str = include_str!("../../defaults/stun-examples.toml");

/// The JSON Schema of the settings file.
pub const SCHEMA: &str = include_str!("../../defaults/schema.json");

/// The settings file with which `config edit` begins before the first save: the defaults, explained.
pub const SETTINGS: &str = include_str!("../../defaults/settings.toml");

/// Returns the STUN servers of a new installation, in Germany.
pub fn stun() -> Vec<ServerUri> {
    static SERVERS: LazyLock<Vec<ServerUri>> = LazyLock::new(|| {
        let root = plain::parse(STUN);
        let servers = root.as_ref().and_then(|root| root.get("stun")?.get("servers")?.list());
        let texts = servers.unwrap_or_default().iter().filter_map(Node::text);
        texts.filter_map(|text| ServerUri::parse(text, Kind::Stun).ok()).collect()
    });
    SERVERS.clone()
}

/// Returns the reactions of a new installation.
pub fn reactions() -> Vec<Emoji> {
    Emoji::defaults().collect()
}

/// A public STUN server that an admin may choose.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Example {
    /// The address.
    #[serde(deserialize_with = "stun_uri")]
    pub uri: ServerUri,
    /// The operator's name.
    pub operator: String,
    /// The country of the operator's headquarters, as ISO 3166 abbreviates it.
    pub country: String,
    /// The share of daily checks that it answered, in percent.
    pub answered_percent: f64,
    /// Whether it has a second address for behaviour discovery (RFC 5780).
    pub rfc5780: bool,
}

/// Returns public STUN servers of European operators.
pub fn stun_examples() -> Vec<Example> {
    #[derive(Default, Deserialize)]
    struct Examples {
        servers: Vec<Example>,
    }
    toml::from_str::<Examples>(STUN_EXAMPLES).unwrap_or_default().servers
}

fn stun_uri<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ServerUri, D::Error> {
    ServerUri::parse(&String::deserialize(deserializer)?, Kind::Stun).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_defaults_and_examples_are_read() {
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
