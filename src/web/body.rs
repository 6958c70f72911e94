//! The bodies of requests: any bytes are a reaction's text, or an error that says what to send.

use serde_json::Value;
use thiserror::Error;

/// What a body has to be.
pub const HINT: &str = "send {\"reaction\":\":thumbsup:\"}";

/// Why a body is refused.
#[derive(Debug, Error)]
pub enum BodyError {
    /// It is no JSON.
    #[error("the body is no JSON: {0}")]
    NoJson(#[from] serde_json::Error),
    /// It is other JSON.
    #[error("the body has no text 'reaction'")]
    NoReaction,
}

/// The text of `{"reaction":"…"}`, which may be no emoji yet.
///
/// # Errors
/// [`BodyError`]
pub fn reaction(body: &[u8]) -> Result<String, BodyError> {
    let value: Value = serde_json::from_slice(body)?;
    let text = value.get("reaction").and_then(Value::as_str).ok_or(BodyError::NoReaction)?;
    Ok(text.to_owned())
}
