//! What happens around each request: authentication, headers of the response, metrics and the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::sleep;

use super::app::App;
use super::connection::client::Connection;
use super::connection::not_http::Refusal;
use super::log::Access;
use super::metrics;
use super::request::{User, bearer_token};
use super::response::ApiError;

/// How long the response to an unknown token takes.
const FAILED_TOKEN_DELAY: Duration = Duration::from_secs(1);
/// At most this many requests with unknown tokens wait for their responses, since each takes memory.
pub(super) const MAX_DELAYED: usize = 512;

/// Rejects requests to the API without a known token.
pub(super) async fn authenticate(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/api" && !path.starts_with("/api/") {
        return next.run(request).await;
    }
    app.files.up_to_date().await;
    let tokens = app.tokens.latest();
    let token = bearer_token(request.headers()).filter(|token| !token.is_empty());
    let Some(user) = token.and_then(|token| tokens.user(token)).map(User) else {
        if token.is_some() {
            app.metrics.failed_token();
            // Guessing takes long. A client without a token learns at once that it needs one.
            match app.delayed.try_acquire() {
                Ok(_delayed) => sleep(FAILED_TOKEN_DELAY).await,
                Err(_) => return too_many_failed_tokens(),
            }
        }
        return ApiError::unauthorized().into_response();
    };
    request.extensions_mut().insert(user.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(user);
    response
}

/// Returns the response to an unknown token when too many wait for theirs. The client needs another connection for its next
/// attempt.
fn too_many_failed_tokens() -> Response {
    let hint = "check the token, then try again";
    let error =
        ApiError::too_many("too-many-failed-tokens", "too many requests have unknown tokens", hint, 1);
    let mut response = error.into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Counts and logs a request, and rejects one for another host. Only the path of its address is used, not the query.
pub(super) async fn count_and_log(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let connection = request.extensions().get::<Connection>();
    let peer = connection.map(|connection| connection.peer.to_string()).unwrap_or_default();
    // RFC 6797 section 7.2: not over plain HTTP, such as the error for it on a port for HTTPS.
    let has_hsts = app.hsts && connection.is_some_and(|connection| connection.is_secure);

    let refusal = request.extensions_mut().remove::<Refusal>().map(|Refusal(error)| error);
    let mut response = match refusal.map_or_else(|| app.public_names.check(&request), Err) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };

    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if has_hsts {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
    let status = response.status().as_u16();
    app.metrics.request(metrics::Request { route, method: known(&method), status });
    let user = response.extensions().get::<User>().map(|User(user)| &*user.name);
    let method = method.as_str();
    app.log.access(&Access { method, path: &path, status, took: started.elapsed(), user, peer });
    response
}

/// Returns the method if HTTP defines it: clients can invent others, and each would become a metric.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}
