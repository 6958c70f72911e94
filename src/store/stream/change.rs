//! The settings in a stream: load, change, history.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::link::Link;
use super::message::{Headers, Message, random};
use super::messages::{Appended, Messages};
use crate::engine::{Engine, EngineError};
use crate::store::change::{Change, ChangeError};
use crate::store::error::{MAX_BYTES, StoreError};
use crate::store::snapshot::{Mark, Snapshot};
use crate::store::version::{SavedVersion, Version};

/// How long a change tries again when others change the settings at the same time, or the servers elect a leader.
const LONGEST_CHANGE: Duration = Duration::from_secs(15);

/// How long each attempt of a change may take at least to read the settings.
const LEAST: Duration = Duration::from_secs(2);

/// How long a change waits before it reports that it does.
const SILENT: Duration = Duration::from_secs(1);

/// How long a read tries again while the servers elect a leader.
const LONGEST_READ: Duration = Duration::from_secs(6);

/// How long it is tried at least to find out whether a change was stored.
const SETTLING: Duration = Duration::from_secs(5);

/// The pause before a change is tried again is random, and on average grows to half of this.
const LONGEST_PAUSE_MS: u64 = 100;

/// The settings in the stream of an engine. Clones share one connection.
#[derive(Clone, Debug)]
pub(in crate::store) struct StreamStore {
    link: Arc<Link>,
    timeout: Duration,
    read_timeout: Duration,
    /// Reports after [`SILENT`] that a change waits.
    report: fn(&Path),
    credentials: Option<PathBuf>,
    /// Which settings were loaded last.
    pub(super) loaded: Arc<Mutex<Option<Mark>>>,
}

impl StreamStore {
    pub(in crate::store) fn new(engine: Engine, credentials: Option<PathBuf>) -> Self {
        let link = Arc::new(Link::new(engine));
        StreamStore {
            link,
            timeout: LONGEST_CHANGE,
            read_timeout: LONGEST_READ,
            report: |_| {},
            credentials,
            loaded: Arc::default(),
        }
    }

    pub(in crate::store) fn set_read_timeout(&mut self, timeout: Duration) {
        self.read_timeout = timeout;
    }

    pub(in crate::store) fn set_timeout(&mut self, timeout: Duration, report: fn(&Path)) {
        self.timeout = timeout.min(LONGEST_CHANGE);
        self.report = report;
    }

    pub(in crate::store) fn engine(&self) -> &Engine {
        self.link.engine()
    }

    /// Returns the file with the user name and password.
    pub(in crate::store) fn credentials(&self) -> Option<&Path> {
        self.credentials.as_deref()
    }

    pub(super) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(super) fn name(&self) -> String {
        self.engine().address.to_string()
    }

    /// Waits until a server responds, which may just be starting.
    pub(in crate::store) fn wait(&self, patience: Duration) -> Result<(), StoreError> {
        let until = Instant::now() + patience;
        loop {
            match self.link.read(until, &async |messages| messages.last().await) {
                Err(EngineError::Unreachable { .. }) if Instant::now() < until => {
                    thread::sleep(Duration::from_millis(LONGEST_PAUSE_MS));
                }
                found => return Ok(found.map(drop)?),
            }
        }
    }

    pub(in crate::store) fn load(&self) -> Result<Snapshot, StoreError> {
        self.load_within(self.read_timeout)
    }

    pub(super) fn load_within(&self, longest: Duration) -> Result<Snapshot, StoreError> {
        self.load_until(Instant::now() + longest)
    }

    fn load_until(&self, until: Instant) -> Result<Snapshot, StoreError> {
        let snapshot = self.load_any(until)?;
        if snapshot.content().len() as u64 > MAX_BYTES {
            return Err(StoreError::TooLargeShared(self.name()));
        }
        Ok(snapshot)
    }

    fn load_any(&self, until: Instant) -> Result<Snapshot, StoreError> {
        let last = self.link.read(until, &async |messages| messages.last().await)?;
        let snapshot = self.snapshot(last);
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = snapshot.mark();
        Ok(snapshot)
    }

    pub(super) fn snapshot(&self, last: Option<Message>) -> Snapshot {
        let name = self.name();
        last.map_or_else(|| Snapshot::nothing(&name), |last| last.into_snapshot(&name))
    }

