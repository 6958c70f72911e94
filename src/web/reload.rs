//! Values that are read from files and reloaded when those change. While a file is broken, the last good value stays in
//! use.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::Log;
use crate::store::{Snapshot, Store, StoreError, Watcher};

/// A file, and its content or why it cannot be read.
pub(super) type File<'a> = (&'a Store, Result<Snapshot, StoreError>);

/// Makes a value from its files.
type Parse<T, const N: usize> = fn([File<'_>; N]) -> Result<Loaded<T>, LoadError>;

/// A value that was made from its files, with what users of it should know.
#[derive(Debug)]
pub(super) struct Loaded<T> {
    pub(super) value: T,
    /// For the log only.
    pub(super) warnings: Vec<String>,
    /// What is wrong with the files although the value is in use: for the log, and for everybody.
    pub(super) degraded: Vec<LoadError>,
}

/// Why a value cannot be made from its files, or only in part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoadError {
    /// For the log, with the file's name.
    pub(super) message: String,
    /// For everybody, without it.
    pub(super) public: String,
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        let public = match error {
            StoreError::Engine(_) => "NATS does not respond",
            _ => "the file cannot be read",
        };
        LoadError { message: error.to_string(), public: public.to_owned() }
    }
}

impl<T> Loaded<T> {
    /// Wraps a value from files without problems.
    pub(super) const fn new(value: T) -> Self {
        Loaded { value, warnings: Vec::new(), degraded: Vec::new() }
    }

    /// Returns what the log says about the files.
    fn all_warnings(&self) -> impl Iterator<Item = &str> {
        let degraded = self.degraded.iter().map(|error| &*error.message);
        degraded.chain(self.warnings.iter().map(String::as_str))
    }
}

/// A value that follows its `N` files.
pub(super) struct Reloaded<T, const N: usize = 1> {
    /// The name of the value in messages, such as `settings`.
    name: &'static str,
    files: [Store; N],
    parse: Parse<T, N>,
    /// Locked while files are read, which may take long; the state never is.
    watched: Mutex<Watched<N>>,
    state: Mutex<State<T>>,
    log: Log,
}

struct Watched<const N: usize> {
    watchers: [Watcher; N],
    /// Whether the files are to be read again although they seem unchanged.
    again: bool,
}

struct State<T> {
    value: Arc<T>,
    /// What is wrong with the files that the value is from.
    degraded: Vec<LoadError>,
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
    /// Reads the files for the first time and returns the value with all warnings, also about what is degraded. There is
    /// no good value to fall back to yet.
    pub(super) fn open(
        name: &'static str,
        files: [Store; N],
        parse: Parse<T, N>,
        log: &Log,
    ) -> Result<(Self, Vec<String>), LoadError> {
        // Watch before reading, so that no change in between is missed.
        let watchers = files.each_ref().map(Store::watch);
        let loaded = parse(files.each_ref().map(|file| (file, file.load())))?;
        let warnings = loaded.all_warnings().map(str::to_owned).collect();
        let Loaded { value, degraded, .. } = loaded;
        let state = State { value: Arc::new(value), degraded, error: None, reloads: Reloads::default() };
        let watched = Mutex::new(Watched { watchers, again: false });
        Ok((Reloaded { name, files, parse, watched, state: Mutex::new(state), log: log.clone() }, warnings))
    }

    /// Returns the value that is in use now.
    pub(super) fn latest(&self) -> Arc<T> {
        Arc::clone(&lock(&self.state).value)
    }

    /// Checks the files for changes, which may take as long as their file system likes, and reads them if they changed,
    /// or in any case `again`, as soon as they have settled.
    pub(super) fn check(&self, again: bool) {
        let mut watched = lock(&self.watched);
        if again {
            watched.again = true;
            watched.watchers.iter_mut().for_each(Watcher::again);
        }
        // Check all of them each time: a certificate and its key change one after the other.
        let changes = watched.watchers.each_mut().map(Watcher::poll);
        if changes.iter().all(Option::is_none) {
            return;
        }
        let again = mem::take(&mut watched.again);
        let mut changes = changes.into_iter();
        let files = self.files.each_ref();
        let files = files.map(|file| (file, changes.next().flatten().unwrap_or_else(|| file.load())));
        let loaded = (self.parse)(files);
        let mut state = lock(&self.state);
        match loaded {
            Ok(loaded) => {
                self.log.info(&format!("reloaded the {}", self.name));
                loaded.all_warnings().for_each(|warning| self.log.warning(warning));
                state.value = Arc::new(loaded.value);
                state.degraded = loaded.degraded;
                state.error = None;
                state.reloads.good += 1;
            }
            Err(error) => {
                // Once, until another error follows: a file that cannot be read is tried again and again.
                if again || state.error.as_ref() != Some(&error) {
                    state.reloads.failed += 1;
                    self.log.error(&format!("{}; still using the last good {}", error.message, self.name));
                }
                state.error = Some(error);
            }
        }
    }

