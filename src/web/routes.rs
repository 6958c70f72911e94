//! The routes of the Web API, and what each does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::app::App;
use super::call::CallId;
use super::calls::{OfUser, Reached};
use super::connection::client::Connection;
use super::hub::{Arrival, JoinError};
use super::mesh::handle::Mesh;
use super::metrics::ReactionResult;
use super::replay::event::Data;
use super::request::{LastEvent, Reaction, User};
use super::response::{ApiError, json_bytes, typed};
use super::tokens::{Account, Until};
use super::{calls, health, middleware, page};
use crate::render::settings::rtc;
use crate::store::expiry;

/// The description of the Web API.
const OPENAPI: &str = include_str!("openapi.json");
/// How long a user with too many listeners should wait for one of them to end, in seconds.
const LISTENER_RETRY: u32 = 10;
const SHUTTING_DOWN: &str = "this server is shutting down";

type Shared = State<Arc<App>>;

/// Returns all routes, with the middleware around them.
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
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(app), middleware::authenticate))
        .layer(from_fn_with_state(Arc::clone(app), middleware::count_and_log))
        .with_state(Arc::clone(app))
}

/// Lists the reactions.
async fn reactions(State(app): Shared, _: User, _: CallId) -> Response {
    json_bytes(app.settings.latest().list.clone())
}

/// Maps the short names of the reactions to their images.
async fn reaction_map(State(app): Shared, _: User) -> Response {
    json_bytes(app.settings.latest().map.clone())
}

/// Sends a reaction to the call of a channel.
async fn react(
    State(app): Shared,
    User(user): User,
    call: CallId,
    Reaction(text): Reaction,
) -> Result<Response, ApiError> {
    may_still_enter(&app, &user, &call)?;
    let data = event(&app, &user, &text)?;
    let reached = calls::send(&app, &user.name, &[call], data, calls::deadline()).await;
    receivers(&app, &reached, "no call is running in this channel")
}

/// Sends a reaction to all calls that the user is in.
async fn react_everywhere(
    State(app): Shared,
    User(user): User,
    Reaction(text): Reaction,
) -> Result<Response, ApiError> {
    let tokens = app.tokens.latest();
    let user = tokens.still(&user).ok_or_else(ApiError::unauthorized)?;
    let data = event(&app, user, &text)?;
    let until = calls::deadline();
    let OfUser { mut calls, is_complete } = calls::of_user(&app, &user.name, until).await;
    calls.retain(|call| user.may_enter(call));
    let reached = match calls.as_slice() {
        [] => Reached { calls: Vec::new(), is_complete },
        calls => calls::send(&app, &user.name, calls, data, until).await,
    };
    receivers(&app, &reached, "you are not in a call")
}

/// Checks that a user may enter a call with the tokens as they are now: reading a request may have taken long.
fn may_still_enter(app: &App, user: &Account, call: &CallId) -> Result<(), ApiError> {
    let tokens = app.tokens.latest();
    let user = tokens.still(user).ok_or_else(ApiError::unauthorized)?;
    if user.may_enter(call) { Ok(()) } else { Err(ApiError::not_a_member()) }
}

/// Returns the data of a reaction's event if the user has not sent too many, and the settings allow it.
fn event(app: &App, user: &Account, text: &str) -> Result<Data, ApiError> {
    // One that is rejected later counts as well, because it costs as much.
    app.reactions.count(&user.name, Instant::now()).map_err(|wait| {
        app.metrics.reaction(ReactionResult::Limited);
        let (message, hint) = ("you sent too many reactions", "wait before you send the next one");
        ApiError::too_many("too-many-reactions", message, hint, whole_seconds(wait))
    })?;
    let reaction = app.settings.latest().reaction(text);
    if reaction.is_err() {
        app.metrics.reaction(ReactionResult::Refused);
    }
    Ok(Data::of(reaction?, &user.name))
}

/// Rounds up, so that the next attempt is not too early.
fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Returns the calls that received a reaction, or the error `none` if there are none.
fn receivers(app: &App, reached: &Reached, none: &str) -> Result<Response, ApiError> {
    let calls = &reached.calls;
    if calls.is_empty() {
        app.metrics.reaction(ReactionResult::Refused);
        if !reached.is_complete {
            let message = "cannot tell whether a call is running: not all of the other servers respond";
            return Err(ApiError::unavailable("engine-unreachable", message));
        }
        let hint = "a call runs as long as a client listens to its events";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "no-running-call", none, hint));
    }
    app.metrics.reaction(ReactionResult::Accepted);
    let calls: Value = calls
        .iter()
        .map(|call| {
            let participants: Vec<&str> = call.participants.iter().map(AsRef::as_ref).collect();
            json!({"team": call.id.team, "channel": call.id.channel, "participants": participants})
        })
        .collect();
    Ok(json_bytes(json!({ "calls": calls }).to_string()))
}