    /// Nothing is locked: a change is stored only if nobody else has stored one since it was begun.
    pub(in crate::store) fn change<T, E>(
        &self,
        command: &str,
        edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        self.change_from(command, |until| self.load_until(until), edit)
    }

    /// The same for settings of any size.
    pub(in crate::store) fn change_from_any<T, E>(
        &self,
        command: &str,
        edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        self.change_from(command, |until| self.load_any(until), edit)
    }

    fn change_from<T, E>(
        &self,
        command: &str,
        load: impl Fn(Instant) -> Result<Snapshot, StoreError>,
        mut edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        let until = Instant::now() + self.timeout;
        // Dropped when the change has ended.
        let _waits = self.report_later();
        for attempt in 1.. {
            let loaded = load(until.max(Instant::now() + LEAST))?;
            match edit(&loaded).map_err(ChangeError::Edit)? {
                Change::Unchanged(value) => return Ok(value),
                Change::Save(bytes, value) => {
                    if loaded.bytes() == Some(&bytes) || self.commit(until, &loaded, &bytes, command)? {
                        return Ok(value);
                    }
                }
            }
            if Instant::now() >= until {
                break;
            }
            let pause = LONGEST_PAUSE_MS.min(4 * attempt);
            thread::sleep(Duration::from_micros(random() % (1000 * pause)));
        }
        Err(StoreError::KeepsChanging(self.name().into()).into())
    }

    /// Reports that a change waits, unless the returned value is dropped before. Without a thread nothing is reported.
    fn report_later(&self) -> Sender<()> {
        let (waits, ended) = channel();
        let (report, name) = (self.report, PathBuf::from(self.name()));
        let _ = thread::Builder::new().name("waits".to_owned()).spawn(move || {
            if ended.recv_timeout(SILENT) == Err(RecvTimeoutError::Timeout) {
                report(&name);
            }
        });
        waits
    }

    /// Saves `bytes`; returns false if the settings are no longer the ones that were loaded.
    fn commit(
        &self,
        until: Instant,
        loaded: &Snapshot,
        bytes: &[u8],
        command: &str,
    ) -> Result<bool, StoreError> {
        let saved = self.link.run(until, async |messages, until| {
            let mut after = loaded.sequence();
            let headers = Headers::new(command);
            messages.ensure_fits(after, &headers, bytes)?;
            if after == 0 {
                let is_other = messages.create().await?;
                // What undoing the first change leads back to.
                match store(messages, until, after, &Headers::beginning(), &[]).await? {
                    Some(sequence) => after = sequence,
                    None if is_other && messages.last().await?.is_none() => return Err(messages.foreign()),
                    None => return Ok(None),
                }
            }
            store(messages, until, after, &headers, bytes).await
        });
        Ok(saved?.is_some())
    }

    pub(in crate::store) fn undo_target(
        &self,
        now: &Snapshot,
        id: Option<u64>,
    ) -> Result<SavedVersion, StoreError> {
        match id {
            Some(id) => self.saved(id),
            None => self.before(now.sequence())?.ok_or(StoreError::NothingToUndo),
        }
    }

    pub(in crate::store) fn version(
        &self,
        id: u64,
    ) -> Result<(SavedVersion, Option<SavedVersion>), StoreError> {
        let version = self.saved(id)?;
        Ok((version, self.before(id)?))
    }

    pub(in crate::store) fn history(&self) -> Result<Vec<Version>, StoreError> {
        Ok(self.link.read(self.until(), &async |messages| messages.versions().await)?)
    }

    pub(in crate::store) fn purge_targets(&self) -> Result<Vec<u64>, StoreError> {
        let now = self.load()?.sequence();
        Ok(self.history()?.into_iter().map(|version| version.id).filter(|id| *id != now).collect())
    }

    pub(in crate::store) fn purge(&self, ids: &[u64]) -> Result<Vec<u64>, StoreError> {
        let now = self.load()?.sequence();
        let until = Instant::now() + self.timeout;
        let mut removed = Vec::new();
        for id in ids.iter().copied().filter(|id| *id != now) {
            match self.link.read(until, &async |messages| messages.remove(id).await) {
                Ok(()) => removed.push(id),
                Err(EngineError::Denied { address, why }) if removed.is_empty() => {
                    return Err(EngineError::Denied { address, why }.into());
                }
                Err(error) => return Err(self.partly(&removed, ids.len(), &error).into()),
            }
        }
        Ok(removed)
    }

