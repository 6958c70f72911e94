//! The log on standard error: one line per entry, as text or as JSON. Requests never wait for its reader.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use serde_json::json;

use crate::probe::report::RowError;
use crate::text::clean;

/// At most this many lines wait to be written; more are counted and dropped.
const QUEUE: usize = 4096;
/// The longest part of a path that is logged, in bytes.
const MAX_PATH: usize = 512;
/// How long writing the last lines may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

/// The log.
#[derive(Clone)]
pub(super) struct Log {
    format: LogFormat,
    quiet: bool,
    /// `None` is the end.
    lines: SyncSender<Option<String>>,
    /// How many lines were dropped since the last one was written.
    dropped: Arc<AtomicU64>,
    ended: Arc<Mutex<Receiver<()>>>,
}

/// What the log says about a request: no token, query or body.
pub(super) struct Access<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) took: Duration,
    pub(super) user: Option<&'a str>,
    pub(super) peer: String,
}

/// What the log says about a stream of events that ended.
pub(super) struct StreamEnd<'a> {
    pub(super) reason: &'static str,
    pub(super) user: &'a str,
    pub(super) team: &'a str,
    pub(super) channel: &'a str,
    pub(super) lasted: Duration,
    pub(super) peer: String,
}

impl Log {
    /// Starts the log; with `quiet` it contains warnings and errors only.
    pub(super) fn start(format: LogFormat, quiet: bool) -> std::io::Result<Self> {
        let (lines, waiting) = sync_channel(QUEUE);
        let (end, ended) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&dropped);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            write(&waiting, format, &counter);
            let _ = end.try_send(());
        })?;
        Ok(Log { format, quiet, lines, dropped, ended: Arc::new(Mutex::new(ended)) })
    }

    /// Logs where the server listens, as the first line, and where its page is.
    pub(super) fn listening(&self, url: &str, page: &str) {
        for (message, url) in
            [(format!("listening on {url}"), url), (format!("connection test page: {page}"), page)]
        {
            match self.format {
                _ if self.quiet => {}
                LogFormat::Text => self.push(message),
                LogFormat::Json => {
                    let line = json!({"time": now(), "level": "info", "message": message, "url": url});
                    self.push(line.to_string());
                }
            }
        }
    }

    /// Logs that a configured server begins to fail, or fails with another error.
    pub(super) fn server_fails(&self, uri: &str, error: &RowError) {
        let RowError { code, message, hint, .. } = error;
        let code = code.as_str();
        self.server("warning", &format!("{uri} fails ({code}): {message}; {hint}"), uri, Some(code));
    }

    /// Logs that a configured server works again.
    pub(super) fn server_works(&self, uri: &str) {
        if !self.quiet {
            self.server("info", &format!("{uri} works again"), uri, None);
        }
    }

    fn server(&self, level: &str, message: &str, uri: &str, code: Option<&str>) {
        self.push(match self.format {
            LogFormat::Text => line(self.format, level, message),
            LogFormat::Json => {
                let message = clean(message);
                let line =
                    json!({"time": now(), "level": level, "message": message, "server": uri, "code": code});
                line.to_string()
            }
        });
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

    /// Logs a request.
    pub(super) fn access(&self, access: &Access<'_>) {
        if self.quiet {
            return;
        }
        let Access { method, path, status, took, user, peer } = access;
        let end = (0..=MAX_PATH.min(path.len())).rfind(|end| path.is_char_boundary(*end)).unwrap_or_default();
        let path = &path[..end];
        let (method, path, user) = (clean(method), clean(path), user.map(clean));
        let ms = took.as_secs_f64() * 1000.0;
        self.push(match self.format {
            LogFormat::Text => {
                let user = user.as_deref().unwrap_or("-");
                format!("{} {method} {path} {status} {ms:.1}ms {user} {peer}", now())
            }
            LogFormat::Json => {
                let ms = (ms * 10.0).round() / 10.0;
                let line = json!({
                    "time": now(), "level": "info", "method": method, "path": path, "status": status,
                    "ms": ms, "user": user, "peer": peer,
                });
                line.to_string()
            }
        });
    }

    /// Logs the end of a stream of events.
    pub(super) fn stream_end(&self, end: &StreamEnd<'_>) {
        if self.quiet {
            return;
        }
        let StreamEnd { reason, user, team, channel, lasted, peer } = end;
        let (user, team, channel) = (clean(user), clean(team), clean(channel));
        let seconds = (lasted.as_secs_f64() * 10.0).round() / 10.0;
        self.push(match self.format {
            LogFormat::Text => {
                let time = now();
                format!(
                    "{time} events of {team}/{channel} ended after {seconds:.1}s ({reason}) {user} {peer}"
                )
            }
            LogFormat::Json => {
                let line = json!({
                    "time": now(), "level": "info", "message": "events ended", "reason": reason, "user": user,
                    "team": team, "channel": channel, "seconds": seconds, "peer": peer,
                });
                line.to_string()
            }
        });
    }

    /// Writes the lines that are left, unless nothing reads them.
    pub(super) fn flush(&self) {
        if self.lines.try_send(None).is_ok() {
            let _ = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(FLUSH_TIMEOUT);
        }
    }

    fn push(&self, line: String) {
        if self.lines.try_send(Some(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(lines: &Receiver<Option<String>>, format: LogFormat, dropped: &AtomicU64) {
    let print = |line: String| {
        // In one piece. A failure cannot be reported anywhere else.
        let _ = std::io::stderr().write_all((line + "\n").as_bytes());
    };
    while let Ok(Some(next)) = lines.recv() {
        print(next);
        let dropped = dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let message = format!("{dropped} log lines were dropped because nothing read them");
            print(line(format, "warning", &message));
        }
    }
}

fn line(format: LogFormat, level: &str, message: &str) -> String {
    let (time, message) = (now(), clean(message));
    match (format, level) {
        (LogFormat::Json, _) => json!({"time": time, "level": level, "message": message}).to_string(),
        (LogFormat::Text, "info") => format!("{time} {message}"),
        (LogFormat::Text, _) => format!("{time} {level}: {message}"),
    }
}

fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
