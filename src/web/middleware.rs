//! What happens around each request: who sends it, what is written down of it, and the headers of its answer.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::{CACHE_CONTROL, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::accept::Connection;
use super::app::App;
use super::log::Access;
use super::metrics;
use super::request::{User, token};
use super::response::ApiError;

/// Lets only those into the API whose token is known.
pub(super) async fn authenticate(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/api" && !path.starts_with("/api/") {
        return next.run(request).await;
    }
    let tokens = app.tokens.now();
    let user = token(request.headers()).and_then(|token| tokens.user(token)).map(User);
    let Some(user) = user else { return ApiError::unauthorized().into_response() };
    request.extensions_mut().insert(user.clone());
    // Who stays connected may lose the token meanwhile.
    request.extensions_mut().insert(tokens);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(user);
    response
}

/// Counts a request and writes it down. Of its address only the path is looked at.
pub(super) async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let peer = request.extensions().get::<Connection>().map(Connection::peer).unwrap_or_default();

    let mut response = next.run(request).await;

    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let status = response.status().as_u16();
    app.metrics.request(metrics::Request { route, method: known(&method), status });
    let user = response.extensions().get::<User>().map(|User(name)| &**name);
    let method = method.as_str();
    app.log.access(&Access { method, path: &path, status, took: started.elapsed(), user, peer });
    response
}

/// The method, if it is one that HTTP defines: anybody can invent others.
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
