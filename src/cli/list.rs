//! The arguments that the commands of all lists share.

use clap::Args;
use clap_complete::ArgValueCandidates;

use super::{candidates, value};

/// Where new entries go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Position")]
pub struct Position {
    /// Put them first
    #[arg(long, conflicts_with = "at")]
    first: bool,
    /// Put them at this position, counted from 1
    #[arg(long, value_name = "POSITION", allow_negative_numbers = true, value_parser = value::parse_position)]
    at: Option<usize>,
}

impl Position {
    /// The position, if not the end of the list.
    #[must_use]
    pub fn wanted(&self) -> Option<usize> {
        if self.first { Some(1) } else { self.at }
    }
}

/// Entries of a list to remove.
#[derive(Args, Clone, Debug)]
pub struct Targets {
    /// Entries, or their positions as the list shows them
    #[arg(value_name = "ENTRY|POSITION", add = ArgValueCandidates::new(candidates::entries))]
    pub targets: Vec<String>,
}

/// An entry to move, and where to.
#[derive(Args, Clone, Debug)]
pub struct Move {
    /// The entry, or its position as the list shows it
    #[arg(value_name = "ENTRY|POSITION", add = ArgValueCandidates::new(candidates::entries))]
    pub target: Option<String>,
    /// Its new position, counted from 1
    #[arg(allow_negative_numbers = true, value_parser = value::parse_position)]
    pub to: Option<usize>,
}
