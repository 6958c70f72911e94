//! What a request carries: a token, the names of a call, a reaction. Each is checked before it is used.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use thiserror::Error;
use tokio::time::timeout;

use super::call::CallId;
use super::replay::position::Position;
use super::response::ApiError;
use super::tokens::Account;

/// The largest body that is accepted, in bytes.
const MAX_BODY: usize = 16 * 1024;
/// At most this much of a larger body is read and discarded, so that the client gets to read the response.
const MAX_DISCARDED: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest name of a team or channel, in bytes.
const MAX_NAME: usize = 256;
/// What the body of a reaction looks like.
pub const REACTION_HINT: &str = "send {\"reaction\":\":thumbsup:\"}";

/// The user whose token came with a request.
#[derive(Clone, Debug)]
pub(super) struct User(pub(super) Arc<Account>);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<User>().cloned().ok_or_else(ApiError::unauthorized)
    }
}

/// Returns the token of `Authorization: Bearer TOKEN`.
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none();
    (is_only && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// The call of a path, in a room that the user may enter. A user who may not does not learn whether it is running.
impl<S: Send + Sync> FromRequestParts<S> for CallId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let names = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((team, channel)) = names.map_err(|_| {
            ApiError::bad_request(
                "the name of the team or channel is not UTF-8",
                "percent-encode it as UTF-8",
            )
        })?;
        for (what, name) in [("team", &team), ("channel", &channel)] {
            if name.is_empty() || name.len() > MAX_NAME {
                let message = format!("the name of the {what} must have 1 to {MAX_NAME} bytes");
                return Err(ApiError::bad_request(message, "use another name"));
            }
            if name.chars().any(char::is_control) {
                let message = format!("the name of the {what} contains control characters");
                return Err(ApiError::bad_request(message, "remove them"));
            }
        }
        let call = CallId { team, channel };
        let User(user) = User::from_request_parts(parts, state).await?;
        if user.may_enter(&call) { Ok(call) } else { Err(ApiError::not_a_member()) }
    }
}

/// How far a client has read that listens again. What it makes up does not count.
pub(super) struct LastEvent(pub(super) Option<Position>);

impl<S: Sync> FromRequestParts<S> for LastEvent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let id = parts.headers.get("last-event-id").and_then(|id| id.to_str().ok());
        Ok(LastEvent(id.and_then(Position::parse)))
    }
}

/// The text of `{"reaction":"…"}`.
pub(super) struct Reaction(pub(super) String);

impl<S: Sync> FromRequest<S> for Reaction {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let body = timeout(BODY_TIMEOUT, read(request.into_body())).await.map_err(|_| {
            let message = "the body did not arrive in time";
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", message, "send it without pauses")
        })??;
        // The content type does not matter: another site cannot send a request with a token, as it could with a cookie.
        parse_reaction(&body).map(Reaction).map_err(|error| {
            let code = match error {
                BodyError::NotJson(_) => "invalid-json",
                BodyError::NoReaction => "bad-request",
            };
            ApiError::new(StatusCode::BAD_REQUEST, code, error.to_string(), REACTION_HINT)
        })
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, ApiError> {
    let (mut bytes, mut seen) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let broken = |_| ApiError::bad_request("the body is incomplete", "send all of it");
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        seen += data.len();
        if seen <= MAX_BODY {
            bytes.extend_from_slice(&data);
        } else if seen > MAX_DISCARDED {
            break;
        }
    }
    if seen <= MAX_BODY {
        return Ok(bytes);
    }
    let message = format!("the body is larger than {} KiB", MAX_BODY >> 10);
    let hint = "a reaction needs only a few bytes";
    Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message, hint))
}

/// Why the body of a reaction is rejected.
#[derive(Debug, Error)]
pub enum BodyError {
    /// It is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// It is other JSON.
    #[error("the body has no text 'reaction'")]
    NoReaction,
}

/// Returns the text of `{"reaction":"…"}`, which need not be an emoji.
pub fn parse_reaction(body: &[u8]) -> Result<String, BodyError> {
    let value: Value = serde_json::from_slice(body)?;
    let text = value.get("reaction").and_then(Value::as_str).ok_or(BodyError::NoReaction)?;
    Ok(text.to_owned())
}
