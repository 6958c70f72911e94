//! Parses a command line: with the commands that it names, or, if that fails, with all of them.

use std::ffi::{OsStr, OsString};
use std::mem::ManuallyDrop;

use clap::{Args as _, FromArgMatches as _, Subcommand as _};

use super::args::{Cli, Command, CompletionsArgs, EngineArgs, Global, ManArgs, PolicyArgs};
use super::config::ConfigCommand;
use super::help::program;
use super::nat::NatArgs;
use super::probe::ProbeArgs;
use super::reactions::ReactionsCommand;
use super::serve::ServeArgs;
use super::stun::StunCommand;
use super::turn::TurnCommand;
use crate::terminal::ColorChoice;

/// The global options that may precede a word, and whether a value follows.
const OPTIONS: [(&str, bool); 11] = [
    ("--config", true),
    ("--system", false),
    ("--json", false),
    ("--quiet", false),
    ("-q", false),
    ("--yes", false),
    ("-y", false),
    ("--no-input", false),
    ("--lock-timeout", true),
    ("--color", true),
    ("--dry-run", false),
];

/// Parses the command line in `args`, the program's name first.
///
/// # Errors
/// clap's error, or its text if help or the version is wanted.
pub fn parse(args: &[OsString], color: ColorChoice) -> Result<Cli, clap::Error> {
    if let Some(cli) = parse_named(args) {
        return Ok(cli);
    }
    let color = match color {
        ColorChoice::Auto => clap::ColorChoice::Auto,
        ColorChoice::Always => clap::ColorChoice::Always,
        ColorChoice::Never => clap::ColorChoice::Never,
    };
    let mut program = program().color(color);
    let mut matches = program.try_get_matches_from_mut(args)?;
    let mut cli = Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut program))?;
    cli.engine.move_to(&mut cli.global);
    Ok(cli)
}

/// Parses a command line with nothing but the commands below the first word, and with the global options only where the
/// words end; none if there is anything wrong or special about it.
///
/// Putting all commands together, with the global options at each of them, would take two thirds of the instructions of
/// `stun list` (callgrind).
fn parse_named(args: &[OsString]) -> Option<Cli> {
    let (program, arguments) = args.split_first()?;
    let (mut options, arguments) = split_options(arguments)?;
    let (word, mut rest) = arguments.split_first()?;
    let mut command = named(word)?;
    let mut words = vec![program, word];
    if command.has_subcommands() {
        let (more, arguments) = split_options(rest)?;
        let (word, arguments) = arguments.split_first()?;
        let below = command.find_subcommand(word)?.get_name().to_owned();
        command = command.mut_subcommand(below, with_options);
        options.extend(more);
        words.push(word);
        rest = arguments;
    } else {
        command = with_options(command);
    }
    // Dropping these two would take a tenth of the instructions.
    let mut whole = ManuallyDrop::new(without_help(env!("CARGO_PKG_NAME")).subcommand(command));
    let line = words.into_iter().chain(options).chain(rest);
    let mut matches = ManuallyDrop::new(whole.try_get_matches_from_mut(line).ok()?);
    let mut last = &*matches;
    while let Some((_, below)) = last.subcommand() {
        last = below;
    }
    let global = Global::from_arg_matches(last).ok()?;
    let command = Command::from_arg_matches_mut(&mut matches).ok()?;
    Some(Cli { global, engine: EngineArgs::default(), command })
}

fn without_help(name: &'static str) -> clap::Command {
    clap::Command::new(name).disable_help_flag(true).disable_help_subcommand(true)
}

/// Adds the global options to the command that the words end with, where nothing below needs them.
fn with_options(command: clap::Command) -> clap::Command {
    let command =
        command.disable_help_flag(true).disable_version_flag(true).version(env!("CARGO_PKG_VERSION"));
    Global::augment_args(command).mut_args(|option| option.global(false))
}

/// Splits off the global options that precede a word, with their values.
fn split_options(arguments: &[OsString]) -> Option<(Vec<&OsString>, &[OsString])> {
    let mut at = 0;
    while let Some(option) = arguments.get(at)?.to_str().filter(|argument| argument.starts_with('-')) {
        let name = option.split_once('=').map_or(option, |(name, _)| name);
        let (_, value_follows) = OPTIONS.iter().find(|(own, _)| *own == name)?;
        at += if *value_follows && name == option { 2 } else { 1 };
    }
    let (options, rest) = arguments.split_at_checked(at)?;
    Some((options.iter().collect(), rest))
}

