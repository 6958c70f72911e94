//! Usage errors: complete messages, in JSON as well, and no repeated secrets.

use std::fs::OpenOptions;
use std::process::Stdio;

use serde_json::json;

use crate::support::program::Home;

#[test]
fn usage_errors_in_json_are_complete() {
    let home = Home::new();
    for (line, message, hint) in [
        (
            "stun lst --json",
            "unrecognized subcommand 'lst'",
            "did you mean 'cowork-calls stun list'? see 'cowork-calls stun --help'",
        ),
        ("--json stun", "a command is missing", "see 'cowork-calls stun --help'"),
        (
            "--json turn set",
            "the following required arguments were not provided: <FILE|->",
            "usage: cowork-calls turn set <FILE|->",
        ),
        (
            "policy relais --json",
            "invalid value 'relais' for '[POLICY]' [possible values: all, relay]",
            "did you mean 'relay'? see 'cowork-calls policy --help'",
        ),
        (
            "stun add x --at z --json",
            "invalid value 'z' for '--at <POSITION>': expected a position, counted from 1",
            "see 'cowork-calls stun add --help'",
        ),
        (
            "stun add x --first --at 1 --json",
            "the argument '--first' cannot be used with '--at <POSITION>'",
            "leave out one of the two, or see 'cowork-calls stun add --help'",
        ),
        (
            "stun list --jsno --json",
            "unexpected argument '--jsno' found",
            "did you mean '--json'? see 'cowork-calls stun list --help'",
        ),
    ] {
        let error = json!({"code": "usage", "message": message, "hint": hint});
        assert_eq!(home.run(line).json_error(2), error, "{line}");
    }
    assert_eq!(home.run("--json").json_error(2)["message"], "a command is missing");
    // After `--` it is a server and not an option.
    home.run("stun add -- --json").fails(2, "error: '--json': '--json' is not a host name or IP address\n");
}

#[test]
fn json_consumed_by_another_option_still_counts() {
    let error = Home::new().run("turn add t --password --json").json_error(2);
    assert_eq!(error["code"], "secret-on-command-line");
}

#[test]
fn help_works_as_a_first_word() {
    let home = Home::new();
    for command in ["", " stun", " stun add", " probe"] {
        let expected = home.run(&format!("{} --help", command.trim())).stdout;
        home.run(&format!("help{command}")).prints(&expected);
        home.run(&format!("--quiet --json help{command}")).prints(&expected);
    }
}

#[test]
fn an_invalid_value_is_an_error_that_names_what_is_expected() {
    let home = Home::new();
    std::fs::write(home.path().join("pw"), "secret").unwrap();
    for (line, why) in [
        (
            "probe --input - --username u --password-stdin",
            "the server list and the credentials cannot both come from standard input",
        ),
        ("probe --self-test --transport tcp", "cannot be used with"),
        ("probe --username ada", "credentials need a server on the command line"),
        ("probe turn:127.0.0.1:20009 --username ada", "no terminal for prompting: give the password"),
        ("probe turn:127.0.0.1:20009 --password-file pw", "no terminal for prompting: give the user name"),
        ("turn add t --pass X", "hint: use --password-stdin or --password-file FILE"),
        ("config undo x", "'x' for '[ID]': expected the number of a version"),
        (
            "serve --token-file t --listen 1",
            "'1' for '--listen <ADDRESS:PORT>': expected an IP address and a port",
        ),
        (
            "probe --timeout soon",
            "expected a number and a unit, such as 300ms, 2s or 1h; the units are ms, s, m, h and d",
        ),
    ] {
        home.run(line).fails(2, why);
    }
}

#[test]
fn a_position_must_be_in_the_list() {
    let home = Home::new();
    for position in ["-1", "x", "1.5", "+1", "1e1"] {
        let why =
            format!("invalid value '{position}' for '--at <POSITION>': expected a position, counted from 1");
        home.run(&format!("stun add x --at {position}")).fails(2, &why);
        home.run(&format!("stun move 1 {position}")).fails(2, "for '[TO]': expected a position");
    }
    home.run("stun add x --at 0").ends(
        2,
        "",
        "error: position 0 is out of range: there are 3 STUN servers, so positions go from 1 to 4\n\
         hint: see the list with 'cowork-calls stun list'\n",
    );
    home.run("stun move 1 99999999999999999999999999").fails(2, " is out of range: there are 3 STUN servers");
    assert!(!home.file().exists());
}

