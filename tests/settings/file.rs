//! The settings file: its path, what an edit leaves unchanged, its history, and large files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::program::{Home, Run};

#[test]
fn the_path_comes_from_the_option_the_environment_or_xdg() {
    let home = Home::new();
    home.run("config path").prints(&format!("{}\n", home.file().display()));
    home.run("config path --system").prints("/etc/cowork-calls/config.toml\n");
    for line in ["config path --config x.toml --system", "--config x.toml config path --system"] {
        home.run(line).ends(
            2,
            "",
            "error: the argument '--system' cannot be used with '--config <FILE>'\nhint: leave out one of the two\n",
        );
        assert_eq!(home.run(&format!("{line} --json")).json_error(2)["code"], "usage");
    }
    let path = |name: &str, value: &str| {
        let output = home.command(["config", "path"]).env(name, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(path("XDG_CONFIG_HOME", "/xdg"), "/xdg/cowork-calls/config.toml\n");
    assert_eq!(path("COWORK_CALLS_CONFIG", "/some/file"), "/some/file\n");
    assert_eq!(path("COWORK_CALLS_CONFIG", ""), format!("{}\n", home.file().display()));
    let system =
        home.command(["config", "path", "--system"]).env("COWORK_CALLS_CONFIG", "/some/file").output();
    assert_eq!(system.unwrap().stdout, b"/etc/cowork-calls/config.toml\n");
    home.run("stun add a --config new/deep/x.toml").ends(0, "added stun:a:3478\n", "");
    assert!(home.path().join("new/deep/x.toml").exists() && !home.file().exists());
    assert_eq!(home.run("config path --json").json(), json!({"path": home.file(), "exists": false}));
}

#[test]
fn a_file_given_by_option_that_does_not_exist_is_reported() {
    let home = Home::new();
    let warning = "warning: gone.toml does not exist, so all settings are the defaults. Correct --config; an edit creates \
                   it.\n";
    let json = json!([{"code": "config-missing", "file": "gone.toml",
        "message": warning.trim_start_matches("warning: ").trim_end()}]);
    for line in ["show", "stun list", "turn list", "reactions list", "policy"] {
        let run = home.run(&format!("{line} --config gone.toml"));
        assert_eq!((run.status, &*run.stderr), (Some(0), warning), "{line}");
        assert_eq!(home.run(&format!("{line} --config gone.toml --json")).json()["warnings"], json, "{line}");
        home.run(&format!("{line} --config gone.toml --quiet")).ends(0, &run.stdout, "");
        assert_eq!(home.run(line).stderr, "", "the usual file may be missing");
    }
    let probe = "probe 127.0.0.1:20009 --timeout 300ms --config gone.toml";
    assert_eq!(home.run(probe).stderr, warning);
    let run = home.run(&format!("{probe} --json"));
    assert_eq!((&serde_json::from_str::<Value>(&run.stdout).unwrap()["warnings"], &*run.stderr), (&json, ""));
    let lines = home.run(&format!("{probe} --format jsonl")).stdout;
    assert_eq!(serde_json::from_str::<Value>(lines.lines().last().unwrap()).unwrap()["warnings"], json);

    let message = "cannot read gone.toml: there is no such file";
    home.run("config check --config gone.toml").fails(3, message);
    let error = home.run("config check --config gone.toml --json").json_error(3);
    assert_eq!((&error["code"], &error["message"]), (&json!("config-unreadable"), &json!(message)));
    home.run("config check").ends(0, &format!("{}: no problems\n", home.file().display()), "");

    home.run("policy relay --config gone.toml --quiet");
    assert_eq!(
        home.run("policy --config gone.toml --json").json()["warnings"][0]["code"],
        "relay-without-turn"
    );
}

#[test]
fn an_edit_leaves_everything_else_unchanged() {
    let text = "\u{feff}# head\r\n[stun] # s\r\n\r\nservers = [ # list\r\n\t# near\r\n\t\"stun:a\", # a\r\n\t'b',# b\r\n]\r\n\r\n[x]\r\ny = [ 1,2 ]  # odd\r\n";
    let home = Home::with(text);
    home.run("stun add c");
    assert_eq!(home.text(), text.replace("\t'b',# b\r\n", "\t'b',# b\r\n\t\"stun:c:3478\",\r\n"));
    home.run("stun remove a");
    assert_eq!(
        home.text(),
        text.replace("\t\"stun:a\", # a\r\n\t'b',# b\r\n", "\t'b',# b\r\n\t\"stun:c:3478\",\r\n")
    );
    home.run("policy relay");
    assert!(home.text().ends_with("  # odd\r\n\r\n[ice]\r\ntransport-policy = \"relay\"\r\n"));
}

#[test]
fn every_version_can_be_restored() {
    let home = Home::new();
    home.run("config undo").fails(1, "there is nothing to undo");
    home.run("config history").prints("no versions saved yet\n");
    assert_eq!(home.run("config history --json").json(), json!({"versions": []}));
    home.run("stun set a");
    home.run("stun add b");
    fs::write(home.file(), home.text() + "# by hand\n").unwrap();
    home.run("reactions set 👍");
    let versions = home.run("config history --json").json();
    let versions: Vec<_> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["id"].as_u64().unwrap(), v["command"].as_str().unwrap().to_owned()))
        .collect();
    let expected = ["no file", "stun set", "stun add", "hand edit", "reactions set"];
    assert_eq!(versions, (1..).zip(expected.map(str::to_owned)).collect::<Vec<_>>());
    let time = home.run("config history --json").json()["versions"][0]["time"].as_str().unwrap().to_owned();
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
    home.run("config undo").prints("restored version 4\n");
    assert!(home.text().ends_with("# by hand\n"));
    assert_eq!(
        home.run("config undo --json").json(),
        json!({"changed": true, "restored": 5, "warnings": []})
    );
    home.run("config undo 2").prints("restored version 2\n");
    assert_eq!(home.text(), "[stun]\nservers = [\"stun:a:3478\"]\n");
    home.run("config undo 2").prints("unchanged\n");
    home.run("config undo 99").fails(2, "the history has no version 99");
    let diff = "stun.servers\n- stun:a:3478\n+ stun:stun.nextcloud.com:443\n+ stun:stun.m-online.net:3478\n+ stun:stun.ipfire.org:3478\n";
    home.run("config undo 1 --dry-run").ends(
        0,
        &format!("{diff}would restore version 1\n"),
        "dry run: nothing was written\n",
    );
    home.run("config undo 2 --dry-run").prints("unchanged\n");
    home.run("config undo 1");
    assert_eq!(home.run("stun list --json").json()["origin"], "default");
}

