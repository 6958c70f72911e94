//! What each route of the Web API does.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::accept::Connection;
use super::app::App;
use super::current::event;
use super::hub::{Call, CallId, Refusal};
use super::metrics;
use super::middleware;
use super::page;
use super::request::{Reaction, User};
use super::response::{ApiError, json_bytes, json_value, typed};
use super::tokens::Tokens;
use crate::render::settings::rtc;
use crate::render::settings::rtc::Relay;

/// The description of the Web API.
const OPENAPI: &str = include_str!("openapi.json");

type Shared = State<Arc<App>>;

/// All routes, with what happens around each.
pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/api/cowork/teams/{team}/channels/{channel}/calls/reaction", get(reactions).post(react))
        .route("/api/cowork/teams/{team}/channels/{channel}/calls/events", get(events))
        .route("/api/cowork/user/calls/reaction", get(reaction_map).post(react_everywhere))
        .route("/api/cowork/calls/ice", get(ice))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .route("/", get(page::page))
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(Arc::clone(app), middleware::authenticate))
        .layer(from_fn_with_state(Arc::clone(app), middleware::observe))
        .with_state(Arc::clone(app))
}

/// The reactions as a list, for those in a channel.
pub(super) async fn reactions(State(app): Shared, _: User, _: CallId) -> Response {
    json_bytes(app.settings.now().list.clone())
}

/// The reactions by their short names.
pub(super) async fn reaction_map(State(app): Shared, _: User) -> Response {
    json_bytes(app.settings.now().map.clone())
}

/// Sends a reaction to the call of a channel.
pub(super) async fn react(
    State(app): Shared,
    user: User,
    call: CallId,
    Reaction(text): Reaction,
) -> Result<Response, ApiError> {
    let message = accepted(&app, &user, &text)?;
    let sent = app.hub.send(&call, &message);
    answer(&app, sent.as_slice(), "no call runs in this channel")
}

/// Sends a reaction to all calls that the user is in.
pub(super) async fn react_everywhere(
    State(app): Shared,
    user: User,
    Reaction(text): Reaction,
) -> Result<Response, ApiError> {
    let message = accepted(&app, &user, &text)?;
    answer(&app, &app.hub.send_from(&user.0, &message), "you are in no call")
}

/// The event that a reaction becomes, if the settings allow it.
fn accepted(app: &App, User(user): &User, text: &str) -> Result<hyper::body::Bytes, ApiError> {
    let reaction = app.settings.now().reaction(text);
    if reaction.is_err() {
        app.metrics.reaction(false);
    }
    Ok(event(reaction?, user))
}

fn answer(app: &App, calls: &[Call], nobody: &str) -> Result<Response, ApiError> {
    app.metrics.reaction(!calls.is_empty());
    if calls.is_empty() {
        return Err(ApiError::no_running_call(nobody));
    }
    let calls: Value = calls
        .iter()
        .map(|call| {
            let participants: Vec<&str> = call.participants.iter().map(AsRef::as_ref).collect();
            json!({"team": call.id.team, "channel": call.id.channel, "participants": participants})
        })
        .collect();
    Ok(json_value(&json!({ "calls": calls })))
}

/// The events of a channel's call; whoever listens is in it.
pub(super) async fn events(
    State(app): Shared,
    User(user): User,
    Extension(connection): Extension<Connection>,
    Extension(before): Extension<Arc<Tokens>>,
    call: CallId,
) -> Result<Response, ApiError> {
    let listener = app.hub.join(call, &user, connection).map_err(|refusal| match refusal {
        Refusal::Full => ApiError::busy("too-many-listeners", "as many listen as this server lets in"),
        Refusal::Closing => ApiError::busy("shutting-down", "this server is about to end"),
    })?;
    // Who lost the token before joining was not there to be taken out of the call.
    if !app.tokens.now().keeps(&user, &before) {
        return Err(ApiError::unauthorized());
    }
    // Proxies that collect answers would hold events back.
    let headers = [(CONTENT_TYPE.as_str(), "text/event-stream"), ("x-accel-buffering", "no")];
    Ok((headers, Body::new(listener)).into_response())
}

/// The W3C RTCConfiguration for a call.
pub(super) async fn ice(State(app): Shared, User(user): User) -> Result<Response, ApiError> {
    // Passwords may have to be read from files.
    let configuration = tokio::task::spawn_blocking(move || configuration(&app, &user)).await;
    match configuration {
        Ok(value) => Ok(json_value(&value)),
        Err(_) => Err(ApiError::busy("shutting-down", "this server is about to end")),
    }
}

fn configuration(app: &App, user: &str) -> Value {
    let in_force = app.settings.now();
    let settings = &in_force.settings;
    let mut logins = Vec::new();
    for server in &settings.turn.entries {
        match app.settings.store().login(server, Some(user), app.ttl) {
            Ok(Some(login)) => logins.push((&server.uri, login)),
            // Browsers refuse the whole configuration when one TURN server has no credentials.
            Ok(None) => {}
            Err(error) => {
                let complaint = format!("{} is left out: {error}", server.uri);
                if in_force.is_new(&complaint) {
                    app.log.warning(&complaint);
                }
            }
        }
    }
    let relays: Vec<_> = logins
        .iter()
        .map(|(uri, login)| Relay { uri, username: &login.username, credential: login.password.expose() })
        .collect();
    rtc::configuration(&settings.stun.entries, &relays, settings.policy)
}

/// Whether all is well.
pub(super) async fn health(State(app): Shared) -> Response {
    let of_tls = app.tls.as_ref().and_then(|tls| tls.trouble());
    let troubles = [app.settings.trouble(), app.tokens.trouble(), of_tls];
    let troubles: Vec<String> = troubles.into_iter().flatten().collect();
    json_value(&if troubles.is_empty() {
        json!({"status": "ok"})
    } else {
        json!({"status": "degraded", "message": troubles.join("; ")})
    })
}

/// Figures for monitoring.
pub(super) async fn metrics(State(app): Shared) -> Response {
    let state = metrics::State {
        counts: app.hub.counts(),
        settings_good: app.settings.trouble().is_none(),
        reloads: app.settings.reloads(),
        probe: app.probe.text(),
    };
    typed("text/plain; version=0.0.4; charset=utf-8", app.metrics.text(&state))
}

/// The description of the Web API.
pub(super) async fn openapi() -> Response {
    json_bytes(OPENAPI)
}

/// Any other path.
pub(super) async fn nothing() -> ApiError {
    ApiError::not_found()
}

/// Any other method.
pub(super) async fn other_method() -> ApiError {
    ApiError::method_not_allowed()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn who_loses_the_token_on_the_way_into_a_call_does_not_get_in() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        fs::write(&tokens, "alice:0123456789abcdef\nbob:fedcba9876543210\n").unwrap();
        let app = App::of_test(&tokens);
        let before = app.tokens.now();
        let enter = |user: &str| {
            let call = CallId { team: "t".to_owned(), channel: "c".to_owned() };
            let (user, connection) = (User(user.into()), Extension(Connection::detached()));
            let entering = events(State(Arc::clone(&app)), user, connection, Extension(before.clone()), call);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(entering).into_response()
        };
        let changed = folder.path().join("changed");
        fs::write(&changed, "alice:0123456789abcdef\n").unwrap();
        fs::rename(changed, &tokens).unwrap();
        assert_eq!(enter("bob").status(), 401);
        assert_eq!(app.hub.counts().listeners, 0);
        let alice = enter("alice");
        assert_eq!((alice.status().as_u16(), app.hub.counts().listeners), (200, 1));
    }
}
