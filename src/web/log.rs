//! The log on standard error, a line each, as text or as JSON. Requests never wait for whoever reads it.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::text::clean;

/// How many lines wait to be written at most; more are counted and dropped.
const QUEUE: usize = 4096;
/// Of a path as much is written, in bytes.
const LONGEST_PATH: usize = 512;
/// How long the last lines may take.
const LONGEST_END: Duration = Duration::from_secs(1);

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// The log.
#[derive(Clone)]
pub(super) struct Log {
    format: LogFormat,
    quiet: bool,
    lines: SyncSender<Line>,
    /// How many lines were dropped since the last one was written.
    lost: Arc<AtomicU64>,
    ended: Arc<Mutex<Receiver<()>>>,
}

enum Line {
    Text(String),
    End,
}

/// What the log tells about a request; no token, query or body is among it.
pub(super) struct Access<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) took: Duration,
    pub(super) user: Option<&'a str>,
    pub(super) peer: String,
}

impl Log {
    /// Starts the log; with `quiet` it has warnings and errors only.
    pub(super) fn start(format: LogFormat, quiet: bool) -> std::io::Result<Self> {
        let (lines, waiting) = sync_channel(QUEUE);
        let (end, ended) = sync_channel(1);
        let lost = Arc::new(AtomicU64::new(0));
        let own = Arc::clone(&lost);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            write(&waiting, format, &own);
            let _ = end.try_send(());
        })?;
        Ok(Log { format, quiet, lines, lost, ended: Arc::new(Mutex::new(ended)) })
    }

    /// The first line: where the server listens.
    pub(super) fn listening(&self, url: &str) {
        match self.format {
            _ if self.quiet => {}
            LogFormat::Text => self.push(format!("listening on {url}\n")),
            LogFormat::Json => {
                let message = format!("listening on {url}");
                let line = json!({"time": now(), "level": "info", "message": message, "url": url});
                self.push(format!("{line}\n"));
            }
        }
    }

    pub(super) fn info(&self, message: &str) {
        if !self.quiet {
            self.push(line(self.format, "info", message));
        }
    }

    pub(super) fn warning(&self, message: &str) {
        self.push(line(self.format, "warning", message));
    }

    pub(super) fn error(&self, message: &str) {
        self.push(line(self.format, "error", message));
    }

    /// A request that was answered.
    pub(super) fn access(&self, access: &Access<'_>) {
        if self.quiet {
            return;
        }
        let Access { method, path, status, took, user, peer } = access;
        let end =
            (0..=LONGEST_PATH.min(path.len())).rfind(|end| path.is_char_boundary(*end)).unwrap_or_default();
        let path = &path[..end];
        let (method, path, user) = (clean(method), clean(path), user.map(clean));
        let ms = took.as_secs_f64() * 1000.0;
        self.push(match self.format {
            LogFormat::Text => {
                let user = user.as_deref().unwrap_or("-");
                format!("{} {method} {path} {status} {ms:.1}ms {user} {peer}\n", now())
            }
            LogFormat::Json => {
                let ms = (ms * 10.0).round() / 10.0;
                let line = json!({
                    "time": now(), "level": "info", "method": method, "path": path, "status": status,
                    "ms": ms, "user": user, "peer": peer,
                });
                format!("{line}\n")
            }
        });
    }

    /// Writes what is left, unless nobody reads it any more.
    pub(super) fn end(&self) {
        if self.lines.try_send(Line::End).is_ok() {
            let _ = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LONGEST_END);
        }
    }

    fn push(&self, text: String) {
        if self.lines.try_send(Line::Text(text)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(lines: &Receiver<Line>, format: LogFormat, lost: &AtomicU64) {
    for next in lines {
        let Line::Text(text) = next else { return };
        // Where standard error is closed there is nobody to tell.
        let _ = std::io::stderr().write_all(text.as_bytes());
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let message = format!("{lost} lines of this log were lost, since nobody read it");
            let _ = std::io::stderr().write_all(line(format, "warning", &message).as_bytes());
        }
    }
}

fn line(format: LogFormat, level: &str, message: &str) -> String {
    let message = clean(message);
    match (format, level) {
        (LogFormat::Json, _) => {
            format!("{}\n", json!({"time": now(), "level": level, "message": message}))
        }
        (LogFormat::Text, "info") => format!("{} {message}\n", now()),
        (LogFormat::Text, _) => format!("{} {level}: {message}\n", now()),
    }
}

fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
