//! The signals that end a probe before its time, where something has to be tidied up first.

use tokio::signal::unix::{SignalKind, signal};

use super::report::Interrupt;

/// Waits for Ctrl-C or SIGTERM; for ever when nobody needs to know.
pub(super) async fn first(wanted: bool) -> Interrupt {
    let watched = if wanted {
        signal(SignalKind::interrupt()).and_then(|c| Ok((c, signal(SignalKind::terminate())?)))
    } else {
        return std::future::pending().await;
    };
    let Ok((mut ctrl_c, mut terminate)) = watched else { return std::future::pending().await };
    tokio::select! {
        _ = ctrl_c.recv() => Interrupt::CtrlC,
        _ = terminate.recv() => Interrupt::Terminate,
    }
}
