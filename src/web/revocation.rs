//! Takes users out of calls as soon as their token, its rooms or its time no longer let them in.

use std::sync::Arc;

use super::app::App;
use super::tokens::{Tokens, Until};

/// What was enforced last.
pub(super) struct Revocation {
    tokens: Arc<Tokens>,
    at: Until,
}

impl Revocation {
    /// Begins with the users that the server has now.
    pub(super) fn new(app: &App) -> Self {
        Revocation { tokens: app.tokens.latest(), at: Until::now() }
    }

    /// Enforces what has changed since the last time.
    pub(super) fn enforce(&mut self, app: &App) {
        let (latest, now) = (app.tokens.latest(), Until::now());
        let is_changed = !Arc::ptr_eq(&latest, &self.tokens);
        let mut has_ended = false;
        for account in latest.ended_between(self.at, now) {
            app.log.info(&format!("the token of '{}' has ended", account.name));
            has_ended = true;
        }
        if is_changed || has_ended {
            app.hub.retain_users(|user, call| latest.admit(user, call));
        }
        if is_changed {
            app.reactions.retain(|user| latest.named(user).is_some());
        }
        (self.tokens, self.at) = (latest, now);
    }
}