/// A home with seven versions: `no file`, two edits of passwords among others, one by hand, a broken one and its repair.
fn with_versions() -> Home {
    let home = Home::new();
    home.run_with("turn add t --username u --password-stdin --quiet", "hunter2\n").prints("");
    home.run_with("turn edit 1 --password-stdin --quiet", "hunter3\n").prints("");
    fs::write(home.file(), home.text() + "# by hand\n").unwrap();
    home.run("reactions set 👍 👏 --quiet").prints("");
    fs::write(home.file(), "[stun\n").unwrap();
    home.run("config undo --quiet").prints("");
    home
}

#[test]
fn history_shows_what_a_version_changed() {
    let home = Home::new();
    home.run("config history 1").fails(2, "the history has no version 1");
    let home = with_versions();
    let versions = home.run("config history --json").json()["versions"].clone();
    let when = |id: usize| {
        versions[id - 1]["time"].as_str().unwrap().to_owned().replace('T', " ").replace('Z', " UTC")
    };
    home.run("config history 1")
        .prints("version 1, before the first save\nnothing was set yet; the defaults were in effect\n");
    home.run("config history 2").prints(&format!(
        "version 2, saved {} by 'turn add'\nturn.servers\n+ turn:t:3478?transport=udp  username u  password ********\n",
        when(2)
    ));
    home.run("config history 4").prints(&format!(
        "version 4, saved {} by 'hand edit'\nonly the text of the file changed, not the settings in effect\n",
        when(4)
    ));
    let server = json!({"uri": "turn:t:3478?transport=udp", "username": "u", "password": "********"});
    assert_eq!(
        home.run("config history 3 --json").json(),
        json!({
            "id": 3, "time": versions[2]["time"], "command": "turn edit", "before": 2, "changed": true,
            "diff": [{"setting": "turn.servers", "added": [server], "removed": [server],
                      "changed": [{"uri": "turn:t:3478?transport=udp", "keys": ["password"]}]}],
            "warnings": [],
        })
    );
    let first = home.run("config history 1 --json").json();
    assert_eq!(
        (&first["before"], &first["changed"], &first["diff"]),
        (&json!(null), &json!(false), &json!([]))
    );
    // Neither the broken version nor the one after it can be compared.
    for id in [6, 7] {
        home.run(&format!("config history {id}")).fails(3, "error: version 6:1:6: ");
    }
    home.run("config history 8").fails(2, "the history has no version 8");
    assert_eq!(home.run("config history 8 --json").json_error(2)["code"], "history-not-found");
    home.run("config history x").fails(2, "expected the number of a version");
    home.run("config history 1 --purge").fails(2, "cannot be used with");
    // Without the versions before it, what it holds is compared with the defaults.
    home.run("config history --purge --quiet").prints("");
    let shown = home.run("config history 7").stdout;
    assert!(
        shown.contains("by 'config undo', compared with the defaults\nturn.servers\n+ turn:t"),
        "{shown}"
    );
}

