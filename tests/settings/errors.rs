//! Errors in the settings file and on the command line: clear, with exit code 3 or 2, and nothing is changed.

use std::fs;

use serde_json::json;

use crate::support::program::Home;

/// A file with an error, and the message about it after the file's name.
const BROKEN: [(&str, &str); 14] = [
    (
        "[stun]\nservers = [\"ok\", \"stun:a b\"]\n",
        ":2:18: 'stun:a…': a server address contains no spaces or control characters\n   |\n 2 | servers = [\"ok\", \"stun:a…\n   |                  ^^^^^^^^\nhint: expected host,",
    ),
    (
        "[stun]\nservers = \"a\"\n",
        ":2:11: unexpected string\n   |\n 2 | servers = \"a\"\n   |           ^^^\nhint: expected a list of server addresses in brackets\n",
    ),
    ("[stun]\nservers = [1]\n", ":2:12: unexpected integer\n"),
    ("stun = 3\n", ":1:8: 'stun' is not a section\n"),
    ("[stun]\nservers = [\"a\",\n\n", ":2:16: unclosed array\n"),
    ("[stun\n", ":1:6: unclosed table\n"),
    ("[ice]\ntransport-policy = 'direct'\n", ":2:20: this is not a transport policy\n"),
    ("[reactions]\nemojis = [\"👍\", \"x\"]\n", ":2:16: 'x' is not an emoji"),
    ("[[turn.servers]]\nusername = 'u'\n", ":1:1: this TURN server has no address\n"),
    (
        "[[turn.servers]]\nuri = 'a'\npassword = 'p'\nsecret = 's'\n",
        ":4:1: this TURN server has more than one credential\n",
    ),
    ("[stun]\n[stun]\n", ":2:2: duplicate key\n"),
    ("[stun]\nservers = ['a']\nservers = ['b']\n", ":3:1: duplicate key\n"),
    ("[ice]\ntransport-policy = 'all'\n[ice]\n", ":3:2: duplicate key\n"),
    ("a = \"\u{0}\"\n", ":1:6: invalid basic string"),
];

#[test]
fn errors_in_the_file_show_their_position_and_change_nothing() {
    for (text, expected) in BROKEN {
        let home = Home::with(text);
        let expected = format!("error: {}{expected}", home.file().display());
        for command in [
            "stun list",
            "show",
            "stun add x",
            "turn clear",
            "reactions check 👍",
            "policy relay",
            "config check",
        ] {
            let run = home.run(command);
            assert!(run.stderr.starts_with(&expected), "{command}:\n{}not\n{expected}", run.stderr);
            run.fails(3, "hint: ");
            assert_eq!(home.text(), text);
        }
        assert_eq!(
            fs::read_dir(home.file().parent().unwrap())
                .unwrap()
                .filter(|e| e.as_ref().unwrap().path().is_dir())
                .count(),
            0
        );
    }
}

#[test]
fn errors_in_the_file_have_their_position_in_json() {
    let home = Home::with("[stun]\nservers = [\"a b\", \"c:0\"]\n");
    let error = home.run("stun list --json").json_error(3);
    assert_eq!(error["code"], "config-invalid");
    assert_eq!((&error["line"], &error["column"]), (&json!(2), &json!(12)));
    assert_eq!(error["text"], "servers = [\"a…");
    let check = home.run("config check --json");
    assert_eq!(check.status, Some(3));
    let report: serde_json::Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!(report["ok"], false);
    assert_eq!(report["errors"].as_array().unwrap().len(), 2, "all of them at once");
    assert_eq!(report["errors"][1]["column"], 19);
}

#[test]
fn the_check_reports_all_errors_at_once_in_the_order_of_the_file() {
    let home = Home::with(
        "[[turn.servers]]\nuri = 'turn:a'\nsecret-file = '/nowhere/secret'\n[[turn.servers]]\nusername = ''\n\
         [reactions]\nemojis = ['x']\n[stun]\nservers = ['c:0', 'd', 4]\n[ice]\ntransport-policy = 'direct'\nother = 1\n",
    );
    let expected = [
        (4, 1, "this TURN server has no address"),
        (5, 12, "'username' is empty"),
        (7, 11, "'x' is not an emoji; try :x:"),
        (9, 12, "'c:0': '0' is not a port"),
        (9, 24, "unexpected integer"),
        (11, 20, "this is not a transport policy"),
    ];
    let path = home.file().display().to_string();
    let file =
        "turn:a:3478?transport=udp: cannot read its secret file /nowhere/secret: there is no such file.";
    let check = home.run("config check");
    let errors: Vec<_> = check.stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    assert_eq!(errors.len(), expected.len() + 1, "{}", check.stderr);
    for ((line, column, message), found) in expected.iter().zip(&errors) {
        assert!(found.starts_with(&format!("{path}:{line}:{column}: {message}")), "{found}");
    }
    assert!(errors[expected.len()].starts_with(file), "{errors:?}");
    assert!(
        check.stderr.ends_with(&format!("warning: {path}:12:1: unknown key 'ice.other'\n")),
        "{}",
        check.stderr
    );
    assert_eq!((check.status, &*check.stdout), (Some(3), ""));

    let check = home.run("config check --json");
    assert_eq!(check.status, Some(3));
    let report: serde_json::Value = serde_json::from_str(&check.stdout).unwrap();
    let errors = report["errors"].as_array().unwrap();
    let places: Vec<_> = errors.iter().filter(|error| error["code"] == "config-invalid").collect();
    assert_eq!(places.len(), expected.len());
    for ((line, column, _), found) in expected.iter().zip(places) {
        assert_eq!((&found["line"], &found["column"]), (&json!(line), &json!(column)));
    }
    assert_eq!(errors[expected.len()]["code"], "credential-file-unreadable");
    assert_eq!(report["warnings"][0]["code"], "unknown-key");
    assert_eq!(home.run("show --json").json_error(3)["line"], 4, "the first one");
}