    /// Returns what is wrong with the files now, in words for everybody: why they cannot be used, then what is wrong with
    /// those that the value in use is from.
    pub(super) fn public_errors(&self) -> Vec<String> {
        let state = lock(&self.state);
        state.error.iter().chain(&state.degraded).map(|error| error.public.clone()).collect()
    }

    /// Returns what is wrong with the files of the value in use, for the log.
    pub(super) fn degraded(&self) -> Option<String> {
        lock(&self.state).degraded.first().map(|error| error.message.clone())
    }

    pub(super) fn reloads(&self) -> Reloads {
        lock(&self.state).reloads
    }
}

impl<T> Reloaded<T> {
    /// The file itself.
    pub(super) fn store(&self) -> &Store {
        let [store] = &self.files;
        store
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;
    use std::{fs, thread};

    use super::*;
    use crate::web::log::LogFormat;

    /// Is in use whatever the file says, and complains about each line of it.
    fn parse([(_, snapshot)]: [File<'_>; 1]) -> Result<Loaded<String>, LoadError> {
        let text = String::from_utf8(snapshot?.bytes().unwrap_or_default().to_vec()).unwrap();
        let degraded =
            text.lines().map(|line| LoadError { message: format!("file: {line}"), public: line.to_owned() });
        Ok(Loaded { degraded: degraded.collect(), ..Loaded::new(text.clone()) })
    }

    fn open(path: &Path) -> Reloaded<String> {
        let log = Log::start(LogFormat::Text, true).unwrap();
        Reloaded::open("file", [Store::open(path)], parse, &log).unwrap().0
    }

    #[test]
    fn files_that_seem_unchanged_are_read_again_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "one\n").unwrap();
        let value = open(&path);
        let first = value.latest();
        // Longer than an edit in place has to settle.
        thread::sleep(Duration::from_millis(60));
        value.check(false);
        assert!(Arc::ptr_eq(&first, &value.latest()));
        value.check(true);
        assert!(!Arc::ptr_eq(&first, &value.latest()));
    }

    #[test]
    fn a_file_that_has_just_gone_or_changed_has_to_settle_on_request_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "one\n").unwrap();
        let value = open(&path);
        for edit in [Some("three\n"), None] {
            let before = value.latest();
            edit.map_or_else(|| fs::remove_file(&path), |text| fs::write(&path, text)).unwrap();
            value.check(true);
            assert!(Arc::ptr_eq(&before, &value.latest()), "{edit:?} may be half of an edit");
            let is_read = || {
                thread::sleep(Duration::from_millis(10));
                value.check(false);
                **value.latest() == *edit.unwrap_or_default()
            };
            assert!((0..1000).any(|_| is_read()), "{edit:?}");
        }
    }

    #[test]
    fn a_value_in_use_says_what_is_degraded_about_it_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "one\ntwo\n").unwrap();
        let log = Log::start(LogFormat::Text, true).unwrap();
        let (value, warnings) = Reloaded::open("file", [Store::open(&path)], parse, &log).unwrap();
        assert_eq!(warnings, ["file: one", "file: two"]);
        assert_eq!(
            (&**value.latest(), value.public_errors().join(" ")),
            ("one\ntwo\n", "one two".to_owned())
        );
        let changed = folder.path().join("changed");
        fs::write(&changed, "three\n").unwrap();
        fs::rename(changed, &path).unwrap();
        value.check(false);
        assert_eq!((&**value.latest(), value.public_errors().join(" ")), ("three\n", "three".to_owned()));
    }
}