/// The command of this name with what is below it.
fn named(name: &OsStr) -> Option<clap::Command> {
    let command = without_help;
    Some(match name.to_str()? {
        "stun" => StunCommand::augment_subcommands(command("stun")),
        "turn" => TurnCommand::augment_subcommands(command("turn")),
        "reactions" => ReactionsCommand::augment_subcommands(command("reactions")),
        "policy" => PolicyArgs::augment_args(command("policy")),
        "show" => command("show"),
        "config" => ConfigCommand::augment_subcommands(command("config")),
        "probe" => ProbeArgs::augment_args(command("probe")),
        "nat" => NatArgs::augment_args(command("nat")),
        "serve" => ServeArgs::augment_args(command("serve")),
        "setup" => command("setup"),
        "man" => ManArgs::augment_args(command("man")),
        "completions" => CompletionsArgs::augment_args(command("completions")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// Words of command lines, right and wrong.
    const WORDS: [&str; 48] = [
        "stun",
        "turn",
        "reactions",
        "policy",
        "show",
        "config",
        "probe",
        "nat",
        "serve",
        "setup",
        "man",
        "list",
        "ls",
        "add",
        "remove",
        "rm",
        "set",
        "move",
        "clear",
        "check",
        "export",
        "undo",
        "edit",
        "help",
        "foo",
        "1",
        "2",
        "-1",
        "a.example",
        "👍",
        "all",
        "",
        "-",
        "--",
        "-4",
        "-q",
        "-yq",
        "-h",
        "-V",
        "--first",
        "--at",
        "--stun",
        "--count",
        "--username",
        "--format",
        "--token-file",
        "--timeout=1s",
        "--strict",
    ];

    const GLOBAL: [&str; 14] = [
        "--json",
        "--quiet",
        "--yes",
        "--no-input",
        "--dry-run",
        "--system",
        "--config",
        "--config=f",
        "--color",
        "--color=never",
        "--lock-timeout",
        "--lock-timeout=1s",
        "--json=1",
        "--help",
    ];

    fn line(words: &[&str]) -> Vec<OsString> {
        ["cowork-calls"].iter().chain(words).map(OsString::from).collect()
    }

    fn parse_with_all(args: &[OsString]) -> Result<Cli, clap::Error> {
        let mut matches = program().try_get_matches_from(args)?;
        Cli::from_arg_matches_mut(&mut matches)
    }

    #[test]
    fn each_command_is_parsed_with_the_named_ones_alone() {
        for noun in program().get_subcommands() {
            let named = named(noun.get_name().as_ref()).unwrap();
            assert_eq!(named.has_subcommands(), noun.has_subcommands(), "{}", noun.get_name());
        }
        for words in
            ["show", "stun ls", "--config f turn --json list -q", "reactions check 👍 -- -x", "policy relay"]
        {
            assert!(parse_named(&line(&words.split(' ').collect::<Vec<_>>())).is_some(), "{words}");
        }
    }

    #[test]
    fn the_global_options_are_known() {
        let mut known = OPTIONS;
        let globals = Global::augment_args(clap::Command::new("x"));
        let mut all = Vec::new();
        for option in
            globals.get_arguments().filter(|option| !["help", "version"].contains(&option.get_id().as_str()))
        {
            assert!(option.is_global_set() && !option.is_positional());
            let names = [
                option.get_long().map(|name| format!("--{name}")),
                option.get_short().map(|c| format!("-{c}")),
            ];
            all.extend(names.into_iter().flatten().map(|name| (name, option.get_action().takes_values())));
        }
        all.sort_unstable();
        known.sort_unstable();
        assert_eq!(all, known.map(|(name, value_follows)| (name.to_owned(), value_follows)));
    }

    #[test]
    fn the_options_for_nats_are_among_the_global_ones() {
        for words in ["--engine-ca f stun ls", "stun --engine-ca=f ls", "stun ls --engine-ca f"] {
            let args = line(&words.split(' ').collect::<Vec<_>>());
            let cli = parse(&args, ColorChoice::Never).unwrap();
            assert_eq!(cli.global.engine.ca.as_deref(), Some("f".as_ref()), "{words}");
            assert_eq!(cli.global.settings_option(), "--engine-ca f");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_named_commands_alone_parse_a_line_as_all_commands_do(
            before in prop::collection::vec(select(&GLOBAL[..]), 0..2),
            noun in select(&WORDS[..12]),
            between in prop::collection::vec(select(&GLOBAL[..]), 0..2),
            rest in prop::collection::vec(prop_oneof![select(&WORDS[11..]), select(&GLOBAL[..])], 0..5),
        ) {
            let words: Vec<_> = before.into_iter().chain([noun]).chain(between).chain(rest).collect();
            let args = line(&words);
            if let Some(cli) = parse_named(&args) {
                let all = parse_with_all(&args);
                prop_assert!(all.is_ok(), "only all commands reject {words:?}");
                prop_assert_eq!(format!("{cli:?}"), format!("{:?}", all.unwrap()));
            }
        }
    }
}
