//! Follows the files in a thread of its own, so that neither requests nor the shutdown ever wait for a file system that
//! hangs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::reader::{Hanging, Reader};
use crate::store::{Notices, Store};

/// How often files are checked for changes. An edit in place also has to settle, and is in effect within 100 ms.
const INTERVAL: Duration = Duration::from_millis(15);
/// How long a request waits for files that do not respond. Then the last good values are in effect.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the thread that follows the files and the requests share.
pub(super) struct Files {
    reader: Reader,
    notices: Notices,
    /// Whether to read all files again, even if they seem unchanged.
    again: AtomicBool,
}

impl Files {
    /// Notices from now on when one of these files is replaced.
    pub(super) fn of(noticed: &[&Store]) -> Self {
        Files { reader: Reader::default(), notices: Notices::of(noticed), again: AtomicBool::new(false) }
    }

    /// Checks the files in this thread again and again: `check` is told whether to read them even if they seem
    /// unchanged. The files of `noticed` have to be in effect for the next request.
    pub(super) fn follow(&self, noticed: &[&Store], check: impl Fn(&Reader, bool)) {
        self.reader.run(Some(INTERVAL), || {
            let again = self.again.swap(false, Ordering::SeqCst);
            self.reader.reads("settings");
            if self.notices.clear() {
                self.notices.watch(noticed);
            }
            check(&self.reader, again);
        });
    }

    /// Waits until edits by commands that have ended are in effect, unless the file system hangs.
    pub(super) async fn up_to_date(&self) {
        let round = if self.notices.any() { self.reader.request() } else { self.reader.started().max(1) };
        self.reader.finished(round, PATIENCE).await;
    }

    /// Reads all files again soon, even if they seem unchanged.
    pub(super) fn reload(&self) {
        self.again.store(true, Ordering::SeqCst);
        self.reader.request();
    }

    /// Returns whether the files cannot be read because their file system does not respond.
    pub(super) fn hanging(&self) -> Option<Hanging> {
        self.reader.hanging()
    }
}
