//! Secrets in files of their own, and what a client logs in with to a TURN server of the settings.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::OFlags;
use thiserror::Error;
use zeroize::Zeroizing;

use super::save::open_to_read;
use super::{Snapshot, Store, in_words};
use crate::config::ephemeral_credentials;
use crate::config::settings::Settings;
use crate::config::turn::{Credential, Login, Secret, TurnServer};
use crate::config::warnings::Warning;

/// A secret longer than this is none.
const LONGEST: u64 = 64 * 1024;

/// Why there is no secret where one should be.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The operating system refused to read it.
    #[error("cannot read {name}: {}", why_unreadable(cause))]
    Unreadable {
        /// The file, or what else was read.
        name: String,
        /// What the operating system said.
        cause: io::Error,
    },
    /// What was read is no secret.
    #[error("{name}: {what}")]
    Invalid {
        /// The file, or what else was read.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl SecretError {
    /// The code that scripts can rely on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            SecretError::Unreadable { .. } => "secret-unreadable",
            SecretError::Invalid { .. } => "invalid-secret",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            SecretError::Unreadable { .. } => "name a readable file that holds the secret",
            SecretError::Invalid { .. } => "expected one line of text",
        }
    }
}

/// The secret that a file holds to which settings refer.
///
/// # Errors
/// As [`read_secret_file`], and when it is no regular file: a pipe would be waited for, and its secret be gone.
pub fn read_referred_file(file: &Path) -> Result<Secret, SecretError> {
    let name = file.display().to_string();
    let opened = open_to_read(file, OFlags::empty());
    match opened.and_then(|file| Ok((file.metadata()?.file_type(), file))) {
        Ok((kind, file)) if kind.is_file() || kind.is_dir() => read_secret(file, &name),
        Ok(_) => Err(SecretError::Invalid { name, what: "this is no regular file" }),
        Err(cause) => Err(SecretError::Unreadable { name, cause }),
    }
}

/// The secret that a file holds, which may be a pipe.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_secret_file(file: &Path) -> Result<Secret, SecretError> {
    let name = file.display().to_string();
    match File::open(file) {
        Ok(opened) => read_secret(opened, &name),
        Err(cause) => Err(SecretError::Unreadable { name, cause }),
    }
}

/// The secret that comes from `source`, which messages call `name`.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read_secret(source: impl Read, name: &str) -> Result<Secret, SecretError> {
    // Room for all of it, so that no copy is left behind when the buffer grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    let read = source.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|cause| SecretError::Unreadable { name: name.to_owned(), cause })?;
    let invalid = |what| SecretError::Invalid { name: name.to_owned(), what };
    if bytes.len() as u64 > LONGEST {
        return Err(invalid("this is longer than any secret"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("the secret is no UTF-8 text"))?;
    // Some editors put a byte-order mark first, which no client would send.
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

/// Why a file that was named could not be read.
#[must_use]
pub fn why_unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => in_words(error),
    }
}

impl Store {
    /// A warning where these settings hold secrets, and others can read them too.
    #[must_use]
    pub fn exposed(&self, snapshot: &Snapshot, settings: &Settings) -> Option<Warning> {
        (snapshot.readable_by_others() && settings.hold_secrets())
            .then(|| Warning::ReadableByOthers { path: self.name() })
    }

    /// The path of a file that these settings refer to: a relative one starts at their folder.
    #[must_use]
    pub fn referred(&self, file: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(file)
    }

    /// The secret of a credential in these settings, also where they only refer to it.
    ///
    /// # Errors
    /// When what they refer to cannot be read.
    pub fn secret(&self, credential: &Credential) -> Result<Secret, SecretError> {
        match credential {
            Credential::Password(secret) | Credential::Secret(secret) => Ok(secret.clone()),
            Credential::PasswordFile(file) | Credential::SecretFile(file) => {
                read_referred_file(&self.referred(file))
            }
        }
    }

    /// Returns what a client authenticates with to `server`, if it has complete credentials. A shared secret creates a
    /// login that is valid for `ttl` from now, for `user` unless the settings name one.
    ///
    /// # Errors
    /// As [`Store::secret`].
    pub fn login(
        &self,
        server: &TurnServer,
        user: Option<&str>,
        ttl: Duration,
    ) -> Result<Option<Login>, SecretError> {
        let Some(credential) = &server.credential else { return Ok(None) };
        let secret = self.secret(credential)?;
        if credential.is_password() {
            return Ok(server.username.clone().map(|username| Login { username, password: secret }));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expiry = now.saturating_add(ttl).as_secs();
        Ok(Some(ephemeral_credentials::login(&secret, server.username.as_deref().or(user), expiry)))
    }
}
