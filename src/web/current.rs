//! The current settings, with the responses that depend on nothing else.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::reload::{File, LoadError, Loaded};
use super::response::ApiError;
use crate::config::emoji::Emoji;
use crate::config::file::load::load;
use crate::config::settings::Settings;
use crate::config::warnings::Warning;
use crate::store::Snapshot;

/// At most this many different warnings are remembered until the settings change.
const MAX_WARNINGS: usize = 1000;

/// The settings, with the responses that clients request again and again.
pub(super) struct Current {
    pub(super) settings: Settings,
    /// The start of the hash of their text, to compare it with that of other replicas.
    pub(super) digest: String,
    /// The reactions, each once: a file edited by hand may list one twice.
    reactions: Vec<Emoji>,
    /// `[{"shortName":…,"imageURL":…},…]`
    pub(super) list: Bytes,
    /// `{":thumbsup:":"data:…",…}`
    pub(super) map: Bytes,
    /// The warnings that requests with these settings have led to.
    warnings: Mutex<HashSet<String>>,
}

/// Reads the settings.
pub(super) fn parse([(store, snapshot)]: [File<'_>; 1]) -> Result<Loaded<Current>, LoadError> {
    let snapshot = snapshot?;
    let loaded = load(snapshot.bytes().unwrap_or_default()).map_err(|problems| {
        let (place, what) = problems.first().map_or_else(Default::default, |problem| {
            (format!("{}:{}", problem.line, problem.column), problem.message.as_str())
        });
        LoadError {
            message: format!("{}:{place}: {what}", store.name()),
            // Everybody can read this, so it must not quote the file.
            public: format!("{place}: run 'cowork-calls config check' to see what is wrong"),
        }
    })?;
    let mut warnings: Vec<String> = loaded.warnings.iter().map(Warning::message).collect();
    warnings.extend(store.permission_warning(&snapshot, &loaded.settings).as_ref().map(Warning::message));
    Ok(Loaded { warnings, ..Loaded::new(Current::new(loaded.settings, digest(&snapshot))) })
}

fn digest(snapshot: &Snapshot) -> String {
    let hash = Sha256::digest(snapshot.bytes().unwrap_or_default());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Current {
    fn new(settings: Settings, digest: String) -> Self {
        let mut seen = HashSet::new();
        let mut reactions = settings.reactions.entries.clone();
        reactions.retain(|emoji| seen.insert(*emoji));
        let entry = |emoji: &Emoji| json!({"shortName": emoji.short_name(), "imageURL": image(*emoji)});
        let list: Value = reactions.iter().map(entry).collect();
        let map: Map<_, _> = reactions.iter().map(|e| (e.short_name(), json!(image(*e)))).collect();
        let bytes = |value: Value| Bytes::from(value.to_string());
        Current {
            settings,
            digest,
            reactions,
            list: bytes(list),
            map: bytes(map.into()),
            warnings: Mutex::default(),
        }
    }

    /// Returns the emoji of a reaction if the settings allow it.
    pub(super) fn reaction(&self, text: &str) -> Result<Emoji, ApiError> {
        let (message, hint) = match Emoji::parse(text) {
            Ok(emoji) if self.reactions.contains(&emoji) => return Ok(emoji),
            Ok(emoji) => {
                (format!("{emoji} is not a configured reaction"), "send one of those in 'allowed'".into())
            }
            Err(error) => (error.to_string(), error.hint()),
        };
        let allowed = self.reactions.iter().map(Emoji::short_name).collect();
        Err(ApiError::reaction_not_allowed(message, hint, allowed))
    }

    /// Whether this is the first time that a request leads to this warning.
    pub(super) fn is_new_warning(&self, warning: &str) -> bool {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.len() < MAX_WARNINGS && warnings.insert(warning.to_owned())
    }
}

/// Returns the emoji as an image: text that is drawn in the reader's emoji font. The fonts are named because others
/// have some emojis in black only, which cannot be seen on a dark background.
fn image(emoji: Emoji) -> String {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><text x=\"50\" y=\"50\" font-size=\"80\" font-family=\"Apple Color Emoji,Segoe UI Emoji,Noto Color Emoji,sans-serif\" text-anchor=\"middle\" dominant-baseline=\"central\">{emoji}</text></svg>"
    );
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}
