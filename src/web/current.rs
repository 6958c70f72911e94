//! The settings in force, with the answers that only depend on them.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use serde_json::{Map, Value, json};

use super::reload::{Parsed, Trouble};
use super::response::ApiError;
use crate::config::emoji::Emoji;
use crate::config::file::apply::load;
use crate::config::settings::Settings;
use crate::config::warnings::Warning;
use crate::store::{Snapshot, Store};

/// The settings, and what clients ask for again and again.
pub(super) struct InForce {
    pub(super) settings: Settings,
    /// The reactions, each once: by hand one may be listed twice.
    reactions: Vec<Emoji>,
    /// `[{"shortName":…,"imageURL":…},…]`
    pub(super) list: Bytes,
    /// `{":thumbsup:":"data:…",…}`
    pub(super) map: Bytes,
    /// What these settings were complained of already.
    complaints: Mutex<HashSet<String>>,
}

/// So much is complained of at most until the settings change.
const MOST_COMPLAINTS: usize = 1000;

/// Reads the settings.
pub(super) fn parse(store: &Store, snapshot: &Snapshot) -> Result<Parsed<InForce>, Trouble> {
    let loaded = load(snapshot.bytes().unwrap_or_default()).map_err(|problems| {
        let (place, what) = problems.first().map_or_else(Default::default, |problem| {
            (format!("{}:{}", problem.line, problem.column), problem.message.as_str())
        });
        Trouble {
            message: format!("{}:{place}: {what}", store.name()),
            // Not even a part of the file is for everybody.
            public: format!("{place}: 'cowork-calls config check' tells what is wrong here"),
        }
    })?;
    let mut warnings: Vec<String> = loaded.warnings.iter().map(Warning::message).collect();
    warnings.extend(store.exposed(snapshot, &loaded.settings).as_ref().map(Warning::message));
    Ok(Parsed { value: InForce::new(loaded.settings), warnings })
}

impl InForce {
    fn new(settings: Settings) -> Self {
        let mut seen = HashSet::new();
        let mut reactions = settings.reactions.entries.clone();
        reactions.retain(|emoji| seen.insert(*emoji));
        let entry = |emoji: &Emoji| json!({"shortName": emoji.short_name(), "imageURL": image(*emoji)});
        let list: Value = reactions.iter().map(entry).collect();
        let map: Map<_, _> = reactions.iter().map(|e| (e.short_name(), json!(image(*e)))).collect();
        let bytes = |value: Value| Bytes::from(value.to_string());
        InForce {
            settings,
            reactions,
            list: bytes(list),
            map: bytes(map.into()),
            complaints: Mutex::default(),
        }
    }

    /// Whether a complaint that each request leads to again is made for the first time.
    pub(super) fn is_new(&self, complaint: &str) -> bool {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.len() < MOST_COMPLAINTS && complaints.insert(complaint.to_owned())
    }

    /// The emoji of a reaction, if it may be sent.
    pub(super) fn reaction(&self, text: &str) -> Result<Emoji, ApiError> {
        let allowed = || self.reactions.iter().map(Emoji::short_name).collect();
        match Emoji::parse(text) {
            Ok(emoji) if self.reactions.contains(&emoji) => Ok(emoji),
            Ok(emoji) => {
                let message = format!("{emoji} is not among the reactions that are configured");
                Err(ApiError::reaction_not_allowed(message, "send one of those in 'allowed'", allowed()))
            }
            Err(error) => Err(ApiError::reaction_not_allowed(error.to_string(), error.hint(), allowed())),
        }
    }
}

/// The emoji as an image: its text, drawn in the emoji font of whoever looks at it. Named, since other fonts have some
/// emojis in black, which nobody sees on a dark ground.
fn image(emoji: Emoji) -> String {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><text x=\"50\" y=\"50\" font-size=\"80\" font-family=\"Apple Color Emoji,Segoe UI Emoji,Noto Color Emoji,sans-serif\" text-anchor=\"middle\" dominant-baseline=\"central\">{emoji}</text></svg>"
    );
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}

/// An accepted reaction as an event; made once for all who receive it.
pub(super) fn event(emoji: Emoji, user: &str) -> Bytes {
    let data = json!({"reaction": emoji.short_name(), "emoji": emoji.as_str(), "user": user});
    Bytes::from(format!("event: reaction\ndata: {data}\n\n"))
}
