//! What goes wrong with an engine, each with a hint.

use thiserror::Error;

/// Why an engine did not do what it was to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EngineError {
    /// No server responds, or none in time. Nothing was changed.
    #[error("cannot reach {address}: {why}")]
    Unreachable {
        /// The address of the engine.
        address: String,
        /// What happened instead.
        why: String,
    },
    /// The servers know no such user and password, or the user lacks a right. Nothing was changed.
    #[error("{address} denies access: {why}")]
    Denied {
        /// The address of the engine.
        address: String,
        /// What is denied.
        why: String,
    },
    /// The servers cannot keep settings safe. Nothing was changed.
    #[error("{address} cannot keep settings: {why}")]
    Unsuitable {
        /// The address of the engine.
        address: String,
        /// What they lack.
        why: String,
    },
    /// The connection was lost during a change, and nobody could tell whether it was stored.
    #[error("{address} did not confirm the change, which may have been stored or not: {why}")]
    Unsettled {
        /// The address of the engine.
        address: String,
        /// What happened.
        why: String,
    },
    /// The settings are larger than what the servers accept. Nothing was changed.
    #[error("the settings would have {size} bytes, and {address} takes at most {most}")]
    TooLarge {
        /// The address of the engine.
        address: String,
        /// The length of the settings in bytes.
        size: u64,
        /// The most bytes that the servers accept.
        most: u64,
    },
    /// The servers have no room left. Nothing was changed.
    #[error("{address} could not store the settings: {why}")]
    Full {
        /// The address of the engine.
        address: String,
        /// What the server said.
        why: String,
    },
}

impl EngineError {
    /// Returns what to do about it, in one sentence.
    pub const fn hint(&self) -> &'static str {
        match self {
            EngineError::Unreachable { .. } => {
                "check that the NATS servers run and can be reached from here, then run the command again"
            }
            EngineError::Denied { .. } => {
                "check --engine-credentials, and the permissions of that user in the configuration of the NATS servers"
            }
            EngineError::Unsuitable { .. } => {
                "configure JetStream on one NATS server, or on three of version 2.10 or later"
            }
            EngineError::Unsettled { .. } => {
                "see whether it was stored with 'cowork-calls config history' before you run the command again"
            }
            EngineError::TooLarge { .. } => {
                "remove entries, or raise max_payload in the configuration of the NATS servers if that is less than 16 MiB"
            }
            EngineError::Full { .. } => "free or add storage on the NATS servers, then run the command again",
        }
    }
}
