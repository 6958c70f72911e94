//! The manual: a page for each command, generated from the help texts.

use std::fs;

use clap::CommandFactory as _;
use cowork_calls::cli::Cli;

use crate::support::program::Home;

/// The names of the pages of a command and of all its subcommands.
fn names(command: &clap::Command, prefix: &str) -> Vec<String> {
    let name = format!("{prefix}{}", command.get_name());
    let below: Vec<_> = command.get_subcommands().flat_map(|sub| names(sub, &format!("{name}-"))).collect();
    std::iter::once(format!("{name}.1")).chain(below).collect()
}

#[test]
fn each_command_has_its_page() {
    let home = Home::new();
    let run = home.run("man pages/here");
    run.ends(0, "", &run.stderr);
    let mut written: Vec<_> = fs::read_dir(home.path().join("pages/here"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut program = Cli::command();
    program.build();
    let mut expected = names(&program, "");
    written.sort();
    expected.sort();
    assert_eq!(written, expected);
    assert!(written.len() > 30, "only {} pages", written.len());
}

#[test]
fn a_page_has_the_options_of_its_command_and_refers_to_those_of_all() {
    let home = Home::new();
    assert_eq!(home.run("man pages").status, Some(0));
    let page = |name: &str| fs::read_to_string(home.path().join("pages").join(name)).unwrap();
    let add = page("cowork-calls-turn-add.1");
    assert!(add.contains("password\\-file") && add.contains("\\-\\-at"), "{add}");
    assert!(!add.contains("dry\\-run") && !add.contains("Refused"), "{add}");
    assert!(add.contains(".SH EXAMPLES\n.nf\ncowork\\-calls turn add "), "{add}");
    let first = page("cowork-calls.1");
    assert!(first.contains("dry\\-run"), "{first}");
    // Without a folder the first page is printed.
    home.run("man").prints(&first);
}

/// The sections of a page, in order.
fn headings(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix(".SH ")).map(|name| name.trim_matches('"')).collect()
}

#[test]
fn the_first_page_is_complete_and_the_others_refer_to_it() {
    let home = Home::new();
    assert_eq!(home.run("man pages").status, Some(0));
    let page = |name: &str| fs::read_to_string(home.path().join("pages").join(name)).unwrap();
    let first = page("cowork-calls.1");
    let expected = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "GLOBAL OPTIONS",
        "SUBCOMMANDS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "SEE ALSO",
    ];
    assert_eq!(headings(&first), expected);
    for exit in [0, 1, 2, 3, 130, 143] {
        assert!(first.contains(&format!(".TP\n\\fB{exit}\\fR\n")), "{exit} is not in\n{first}");
    }
    for name in [
        "COWORK_CALLS_CONFIG",
        "EDITOR",
        "NO_COLOR",
        "/etc/cowork\\-calls/config.toml",
        "config.toml.history",
    ] {
        assert!(first.contains(name), "{name} is not in\n{first}");
    }
    for entry in fs::read_dir(home.path().join("pages")).unwrap() {
        let page = fs::read_to_string(entry.unwrap().path()).unwrap();
        let see = page.split(".SH \"SEE ALSO\"\n").nth(1).unwrap();
        assert!(page == first || see.contains("\\fBcowork\\-calls\\fR(1)"), "{see}");
    }
    let apply = page("cowork-calls-config-apply.1");
    assert!(apply.contains(".SH \"EXIT STATUS\"\n0 applied"), "{apply}");
    assert!(apply.contains("\\fBcowork\\-calls\\-config\\-diff\\fR(1)"), "{apply}");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let home = Home::new();
    fs::write(home.path().join("file"), "").unwrap();
    home.run("man file/below")
        .fails(1, "error: cannot write to file/below: part of the path is not a folder\nhint: name a folder");
}

#[test]
fn every_help_has_examples_that_name_its_command() {
    let mut program = Cli::command();
    program.build();
    let mut seen = 0;
    let mut left = vec![&program];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands());
        let name = command
            .get_display_name()
            .unwrap_or("cowork-calls")
            .replace('-', " ")
            .replace("cowork calls", "cowork-calls");
        let help = command.clone().render_long_help().to_string();
        let examples = help.split("Examples:\n").nth(1).unwrap_or_default();
        assert!(examples.contains(&name), "'{name} --help' has no example of its own:\n{help}");
        let commands = examples.lines().take_while(|line| line.starts_with("  "));
        for line in commands {
            assert!(line.chars().count() <= 80, "wider than a usual terminal: {line}");
        }
        seen += 1;
    }
    assert!(seen > 35, "only {seen} commands");
}