    /// The error of a purge that did not remove all versions.
    fn partly(&self, removed: &[u64], all: usize, error: &EngineError) -> EngineError {
        let why = format!("at least {} of {all} versions were removed, then: {error}", removed.len());
        EngineError::Unsettled { address: self.name(), why }
    }

    fn saved(&self, id: u64) -> Result<SavedVersion, StoreError> {
        let found = self.link.read(self.until(), &async |messages| messages.at(id).await)?;
        found.map(|message| message.saved).ok_or(StoreError::NoSuchVersion(id))
    }

    /// Returns the version that was saved before version `id`.
    fn before(&self, id: u64) -> Result<Option<SavedVersion>, StoreError> {
        let older = self.history()?.into_iter().map(|version| version.id).rfind(|older| *older < id);
        older.map(|older| self.saved(older)).transpose()
    }

    fn until(&self) -> Instant {
        Instant::now() + self.read_timeout
    }
}

/// Stores a version after the message numbered `after`, and returns its number; none if another one was stored instead.
///
/// A response may be lost although the version was stored. It is sent again then: at most one of the two is stored, since
/// each is to follow the same message, and its id tells whose it is.
async fn store(
    messages: &Messages,
    until: Instant,
    after: u64,
    headers: &Headers,
    bytes: &[u8],
) -> Result<Option<u64>, EngineError> {
    let settled = until.max(Instant::now() + SETTLING);
    // Why it is unknown whether it is stored.
    let mut unknown = None;
    loop {
        let why = match append(messages, after, headers, bytes).await {
            Ok(Appended::Stored(sequence)) => return Ok(Some(sequence)),
            Ok(Appended::Conflict) if unknown.is_none() => return Ok(None),
            Ok(Appended::Conflict) => match following(messages, after, headers).await {
                Ok(Following::Nothing) => "the servers have not agreed on it".to_owned(),
                Ok(Following::Ours(sequence)) => return Ok(Some(sequence)),
                Ok(Following::Other) => return Ok(None),
                Ok(Following::Removed) => {
                    let why = "the message that would tell has been removed".to_owned();
                    return Err(messages.unsettled(why));
                }
                Err(error) => error.to_string(),
            },
            Ok(Appended::Nobody) => match messages.last().await {
                // The stream was deleted, or another one has its name.
                Ok(None) if unknown.is_none() => return Ok(None),
                _ => "no server is in charge of the settings".to_owned(),
            },
            Ok(Appended::NotNow(why)) => why,
            Ok(Appended::Unknown(why)) => {
                unknown = Some(why.clone());
                why
            }
            Err(error) if unknown.is_none() => return Err(error),
            Err(error) => error.to_string(),
        };
        match unknown {
            Some(why) if Instant::now() >= settled => return Err(messages.unsettled(why)),
            None if Instant::now() >= until => return Err(messages.unreachable(&why)),
            _ => sleep(Duration::from_millis(LONGEST_PAUSE_MS)).await,
        }
    }
}

/// Sends a version, unless the connection is broken: then it would be sent late, when nobody waits for it.
async fn append(
    messages: &Messages,
    after: u64,
    headers: &Headers,
    bytes: &[u8],
) -> Result<Appended, EngineError> {
    match messages.is_open() {
        true => messages.append(after, headers, bytes).await,
        false => Ok(Appended::NotNow("the connection was lost".to_owned())),
    }
}

/// What follows a message.
enum Following {
    /// Nothing yet: the servers may have received a message, but have not stored it.
    Nothing,
    /// The message with these headers; its number.
    Ours(u64),
    /// Another message, so that these headers were not stored.
    Other,
    /// A message that has been removed since.
    Removed,
}

/// Finds out what follows the message numbered `after`.
async fn following(messages: &Messages, after: u64, headers: &Headers) -> Result<Following, EngineError> {
    let Some(next) = messages.from(after + 1).await? else { return Ok(Following::Nothing) };
    let number = next.saved.version.id;
    Ok(match number == after + 1 {
        _ if next.id == headers.id => Following::Ours(number),
        true => Following::Other,
        false => Following::Removed,
    })
}
