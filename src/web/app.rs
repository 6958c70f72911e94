//! The state that all requests share.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::connection::places::Places;
use super::credentials::Credentials;
use super::current::Current;
use super::files::Files;
use super::host::PublicNames;
use super::hub::Hub;
use super::log::Log;
use super::mesh::handle::Mesh;
use super::metrics::Metrics;
use super::rate_limit::RateLimit;
use super::reload::Reloaded;
use super::replay::position::ReplicaId;
use super::tls::Tls;
use super::tokens::Tokens;

/// The state that all requests share.
pub(super) struct App {
    pub(super) settings: Reloaded<Current>,
    pub(super) tokens: Reloaded<Tokens>,
    pub(super) files: Files,
    pub(super) credentials: Credentials,
    pub(super) public_names: PublicNames,
    pub(super) hub: Hub,
    /// The name of this server for its events.
    pub(super) replica: ReplicaId,
    /// The other replicas, if the settings are in an engine; set before the first request.
    pub(super) mesh: OnceLock<Mesh>,
    /// How many reactions each user may send.
    pub(super) reactions: RateLimit,
    pub(super) places: Arc<Places>,
    /// For requests with unknown tokens, whose responses are delayed.
    pub(super) delayed: Semaphore,
    pub(super) metrics: Metrics,
    /// How long credentials from a shared secret are valid.
    pub(super) ttl: Duration,
    /// Whether browsers are told to use only HTTPS for this host.
    pub(super) hsts: bool,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) log: Log,
}

#[cfg(test)]
impl App {
    /// Creates an app with the tokens of a file and default settings, for tests of single routes.
    #[allow(clippy::unwrap_used)]
    pub(super) fn for_test(tokens: &std::path::Path) -> Arc<Self> {
        use crate::store::Store;
        let log = Log::start(super::log::LogFormat::Text, true).unwrap();
        let settings = [Store::open(tokens.with_file_name("config.toml"))];
        let settings = Reloaded::open("settings", settings, super::current::parse, &log).unwrap().0;
        let tokens = Reloaded::open("tokens", [Store::open(tokens)], super::tokens::parse, &log).unwrap().0;
        let files = Files::of(settings.store(), tokens.store());
        Arc::new(App {
            settings,
            tokens,
            files,
            credentials: Credentials::default(),
            public_names: PublicNames::default(),
            hub: Hub::new(ReplicaId::for_test(1), 9, 9, log.clone()),
            replica: ReplicaId::for_test(1),
            mesh: OnceLock::new(),
            reactions: RateLimit::new(10),
            places: Arc::new(Places::new(9)),
            delayed: Semaphore::new(9),
            metrics: Metrics::default(),
            ttl: Duration::from_secs(60),
            hsts: false,
            tls: None,
            log,
        })
    }
}
