//! Follows the files in threads of their own, so that neither requests nor the shutdown ever wait for a file system that
//! hangs, nor does one kind of files wait for another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::reader::{Hanging, Reader};
use crate::store::{Notices, Store};

/// How often files are checked for changes. An edit in place also has to settle, and is in effect within 100 ms.
const INTERVAL: Duration = Duration::from_millis(15);
/// How long a request waits for files that do not respond. Then the last good values are in effect.
const PATIENCE: Duration = Duration::from_millis(500);

/// The files, each kind with a thread.
pub(super) struct Files {
    pub(super) settings: Follower,
    pub(super) tokens: Follower,
    pub(super) tls: Follower,
}

impl Files {
    /// Notices from now on when the settings or the tokens are replaced.
    pub(super) fn of(settings: &Store, tokens: &Store) -> Self {
        Files {
            settings: Follower::of("settings", &[settings]),
            tokens: Follower::of("tokens", &[tokens]),
            // No request depends on whether a new certificate is in use already.
            tls: Follower::of("tls", &[]),
        }
    }

    /// Waits until edits by commands that have ended are in effect, unless the file system hangs.
    pub(super) async fn up_to_date(&self) {
        let needed = [&self.tokens, &self.settings];
        let replaced = Notices::any_of(needed.map(|follower| &follower.notices));
        // Request all before waiting for the first: otherwise one that hangs would delay the others.
        let rounds = needed.into_iter().zip(replaced).map(|(follower, is_replaced)| {
            let reader = &follower.reader;
            (reader, if is_replaced { reader.request() } else { reader.started().max(1) })
        });
        for (reader, round) in rounds.collect::<Vec<_>>() {
            reader.finished(round, PATIENCE).await;
        }
    }

    /// Reads all files again soon, even if they seem unchanged.
    pub(super) fn reload(&self) {
        for follower in self.all() {
            follower.again.store(true, Ordering::SeqCst);
            follower.reader.request();
        }
    }

    /// Returns which files cannot be read because their file system does not respond.
    pub(super) fn hanging(&self) -> [Option<Hanging>; 3] {
        self.all().map(Follower::hanging)
    }

    const fn all(&self) -> [&Follower; 3] {
        [&self.settings, &self.tokens, &self.tls]
    }
}

/// What the thread that follows files of one kind shares with the requests.
pub(super) struct Follower {
    /// The kind of the files, for everybody.
    name: &'static str,
    reader: Reader,
    notices: Notices,
    /// Whether to read the files again, even if they seem unchanged.
    again: AtomicBool,
}

impl Follower {
    fn of(name: &'static str, noticed: &[&Store]) -> Self {
        let (reader, notices) = (Reader::default(), Notices::of(noticed));
        Follower { name, reader, notices, again: AtomicBool::new(false) }
    }

    /// Checks the files in this thread again and again: `check` is told whether to read them even if they seem
    /// unchanged. The files of `noticed` have to be in effect for the next request.
    pub(super) fn follow(&self, noticed: &[&Store], check: impl Fn(bool)) {
        self.reader.run(Some(INTERVAL), || {
            let again = self.again.swap(false, Ordering::SeqCst);
            self.reader.reads(self.name);
            if self.notices.clear() {
                self.notices.watch(noticed);
            }
            check(again);
        });
    }

    /// Returns whether the files cannot be read because their file system does not respond.
    pub(super) fn hanging(&self) -> Option<Hanging> {
        self.reader.hanging()
    }
}
