//! Starts the server, follows its files while it runs, and shuts it down on a signal.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Resource, getrlimit, setrlimit};
use thiserror::Error;
use tokio::runtime;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::app::App;
use super::connection::accept::{self, Server};
use super::connection::places::{Limits, Places};
use super::credentials::Credentials;
use super::files::Files;
use super::health::{ExpiryLog, HangingLog};
use super::host::PublicNames;
use super::hub::Hub;
use super::log::{Log, LogFormat};
use super::mesh::join::{join, leave, left};
use super::metrics::Metrics;
use super::middleware::MAX_DELAYED;
use super::rate_limit::RateLimit;
use super::reload::Reloaded;
use super::replay::position::ReplicaId;
use super::revocation::Revocation;
use super::{current, page, prober, tls, tokens};
use crate::engine::EngineError;
use crate::signals::{Held, Interrupt, Signals};
use crate::store::{Store, describe};

/// How often to look whether a reload has consequences for connections.
const TICK: Duration = Duration::from_millis(15);
/// How often to look for what only time changes.
const SECOND: Duration = Duration::from_secs(1);
/// How often listeners receive a comment that keeps their connections open.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// How long the last round of probes may take to release its allocations.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long tasks may take to finish after all connections are closed.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// The options of the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on; port 0 means any free one.
    pub listen: SocketAddr,
    /// The file with one user per line.
    pub token_file: PathBuf,
    /// The files with the certificate chain and its private key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether to tell browsers to use only HTTPS for this host.
    pub hsts: bool,
    /// How long credentials from a shared secret are valid.
    pub ttl: Duration,
    /// The host names that requests may contain.
    pub public_names: PublicNames,
    /// The maximum number of clients that listen to events.
    pub max_listeners: usize,
    /// The maximum number of those that belong to one user.
    pub max_listeners_per_user: usize,
    /// How many reactions each user may send a second.
    pub reactions_per_second: u32,
    /// The maximum number of connections from one address.
    pub max_connections_per_address: usize,
    /// The proxies whose `X-Forwarded-For` names the client.
    pub trusted_proxies: Vec<IpAddr>,
    /// How often to probe the configured servers, if at all.
    pub probe_interval: Option<Duration>,
    /// The format of the log.
    pub log_format: LogFormat,
    /// Whether to log warnings and errors only.
    pub quiet: bool,
}

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The settings have errors.
    #[error("{0}")]
    Settings(String),
    /// The token file has errors.
    #[error("{0}")]
    Tokens(String),
    /// The certificate or its key cannot be used.
    #[error("{0}")]
    Tls(String),
    /// The port could not be opened.
    #[error("cannot listen on {address}: {}", describe(cause))]
    Listen {
        /// The address and port.
        address: SocketAddr,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The engine does not connect this server to the other replicas.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The operating system refused something else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Serves the settings of `store` until SIGTERM or Ctrl-C, which shuts the server down gracefully; a second one ends the
/// program.
pub fn serve(options: &Options, store: Store, signals: &Signals) -> Result<(), ServeError> {
    let log = Log::start(options.log_format, options.quiet).context("cannot start the log")?;
    let files = raise_file_limit();
    let limits = Limits::new(options.max_listeners, files);
    let served = load(options, limits, store, &log).and_then(|(app, mut warnings)| {
        if limits.listeners < options.max_listeners {
            let listeners = limits.listeners;
            warnings.push(format!(
                "the limit of open files ({files}) leaves room for {listeners} listeners only; raise it with 'ulimit -Hn', or LimitNOFILE= in a systemd unit"
            ));
        }
        run(options, &Arc::new(app), &warnings, signals)
    });
    log.flush();
    served
}

/// Reads all files, and returns the warnings about them.
fn load(
    options: &Options,
    limits: Limits,
    store: Store,
    log: &Log,
) -> Result<(App, Vec<String>), ServeError> {
    let (settings, mut warnings) = Reloaded::open("settings", [store], current::parse, log)
        .map_err(|error| ServeError::Settings(error.message))?;
    let token_file = [Store::open(&options.token_file)];
    let (tokens, more) = Reloaded::open("tokens", token_file, tokens::parse, log)
        .map_err(|error| ServeError::Tokens(error.message))?;
    warnings.extend(more);
    // Until now nobody depends on the file, so a mistake in it is not passed over.
    if let Some(error) = tokens.degraded() {
        return Err(ServeError::Tokens(error));
    }
    let tls = options.tls.as_ref().map(|(certificate, key)| {
        Reloaded::open("TLS certificate", [certificate, key].map(Store::open), tls::parse, log)
    });
    let tls = tls.transpose().map_err(|error| ServeError::Tls(error.message))?;
    let tls = tls.map(|(tls, more)| {
        warnings.extend(more);
        Arc::new(tls)
    });
    let files = Files::of(settings.store(), tokens.store());
    let replica = ReplicaId::random().context("cannot draw random numbers")?;
    let app = App {
        settings,
        tokens,
        hsts: options.hsts,
        files,
        credentials: Credentials::default(),
        public_names: options.public_names.clone(),
        reactions: RateLimit::new(options.reactions_per_second),
        hub: Hub::new(replica, limits.listeners, options.max_listeners_per_user, log.clone()),
        replica,
        mesh: OnceLock::new(),
        places: Arc::new(Places::new(limits.places)),
        delayed: Semaphore::new(MAX_DELAYED),
        metrics: Metrics::default(),
        ttl: options.ttl,
        tls,
        log: log.clone(),
    };
    Ok((app, warnings))
}

/// Listens, and serves until a signal.
fn run(options: &Options, app: &Arc<App>, warnings: &[String], signals: &Signals) -> Result<(), ServeError> {
    let workers = available_parallelism().map_or(2, |cores| cores.get().max(2));
    let runtime = runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let runtime = runtime.context("cannot start the event loop")?;
    let log = &app.log;
    let server = Server::new(app, options.max_connections_per_address, &options.trusted_proxies);
    runtime.block_on(async {
        let cannot_listen = |cause| ServeError::Listen { address: options.listen, cause };
        let listener = accept::listen(options.listen).map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let mesh = match app.settings.store().engine() {
            Some(engine) => Some(join(app, engine).await?),
            None => None,
        };
        let signals = signals.hold()?;
        let scheme = if app.tls.is_some() { "https" } else { "http" };
        log.listening(&format!("{scheme}://{address}"), &page::url(scheme, address, &options.public_names));
        warnings.iter().for_each(|warning| log.warning(warning));
        // Nobody else sets it.
        let _ = mesh.map(|mesh| app.mesh.set(mesh));
        let (stop, stopped) = watch::channel(false);
        follow_files(app).context("cannot start a thread")?;
        let prober = options.probe_interval.map(|interval| {
            let (app, stopped) = (Arc::clone(app), stopped.clone());
            spawn_blocking(move || prober::run(&app, interval, &stopped))
        });
        let serving = server.run(listener, stopped);
        let shutdown = async {
            until_signal(app, &signals).await;
            drop(signals);
            log.info("shutting down");
            app.hub.close();
            let goodbye = leave(app);
            stop.send_replace(true);
            goodbye
        };
        let ((), goodbye) = tokio::join!(serving, shutdown);
        left(goodbye).await;
        if let Some(prober) = prober {
            // It may have to release allocations.
            let _ = timeout(RELEASE_TIMEOUT, prober).await;
        }
        Ok::<_, ServeError>(())
    })?;
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    Ok(())
}

/// Follows the files in threads that nothing waits for, since they may hang: they end with the program.
fn follow_files(app: &Arc<App>) -> io::Result<()> {
    let start = |name: &str, follow: fn(&App)| {
        let app = Arc::clone(app);
        thread::Builder::new().name(name.to_owned()).spawn(move || follow(&app)).map(drop)
    };
    // First what takes users out: nothing else may delay it.
    start("tokens", |app| {
        app.files.tokens.follow(&[app.tokens.store()], |again| app.tokens.check(again));
    })?;
    start("settings", |app| {
        app.files.settings.follow(&[app.settings.store()], |again| app.settings.check(again));
    })?;
    start("tls", |app| {
        if let Some(tls) = &app.tls {
            app.files.tls.follow(&[], |again| tls.check(again));
        }
    })?;
    start("credentials", |app| app.credentials.follow(app.settings.store(), || app.settings.latest()))
}

/// Keeps connections open until a signal ends the server, except those of users who have lost their tokens. SIGHUP reads
/// all files again.
async fn until_signal(app: &App, signals: &Held) {
    let (mut tick, mut keep_alive) = (interval(TICK), interval(KEEP_ALIVE_INTERVAL));
    let mut second = interval(SECOND);
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut revocation = Revocation::new(app);
    let mut hanging = HangingLog::default();
    let mut expiry = ExpiryLog::default();
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Interrupt::HangUp => app.files.reload(),
                Interrupt::Terminate | Interrupt::Quit | Interrupt::CtrlC => return,
            },
            _ = keep_alive.tick() => app.hub.keep_alive(),
            _ = tick.tick() => {
                revocation.enforce(app);
            }
            _ = second.tick() => {
                app.hub.expire();
                hanging.update(app);
                expiry.update(app);
            }
        }
    }
}

/// Raises the limit of open files as far as the system allows: each listener is one, and the usual limit is 1024.
/// Returns the limit.
fn raise_file_limit() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Best effort.
    let _ = setrlimit(Resource::Nofile, limit);
    let files = getrlimit(Resource::Nofile).current;
    files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}
