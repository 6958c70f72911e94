//! The subcommands of a noun such as `stun`, which clap builds only if the command line names that noun.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

/// Subcommands that are built on demand: building all of them takes a short command a fifth of its time.
#[derive(Debug)]
pub struct Noun<T>(pub T);

impl<T: Subcommand> Args for Noun<T> {
    fn augment_args(command: Command) -> Command {
        command.subcommand_required(true).arg_required_else_help(true).defer(|command| {
            // Keep the description from the list of commands instead of the doc comment of the type.
            let about = command.get_about().cloned().unwrap_or_default();
            T::augment_subcommands(command).about(about)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Subcommand> FromArgMatches for Noun<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}