#[test]
fn diff_shows_what_an_undo_would_change() {
    let home = with_versions();
    let text = home.text();
    home.run("config diff 5").prints("no differences\n");
    home.run("config diff 2").ends(
        1,
        "turn.servers\n- turn:t:3478?transport=udp  username u  password ********\n\
         + turn:t:3478?transport=udp  username u  password ********  (password changed)\n\
         reactions.emojis\n+ 👎 :thumbsdown:\n+ ❤\u{fe0f} :heart:\n+ 😂 :joy:\n+ 😮 :open_mouth:\n+ 🎉 :tada:\n+ ✋ :hand:\n",
        "",
    );
    let undo = home.run("config undo 2 --dry-run").stdout;
    assert_eq!(undo, home.run("config diff 2").stdout + "would restore version 2\n");
    home.run("config diff 2 --quiet").ends(1, "", "");
    let report = home.run("config diff 2 --json");
    assert_eq!((report.status, &report.json()["changed"]), (Some(1), &json!(true)));
    assert_eq!(report.json()["diff"][1]["setting"], "reactions.emojis");
    assert!(!report.stdout.contains("hunter"), "{}", report.stdout);
    // An undo restores comments as well.
    fs::write(home.file(), text.clone() + "# more\n").unwrap();
    home.run("config diff 5").ends(
        1,
        "only the text of the file would change, not the settings in effect\n",
        "",
    );
    home.run("config diff 6").fails(3, "error: version 6:1:6: ");
    home.run("config diff 99").fails(2, "the history has no version 99");
    home.run("config diff 99999999999999999999").fails(2, "expected the number of a version");
    // A file may have a number for a name.
    home.run("config diff ./5").fails(2, "cannot read ./5");
    fs::write(home.path().join("5"), &text).unwrap();
    home.run("config diff ./5").prints("no differences\n");
    fs::write(home.file(), "[stun\n").unwrap();
    home.run("config diff 5").fails(3, "config.toml:1:6: ");
}