#[test]
fn syntax_errors_are_reported_with_wrong_values_in_other_lines() {
    let home = Home::with(
        "[stun]\nservers = ['a' 'b' 'c']\n[ice]\ntransport-policy = relay\n[reactions]\nemojis = [\n 'x',\n '👍']\nfoo\n",
    );
    let path = home.file().display().to_string();
    let expected = [
        "2:16: missing comma between array elements",
        "4:20: string values must be quoted",
        "7:2: 'x' is not an emoji; try :x:",
        "9:4: key with no value",
    ];
    let expected = expected.map(|error| format!("error: {path}:{error}"));
    for (command, shown) in
        [("config check", &expected[..]), ("show", &expected[..2]), ("stun add b", &expected[..2])]
    {
        let run = home.run(command);
        let errors: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors, shown, "{command}");
        let hint = "hint: 4 errors in all; see them with 'cowork-calls config check'\n";
        assert_eq!(run.stderr.ends_with(hint), command != "config check", "{}", run.stderr);
        assert_eq!(run.status, Some(3));
    }
    let report: serde_json::Value = serde_json::from_str(&home.run("config check --json").stdout).unwrap();
    assert_eq!(report["errors"].as_array().unwrap().len(), 4);
    assert_eq!(report["errors"][2]["text"], " 'x' …");
    assert_eq!(report.get("truncated"), None);
    // Of a file of another kind, the first few are enough.
    let home = Home::with("no TOML: hunter2\n".repeat(1000));
    let run = home.run("config check");
    assert_eq!(run.stderr.matches("error: ").count(), 20, "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"));
    assert!(run.stderr.ends_with("\nnote: more errors follow once these are fixed\n"), "{}", run.stderr);
}

#[test]
fn of_many_wrong_values_the_first_are_reported_and_that_more_follow() {
    for (count, shown, truncated) in [(100, 100, None), (101, 100, Some(true))] {
        let home = Home::with(format!("[stun]\nservers = [{}]\n", "'a:0', ".repeat(count)));
        let check = home.run("config check");
        assert_eq!(check.stderr.matches("error: ").count(), shown);
        assert_eq!(check.stderr.contains("more errors follow once these are fixed"), truncated.is_some());
        let report: serde_json::Value =
            serde_json::from_str(&home.run("config check --json").stdout).unwrap();
        assert_eq!(report["errors"].as_array().unwrap().len(), shown);
        assert_eq!(report.get("truncated").and_then(serde_json::Value::as_bool), truncated);
        let more = if truncated.is_some() { "more than " } else { "" };
        home.run("show").fails(3, &format!("{more}100 errors in all"));
        assert_eq!(home.run("show --json").json_error(3)["column"], 12);
    }
}

#[test]
fn a_file_that_is_not_text_is_an_error() {
    for (bytes, why) in [
        (&b"[stun]\n# \xff\n"[..], "config.toml:2:3: this is not UTF-8 text"),
        (b"\xfe\xff\0a", "config.toml:1:1: this is not UTF-8 text"),
        (b"\0\0\0", "config.toml:1:"),
    ] {
        let home = Home::with(bytes);
        home.run("stun add x").fails(3, why);
        assert_eq!(fs::read(home.file()).unwrap(), bytes);
    }
    let wide = Home::with(format!("a = \"{}\n", "x".repeat(1_000_000)));
    let run = wide.run("stun list");
    run.fails(3, "config.toml:1:");
    assert!(run.stderr.len() < 1000, "a long line is shown in part");
}