#[test]
fn a_secret_given_to_an_option_without_value_is_not_repeated() {
    let home = Home::new();
    for line in [
        "turn add a --username u --password-stdin=hunter2",
        "turn add a --secret-stdin=hunter2",
        "turn add a --password hunter1 --password hunter2",
        "turn edit 1 --secret=hunter1 --secret=hunter2",
        "probe a --password-stdin=hunter2",
    ] {
        let run = home.run(line);
        run.fails(2, " takes no value: other users can see command lines, and the shell saves");
        assert!(!run.stderr.contains("hunter"), "{}", run.stderr);
        let error = home.run(&format!("{line} --json")).json_error(2);
        assert_eq!(error["code"], "secret-on-command-line", "{line}");
        assert!(!error.to_string().contains("hunter"), "{error}");
    }
    // Errors unrelated to secrets on the command line keep their own message.
    home.run("turn edit 1 --no-credentials --password-stdin")
        .fails(2, "cannot be used with '--password-stdin'");
}

#[test]
fn help_that_cannot_be_printed_is_a_failure() {
    let home = Home::new();
    for line in
        ["--help", "--version", "stun add --help", "completions bash", "stun list", "stun list --json"]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = home.command(line.split(' ')).stdout(full).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {error}");
        let expected = match line.ends_with("--json") {
            true => {
                "{\"error\":{\"code\":\"output\",\"message\":\"cannot print the result: the disk is full\",\"hint\":\"check the disk or pipe that it goes to\"}}\n"
            }
            false => {
                "error: cannot print the result: the disk is full\nhint: check the disk or pipe that it goes to\n"
            }
        };
        assert_eq!(error, expected, "{line}");
    }
    // Errors that cannot be printed keep their exit code.
    for (line, status) in [("stun lst", 2), ("stun add http://x", 2), ("config undo", 1)] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = home.command(line.split(' '));
        assert_eq!(
            command.stderr(full).stdout(Stdio::null()).status().unwrap().code(),
            Some(status),
            "{line}"
        );
    }
}

#[test]
fn a_near_miss_is_named_with_the_help_of_its_command() {
    let home = Home::new();
    for (line, meant, command) in [
        ("probe --timout 5s", "--timeout", "probe"),
        ("probe --timeout 5", "--timeout 5s", "probe"),
        ("probe --watch --interval 10sec", "--interval 10s", "probe"),
        ("probe --quality --duration 30", "--duration 30s", "probe"),
        ("probe --quality --bitrate 1500", "--bitrate 1500k", "probe"),
        ("probe --quality --bitrate 2mbit", "--bitrate 2M", "probe"),
        ("probe --ipv4", "-4", "probe"),
        ("nat --ipv6", "-6", "nat"),
        ("probe --tcp", "--transport tcp", "probe"),
        ("probe --format jsno", "--format json", "probe"),
        ("probe --format=jsno", "--format json", "probe"),
        ("config export --rtc", "--format rtc", "config export"),
        ("policy --relay", "relay", "policy"),
        ("--confg x stun list", "--config", "stun list"),
        ("--config x --lock-timeout 5 stun list", "--lock-timeout 5s", "stun list"),
        ("stun add x --frist", "--first", "stun add"),
        ("stun rm x --quite", "--quiet", "stun remove"),
        ("turn edit --usrname=ada", "--username", "turn edit"),
        ("prob", "cowork-calls probe", ""),
        ("config exprt", "cowork-calls config export", "config"),
        ("stun rmv 1", "cowork-calls stun remove", "stun"),
        ("stun -- add", "cowork-calls stun add", "stun"),
        ("stun show", "cowork-calls show", "stun"),
        ("export", "cowork-calls config export", ""),
        ("version", "cowork-calls --version", ""),
        ("--format json probe", "cowork-calls probe --format", "probe"),
        ("help stun lst", "cowork-calls stun list", "stun"),
    ] {
        let help = format!("cowork-calls {command} --help").replace("  ", " ");
        let hint = format!("did you mean '{meant}'? see '{help}'");
        let run = home.run(line);
        run.fails(2, &format!("\nhint: {hint}\n"));
        assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);
        assert_eq!(home.run(&format!("--json {line}")).json_error(2)["hint"], hint, "{line}");
        // The help that it names exists.
        assert!(home.run(&help["cowork-calls ".len()..]).stdout.contains("Usage: "), "{help}");
    }
    let lists = "'cowork-calls stun add', 'cowork-calls turn add' or 'cowork-calls reactions add'";
    for line in ["add x", "addd x"] {
        home.run(line).fails(2, &format!("hint: did you mean {lists}? see 'cowork-calls --help'\n"));
    }
    let lists = lists.replace("add", "list");
    home.run("lst").fails(2, &format!("hint: did you mean {lists}? see 'cowork-calls --help'\n"));
}

