//! What requests bring along: a token, the names of a call, a reaction; each checked before it is used.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use tokio::time::timeout;

use super::body;
use super::body::{BodyError, HINT};
use super::hub::CallId;
use super::response::ApiError;

/// The largest body that is read.
const MOST_BYTES: usize = 16 * 1024;
/// How much of a larger one is thrown away, so that its sender is there to read the answer.
const MOST_DISCARDED: usize = 1024 * 1024;
/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest name of a team or channel, in bytes.
const LONGEST_NAME: usize = 256;

/// The user whose token came with a request.
#[derive(Clone, Debug)]
pub(super) struct User(pub(super) Arc<str>);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<User>().cloned().ok_or_else(ApiError::unauthorized)
    }
}

/// The token of `Authorization: Bearer TOKEN`.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none();
    (is_only && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

impl<S: Send + Sync> FromRequestParts<S> for CallId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let names = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((team, channel)) = names.map_err(|_| {
            ApiError::bad_request("the names of team and channel are no UTF-8 text", "percent-encode UTF-8")
        })?;
        for (what, name) in [("team", &team), ("channel", &channel)] {
            if name.is_empty() || name.len() > LONGEST_NAME {
                let message = format!("the name of the {what} does not have 1 to {LONGEST_NAME} bytes");
                return Err(ApiError::bad_request(message, "use another name"));
            }
            if name.chars().any(char::is_control) {
                let message = format!("the name of the {what} has control characters");
                return Err(ApiError::bad_request(message, "leave them out"));
            }
        }
        Ok(CallId { team, channel })
    }
}

/// The text of `{"reaction":"…"}`.
pub(super) struct Reaction(pub(super) String);

impl<S: Sync> FromRequest<S> for Reaction {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let body = timeout(BODY_TIMEOUT, read(request.into_body())).await.map_err(|_| {
            let message = "the body did not come in time";
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", message, "send it in one go")
        })??;
        // Whatever the body is declared as: a token does not come by itself, as a cookie would, so that no other site
        // can send one.
        match body::reaction(&body) {
            Ok(text) => Ok(Reaction(text)),
            Err(error @ BodyError::NoJson(_)) => {
                Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid-json", error.to_string(), HINT))
            }
            Err(error @ BodyError::NoReaction) => Err(ApiError::bad_request(error.to_string(), HINT)),
        }
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, ApiError> {
    let (mut bytes, mut seen) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let broken = |_| ApiError::bad_request("the body broke off", "send all of it");
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        seen += data.len();
        if seen <= MOST_BYTES {
            bytes.extend_from_slice(&data);
        } else if seen > MOST_DISCARDED {
            break;
        }
    }
    if seen <= MOST_BYTES {
        return Ok(bytes);
    }
    let message = format!("the body is larger than {} KiB", MOST_BYTES >> 10);
    let hint = "a reaction takes a few bytes";
    Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message, hint))
}
