//! What is read from a file and read anew when it changes: the last good state stays in force while the file is broken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::Log;
use crate::store::{Snapshot, Store, StoreError, Watcher};

/// Makes the value of what a file holds, or says what is wrong with it.
type Parse<T> = fn(&Store, &Snapshot) -> Result<Parsed<T>, Trouble>;

/// A value, and what deserves a warning about it.
pub(super) struct Parsed<T> {
    pub(super) value: T,
    pub(super) warnings: Vec<String>,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// For the log: with the file's name.
    pub(super) message: String,
    /// For everybody: without it.
    pub(super) public: String,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble { message: error.to_string(), public: "the file cannot be read".to_owned() }
    }
}

/// A value that follows its file.
pub(super) struct Watched<T> {
    /// How messages call it: `settings`.
    what: &'static str,
    store: Store,
    parse: Parse<T>,
    state: Mutex<State<T>>,
    log: Log,
}

struct State<T> {
    watcher: Watcher,
    value: Arc<T>,
    trouble: Option<Trouble>,
    reloads: Reloads,
}

/// How often the file was read anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reloads {
    pub(super) good: u64,
    pub(super) failed: u64,
}

impl<T> Watched<T> {
    /// Reads the file for the first time; there is no good state to stay with yet. With it
    /// come its warnings.
    pub(super) fn open(
        what: &'static str,
        store: Store,
        parse: Parse<T>,
        log: &Log,
    ) -> Result<(Self, Vec<String>), Trouble> {
        let (snapshot, watcher) = store.watch()?;
        let parsed = parse(&store, &snapshot)?;
        let value = Arc::new(parsed.value);
        let state = State { watcher, value, trouble: None, reloads: Reloads::default() };
        let watched = Watched { what, store, parse, state: Mutex::new(state), log: log.clone() };
        Ok((watched, parsed.warnings))
    }

    /// The value in force, after a look at the file.
    pub(super) fn now(&self) -> Arc<T> {
        let mut state = self.lock();
        let found = match state.watcher.look() {
            None => return Arc::clone(&state.value),
            Some(Ok(snapshot)) => (self.parse)(&self.store, &snapshot),
            Some(Err(error)) => Err(error.into()),
        };
        match found {
            Ok(parsed) => {
                state.value = Arc::new(parsed.value);
                state.trouble = None;
                state.reloads.good += 1;
                self.log.info(&format!("the {} have changed and are in force", self.what));
                for warning in &parsed.warnings {
                    self.log.warning(warning);
                }
            }
            Err(trouble) => {
                // Once, until the file is broken in another way.
                if state.trouble.as_ref() != Some(&trouble) {
                    state.reloads.failed += 1;
                    let message = &trouble.message;
                    self.log.error(&format!("{message}; the last good {} stay in force", self.what));
                }
                state.trouble = Some(trouble);
            }
        }
        Arc::clone(&state.value)
    }

    /// What is wrong with the file now, for everybody.
    pub(super) fn trouble(&self) -> Option<String> {
        self.now();
        self.lock().trouble.as_ref().map(|trouble| format!("{}: {}", self.what, trouble.public))
    }

    pub(super) fn reloads(&self) -> Reloads {
        self.lock().reloads
    }

    /// Where the file is kept.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