/// Streams the events of a channel's call; a user who listens is in the call.
async fn events(
    State(app): Shared,
    User(user): User,
    Extension(connection): Extension<Connection>,
    call: CallId,
    LastEvent(position): LastEvent,
) -> Result<Response, ApiError> {
    let elsewhere = calls::listeners_elsewhere(&app, &user.name).await;
    let arrival = Arrival { position, elsewhere };
    let listener = app.hub.join(call.clone(), &user, connection, arrival).map_err(|error| match error {
        JoinError::Full => ApiError::unavailable("too-many-listeners", "this server has too many listeners"),
        JoinError::UserFull => {
            let message = "too many clients listen with your token";
            let hint = "close one of your other clients, or try again when it has ended";
            ApiError::too_many("too-many-listeners", message, hint, LISTENER_RETRY)
        }
        JoinError::Closing => ApiError::unavailable("shutting-down", SHUTTING_DOWN),
    })?;
    // A user who lost the token before joining was not in the call yet when others were removed from it.
    may_still_enter(&app, &user, &call)?;
    // Proxies that buffer responses would delay events.
    let headers = [(CONTENT_TYPE.as_str(), "text/event-stream"), ("x-accel-buffering", "no")];
    Ok((headers, Body::new(listener)).into_response())
}

/// Returns the W3C RTCConfiguration for a call.
async fn ice(State(app): Shared, User(user): User) -> Result<Response, ApiError> {
    let current = app.settings.latest();
    let settings = &current.settings;
    app.credentials.refresh(settings).await;
    // That may have taken long.
    let tokens = app.tokens.latest();
    let user = tokens.still(&user).ok_or_else(ApiError::unauthorized)?;
    // No credentials outlive the token.
    let expiry = user.until.map_or(u64::MAX, Until::seconds).min(expiry(app.ttl));
    let mut logins = Vec::new();
    for server in &settings.turn.entries {
        match app.credentials.login(server, Some(&user.name), expiry) {
            Ok(Some(login)) => logins.push((&server.uri, login)),
            // Browsers refuse the whole configuration when one TURN server has no credentials.
            Ok(None) => {}
            Err(error) => {
                let warning = format!("{} is left out: {error}", server.uri);
                if current.is_new_warning(&warning) {
                    app.log.warning(&warning);
                }
            }
        }
    }
    let configuration = rtc::configuration(&settings.stun.entries, &logins, settings.policy);
    Ok(json_bytes(configuration.to_string()))
}

/// Reports what is wrong with the files, if anything.
async fn health(State(app): Shared) -> Response {
    let problems = health::problems(&app);
    let mut health = if problems.is_empty() {
        json!({"status": "ok"})
    } else {
        json!({"status": "degraded", "message": problems.join("; ")})
    };
    if let Some(mesh) = app.mesh.get() {
        let status = mesh.status();
        health["engine"] = json!(if status.is_up { "connected" } else { "unreachable" });
        health["replicas"] = json!(status.replicas);
        // While replicas are upgraded one after the other, this is not a problem.
        if status.programs.len() > 1 {
            health["programs"] = json!(status.programs);
        }
    }
    json_bytes(health.to_string())
}

/// Returns the metrics for monitoring.
async fn metrics(State(app): Shared) -> Response {
    let settings_good = health::settings_are_good(&app);
    let status = app.mesh.get().map(Mesh::status);
    let (connections, reloads) = (app.places.open(), app.settings.reloads());
    let text = app.metrics.text(app.hub.counts(), connections, reloads, settings_good, status.as_ref());
    typed("text/plain; version=0.0.4; charset=utf-8", text)
}

/// Returns the description of the Web API.
async fn openapi() -> Response {
    json_bytes(OPENAPI)
}

/// Rejects any other path.
async fn not_found() -> ApiError {
    let hint = "see /openapi.json for the paths of this API";
    ApiError::new(StatusCode::NOT_FOUND, "not-found", "nothing was found at this path", hint)
}

/// Rejects any other method.
async fn method_not_allowed() -> ApiError {
    let message = "this path does not support the method";
    let hint = "use a method that the Allow header lists";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message, hint)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_user_who_loses_the_token_or_the_room_while_joining_does_not_get_in() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        fs::write(&tokens, "alice:0123456789abcdef\nbob:fedcba9876543210\ncarol:0011223344556677\n").unwrap();
        let app = App::for_test(&tokens);
        let before = app.tokens.latest();
        let join = |user: &str| {
            let call = CallId { team: "t".to_owned(), channel: "c".to_owned() };
            let user = User(before.user(user).unwrap());
            let connection = Extension(Connection::for_test());
            let joining = events(State(Arc::clone(&app)), user, connection, call, LastEvent(None));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(joining).into_response()
        };
        let changed = folder.path().join("changed");
        fs::write(&changed, "alice:0123456789abcdef\ncarol:0011223344556677 rooms=t/d\n").unwrap();
        fs::rename(changed, &tokens).unwrap();
        app.tokens.check(false);
        assert_eq!(join("fedcba9876543210").status(), 401);
        assert_eq!(join("0011223344556677").status(), 403);
        assert_eq!(app.hub.counts().listeners, 0);
        let alice = join("0123456789abcdef");
        assert_eq!((alice.status().as_u16(), app.hub.counts().listeners), (200, 1));
    }
}