#[test]
fn an_undo_warns_and_restores_no_broken_version() {
    let home = Home::new();
    home.run("stun set a b c d e f");
    home.run("stun set a");
    let preview = home.run("config undo --dry-run");
    assert!(
        preview.stderr.contains("written; warnings about the result:\nwarning: 6 STUN servers"),
        "{preview:?}"
    );
    let undone = home.run("config undo --json").json();
    assert_eq!(undone["warnings"][0]["code"], "too-many-servers", "{undone}");
    fs::write(home.file(), "[stun\n").unwrap();
    home.run("config undo --quiet").prints("");
    let good = home.text();
    let broken = home.run("config history --json").json()["versions"][4]["id"].as_u64().unwrap();
    let run = home.run(&format!("config undo {broken}"));
    run.fails(3, &format!("error: version {broken}:1:6: "));
    assert_eq!(home.text(), good);
}

#[test]
fn show_prints_all_settings_and_their_origin() {
    let home =
        Home::with("[ice]\ntransport-policy = 'relay'\n[[turn.servers]]\nuri = 'a'\nsecret-file = 's'\n");
    let secret = home.file().with_file_name("s");
    fs::write(&secret, "x\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    home.run("show").prints(&format!(
        "Settings {}\n\nSTUN servers (default)\n  #  SERVER\n  1  stun:stun.nextcloud.com:443\n  2  stun:stun.m-online.net:3478\n  3  stun:stun.ipfire.org:3478\n\n\
         TURN servers (settings file)\n  #  SERVER                     USER  CREDENTIALS\n  1  turn:a:3478?transport=udp  -     secret in s\n\n\
         Reactions (default)\n  👍 :thumbsup:     👎 :thumbsdown:   👏 :clap:         ❤️ :heart:\n  😂 :joy:          😮 :open_mouth:   🎉 :tada:         ✋ :hand:\n\n\
         Transport policy (settings file)\n  relay\n",
        home.file().display()
    ));
    let show = home.run("show --json").json();
    let keys: Vec<_> = show.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["path", "stun", "turn", "reactions", "ice", "warnings"]);
    assert_eq!(show["ice"], json!({"transport_policy": "relay", "origin": "config"}));
    assert_eq!(show["stun"], home.run("stun list --json").json());
    assert_eq!(show["turn"], home.run("turn list --json").json());
    assert_eq!(show["reactions"], home.run("reactions list --json").json());
}

/// Runs a command that must take linear time: unoptimised and on a busy machine it stays below a limit.
#[track_caller]
fn run_promptly(home: &Home, line: &str, status: i32) -> Run {
    let started = Instant::now();
    let run = home.run(line);
    assert_eq!(run.status, Some(status), "{line}");
    assert!(started.elapsed() < Duration::from_secs(10), "{line} took {:?}", started.elapsed());
    run
}

#[test]
fn ten_thousand_entries_are_edited_at_once() {
    let servers: Vec<_> = (0..10_000).map(|n| format!("stun:s{n}.example:3478")).collect();
    let home = Home::with(format!(
        "[stun]\nservers = [\n{}]\n",
        servers.iter().map(|s| format!("  \"{s}\",\n")).collect::<String>()
    ));
    let runs = |line: &str| run_promptly(&home, line, 0);
    runs("stun add new.example --at 5000");
    assert_eq!(home.text().lines().nth(5001), Some("  \"stun:new.example:3478\","));
    runs("stun remove s1.example 9000");
    runs("stun move 1 9999");
    assert_eq!(home.text().lines().nth(10_000), Some("  \"stun:s0.example:3478\","));
    assert_eq!(runs("stun list --json").json()["warnings"][0]["count"], 9999);
    runs("stun set a s5.example b");
    assert_eq!(
        home.text(),
        "[stun]\nservers = [\n  \"stun:a:3478\",\n  \"stun:s5.example:3478\",\n  \"stun:b:3478\",\n]\n"
    );
    runs("config undo");
    assert_eq!(home.text().lines().count(), 10_002);
    runs("stun clear");
    assert_eq!(home.run("stun list --json").json()["servers"].as_array().unwrap().len(), 3);
}

