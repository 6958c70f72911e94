//! Files that are damaged, hostile or in the wrong place: a correct result or a clear error, and the old file stays
//! unchanged, byte for byte.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::program::{Home, contents};

/// An edit of each kind, and commands that only read.
const LINES: [&str; 9] = [
    "show",
    "config check",
    "config undo",
    "stun add x",
    "stun remove a",
    "turn add t",
    "turn clear",
    "reactions set 👍",
    "policy relay",
];

/// Asserts that every line fails with status 3, these words and a hint, and that nothing is changed or left behind.
#[track_caller]
fn all_refuse(home: &Home, words: &str) {
    let folder = home.file().parent().unwrap().to_owned();
    let before = contents(&folder);
    for line in LINES.iter().filter(|line| **line != "config undo" || words.contains("not a regular file")) {
        let run = home.run(line);
        run.fails(3, words);
        assert!(
            run.stderr.starts_with("error: ") && run.stderr.contains("\nhint: "),
            "{line}: {}",
            run.stderr
        );
        let code = home.run(&format!("{line} --json --quiet")).stderr;
        assert!(code.contains("\"code\":\"config-"), "{line}: {code}");
        assert_eq!(contents(&folder), before, "after '{line}'");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
    const DEEP: usize = 30_000;
    let keys = vec!["a"; DEEP].join(".");
    for text in [
        format!("a = {}", "[".repeat(DEEP)),
        format!("a = {}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("a = {}1{}", "{a=".repeat(DEEP), "}".repeat(DEEP)),
        format!("a = {}", "[{a=".repeat(DEEP)),
        format!("{keys} = 1\n"),
        format!("[{keys}]\nb = 1\n"),
        format!("[[{keys}]]\nb = 1\n"),
        format!("a = {{ {keys} = 1 }}\n"),
        format!("[{}]\n", vec!["stun"; 500].join(".")),
    ] {
        let home = Home::with(&text);
        home.run("stun list").fails(3, "this is nested too deeply\n");
        home.run("stun add x").fails(3, "hint: expected a settings file, which has three levels\n");
        assert_eq!(home.text(), text);
        home.run_with("turn set - --no-input", &text.replace('a', "servers")).fails(2, "standard input:");
    }
    let json = format!("[{{\"uri\":{}", "[".repeat(DEEP));
    Home::new().run_with("turn set -", &json).fails(2, "this is not JSON");
    // A deep key within the limit is kept like any unknown key.
    let text = format!("[{}]\nb = 1\n", vec!["a"; 70].join("."));
    let home = Home::with(&text);
    assert_eq!(home.run("stun set x --quiet --yes").status, Some(0));
    assert!(home.text().starts_with(&text));
}

#[test]
fn a_file_of_ten_megabytes_is_edited_and_otherwise_unchanged() {
    let comments = format!("# {}\n", "y".repeat(98)).repeat(50_000);
    let home = Home::with(format!("{comments}[stun]\nservers = [\"a\"]\n{comments}"));
    home.run("stun add b").prints("added stun:b:3478\n");
    assert!(home.text() == format!("{comments}[stun]\nservers = [\"a\", \"stun:b:3478\"]\n{comments}"));
    home.run("config undo --quiet").prints("");
    assert!(home.text() == format!("{comments}[stun]\nservers = [\"a\"]\n{comments}"));
}

#[test]
fn a_hundred_thousand_entries_are_edited() {
    let entries: String = (0..100_000).map(|n| format!("  \"s{n}.example\", # {n}\n")).collect();
    let home = Home::with(format!("[stun]\nservers = [\n{entries}]\n"));
    home.run("stun add b --quiet").prints("");
    assert!(home.text() == format!("[stun]\nservers = [\n{entries}  \"stun:b:3478\",\n]\n"));
}

#[test]
fn a_list_that_is_too_large_is_rejected_and_not_truncated() {
    let home = Home::new();
    let servers = "[[servers]]\nuri = 't'\nusername = 'u'\nsecret = 's'\n\n".repeat(350_000);
    home.run_with("turn set -", &servers).fails(2, "standard input is larger than 16 MiB");
    assert!(!home.file().exists());
}

#[test]
fn directories_devices_and_dangling_links_are_rejected() {
    let home = Home::new();
    fs::create_dir_all(home.file()).unwrap();
    all_refuse(&home, "config.toml is a folder, not a regular file");

    let home = Home::with("");
    fs::remove_file(home.file()).unwrap();
    symlink("config.toml", home.file()).unwrap();
    all_refuse(&home, "config.toml leads through too many symbolic links");
    fs::remove_file(home.file()).unwrap();
    symlink("/dev/zero", home.file()).unwrap();
    all_refuse(&home, "is a device, not a regular file");

    // A link is followed, and a link to a missing file leads to where that file is created.
    fs::remove_file(home.file()).unwrap();
    symlink("elsewhere.toml", home.file()).unwrap();
    home.run("stun add x --quiet").prints("");
    let target = home.file().with_file_name("elsewhere.toml");
    assert!(fs::read_to_string(&target).unwrap().contains("\"stun:x:3478\""));
    assert!(home.file().symlink_metadata().unwrap().is_symlink());
}

#[test]
fn line_endings_byte_order_marks_and_odd_bytes_are_kept_or_rejected() {
    for text in [
        "\u{feff}[stun]\r\nservers = [\"a\"]\r\n# end",
        "\u{feff}",
        "\r\n\r\n",
        "# only a comment",
        "[stun]\nservers = [\"a\"] # \u{85}\u{2028}\n",
    ] {
        let home = Home::with(text);
        home.run("stun set a b --quiet").prints("");
        let edited = home.text();
        assert!(
            edited.contains("stun:b:3478") && edited.starts_with('\u{feff}') == text.starts_with('\u{feff}')
        );
        assert_eq!(edited.contains("\r\n"), text.contains("\r\n"), "{edited:?}");
        assert!(!edited.replace("\r\n", "").contains('\r'), "{edited:?}");
        home.run("config undo --quiet").prints("");
        assert_eq!(home.text(), text, "back, byte for byte");
    }
    for bytes in [
        &b"[stun]\nservers = [\"a\xff\"]\n"[..],
        b"[stun]\rservers = []\r",
        b"[stun]\0\n",
        b"\0",
        b"\xff\xfe[\0s\0",
        b"# \x1b[2J\n",
        b"[stun]\nservers = [\"a\"",
        b"\xef\xbb\xbf\xef\xbb\xbf[stun]\n",
    ] {
        all_refuse(&Home::with(bytes), "config.toml:");
    }
}
