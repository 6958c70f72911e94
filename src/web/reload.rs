//! Values that are read from files and reloaded when those change. While a file is broken, the last good value stays in
//! use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::Log;
use crate::store::{Snapshot, Store, StoreError, Watcher};

/// A file, and its content or why it cannot be read.
pub(super) type File<'a> = (&'a Store, Result<Snapshot, StoreError>);

/// Makes a value from its files, with warnings about them.
type Parse<T, const N: usize> = fn([File<'_>; N]) -> Result<(T, Vec<String>), LoadError>;

/// Why a value cannot be made from its files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoadError {
    /// For the log, with the file's name.
    pub(super) message: String,
    /// For everybody, without it.
    pub(super) public: String,
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        LoadError { message: error.to_string(), public: "the file cannot be read".to_owned() }
    }
}

/// A value that follows its `N` files.
pub(super) struct Reloaded<T, const N: usize = 1> {
    /// The name of the value in messages, such as `settings`.
    name: &'static str,
    files: [Store; N],
    parse: Parse<T, N>,
    state: Mutex<State<T, N>>,
    log: Log,
}

struct State<T, const N: usize> {
    watchers: [Watcher; N],
    value: Arc<T>,
    /// Why the files as they are now cannot be used.
    error: Option<LoadError>,
    reloads: Reloads,
}

/// How often the files were read again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reloads {
    pub(super) good: u64,
    pub(super) failed: u64,
}

impl<T, const N: usize> Reloaded<T, N> {
    /// Reads the files for the first time and returns the value with its warnings. There is no good value to fall back
    /// to yet.
    pub(super) fn open(
        name: &'static str,
        files: [Store; N],
        parse: Parse<T, N>,
        log: &Log,
    ) -> Result<(Self, Vec<String>), LoadError> {
        // Watch before reading, so that no change in between is missed.
        let watchers = files.each_ref().map(Store::watch);
        let (value, warnings) = parse(files.each_ref().map(|file| (file, file.load())))?;
        let state = State { watchers, value: Arc::new(value), error: None, reloads: Reloads::default() };
        Ok((Reloaded { name, files, parse, state: Mutex::new(state), log: log.clone() }, warnings))
    }

    /// Returns the value that is in use now, after checking the files for changes.
    pub(super) fn latest(&self) -> Arc<T> {
        let mut state = self.lock();
        // Check all of them each time: a certificate and its key change one after the other.
        let changes = state.watchers.each_mut().map(Watcher::poll);
        if changes.iter().all(Option::is_none) {
            return Arc::clone(&state.value);
        }
        let mut changes = changes.into_iter();
        let files = self.files.each_ref();
        let files = files.map(|file| (file, changes.next().flatten().unwrap_or_else(|| file.load())));
        match (self.parse)(files) {
            Ok((value, warnings)) => {
                state.value = Arc::new(value);
                state.error = None;
                state.reloads.good += 1;
                self.log.info(&format!("reloaded the {}", self.name));
                warnings.iter().for_each(|warning| self.log.warning(warning));
            }
            Err(error) => {
                // Once, until another error follows: a file that cannot be read is tried again and again.
                if state.error.as_ref() != Some(&error) {
                    state.reloads.failed += 1;
                    self.log.error(&format!("{}; still using the last good {}", error.message, self.name));
                }
                state.error = Some(error);
            }
        }
        Arc::clone(&state.value)
    }

    /// Returns what is wrong with the files now, in words for everybody.
    pub(super) fn public_error(&self) -> Option<String> {
        self.latest();
        self.lock().error.as_ref().map(|error| error.public.clone())
    }

    pub(super) fn reloads(&self) -> Reloads {
        self.lock().reloads
    }

    fn lock(&self) -> MutexGuard<'_, State<T, N>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Reloaded<T> {
    /// The file itself.
    pub(super) fn store(&self) -> &Store {
        let [store] = &self.files;
        store
    }
}
