//! The signals that interrupt a probe that has something to clean up.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::report::Interrupt;

/// Listens for Ctrl-C and SIGTERM.
pub(super) struct Signals {
    ctrl_c: Signal,
    terminate: Signal,
}

impl Signals {
    /// Installs the handlers; `None` when the system refuses.
    pub(super) fn watch() -> Option<Self> {
        let ctrl_c = signal(SignalKind::interrupt()).ok()?;
        let terminate = signal(SignalKind::terminate()).ok()?;
        Some(Signals { ctrl_c, terminate })
    }

    /// Waits for the next signal; forever without handlers.
    pub(super) async fn next(signals: &mut Option<Self>) -> Interrupt {
        let Some(Signals { ctrl_c, terminate }) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = ctrl_c.recv() => Interrupt::CtrlC,
            _ = terminate.recv() => Interrupt::Terminate,
        }
    }
}