#[test]
fn an_error_without_a_near_miss_names_the_help_of_its_command() {
    let home = Home::new();
    for (line, message, command) in [
        (
            "probe --format yaml",
            "invalid value 'yaml' for '--format <FORMAT>' [possible values: table, json, jsonl, prometheus]",
            "probe",
        ),
        (
            "probe --count x",
            "invalid value 'x' for '--count <N>': expected a number from 1 to 10000",
            "probe",
        ),
        (
            "serve --token-file t --max-listeners -1",
            "invalid value '-1' for '--max-listeners <N>': expected a number from 1 to 1000000",
            "serve",
        ),
        ("probe --count", "a value is required for '--count <N>' but none was supplied", "probe"),
        (
            "nat --timeout --quiet",
            "a value is required for '--timeout <DURATION>' but none was supplied",
            "nat",
        ),
        (
            "nat --timeout -5s",
            "invalid value '-5s' for '--timeout <DURATION>': expected a duration from 1ms to 7d",
            "nat",
        ),
        (
            "--lock-timeout 8d show",
            "invalid value '8d' for '--lock-timeout <DURATION>': expected a duration from 1ms to 7d",
            "show",
        ),
        (
            "probe --watch --interval 100ms",
            "invalid value '100ms' for '--interval <DURATION>': expected at least 200ms",
            "probe",
        ),
        (
            "probe --quality --duration 1h",
            "invalid value '1h' for '--duration <DURATION>': expected a duration from 1s to 10m",
            "probe",
        ),
        (
            "probe --quality --bitrate 21M",
            "invalid value '21M' for '--bitrate <RATE>': expected a rate from 100k to 20M",
            "probe",
        ),
        ("stun list extra", "unexpected argument 'extra' found", "stun list"),
        ("stun list --json=1", "unexpected value '1' for '--json' found; no more were expected", "stun list"),
        ("probe --everything", "unexpected argument '--everything' found", "probe"),
        ("config frobnicate", "unrecognized subcommand 'frobnicate'", "config"),
        (
            "completions xonsh",
            "invalid value 'xonsh' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]",
            "completions",
        ),
    ] {
        let hint = format!("see 'cowork-calls {command} --help'");
        home.run(line).ends(2, "", &format!("error: {message}\nhint: {hint}\n"));
        let error = home.run(&format!("{line} --json")).json_error(2);
        if !line.ends_with("--count") {
            assert_eq!(error, json!({"code": "usage", "message": message, "hint": hint}), "{line}");
        }
    }
}

#[test]
fn commands_of_lists_have_aliases() {
    let home = Home::new();
    let list = home.run("stun list").stdout;
    home.run("stun ls").prints(&list);
    home.run("stun set a b c d --quiet").prints("");
    home.run("stun rm a").prints("removed stun:a:3478\n");
    home.run("stun delete 1").prints("removed stun:b:3478\n");
    home.run("stun restore --yes --quiet").prints("");
    home.run("stun list").prints(&list);
    for list in ["turn", "reactions"] {
        let help = home.run(&format!("{list} --help")).stdout;
        for (alias, command) in [("ls", "list"), ("rm", "remove"), ("delete", "remove"), ("restore", "clear")]
        {
            let of_command = home.run(&format!("{list} {command} --help")).stdout;
            home.run(&format!("{list} {alias} --help")).prints(&of_command);
            assert!(!help.contains(&format!("\n  {alias} ")), "{help}");
        }
        assert!(help.contains("[aliases: rm, delete]\n"), "{help}");
    }
}

#[test]
fn json_together_with_a_format_that_is_not_json_is_a_usage_error() {
    let home = Home::new();
    assert!(home.run("config export --json --format rtc").json()["iceServers"].is_array());
    assert_eq!(home.run("probe --self-test --json --format jsonl").status, Some(0));
    for (command, formats) in
        [("probe --self-test", &["table", "prometheus"][..]), ("config export", &["toml", "coturn", "env"])]
    {
        for format in formats {
            let message = format!("--json is short for --format json, and --format {format} was given too");
            let error = json!({"code": "usage", "message": message, "hint": "leave out one of the two"});
            for line in
                [format!("{command} --json --format {format}"), format!("--json {command} --format={format}")]
            {
                assert_eq!(home.run(&line).json_error(2), error, "{line}");
            }
        }
        let json = home.run(&format!("{command} --json --format json")).json();
        assert!(json.is_object(), "{command}: {json}");
        // A default is not a choice.
        assert!(home.run(&format!("{command} --json")).json().is_object(), "{command}");
    }
}
