//! What is wrong with the files and the engine while the server runs, in words for everybody, and for the log.

use std::sync::Arc;

use super::app::App;
use super::mesh::handle::Mesh;
use super::reader::Hanging;
use super::tls::Identity;

/// Returns what is wrong with the files.
pub(super) fn problems(app: &App) -> Vec<String> {
    let named = |name: &'static str, errors: Vec<String>| {
        errors.into_iter().map(move |error| format!("{name}: {error}"))
    };
    let mut problems: Vec<String> = named("settings", app.settings.public_errors()).collect();
    problems.extend(named("tokens", app.tokens.public_errors()));
    problems.extend(app.tls.iter().flat_map(|tls| named("tls", tls.public_errors())));
    problems.extend(app.tls.iter().flat_map(|tls| named("tls", tls.latest().invalid())));
    if let Some(status) = app.mesh.get().map(Mesh::status) {
        let (is_up, is_differing) = (status.is_up, status.has_differing_settings);
        problems.extend(status.denial.map(|_| "engine: it denies access".to_owned()));
        problems.extend(
            (!is_up)
                .then(|| "engine: not connected; reactions reach only listeners of this server".to_owned()),
        );
        problems.extend(is_differing.then(|| "settings: other replicas use different ones".to_owned()));
    }
    problems.extend(hanging(app).into_iter().flatten().map(|Hanging { what, since }| {
        format!("{what}: not read for {} s: the file system does not respond", since.as_secs())
    }));
    problems
}

/// Whether the settings in use are those of the file, as far as that can be known.
pub(super) fn settings_are_good(app: &App) -> bool {
    app.settings.public_errors().is_empty() && app.files.settings.hanging().is_none()
}

/// The file systems that do not respond, one for each thread that reads files.
fn hanging(app: &App) -> [Option<Hanging>; 4] {
    let [settings, tokens, tls] = app.files.hanging();
    [settings, tokens, tls, app.credentials.hanging()]
}

/// Logs when file systems stop to respond, and when they respond again.
#[derive(Default)]
pub(super) struct HangingLog([Option<&'static str>; 4]);

impl HangingLog {
    /// Logs what has changed since the last call.
    pub(super) fn update(&mut self, app: &App) {
        for (logged, now) in self.0.iter_mut().zip(hanging(app)) {
            match (&*logged, now) {
                (None, Some(Hanging { what, .. })) => {
                    app.log.error(&format!(
                        "{what}: the file system does not respond; what was read last stays in effect"
                    ));
                    *logged = Some(what);
                }
                (Some(what), None) => {
                    app.log.info(&format!("{what}: the file system responds again"));
                    *logged = None;
                }
                _ => {}
            }
        }
    }
}

/// Logs when certificates expire while they are in use.
#[derive(Default)]
pub(super) struct ExpiryLog {
    identity: Option<Arc<Identity>>,
    /// What is known about it.
    known: Vec<String>,
}

impl ExpiryLog {
    /// Logs what has changed since the last call. A reload has logged its own warnings.
    pub(super) fn update(&mut self, app: &App) {
        let Some(identity) = app.tls.as_ref().map(|tls| tls.latest()) else { return };
        let invalid = identity.invalid();
        if self.identity.as_ref().is_some_and(|known| Arc::ptr_eq(known, &identity)) {
            let new = invalid.iter().filter(|what| !self.known.contains(what));
            new.for_each(|what| app.log.error(&identity.for_log(what)));
        }
        (self.identity, self.known) = (Some(identity), invalid);
    }
}
