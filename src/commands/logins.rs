//! From a configured TURN server to what a client logs in with now.

use std::time::Duration;

use super::context::Context;
use crate::config::turn::{Credential, Secret, TurnServer};
use crate::config::warnings::Warning;
use crate::error::CommandError;
use crate::probe::plan::{Login, Server};

/// The server with its login. Credentials that cannot be read are warned of, and the server asked without.
pub(super) fn of(context: &Context, server: TurnServer, ttl: Duration) -> Server {
    let login = login(context, &server, ttl).unwrap_or_else(|why| {
        context.warn(&[Warning::CredentialFile { uri: server.uri.to_string(), why }]);
        None
    });
    Server { uri: server.uri, login }
}

/// What a client logs in with now; none where the server has no credentials, or no user name for a password.
pub(super) fn login(context: &Context, server: &TurnServer, ttl: Duration) -> Result<Option<Login>, String> {
    if server.credential.is_none() {
        return Ok(None);
    }
    let store = context.store().map_err(|error: CommandError| error.message())?;
    let login = store.login(server, None, ttl).map_err(|error| error.to_string())?;
    Ok(login
        .map(|login| Login { username: login.username, password: login.password.expose().to_owned().into() }))
}

/// The password or shared secret itself, also where a file holds it.
pub(super) fn secret(context: &Context, credential: &Credential) -> Result<Secret, String> {
    let store = context.store().map_err(|error: CommandError| error.message())?;
    store.secret(credential).map_err(|error| error.to_string())
}
