//! The arguments that the commands of all lists share.

use clap::Args;
use clap_complete::ArgValueCandidates;

use super::{candidates, value};

/// A probe before an edit is saved.
#[derive(Args, Clone, Copy, Debug)]
pub struct ProbeFirst {
    /// Probe the new servers first, and save only if they work
    #[arg(long)]
    pub probe: bool,
}

/// The position of new entries.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Position")]
pub struct Position {
    /// Insert at the top, or move there
    #[arg(long, conflicts_with = "at")]
    first: bool,
    /// Insert at this position, counted from 1, or move there
    #[arg(long, value_name = "POSITION", allow_negative_numbers = true, value_parser = value::parse_position)]
    at: Option<usize>,
}

impl Position {
    /// The position, counted from 1; none is the end of the list.
    pub fn wanted(&self) -> Option<usize> {
        if self.first { Some(1) } else { self.at }
    }
}

/// Entries of a list to remove.
#[derive(Args, Clone, Debug)]
pub struct Targets {
    /// Entries, or their positions in the list
    #[arg(value_name = "ENTRY|POSITION", add = ArgValueCandidates::new(candidates::entries))]
    pub targets: Vec<String>,
}

/// The entry to move, and its new position.
#[derive(Args, Clone, Debug)]
pub struct Move {
    /// The entry, or its position in the list
    #[arg(value_name = "ENTRY|POSITION", add = ArgValueCandidates::new(candidates::entries))]
    pub target: Option<String>,
    /// The new position, counted from 1
    #[arg(allow_negative_numbers = true, value_parser = value::parse_position)]
    pub to: Option<usize>,
}
