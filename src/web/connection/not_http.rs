//! What is not HTTP: gets an error in the form of all others.

use axum::http::StatusCode;

use crate::web::response::ApiError;

/// The request in whose place such an error is counted and logged. Clients cannot send this one to a route.
pub(super) const REQUEST: &[u8] = b"- * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// The error that a request gets before it is looked at.
#[derive(Clone, Debug)]
pub(in crate::web) struct Refusal(pub(in crate::web) ApiError);

/// Returns the error for a head that HTTP rejects with this status.
pub(super) fn error(status: u16) -> ApiError {
    match StatusCode::from_u16(status) {
        Ok(status @ (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::URI_TOO_LONG)) => {
            let message = "the head of the request is larger than 16 KiB, or has more than 100 fields";
            ApiError::new(status, "head-too-large", message, "send fewer and shorter header fields")
        }
        _ => {
            ApiError::bad_request("this is not an HTTP/1.1 request", "see /openapi.json for what can be sent")
        }
    }
}

/// Returns the error for HTTP on a port for HTTPS.
pub(super) fn https_required() -> ApiError {
    let hint = "use an address that begins with https://";
    ApiError::new(StatusCode::BAD_REQUEST, "https-required", "this server speaks HTTPS only", hint)
}

/// Returns the error for a client that has too many requests under way through a proxy.
pub(super) fn too_many_connections() -> ApiError {
    let hint = "close some of them, or wait until they have ended";
    ApiError::too_many("too-many-connections", "your address has too many connections", hint, 1)
}
