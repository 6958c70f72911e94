//! The credentials of the TURN servers. Files with passwords and secrets are read in a thread of its own, which may hang
//! with their file system.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::current::Current;
use super::reader::{Hanging, Reader};
use crate::config::settings::Settings;
use crate::config::turn::{Credential, Login, Secret, TurnServer};
use crate::store::{Store, login_with};

/// How long a request waits for files that do not respond. Then it gets what was read last.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What was read last from the files that the settings refer to, or why it could not be read.
#[derive(Default)]
pub(super) struct Credentials {
    reader: Reader,
    secrets: Mutex<HashMap<PathBuf, Result<Secret, String>>>,
}

impl Credentials {
    /// Reads the files in this thread whenever they are needed. `settings` are those in use at that moment.
    pub(super) fn follow(&self, store: &Store, settings: impl Fn() -> Arc<Current>) {
        let mut previous = settings();
        self.reader.run(None, || {
            let current = settings();
            let settings = &current.settings;
            // A request may still use the settings before these.
            let in_use =
                |file: &Path| files(settings).chain(files(&previous.settings)).any(|(own, _)| own == file);
            self.secrets().retain(|file, _| in_use(file));
            for (file, credential) in files(settings) {
                self.reader.reads("TURN credentials");
                let secret = store.secret(credential).map_err(|error| error.to_string());
                self.secrets().insert(file.to_owned(), secret);
            }
            previous = current;
        });
    }

    /// Reads the files of these settings again, unless their file system hangs.
    pub(super) async fn refresh(&self, settings: &Settings) {
        if files(settings).next().is_some() {
            let round = self.reader.request();
            self.reader.finished(round, PATIENCE).await;
        }
    }

    /// Returns what a client authenticates with to `server`, if it has complete credentials, as
    /// [`Store::login`] does.
    pub(super) fn login(
        &self,
        server: &TurnServer,
        user: Option<&str>,
        expiry: u64,
    ) -> Result<Option<Login>, String> {
        let Some(credential) = &server.credential else { return Ok(None) };
        let secret = match credential {
            Credential::Password(secret) | Credential::Secret(secret) => secret.clone(),
            Credential::PasswordFile(file) | Credential::SecretFile(file) => {
                let hangs = || format!("cannot read {}: its file system does not respond", file.display());
                self.secrets().get(file).cloned().unwrap_or_else(|| Err(hangs()))?
            }
        };
        Ok(login_with(server, secret, user, expiry))
    }

    /// Returns whether a file cannot be read because its file system does not respond.
    pub(super) fn hanging(&self) -> Option<Hanging> {
        self.reader.hanging()
    }

    fn secrets(&self) -> MutexGuard<'_, HashMap<PathBuf, Result<Secret, String>>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the files that these settings refer to.
fn files(settings: &Settings) -> impl Iterator<Item = (&Path, &Credential)> {
    settings.turn.entries.iter().filter_map(|server| match &server.credential {
        Some(credential @ (Credential::PasswordFile(file) | Credential::SecretFile(file))) => {
            Some((file.as_path(), credential))
        }
        _ => None,
    })
}
