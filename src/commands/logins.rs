//! From a configured TURN server to what a client logs in with now.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zeroize::Zeroizing;

use super::{Context, Failure, credentials};
use crate::config::rules::Warning;
use crate::config::turn::{Credential, Secret, TurnServer};
use crate::config::turn_rest;
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
    let Some(credential) = &server.credential else { return Ok(None) };
    let secret = secret(context, credential)?;
    Ok(if credential.is_password() {
        server.username.clone().map(|username| Login { username, password: exposed(&secret) })
    } else {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expiry = now.saturating_add(ttl).as_secs();
        let (username, password) = turn_rest::credentials(&secret, server.username.as_deref(), expiry);
        Some(Login { username, password: exposed(&password) })
    })
}

/// The password or shared secret itself, also where a file holds it.
pub(super) fn secret(context: &Context, credential: &Credential) -> Result<Secret, String> {
    match credential {
        Credential::Password(secret) | Credential::Secret(secret) => Ok(secret.clone()),
        Credential::PasswordFile(file) | Credential::SecretFile(file) => from_file(context, file),
    }
}

fn exposed(secret: &Secret) -> Zeroizing<String> {
    Zeroizing::new(secret.expose().to_owned())
}

/// A relative path starts at the folder of the settings file.
fn from_file(context: &Context, file: &Path) -> Result<Secret, String> {
    let failed = |failure: Failure| failure.error().message();
    let path = context.settings_folder().map_err(failed)?.join(file);
    credentials::from_file(&path).map_err(failed)
}
