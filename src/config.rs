//! The settings: their types and all their rules, without any file, clock or network.

pub mod address;
pub mod emoji;

/// Which connections clients may use (W3C RTCIceTransportPolicy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TransportPolicy {
    /// All: direct ones, and relayed ones where no direct one works
    #[default]
    All,
    /// Only connections through a TURN server
    Relay,
}
