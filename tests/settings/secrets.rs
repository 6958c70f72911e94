//! Secrets in output, errors and files: shown only on request.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::program::Home;

const MARKER: &str = "hunter2-marker";

#[test]
fn no_command_shows_a_secret() {
    let home = Home::new();
    home.run_with("turn add a --username u --password-stdin", MARKER);
    home.run_with("turn add b --secret-stdin", MARKER);
    let lines = [
        "turn list",
        "turn list --json",
        "show",
        "show --json",
        "config check",
        "config check --json",
        "config history",
        "config history --json",
        "turn move 1 2 --json",
        "turn edit 1 --uri c --json",
        "turn add a",
        "turn add d --json",
        "stun add x --json",
        "config undo --json",
        "config undo",
        "turn remove nobody --json",
        "turn set - --dry-run --json",
        "turn edit 1 --no-credentials --dry-run --json",
        "policy relay",
        "probe --turn --json --timeout 1ms",
        "turn clear --dry-run",
    ];
    for line in lines {
        let run = home.run_with(line, "[]");
        assert!(!format!("{run:?}").contains(MARKER), "{run:?}");
    }
    // The secrets were there all the time, and are shown on request.
    for line in ["turn list --show-secrets", "turn list --show-secrets --json"] {
        assert_eq!(home.run(line).stdout.matches(MARKER).count(), 2, "{line}");
    }
}

#[test]
fn an_invalid_list_does_not_show_its_secrets() {
    let home = Home::new();
    for input in [
        format!("[[turn.servers]]\nuri = 'a b'\npassword = '{MARKER}'\n"),
        format!("[[turn.servers]]\nuri = 'a'\npassword = '{MARKER}\n"),
        format!("[[turn.servers]]\nuri = 'a'\npasswort = '{MARKER}'\n"),
        format!("password = '{MARKER}'\n"),
        format!("{{\"uri\":\"a\",\"password\":\"{MARKER}\"}}"),
        format!("[{{\"uri\":\"a\",\"password\":\"{MARKER}\"}},{{\"uri\":\"{{\"}}]"),
        format!("[{{\"uri\":\"a\",\"password\":[\"{MARKER}\"]}}]"),
        format!("[{{\"uri\":\"a\",\"password\":\"{MARKER}\""),
        format!("[\"{MARKER}\"]"),
        MARKER.to_owned(),
    ] {
        for line in ["turn set -", "turn set - --json"] {
            let run = home.run_with(line, &input);
            assert_eq!(run.status, Some(2), "{line}: {input}");
            assert!(!format!("{run:?}").contains(MARKER), "{run:?}");
        }
    }
    assert!(!home.file().exists());
}

#[test]
fn only_an_export_shows_secrets() {
    let old = format!("[[turn.servers]]\nuri = 'a'\nusername = 'u'\npassword = '{MARKER}-old'\n");
    let home = Home::with(&old);
    let new = old.replace("-old", "-new");
    for input in [
        new.clone(),
        format!("{{\"turn\":{{\"servers\":[{{\"uri\":\"a\",\"secret\":\"{MARKER}\"}}]}}}}"),
        "{}".to_owned(),
        format!("[[turn.servers]]\nuri = 'a b'\npassword = '{MARKER}'\n"),
        format!("[[turn.servers]]\nuri = 'a'\npasswort = '{MARKER}'\n"),
        format!("[[turn.servers]]\nuri = 'a'\nxyz = '{MARKER}'\n"),
        format!("[[turn.servers]]\nuri = 'a'\npassword = '{MARKER}\n"),
        format!("{{\"turn\":{{\"servers\":[{{\"uri\":3,\"password\":\"{MARKER}\"}}]}}}}"),
        format!("{{\"turn\":{{\"servers\":[{{\"password\":\"{MARKER}\",\"uri\":3}}]}}}}"),
        format!("{{\"turn\":{{\"servers\":[{{\"uri\":\"a\",\"passwort\":\"{MARKER}\",\"x\":1}}]}}}}"),
        format!("{{\"turn\":{{\"servers\":[{{\"uri\":\"a\",\"password\":\n[\"{MARKER}\"]}}]}}}}"),
        format!("{{\"turn\":{{\"servers\":[{{\"uri\":\"a\",\"password\":\n\"{MARKER}"),
    ] {
        for line in [
            "config diff -",
            "config diff - --json",
            "config apply - --dry-run",
            "config apply - --dry-run --json",
        ] {
            let run = home.run_with(line, &input);
            assert!(!format!("{run:?}").contains(MARKER), "{input}\n{run:?}");
        }
    }
    for line in ["config apply -", "config apply - --json", "config history"] {
        let run = home.run_with(line, &new);
        assert!(!format!("{run:?}").contains(MARKER), "{run:?}");
    }
    for (editor, status) in
        [("sed -i s/new/newer/", 0), ("sed -i s/uri/urx/", 3), ("sed -i s/password/passwort/", 0)]
    {
        let output = home.command(["config", "edit"]).env("EDITOR", editor).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{editor}");
        assert!(
            !format!("{output:?}{:?}", String::from_utf8_lossy(&output.stderr)).contains(MARKER),
            "{output:?}"
        );
        if status == 0 {
            fs::write(home.file(), &new).unwrap();
        }
    }
    for format in ["toml", "json", "rtc", "coturn", "env"] {
        let run = home.run(&format!("config export --format {format}"));
        assert_eq!((run.stdout.matches(MARKER).count(), run.stderr.as_str()), (1, ""), "{run:?}");
    }
}

