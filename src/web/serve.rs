//! The Web API: hands clients the servers of the settings, and lets only configured reactions through.
//!
//! `connections` lets clients in, `request` checks what they send, `api` answers them. `hub` has the running calls.
//! `watched` follows the settings and the tokens in their files.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use thiserror::Error;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::accept::{self, Server};
use super::app::App;
use super::current;
use super::hub::Hub;
use super::log::{Log, LogFormat};
use super::metrics::Metrics;
use super::prober::{Prober, Verdicts};
use super::reload::Watched;
use super::routes::router;
use super::tls::Tls;
use super::tokens;
use crate::store::{Store, in_words};

/// How often files are looked at. With the time in which an edit in place settles it is in force within 100 ms.
const LOOK: Duration = Duration::from_millis(15);
/// How often listeners hear that the connection still stands.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long answers may take after connections have ended.
const LONGEST_END: Duration = Duration::from_secs(1);

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; the port 0 is any free one.
    pub listen: SocketAddr,
    /// The file with a `name:token` a line.
    pub token_file: PathBuf,
    /// The files with the certificates and their key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// How long the credentials last that are made from a shared secret.
    pub ttl: Duration,
    /// How many may listen to events at once.
    pub most_listeners: usize,
    /// How often the configured servers are probed, if they are.
    pub probe_interval: Option<Duration>,
    /// The form of the log.
    pub log_format: LogFormat,
    /// Whether the log has warnings and errors only.
    pub quiet: bool,
}

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The settings have errors.
    #[error("{0}")]
    Settings(String),
    /// The tokens have errors.
    #[error("{0}")]
    Tokens(String),
    /// A file for TLS cannot be used.
    #[error("cannot use {}: {what}", file.display())]
    Tls {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The port could not be opened.
    #[error("cannot listen on {address}: {}", in_words(cause))]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The operating system refused something else.
    #[error("the server could not start: {}", in_words(.0))]
    System(#[from] io::Error),
}

/// Serves the settings of `store` until SIGTERM or Ctrl-C. While `exit_at_once` is true these end the program: it
/// becomes false as soon as they end the server in good order, and true again for the second one.
///
/// # Errors
/// Why the server did not start.
pub fn serve(options: &Options, store: Store, exit_at_once: &AtomicBool) -> Result<(), ServeError> {
    let log = Log::start(options.log_format, options.quiet)?;
    let served = start(options, store, exit_at_once, &log);
    log.end();
    served
}

fn start(options: &Options, store: Store, exit_at_once: &AtomicBool, log: &Log) -> Result<(), ServeError> {
    let settings = Watched::open("settings", store, current::parse, log);
    let (settings, mut warnings) = settings.map_err(|trouble| ServeError::Settings(trouble.message))?;
    let tokens = Watched::open("tokens", Store::open(&options.token_file), tokens::parse, log);
    let (tokens, more) = tokens.map_err(|trouble| ServeError::Tokens(trouble.message))?;
    warnings.extend(more);
    let tls = match &options.tls {
        Some((certificates, key)) => {
            let tls = Tls::open(certificates, key, log);
            Some(Arc::new(tls.map_err(|(file, what)| ServeError::Tls { file, what })?))
        }
        None => None,
    };
    raise_limit_of_files();
    let workers = available_parallelism().map_or(2, |cores| cores.get().max(2));
    let runtime = runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
    let app = Arc::new(App {
        settings: Arc::new(settings),
        tokens,
        hub: Hub::new(options.most_listeners),
        metrics: Metrics::default(),
        probe: Verdicts::default(),
        ttl: options.ttl,
        tls: tls.clone(),
        log: log.clone(),
    });
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = Server { router: router(&app), tls, log: log.clone() };

    runtime.block_on(async {
        let address = options.listen;
        let listening = accept::listen(address)
            .and_then(|listener| listener.local_addr().map(|address| (listener, address)));
        let (listener, address) = listening.map_err(|cause| ServeError::Listen { address, cause })?;
        // First the ear for signals, then the order not to exit: none is lost between the two.
        let signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        exit_at_once.store(false, Ordering::SeqCst);
        log.listening(&format!("{scheme}://{address}"));
        warnings.iter().for_each(|warning| log.warning(warning));
        let prober = match options.probe_interval {
            Some(interval) => {
                let (settings, verdicts) = (Arc::clone(&app.settings), app.probe.clone());
                Some(Prober::start(interval, options.ttl, settings, verdicts, log.clone())?)
            }
            None => None,
        };
        let (stop, stopped) = watch::channel(false);
        let serving = server.run(listener, options.most_listeners, stopped);
        let ending = async {
            tend(&app, signals).await;
            exit_at_once.store(true, Ordering::SeqCst);
            log.info("ending");
            app.hub.close();
            stop.send_replace(true);
        };
        tokio::join!(serving, ending);
        if let Some(prober) = prober {
            prober.end();
        }
        Ok::<_, ServeError>(())
    })?;
    runtime.shutdown_timeout(LONGEST_END);
    Ok(())
}

/// Looks at files and keeps connections open until a signal comes.
async fn tend(app: &App, (mut terminate, mut interrupt): (Signal, Signal)) {
    let (mut look, mut keep_alive) = (interval(LOOK), interval(KEEP_ALIVE));
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tokens = app.tokens.now();
    loop {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = interrupt.recv() => return,
            _ = keep_alive.tick() => app.hub.keep_alive(),
            _ = look.tick() => {
                app.settings.now();
                if let Some(tls) = &app.tls {
                    tls.look();
                }
                let now = app.tokens.now();
                if !Arc::ptr_eq(&now, &tokens) {
                    app.hub.keep_users(|user| now.keeps(user, &tokens));
                    tokens = now;
                }
            }
        }
    }
}

/// Each listener is an open file, and the usual limit is 1024. As many as the system allows are better than none.
fn raise_limit_of_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
