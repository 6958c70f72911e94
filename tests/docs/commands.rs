//! The reference of the commands, from their definitions.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use cowork_calls::cli::Cli;

/// The reference of all commands: an overview, the options of every command, then a section for each command.
pub(super) fn commands() -> String {
    let mut program = Cli::command();
    program.build();
    let all = tree(&program);
    let mut text = "\n## Overview\n\n| command | what it does |\n| --- | --- |\n".to_owned();
    for command in all.iter().filter(|command| !command.has_subcommands()) {
        let (name, about) = (name(command), about(command));
        writeln!(text, "| [`{name}`](#{}) | {} |", name.replace(' ', "-"), cell(&about)).unwrap();
    }
    text += "\n## Options of every command\n\n";
    text += &table(program.get_arguments());
    for command in &all[1..] {
        let level = if name(command).matches(' ').count() == 1 { "##" } else { "###" };
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        let usage = clap::Command::clone(command).render_usage().to_string();
        write!(text, "\n{level} {}\n\n{}.\n\n", name(command), about(command)).unwrap();
        write!(text, "```text\n{}\n```\n", usage.trim_start_matches("Usage: ")).unwrap();
        text += &aliases(command);
        let arguments = table(own);
        if !arguments.is_empty() {
            write!(text, "\n{arguments}").unwrap();
        }
        text += &examples(command);
    }
    text + "\n"
}

/// A command and all below it.
fn tree(command: &clap::Command) -> Vec<&clap::Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set()).flat_map(tree);
    std::iter::once(command).chain(below).collect()
}

fn name(command: &clap::Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).to_owned()
}

fn about(command: &clap::Command) -> String {
    command.get_about().unwrap().to_string()
}

/// The other names of a command, if it has any.
fn aliases(command: &clap::Command) -> String {
    let aliases: Vec<_> = command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    if aliases.is_empty() { String::new() } else { format!("\nAlias: {}.\n", aliases.join(", ")) }
}

/// The arguments as a table; nothing if there are none to show.
fn table<'a>(arguments: impl Iterator<Item = &'a clap::Arg>) -> String {
    let rows: String =
        arguments.filter(|arg| !arg.is_hide_set() && arg.get_id() != "help").map(row).collect();
    if rows.is_empty() { rows } else { format!("| argument | meaning |\n| --- | --- |\n{rows}") }
}

fn row(arg: &clap::Arg) -> String {
    let short = arg.get_short().filter(|_| arg.get_long().is_some());
    let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
    let mut help = arg.get_help().unwrap().to_string();
    let takes_values = arg.get_action().takes_values();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_str().unwrap()).collect();
    if takes_values && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        write!(help, " [default: {}]", defaults.join(" ")).unwrap();
    }
    let values = arg.get_possible_values();
    let values: Vec<_> = values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    if takes_values && !values.is_empty() && !arg.is_hide_possible_values_set() {
        write!(help, " [possible values: {}]", values.join(", ")).unwrap();
    }
    format!("| `{}` | {} |\n", cell(&format!("{short}{arg}")), cell(&help))
}

/// A text as the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What follows the options in the help of a command: examples as a block, everything else as paragraphs.
fn examples(command: &clap::Command) -> String {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (mut block, mut prose) = (String::new(), String::new());
    for line in help.lines().filter(|line| *line != "Examples:" && !line.is_empty()) {
        match line.strip_prefix("  ") {
            Some(example) => writeln!(block, "{example}").unwrap(),
            None => write!(prose, "\n{line}\n").unwrap(),
        }
    }
    format!("\nExamples:\n\n```text\n{block}```\n{prose}")
}