#[test]
fn ten_thousand_turn_servers_are_edited_at_once() {
    let server =
        |n| format!("[[turn.servers]] # {n}\nuri = 'turn:s{n}.example'\nusername = 'u'\nsecret = 's'\n");
    let servers: Vec<_> = (0..10_000).map(server).collect();
    let home = Home::with(servers.join("\n"));
    run_promptly(&home, "turn move 1 10000", 0);
    run_promptly(&home, "turn edit 10000 --username v", 0);
    run_promptly(&home, "turn remove s1.example 10000", 0);
    assert_eq!(home.text(), servers[2..].join("\n"));
    run_promptly(&home, "turn clear", 0);
    assert_eq!(home.text(), "");
}

#[test]
fn ten_thousand_errors_and_warnings_are_reported_at_once() {
    let broken: String = (0..10_000).map(|n| format!("  'stun:s {n}',\n")).collect();
    let home = Home::with(format!("[stun]\nservers = [\n{broken}]\n[reactions]\nemojis = ['x']\n"));
    let run = run_promptly(&home, "config check", 3);
    assert_eq!(run.stderr.matches("error: ").count(), 100, "no more are shown at once");
    assert!(run.stderr.contains("config.toml:102:3: 'stun:s…': "));

    let names: String = (0..10_000).map(|n| format!("  ':rocke{n}:',\n")).collect();
    let home = Home::with(format!("[reactions]\nemojis = [\n{names}]\n"));
    assert_eq!(run_promptly(&home, "config check", 3).stderr.matches("did you mean :rock").count(), 100);

    let home = Home::with(format!("[reactions]\nemojis = [\n{}]\n", "  ':rocket:',\n".repeat(10_000)));
    assert_eq!(run_promptly(&home, "reactions add :tada:", 0).stderr, "");
    let run = run_promptly(&home, "reactions list", 0);
    assert!(
        run.stderr.starts_with("warning: 🚀 is listed 10000 times, at positions 1, 2, "),
        "{}",
        run.stderr
    );

    let keys: String = (0..10_000).map(|n| format!("key-{n} = {n}\n")).collect();
    let home = Home::with(keys);
    let run = run_promptly(&home, "show", 0);
    assert!(run.stderr.ends_with("config.toml:10000:1: unknown key 'key-9999'\n"));
}

#[test]
fn a_purge_leaves_only_the_settings_in_effect_in_the_history() {
    let home = Home::new();
    home.run("config history --purge").prints("unchanged\n");
    assert!(!home.file().parent().unwrap().exists(), "it creates nothing");
    home.run_with("turn add a --username u --password-stdin --quiet", "hunter2\n").prints("");
    home.run("turn clear --quiet").prints("");
    home.run("stun set a --quiet").prints("");
    let history = home.file().with_file_name(".config.toml.history");
    fs::write(history.join("new.tmp"), "hunter2").unwrap();
    home.run("config history --purge --dry-run").ends(
        0,
        "would remove 3 versions\n",
        "dry run: nothing was written\n",
    );
    // An edit by hand is recorded before, because it is what is in effect.
    fs::write(home.file(), home.text() + "# by hand\n").unwrap();
    home.run("config history --purge").prints("removed 4 versions\n");
    let files: Vec<_> = fs::read_dir(&history).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), home.text());
    home.run("config undo").fails(1, "there is nothing to undo");
    home.run("config history --purge").prints("unchanged\n");
    home.run("stun add b --quiet").prints("");
    assert_eq!(
        home.run("config history --purge --json").json(),
        json!({"changed": true, "removed": [5]}),
        "the numbers go on"
    );
    assert_eq!(home.run("config history --purge --json").json(), json!({"changed": false, "removed": []}));
}