#[test]
fn unknown_keys_are_kept_and_named() {
    let text = "[stun]\nserver = ['x']\n\n[reaction]\nemojis = []\n[[turn.servers]]\nuri = 'a'\nuser = 'u'\nsecret = 's'\n[sutn]\n";
    let home = Home::with(text);
    let warnings = [
        (4, 2, "reaction", "reactions"),
        (10, 2, "sutn", "stun"),
        (2, 1, "stun.server", "servers"),
        (8, 1, "turn.servers.user", "username"),
    ];
    let expected = warnings.map(|(line, column, key, meant)| {
        format!(
            "warning: {}:{line}:{column}: unknown key '{key}'; did you mean '{meant}'?\n",
            home.file().display()
        )
    });
    assert_eq!(home.run("stun list").stderr, expected.concat());
    assert_eq!(home.run("show").stderr, expected.concat());
    assert_eq!(home.run("config check").stderr, expected.concat());
    let checked = home.run("config check --json").json();
    assert_eq!(checked["ok"], true);
    for (found, (line, column, key, meant)) in checked["warnings"].as_array().unwrap().iter().zip(warnings) {
        assert_eq!(found["code"], "unknown-key");
        assert_eq!(
            (&found["key"], &found["meant"], &found["line"], &found["column"]),
            (&json!(key), &json!(meant), &json!(line), &json!(column))
        );
    }
    assert_eq!(home.run("config check --strict").status, Some(1));
    home.run("stun add x");
    assert_eq!(home.text(), text.replace("[stun]\n", "[stun]\nservers = [\n    \"stun:stun.nextcloud.com:443\",\n    \"stun:stun.m-online.net:3478\",\n    \"stun:stun.ipfire.org:3478\",\n    \"stun:x:3478\",\n]\n"));
}

#[test]
fn a_key_unlike_any_other_has_no_suggestion() {
    let home = Home::with("[frobnicate]\n");
    let warning = format!("warning: {}:1:2: unknown key 'frobnicate'\n", home.file().display());
    assert_eq!(home.run("show").stderr, warning);
    // A mere warning is reported where it explains an error.
    let home = Home::with("[[turn.servers]]\nurls = 'turn:a'\n");
    home.run("show").ends(
        3,
        "",
        &format!(
            "error: {}:1:1: this TURN server has no address\n   |\n 1 | [[turn.servers]]\n   | ^^^^^^^^^^^^^^^^\n\
             hint: did you mean 'uri' where it says 'urls'?\n",
            home.file().display()
        ),
    );
}

#[test]
fn the_marker_points_at_the_error_even_after_emojis() {
    let home = Home::with("\u{feff}[reactions]\r\nemojis = ['👍', '❤\u{fe0f}', 'x']\r\n");
    home.run("show").ends(
        3,
        "",
        &format!(
            "error: {}:2:22: 'x' is not an emoji; try :x:\n   |\n 2 | emojis = ['👍', '❤\u{fe0f}', 'x']\n   | {}^^^\n\
             hint: expected one emoji such as 👍, or its short name in colons such as :thumbsup:\n",
            home.file().display(),
            " ".repeat(22),
        ),
    );
}

#[test]
fn the_check_finds_settings_that_would_not_work() {
    let home = Home::with("[[turn.servers]]\nuri = 'a'\nusername = 'u'\npassword-file = '/nowhere/pw'\n");
    let check = home.run("config check");
    check.ends(1, "", "error: turn:a:3478?transport=udp: cannot read its password file /nowhere/pw: there is no such file. Make the file readable, or change the server with 'cowork-calls turn edit 1'.\n");
    assert_eq!(home.run("config check --json").json()["errors"][0]["code"], "credential-file-unreadable");
    let home = Home::new();
    let path = home.file().display().to_string();
    home.run("config check").prints(&format!("{path}: no problems\n"));
    assert_eq!(home.run("config check --json").stdout, "{\"ok\":true,\"errors\":[],\"warnings\":[]}\n");
    home.run("stun add a b");
    let check = home.run("config check");
    check.ends(
        0,
        &format!("{path}: no problems\n"),
        "note: 5 STUN and TURN servers are configured; Firefox warns at 5 or more in total.\n",
    );
}

#[test]
fn a_note_fails_no_strict_check() {
    let home = Home::new();
    home.run("stun add a b");
    home.run_with("turn add a b c d e --secret-stdin", "s");
    let path = home.file().display().to_string();
    let note = "note: 10 STUN and TURN servers are configured; Firefox warns at 5 or more in total.\n";
    home.run("config check --strict").ends(0, &format!("{path}: no problems\n"), note);
    let report = home.run("config check --strict --json").json();
    assert_eq!(
        (&report["ok"], &report["warnings"][0]["code"]),
        (&json!(true), &json!("many-servers-firefox"))
    );
    home.run("stun add f");
    let check = home.run("config check");
    assert_eq!(check.stdout, format!("{path}: no errors, 1 warning\n"));
    assert_eq!(home.run("config check --strict").status, Some(1));
}

#[test]
fn mistakes_on_the_command_line_are_usage_errors() {
    let home = Home::new();
    for line in [
        "",
        "stun",
        "frobnicate",
        "stun add --frob",
        "stun set",
        "reactions check",
        "config undo x",
        "probe --timeout 5",
        "probe -4 -6",
    ] {
        assert_eq!(home.run(line).status, Some(2), "{line}");
        assert_eq!(home.run(line).stdout, "", "{line}");
    }
    home.run("stun lst").fails(2, "did you mean 'cowork-calls stun list'?");
    let error = home.run("stun lst --json").json_error(2);
    assert_eq!(error["code"], "usage");
    assert!(error["message"].as_str().unwrap().starts_with("unrecognized subcommand 'lst'"), "{error}");
    assert_eq!(home.run("--help").status, Some(0));
    assert_eq!(home.run("--version").stdout, format!("cowork-calls {}\n", env!("CARGO_PKG_VERSION")));
}
