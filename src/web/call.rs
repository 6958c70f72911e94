//! The name of a call.

/// The name of a call: each channel has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CallId {
    pub(super) team: String,
    pub(super) channel: String,
}
