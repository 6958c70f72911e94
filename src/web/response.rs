//! Responses as JSON, and the one form of all errors: a stable code, a sentence and a hint.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use hyper::body::Bytes;
use serde_json::json;

/// Why a request failed.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: String,
    /// The short names of the allowed reactions.
    allowed: Option<Vec<String>>,
    /// When to try again, in seconds.
    retry_after: Option<u32>,
}

impl ApiError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        ApiError {
            status,
            code,
            message: message.into(),
            hint: hint.into(),
            allowed: None,
            retry_after: None,
        }
    }

    #[cfg(test)]
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn unauthorized() -> Self {
        let message = "a valid token is required";
        let hint = "send it as 'Authorization: Bearer TOKEN'";
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message, hint)
    }

    pub(super) fn bad_request(message: impl Into<String>, hint: impl Into<String>) -> Self {
        ApiError::new(StatusCode::BAD_REQUEST, "bad-request", message, hint)
    }

    pub(super) fn reaction_not_allowed(message: String, hint: String, allowed: Vec<String>) -> Self {
        let error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "reaction-not-allowed", message, hint);
        ApiError { allowed: Some(allowed), ..error }
    }

    pub(super) fn not_a_member() -> Self {
        let message = "your token is not for this channel";
        let hint = "ask your administrator to add the channel to the rooms of your token";
        ApiError::new(StatusCode::FORBIDDEN, "not-a-member", message, hint)
    }

    /// Too many requests or connections; another attempt may succeed after `seconds`.
    pub(super) fn too_many(code: &'static str, message: &str, hint: &str, seconds: u32) -> Self {
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, code, message, hint);
        ApiError { retry_after: Some(seconds), ..error }
    }

    pub(super) fn unavailable(code: &'static str, message: &str) -> Self {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, message, "try again in a moment")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = json!({"code": self.code, "message": self.message, "hint": self.hint});
        if let Some(allowed) = self.allowed {
            error["allowed"] = json!(allowed);
        }
        let mut response = (self.status, json_bytes(json!({ "error": error }).to_string())).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Returns a serialized JSON document with status 200.
pub(super) fn json_bytes(bytes: impl Into<Bytes>) -> Response {
    typed("application/json", bytes)
}

/// Returns a document of this type with status 200.
pub(super) fn typed(content_type: &'static str, bytes: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, content_type)], Body::from(bytes.into())).into_response()
}