#[test]
fn errors_show_no_secret() {
    for text in [
        format!("[[turn.servers]]\nuri = 'a'\npassword = '{MARKER}\n"),
        format!("[[turn.servers]]\nuri = 'a'\npassword = ['{MARKER}']\n"),
        format!("[[turn.servers]]\nuri = 'a'\npassword = '{MARKER}'\nsecret = '{MARKER}'\n"),
        format!("[turn]\nservers = [{{ uri = 3, password = '{MARKER}' }}]\n"),
        format!("password {MARKER}\n"),
    ] {
        let home = Home::with(&text);
        for line in ["show", "show --json", "turn add x", "config check --json"] {
            let run = home.run(line);
            assert_eq!(run.status, Some(3), "{line}: {text}");
            assert!(!format!("{run:?}").contains(MARKER), "{run:?}");
        }
    }
}

#[test]
fn a_secret_on_the_command_line_is_rejected_and_not_repeated() {
    let home = Home::new();
    for option in ["--password", "--secret"] {
        for line in [
            format!("turn add a --username u {option} {MARKER}"),
            format!("turn add a {option}={MARKER}"),
            format!("turn add a {option}"),
        ] {
            let run = home.run(&line);
            run.fails(2, "takes no value: other users can see command lines");
            assert!(
                run.stderr.contains("--password-stdin") && !run.stderr.contains(MARKER),
                "{}",
                run.stderr
            );
        }
    }
    assert!(!home.file().exists());
}

#[test]
fn settings_with_secrets_that_others_can_read_are_a_warning() {
    let home = Home::with("[[turn.servers]]\nuri = 'a'\nsecret = 's'\n");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(home.run("turn list --json").json()["warnings"][0]["code"], "readable-by-others");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    home.run("turn list").prints(
        "#  SERVER                     USER  CREDENTIALS\n1  turn:a:3478?transport=udp  -     secret ********\n",
    );
    let home = Home::with("[stun]\nservers = ['a']\n");
    assert_eq!(home.run("show").stderr, "", "without secrets anybody may read it");
}

#[test]
fn a_secret_is_one_line_without_a_byte_order_mark() {
    let home = Home::new();
    home.run_with("turn add a --username u --password-stdin", "\u{feff}secret\r\n")
        .prints("added turn:a:3478?transport=udp\n");
    assert!(home.text().contains("password = \"secret\"\n"), "{}", home.text());
}

#[test]
fn an_unreadable_or_public_secret_file_is_a_warning() {
    let home = Home::new();
    let file = home.path().join("secret");
    let missing = "turn:a:3478?transport=udp: cannot read its secret file FILE: there is no such file. Make the file readable, or change the server with 'cowork-calls turn edit 1'.";
    let missing = missing.replace("FILE", file.to_str().unwrap());
    let add = "turn add a --secret-file secret";
    let warnings = |line: &str| home.run(line).json()["warnings"].clone();
    let expected = serde_json::json!([{
        "code": "credential-file-unreadable",
        "message": missing,
        "list": "turn",
        "uri": "turn:a:3478?transport=udp",
        "position": 1,
    }]);
    assert_eq!(warnings(&format!("{add} --dry-run --json")), expected);
    home.run(add).ends(0, "added turn:a:3478?transport=udp\n", &format!("warning: {missing}\n"));
    assert_eq!(warnings(&format!("{add} --json")), expected, "also when nothing changes");
    assert_eq!(home.run("config check --json").json()["errors"], expected, "the check says the same");
    assert_eq!(warnings("turn list --json"), expected);
    assert_eq!(warnings("show --json"), expected);
    assert_eq!(home.run("show --json").json()["turn"]["warnings"], expected);
    for line in ["turn list", "show"] {
        assert_eq!(home.run(line).stderr, format!("warning: {missing}\n"), "{line}");
    }
    assert_eq!(home.run("stun list").stderr, "");
    home.run("turn edit a --secret-file secret --quiet").prints("");

    fs::write(&file, "s\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let message = format!(
        "{} contains secrets, and other users can read it. Run 'chmod o=' on that file.",
        file.display()
    );
    let expected = serde_json::json!([{"code": "readable-by-others", "message": message, "file": file}]);
    assert_eq!(warnings(&format!("{add} --json")), expected);
    assert_eq!(warnings("config check --json"), expected);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(warnings(&format!("{add} --json")), serde_json::json!([]));
    assert_eq!(warnings("config check --json"), serde_json::json!([]));
    // The program does not wait for a pipe.
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    let pipe = format!(
        "turn:a:3478?transport=udp: cannot use its secret file {}: this is not a regular file. Correct the file, or change the server with 'cowork-calls turn edit 1'.",
        file.display()
    );
    assert_eq!(warnings(&format!("{add} --json"))[0]["message"], pipe);
    let started = std::time::Instant::now();
    home.run("config export --format rtc").fails(3, "secret: this is not a regular file");
    assert!(home.run("probe --turn --timeout 300ms").stderr.contains("secret: this is not a regular file"));
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "the program waited for the pipe");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "s\n").unwrap();
    // A relative path in the file is relative to the file's folder.
    let list = "[{\"uri\":\"b\",\"secret-file\":\"../secret\"}]";
    let set = home.run_with("turn set - --json", list).json();
    assert!(
        set["warnings"][0]["message"]
            .as_str()
            .unwrap()
            .contains("/cowork-calls/../secret: there is no such file")
    );
}
