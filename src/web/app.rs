//! What all requests share.

use std::sync::Arc;
use std::time::Duration;

use super::current::InForce;
use super::hub::Hub;
use super::log::Log;
use super::metrics::Metrics;
use super::prober::Verdicts;
use super::reload::Watched;
use super::tls::Tls;
use super::tokens::Tokens;

/// What all requests share.
pub(super) struct App {
    pub(super) settings: Arc<Watched<InForce>>,
    pub(super) tokens: Watched<Tokens>,
    pub(super) hub: Hub,
    pub(super) metrics: Metrics,
    pub(super) probe: Verdicts,
    pub(super) ttl: Duration,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) log: Log,
}

#[cfg(test)]
impl App {
    /// With the tokens of this file and default settings, for tests of single routes.
    #[allow(clippy::unwrap_used)]
    pub(super) fn of_test(tokens: &std::path::Path) -> Arc<Self> {
        let log = Log::start(super::log::LogFormat::Text, true).unwrap();
        let settings = crate::store::Store::open(tokens.with_file_name("config.toml"));
        let settings = Watched::open("settings", settings, super::current::parse, &log).ok().unwrap().0;
        let tokens = Watched::open("tokens", crate::store::Store::open(tokens), super::tokens::parse, &log)
            .ok()
            .unwrap()
            .0;
        Arc::new(App {
            settings: Arc::new(settings),
            tokens,
            hub: Hub::new(9),
            metrics: Metrics::default(),
            probe: Verdicts::default(),
            ttl: Duration::from_secs(60),
            tls: None,
            log,
        })
    }
}
