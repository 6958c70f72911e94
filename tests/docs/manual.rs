//! The manual: a page for each command, generated from the help texts.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use clap::CommandFactory as _;
use cowork_calls::cli::Cli;

use crate::support::program::Home;
use crate::support::terminal::Terminal;

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
    assert_eq!(home.run("man --dir pages").status, Some(0));
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
    assert_eq!(home.run("man --dir pages").status, Some(0));
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
        "the file with USER:PASSWORD",
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
fn a_page_is_shown_by_any_of_its_names() {
    let home = Home::new();
    let text = home.run("man stun-remove").stdout;
    assert!(text.starts_with("NAME\n    cowork-calls-stun-remove - Remove STUN servers; "), "{text}");
    assert!(text.contains("\n\nEXAMPLES\n    cowork-calls stun remove stun.example.de\n"), "{text}");
    assert!(text.contains("\nALIASES\n    rm, delete\n"), "{text}");
    assert!(text.contains("\n\nSEE ALSO\n    cowork-calls(1), cowork-calls-stun(1), "), "{text}");
    assert!(!text.contains('\\') && !text.contains("\n."), "{text}");
    for name in [
        "stun remove",
        "stun rm",
        "stun-delete",
        "cowork-calls-stun-remove",
        "stun-remove(1)",
        "stun-remove.1",
    ] {
        home.run(&format!("man {name}")).prints(&text);
    }
    let quoted = home.command(["man", "stun remove"]).output().unwrap();
    assert_eq!(String::from_utf8(quoted.stdout).unwrap(), text);
    assert!(home.run("man cowork-calls").stdout.starts_with("NAME\n    cowork-calls - Manage and test "));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "a page makes no files");
}

#[test]
fn pages_are_written_where_a_folder_is_meant() {
    let home = Home::new();
    let count = |folder: &str| fs::read_dir(home.path().join(folder)).map_or(0, Iterator::count);
    fs::create_dir(home.path().join("there")).unwrap();
    fs::create_dir(home.path().join("probe")).unwrap();
    for (line, folder) in [
        ("man there", "there"),
        ("man new/", "new"),
        ("man ./stun", "stun"),
        ("man --dir pages", "pages"),
        ("man --dir nat", "nat"),
    ] {
        let run = home.run(line);
        run.ends(0, "", &run.stderr);
        assert!(count(folder) > 30, "{line}: {}", count(folder));
    }
    let synopsis = "\nSYNOPSIS\n    cowork-calls probe [OPTIONS] [SERVER|POSITION]...\n";
    assert!(home.run("man probe").stdout.contains(synopsis));
    // The name of a page is never taken for a folder.
    assert!(home.run("man probe").stdout.starts_with("NAME\n"));
    assert_eq!(count("probe"), 0);
    assert!(home.run("man there --json").json()["pages"].as_array().unwrap().len() > 30);
    home.run("man probe --dir x").fails(2, "cannot be used with");
}

#[test]
fn an_unknown_page_is_an_error_that_names_a_similar_one() {
    let home = Home::new();
    let run = home.run("man prob");
    run.fails(2, "error: there is no page 'prob' in the manual\nhint: did you mean 'probe'? 'cowork-calls --help' lists ");
    assert!(!run.stderr.contains("stun"), "{}", run.stderr);
    home.run("man stun ad")
        .fails(2, "there is no page 'stun-ad' in the manual\nhint: did you mean 'stun-add'?");
    home.run("man xyzzy")
        .fails(2, "there is no page 'xyzzy' in the manual\nhint: 'cowork-calls --help' lists the commands");
    home.run("man cowork-callsprobe").fails(2, "there is no page");
    assert_eq!(home.run("man prob --json").json_error(2)["code"], "usage");
    assert!(!home.path().join("prob").exists());
}

#[test]
fn a_page_at_a_terminal_is_shown_by_man_if_it_is_installed() {
    let home = Home::new();
    fs::create_dir(home.path().join("bin")).unwrap();
    let man = home.path().join("bin/man");
    fs::write(
        &man,
        "#!/bin/sh\n/usr/bin/grep -c 'cowork.-calls.-probe' && echo \"seen by man $*\"; exit 7\n",
    )
    .unwrap();
    fs::set_permissions(&man, fs::Permissions::from_mode(0o755)).unwrap();
    for line in ["man probe", "man"] {
        let terminal = Terminal::with_variables(&home, "PATH=$PWD/bin", line, 80);
        assert!(terminal.ends(7).ends_with("seen by man -l -\r\n"), "{line}");
    }

    // Without it, the text fits the terminal.
    fs::remove_file(&man).unwrap();
    let terminal = Terminal::with_variables(&home, "NO_COLOR=1 PATH=$PWD/bin", "man probe", 40);
    let text = terminal.ends(0);
    assert!(text.starts_with("NAME\r\n    cowork-calls-probe - Test whether\r\n"), "{text}");
    let prose = text.split("EXAMPLES").next().unwrap().lines();
    for line in prose.filter(|line| !line.trim_start().starts_with(['-', '['])) {
        assert!(line.chars().count() <= 40, "{line}");
    }
    let terminal = Terminal::of_width(&home, "man probe --no-input", 80);
    assert!(terminal.ends(0).contains("NAME\u{1b}[0m\r\n    cowork-calls-probe"));
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
