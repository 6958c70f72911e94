//! A TURN server and its credentials, whose secrets no output shows by accident.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::address::ServerUri;

/// What output shows instead of a secret.
pub const MASK: &str = "********";

/// A secret text. `Debug` masks it, and dropping it overwrites the memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret text.
    pub fn new(text: String) -> Self {
        Secret(Zeroizing::new(text))
    }

    /// Returns the text itself. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The user name and password with which a client authenticates to a TURN server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// The configured credential of a TURN server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A password of the long-term credential mechanism (RFC 8489 section 9.2).
    Password(Secret),
    /// The file that holds the password.
    PasswordFile(PathBuf),
    /// A shared secret, which creates temporary credentials (TURN REST API).
    Secret(Secret),
    /// The file that holds the shared secret.
    SecretFile(PathBuf),
}

impl Credential {
    /// Returns the key of the settings file for this credential.
    pub const fn key(&self) -> &'static str {
        match self {
            Credential::Password(_) => "password",
            Credential::PasswordFile(_) => "password-file",
            Credential::Secret(_) => "secret",
            Credential::SecretFile(_) => "secret-file",
        }
    }

    /// Whether the settings file itself contains the secret.
    pub const fn is_stored(&self) -> bool {
        matches!(self, Credential::Password(_) | Credential::Secret(_))
    }

    /// Whether this is a password, which needs a user name, and not a shared secret.
    pub const fn is_password(&self) -> bool {
        matches!(self, Credential::Password(_) | Credential::PasswordFile(_))
    }

    /// Returns the value in the settings file: a secret, or the path of a file.
    pub fn expose(&self) -> &str {
        match self {
            Credential::Password(secret) | Credential::Secret(secret) => secret.expose(),
            Credential::PasswordFile(path) | Credential::SecretFile(path) => {
                path.to_str().unwrap_or_default()
            }
        }
    }
}

/// The keys of a server in the settings file, in the order in which they are written.
pub const KEYS: [&str; 6] = ["uri", "username", "password", "password-file", "secret", "secret-file"];

/// One TURN server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnServer {
    /// The address.
    pub uri: ServerUri,
    /// The user name; with a shared secret, the part after the expiry time.
    pub username: Option<String>,
    /// The password or shared secret; clients cannot use a server without one.
    pub credential: Option<Credential>,
}

impl TurnServer {
    /// Whether clients can authenticate: a shared secret is enough, a password needs a user name.
    pub fn has_credentials(&self) -> bool {
        self.credential
            .as_ref()
            .is_some_and(|credential| !credential.is_password() || self.username.is_some())
    }

    /// Returns the keys and values of this server in the settings file.
    pub fn keys(&self) -> Vec<(&'static str, Zeroizing<String>)> {
        let mut keys = vec![("uri", Zeroizing::new(self.uri.to_string()))];
        keys.extend(self.username.clone().map(|name| ("username", Zeroizing::new(name))));
        keys.extend(self.credential.as_ref().map(|c| (c.key(), Zeroizing::new(c.expose().to_owned()))));
        keys
    }
}
