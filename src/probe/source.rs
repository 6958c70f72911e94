//! Where a server and its credentials come from, which decides what the user can do about a failure.

use std::path::PathBuf;

use crate::config::turn::{Credential, TurnServer};

/// Where a server and its credentials come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The server's position in the configured list, counted from 1; `None` for one that is not configured.
    pub position: Option<usize>,
    /// Whether the configured list has no other server.
    pub is_only: bool,
    /// The credentials of a TURN server.
    pub login: LoginSource,
    /// Why they cannot be read, in words; then the server is probed without them.
    pub unusable: Option<String>,
}

/// What a TURN server's login is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LoginSource {
    /// There are no credentials.
    #[default]
    Nothing,
    /// A password without a user name.
    NamelessPassword,
    /// A user name and password; the password may be in a file.
    Password(Option<PathBuf>),
    /// A shared secret, which may be in a file.
    Secret(Option<PathBuf>),
    /// Credentials of the command line, which are used instead of the configured ones; whether it is a password.
    Given(bool),
}

impl Source {
    /// The source of a server that is configured at `position` of a list with `count` servers, or of one that is not.
    pub fn new(position: Option<usize>, count: usize, server: &TurnServer) -> Self {
        let login = match &server.credential {
            None => LoginSource::Nothing,
            Some(credential) if credential.is_password() && server.username.is_none() => {
                LoginSource::NamelessPassword
            }
            Some(Credential::Password(_)) => LoginSource::Password(None),
            Some(Credential::PasswordFile(file)) => LoginSource::Password(Some(file.clone())),
            Some(Credential::Secret(_)) => LoginSource::Secret(None),
            Some(Credential::SecretFile(file)) => LoginSource::Secret(Some(file.clone())),
        };
        Source { position, is_only: position.is_some() && count == 1, login, unusable: None }
    }
}
