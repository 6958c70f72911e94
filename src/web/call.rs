//! The name of a call.

use serde::{Deserialize, Serialize};

/// The name of a call: each channel has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct CallId {
    pub(super) team: String,
    pub(super) channel: String,
}
