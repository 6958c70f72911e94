//! The entries of each list, in JSON and as the cells of a table.

use serde_json::{Map, Value, json};

use crate::config::address::ServerUri;
use crate::config::emoji::Emoji;
use crate::config::turn::{Credential, MASK, TurnServer};
use crate::text::clean;

/// An entry of a list of the settings, as it is shown.
pub trait Listed {
    /// The key of the list in JSON.
    const KEY: &'static str;
    /// The headings of its table, after `#` for the position.
    const HEADINGS: &'static [&'static str];

    /// Returns the entry without its position; secrets are masked unless `show_secrets`.
    fn to_json(&self, show_secrets: bool) -> Map<String, Value>;
    /// Returns a cell for each heading; secrets are masked unless `show_secrets`.
    fn cells(&self, show_secrets: bool) -> Vec<String>;
}

impl Listed for ServerUri {
    const KEY: &'static str = "servers";
    const HEADINGS: &'static [&'static str] = &["SERVER"];

    fn to_json(&self, _: bool) -> Map<String, Value> {
        Map::from_iter([("uri".to_owned(), json!(self.to_string()))])
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl Listed for TurnServer {
    const KEY: &'static str = "servers";
    const HEADINGS: &'static [&'static str] = &["SERVER", "USER", "CREDENTIALS"];

    fn to_json(&self, show_secrets: bool) -> Map<String, Value> {
        let mut entry = self.uri.to_json(show_secrets);
        entry.insert("username".to_owned(), json!(self.username));
        if let Some(credential) = &self.credential {
            entry.insert(credential.key().replace('-', "_"), json!(shown(credential, show_secrets)));
        }
        entry
    }

    fn cells(&self, show_secrets: bool) -> Vec<String> {
        let credentials = self.credential.as_ref().map_or_else(
            || "none".to_owned(),
            |credential| {
                let kind = if credential.is_password() { "password" } else { "secret" };
                let place = if credential.is_stored() { "" } else { "in " };
                format!("{kind} {place}{}", clean(shown(credential, show_secrets)))
            },
        );
        vec![self.uri.to_string(), clean(self.username.as_deref().unwrap_or("-")).into_owned(), credentials]
    }
}

impl Listed for Emoji {
    const KEY: &'static str = "reactions";
    const HEADINGS: &'static [&'static str] = &["", "SHORT NAME", "NAME"];

    fn to_json(&self, _: bool) -> Map<String, Value> {
        Map::from_iter([
            ("emoji".to_owned(), json!(self.as_str())),
            ("short_name".to_owned(), json!(self.short_name())),
            ("name".to_owned(), json!(self.name())),
        ])
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.to_string(), self.short_name(), self.name().to_owned()]
    }
}

/// Returns a secret, masked unless `show_secrets`; or the path of the file that holds it.
pub(super) fn shown(credential: &Credential, show_secrets: bool) -> &str {
    if credential.is_stored() && !show_secrets { MASK } else { credential.expose() }
}
