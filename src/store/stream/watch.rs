//! Watches the stream: its messages arrive by themselves, and now and then it is read to find out what was missed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::Ordered;
use futures_util::StreamExt as _;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::change::StreamStore;
use super::message::Message;
use super::messages::Messages;
use crate::engine::EngineError;
use crate::store::error::StoreError;
use crate::store::snapshot::{Mark, Snapshot};

/// How often the stream is read all the same. It may have been deleted and created again, which no message tells.
const CHECK: Duration = Duration::from_secs(2);
/// The pause before it is tried again to follow the stream, which may not exist yet.
const PAUSE: Duration = Duration::from_millis(500);
/// How long settings that are loaded on request are waited for: the thread that follows them counts as hanging later.
const PATIENCE: Duration = Duration::from_millis(500);
/// The pause before settings that could not be loaded are loaded again.
const RETRY: Duration = Duration::from_secs(1);
/// How long earlier settings have to remain the last ones until they are in effect again: a server that was just elected may
/// learn of the latest only a moment later, but all servers may also have been restored from a backup.
const RESTORED: Duration = Duration::from_secs(10);

/// Watches the settings in a stream.
#[derive(Debug)]
pub(in crate::store) struct StreamWatcher {
    store: StreamStore,
    news: News,
    /// When to load the settings although they seem unchanged.
    again: Option<Instant>,
    /// Since when earlier settings than those that were loaded have been the last ones.
    earlier: Option<Instant>,
    task: Option<AbortHandle>,
}

/// The settings that arrived last, until somebody takes them.
type News = Arc<Mutex<Option<Snapshot>>>;

impl StreamStore {
    pub(in crate::store) fn watch(&self) -> StreamWatcher {
        let news = News::default();
        let following = follow(self.clone(), Arc::clone(&news));
        let task = self.link().runtime().map(|runtime| runtime.spawn(following).abort_handle());
        StreamWatcher { store: self.clone(), news, again: None, earlier: None, task: task.ok() }
    }
}

impl StreamWatcher {
    /// Makes [`StreamWatcher::poll`] load the settings although they seem unchanged.
    pub(in crate::store) fn again(&mut self) {
        self.again = Some(Instant::now());
    }

    /// Returns the settings if others than those that were loaded last have arrived.
    pub(in crate::store) fn poll(&mut self) -> Option<Result<Snapshot, StoreError>> {
        if self.again.is_some_and(|at| at <= Instant::now()) {
            let loaded = self.store.load_within(PATIENCE);
            self.again = loaded.is_err().then(|| Instant::now() + RETRY);
            return Some(loaded);
        }
        let news = lock(&self.news).take()?;
        let mut loaded = lock(&self.store.loaded);
        if !is_earlier(news.mark(), *loaded) {
            self.earlier = None;
        } else if self.earlier.get_or_insert_with(Instant::now).elapsed() < RESTORED {
            return None;
        }
        if news.mark() == *loaded {
            return None;
        }
        *loaded = news.mark();
        Some(Ok(news))
    }
}

impl Drop for StreamWatcher {
    fn drop(&mut self) {
        self.task.iter().for_each(AbortHandle::abort);
    }
}

/// Whether a message was stored before another one. In a stream that was created again, messages are later.
fn is_earlier(message: Option<Mark>, other: Option<Mark>) -> bool {
    message.zip(other).is_some_and(|(message, other)| message.0 < other.0 && message.1 < other.1)
}

/// Follows the stream as long as the program runs.
async fn follow(store: StreamStore, news: News) {
    loop {
        // What goes wrong shows in the state of the connection; here it is only tried again.
        if let Ok(messages) = store.link().messages().await {
            let _ = follow_messages(&store, &messages, &news).await;
        }
        sleep(PAUSE).await;
    }
}

/// Follows the stream until it has to be followed in another way.
async fn follow_messages(store: &StreamStore, messages: &Messages, news: &News) -> Result<(), EngineError> {
    let Some(followed) = messages.follow(DeliverPolicy::Last, false).await? else {
        return missing(store, messages, news).await;
    };
    let mut arriving = followed.messages;
    let mut seen = None;
    let mut check = interval(CHECK);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    check.reset();
    loop {
        let arrived = tokio::select! {
            snapshot = next(store, &mut arriving) => Some(snapshot?),
            _ = check.tick() => None,
        };
        let Some(snapshot) = arrived else {
            match messages.last().await? {
                None => return missing(store, messages, news).await,
                Some(last) => {
                    let last = store.snapshot(Some(last));
                    let is_seen = last.mark() == seen;
                    *lock(news) = Some(last);
                    if is_seen { continue } else { return Ok(()) }
                }
            }
        };
        seen = snapshot.mark();
        *lock(news) = Some(snapshot);
    }
}

/// Waits for the next message that is the last one. After a loss of the connection earlier ones may arrive again.
async fn next(store: &StreamStore, arriving: &mut Ordered) -> Result<Snapshot, EngineError> {
    let lost =
        || EngineError::Unreachable { address: store.name(), why: "the connection was lost".to_owned() };
    loop {
        let message = arriving.next().await.ok_or_else(lost)?.map_err(|_| lost())?;
        let info = message.info().map_err(|_| lost())?;
        if info.pending == 0 {
            let last = Message::arrived(info.stream_sequence, info.published, &message);
            return Ok(store.snapshot(Some(last)));
        }
    }
}

/// There is no stream, or nothing in it: the defaults are in effect, if that is so for a while.
async fn missing(store: &StreamStore, messages: &Messages, news: &News) -> Result<(), EngineError> {
    sleep(PAUSE).await;
    *lock(news) = Some(store.snapshot(messages.last().await?));
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::is_earlier;

    #[test]
    fn what_a_new_leader_has_not_learned_yet_is_told_from_a_new_stream() {
        assert!(is_earlier(Some((65, 1000)), Some((66, 1001))));
        assert!(!is_earlier(Some((66, 1001)), Some((66, 1001))));
        assert!(!is_earlier(Some((67, 1002)), Some((66, 1001))));
        assert!(!is_earlier(Some((1, 2000)), Some((66, 1001))), "the stream was created again");
        assert!(!is_earlier(None, Some((66, 1001))) && !is_earlier(Some((1, 1)), None));
    }
}
