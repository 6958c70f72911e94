//! Reads secrets from files, and creates the logins of the TURN servers in the settings.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use thiserror::Error;
use zeroize::Zeroizing;

use super::error::describe;
use super::file::open_to_read;
use super::locate::SYSTEM_FILE;
use super::settings::{Backend, Store};
use super::snapshot::{Snapshot, readable_by_others};
use crate::config::ephemeral_credentials;
use crate::config::settings::Settings;
use crate::config::turn::{Credential, Login, Secret, TurnServer};
use crate::config::warnings::Warning;

/// The longest secret, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Why a secret could not be read.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The operating system cannot read the source.
    #[error("cannot read {name}: {}", describe_unreadable(cause))]
    Unreadable {
        /// The name of the source, such as a file.
        name: String,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The source contains no secret.
    #[error("{name}: {what}")]
    Invalid {
        /// The name of the source, such as a file.
        name: String,
        /// What is wrong with its contents.
        what: &'static str,
    },
}

impl SecretError {
    /// Returns what to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            SecretError::Unreadable { .. } => "give a readable file that contains the secret",
            SecretError::Invalid { .. } => "expected one line of text",
        }
    }
}

/// Reads the secret of a `password-file` or `secret-file` in the settings.
///
/// # Errors
/// As [`read_secret_file`], and when it is not a regular file: a pipe would block, and could be read only once.
pub fn read_credential_file(file: &Path) -> Result<Secret, SecretError> {
    let name = file.display().to_string();
    let opened = open_to_read(file);
    match opened.and_then(|file| Ok((file.metadata()?.file_type(), file))) {
        Ok((kind, file)) if kind.is_file() || kind.is_dir() => read_secret(file, &name),
        Ok(_) => Err(SecretError::Invalid { name, what: "this is not a regular file" }),
        Err(cause) => Err(SecretError::Unreadable { name, cause }),
    }
}

/// Reads the secret in a file, which may be a pipe.
///
/// # Errors
/// When the file cannot be read or contains no secret.
pub fn read_secret_file(file: &Path) -> Result<Secret, SecretError> {
    let name = file.display().to_string();
    let opened = File::open(file).map_err(|cause| SecretError::Unreadable { name: name.clone(), cause })?;
    read_secret(opened, &name)
}

/// Reads a secret from `source`, which messages call `name`.
///
/// # Errors
/// When `source` cannot be read or contains no secret.
pub fn read_secret(source: impl Read, name: &str) -> Result<Secret, SecretError> {
    // Large enough never to grow, because growing would leave a copy of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    let read = source.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|cause| SecretError::Unreadable { name: name.to_owned(), cause })?;
    let invalid = |what| SecretError::Invalid { name: name.to_owned(), what };
    if bytes.len() as u64 > LONGEST {
        return Err(invalid("this is too long for a secret"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("the secret is not UTF-8 text"))?;
    // Some editors start the file with a byte-order mark, which is not part of the secret.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(invalid("the secret is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid("the secret has several lines or control characters"));
    }
    Ok(Secret::new(text.to_owned()))
}

/// Returns when credentials end that are valid for `ttl` from now, in seconds since 1970.
pub fn expiry(ttl: Duration) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(ttl).as_secs()
}

/// Describes why a file that the user gave could not be read.
pub fn describe_unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => describe(error),
    }
}

impl Store {
    /// Returns a warning if these settings contain secrets and other users can read the file, or the one with the password
    /// of the engine.
    pub fn permission_warning(&self, snapshot: &Snapshot, settings: &Settings) -> Option<Warning> {
        let path = match &self.0 {
            Backend::File(_) => {
                (snapshot.readable_by_others() && settings.hold_secrets()).then(|| self.name())
            }
            Backend::Stream(stream) => {
                let readable = stream.credentials().filter(|file| readable_by_others(file));
                readable.map(|file| file.display().to_string())
            }
        };
        path.map(|path| Warning::ReadableByOthers { path, credential: None })
    }

    /// Resolves the path of a file that these settings refer to, relative to their folder. Settings that several machines
    /// share are in none, so that of the machine's own settings is used.
    pub fn credential_path(&self, file: &Path) -> PathBuf {
        let folder = self.path().unwrap_or(Path::new(SYSTEM_FILE)).parent();
        folder.unwrap_or(Path::new("")).join(file)
    }

    /// Returns the secret of a credential, reading its file if necessary.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn secret(&self, credential: &Credential) -> Result<Secret, SecretError> {
        match credential {
            Credential::Password(secret) | Credential::Secret(secret) => Ok(secret.clone()),
            Credential::PasswordFile(file) | Credential::SecretFile(file) => {
                read_credential_file(&self.credential_path(file))
            }
        }
    }

    /// Returns what a client authenticates with to `server`, if it has complete credentials. A shared secret creates a
    /// login that is valid until `expiry`, in seconds since 1970, for `user` unless the settings name one.
    ///
    /// # Errors
    /// As [`Store::secret`].
    pub fn login(
        &self,
        server: &TurnServer,
        user: Option<&str>,
        expiry: u64,
    ) -> Result<Option<Login>, SecretError> {
        let Some(credential) = &server.credential else { return Ok(None) };
        let secret = self.secret(credential)?;
        Ok(login_with(server, secret, user, expiry))
    }
}

/// Returns what a client authenticates with to `server`, whose credential has this secret. See [`Store::login`].
pub fn login_with(server: &TurnServer, secret: Secret, user: Option<&str>, expiry: u64) -> Option<Login> {
    if server.credential.as_ref()?.is_password() {
        return server.username.clone().map(|username| Login { username, password: secret });
    }
    Some(ephemeral_credentials::login(&secret, server.username.as_deref().or(user), expiry))
}
