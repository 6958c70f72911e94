//! The whole command line, whose first help lists the commands in groups.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use super::args::Cli;

/// The groups, and the commands in each.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Start", &["setup", "show"]),
    ("Settings", &["stun", "turn", "reactions", "policy", "config"]),
    ("Network", &["probe", "nat", "serve"]),
    ("This program", &["completions", "man"]),
];

/// The command line, with the commands of the first help in groups.
pub fn program() -> Command {
    let command = Cli::command();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{}\n{{options}}{{after-help}}",
        groups(&command),
        heading(&command, "Global options"),
    );
    command.help_template(template)
}

fn groups(command: &Command) -> String {
    let literal = command.get_styles().get_literal();
    let mut text = String::new();
    for (name, members) in GROUPS {
        text += &heading(command, name);
        text.push('\n');
        for member in members.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = member.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{:<11}{literal:#}  {about}", member.get_name());
        }
        text.push('\n');
    }
    text
}

fn heading(command: &Command, text: &str) -> String {
    let header = command.get_styles().get_header();
    format!("{header}{text}:{header:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_in_one_group_and_has_one_line() {
        let program = program();
        let mut listed: Vec<_> = GROUPS.iter().flat_map(|(_, members)| members.iter().copied()).collect();
        let mut all: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
        listed.sort_unstable();
        all.sort_unstable();
        assert_eq!(listed, all);
        let help = program.clone().render_help().to_string();
        for command in program.get_subcommands() {
            let about = command.get_about().unwrap().to_string();
            let line = format!("  {:<11}  {about}\n", command.get_name());
            assert!(help.contains(&line) && line.chars().count() <= 80, "{line}{help}");
        }
    }
}
