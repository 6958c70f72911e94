//! Commands below a noun, which are put together only when the command line names that noun.

use clap::error::Error;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

/// The commands `T` below a noun. Most of them are never needed: putting all together would add a tenth to the
/// instructions of `stun list` (callgrind).
#[derive(Debug)]
pub struct Deferred<T>(pub T);

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(noun: Command) -> Command {
        noun.defer(|noun| with_commands(noun, T::augment_subcommands))
    }

    fn augment_subcommands_for_update(noun: Command) -> Command {
        noun.defer(|noun| with_commands(noun, T::augment_subcommands_for_update))
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

/// Adds the commands below a noun, which keeps its own summary.
fn with_commands(noun: Command, augment: fn(Command) -> Command) -> Command {
    let about = noun.get_about().cloned();
    let noun = augment(noun);
    match about {
        Some(about) => noun.about(about),
        None => noun,
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Deferred)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}
