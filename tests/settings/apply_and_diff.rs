//! All settings at once: `config apply` and `config diff`.

use serde_json::json;

use crate::support::program::Home;
use crate::support::terminal::Terminal;

const FILE: &str = "# mine\n[stun] # mine too\nservers = ['a', 'b'] # both\nextra = 1\n\n[[turn.servers]]\nuri = 't'\nusername = 'u'\npassword = 'old'\n\n[other]\nkey = 1\n";

#[test]
fn apply_makes_one_version_and_keeps_comments_and_unknown_keys() {
    let home = Home::with(FILE);
    let wanted = r#"{"stun":{"servers":["c","b"]},
        "turn":{"servers":[{"uri":"t","username":"u","password":"new"},{"uri":"turns:v","secret-file":"/s"}]},
        "ice":{"transport-policy":"relay"},"reactions":{"emojis":[":tada:","👍"]}}"#;
    let run = home.run_with("config apply - --quiet", wanted);
    run.ends(0, "", "");
    assert_eq!(
        home.text(),
        "# mine\n[stun] # mine too\nservers = [\"stun:c:3478\", 'b'] # both\nextra = 1\n\n\
         [[turn.servers]]\nuri = \"turn:t:3478?transport=udp\"\nusername = 'u'\npassword = \"new\"\n\n\
         [[turn.servers]]\nuri = \"turns:v:5349?transport=tcp\"\nsecret-file = \"/s\"\n\n[other]\nkey = 1\n\n\
         [ice]\ntransport-policy = \"relay\"\n\n[reactions]\nemojis = [\"🎉\", \"👍\"]\n"
    );
    let history = home.run("config history --json").json();
    let commands: Vec<_> =
        history["versions"].as_array().unwrap().iter().map(|v| v["command"].clone()).collect();
    assert_eq!(commands, ["first seen", "config apply"]);
    // The second time it changes nothing and makes no version.
    let text = home.text();
    let again = home.run_with("config apply - --json", wanted).json();
    assert_eq!((&again["changed"], &again["diff"]), (&json!(false), &json!([])));
    assert_eq!(home.text(), text);
    assert_eq!(home.run("config history --json").json(), history);
    home.run("config undo --quiet");
    assert_eq!(home.text(), FILE);
}

#[test]
fn omitted_settings_return_to_their_defaults() {
    let home = Home::with(
        "[stun]\nservers = ['a']\n[ice]\ntransport-policy = 'relay'\n[reactions]\nemojis = ['🚀']\n[[turn.servers]]\nuri = 't'\n",
    );
    home.run_with("config apply -", "# nothing but a comment\n").prints(
        "stun.servers\n- stun:a:3478\n+ stun:stun.nextcloud.com:443\n+ stun:stun.m-online.net:3478\n+ stun:stun.ipfire.org:3478\n\
         turn.servers\n- turn:t:3478?transport=udp\nice.transport-policy\n- relay\n+ all\n\
         reactions.emojis\n- 🚀 :rocket:\n+ 👍 :thumbsup:\n+ 👎 :thumbsdown:\n+ 👏 :clap:\n+ ❤️ :heart:\n+ 😂 :joy:\n+ 😮 :open_mouth:\n+ 🎉 :tada:\n+ ✋ :hand:\n",
    );
    home.run_with("config apply -", "{}").prints("unchanged\n");
    // Explicit defaults are in effect already, so no file is created.
    let home = Home::new();
    let exported = home.run("config export").stdout;
    home.run_with("config apply -", &exported).prints("unchanged\n");
    assert!(!home.file().exists());
}

#[test]
fn the_diff_as_json_names_settings_logins_and_order() {
    let home = Home::with(
        "[stun]\nservers = ['a', 'b', 'c']\n[[turn.servers]]\nuri = 't'\nusername = 'u'\npassword = 'old'\n[reactions]\nemojis = ['👍', '🎉']\n",
    );
    let wanted = "[stun]\nservers = ['d', 'c', 'a']\n[[turn.servers]]\nuri = 't'\nusername = 'u'\npassword = 'new'\n[reactions]\nemojis = ['🎉', '👍']\n";
    let expected = json!({
        "changed": true,
        "diff": [
            {"setting": "stun.servers", "added": ["stun:d:3478"], "removed": ["stun:b:3478"], "moved": true},
            {
                "setting": "turn.servers",
                "added": [{"uri": "turn:t:3478?transport=udp", "username": "u", "password": "********"}],
                "removed": [{"uri": "turn:t:3478?transport=udp", "username": "u", "password": "********"}],
                "changed": [{"uri": "turn:t:3478?transport=udp", "keys": ["password"]}],
            },
            {"setting": "reactions.emojis", "added": [], "removed": [], "moved": true},
        ],
        "warnings": [],
    });
    let text = "stun.servers\n- stun:b:3478\n+ stun:d:3478\n~ in this order: stun:d:3478, stun:c:3478, stun:a:3478\n\
         turn.servers\n- turn:t:3478?transport=udp  username u  password ********\n\
         + turn:t:3478?transport=udp  username u  password ********  (password changed)\n\
         reactions.emojis\n~ in this order: 🎉 :tada:, 👍 :thumbsup:\n";
    let before = home.text();
    let diff = home.run_with("config diff - --json", wanted);
    assert_eq!((diff.status, diff.json()), (Some(1), expected.clone()));
    home.run_with("config diff -", wanted).ends(1, text, "");
    home.run_with("config diff - --quiet", wanted).ends(1, "", "");
    assert_eq!(home.run_with("config apply - --dry-run --json", wanted).json(), expected);
    home.run_with("config apply - --dry-run", wanted).ends(0, text, "dry run: nothing was written\n");
    assert_eq!(home.text(), before);
    assert_eq!(home.run_with("config apply - --json", wanted).json(), expected);
    home.run_with("config diff -", wanted).prints("no differences\n");
    let policy =
        home.run_with("config diff - --json", &(wanted.to_owned() + "[ice]\ntransport-policy = 'relay'\n"));
    assert_eq!(
        policy.json()["diff"],
        json!([{"setting": "ice.transport-policy", "added": ["relay"], "removed": ["all"]}])
    );
}

#[test]
fn a_diff_is_coloured_on_request() {
    let home = Home::with("[stun]\nservers = ['a']\n");
    std::fs::write(home.path().join("wanted.toml"), "[stun]\nservers = ['b']\n").unwrap();
    home.run("config diff wanted.toml --color always").ends(
        1,
        "\u{1b}[1mstun.servers\u{1b}[0m\n\u{1b}[31m- stun:a:3478\u{1b}[0m\n\u{1b}[32m+ stun:b:3478\u{1b}[0m\n",
        "",
    );
    let shown = Terminal::run(&home, "config diff wanted.toml").ends(1);
    assert!(shown.contains("\u{1b}[31m- stun:a:3478"), "{shown}");
    assert!(!Terminal::run(&home, "config diff wanted.toml --color never").ends(1).contains('\u{1b}'));
}

#[test]
fn errors_in_applied_settings_have_a_position_and_change_nothing() {
    let home = Home::with(FILE);
    std::fs::write(home.path().join("x.toml"), "[stun]\nserver = ['a']\n").unwrap();
    home.run("config apply x.toml").ends(
        2,
        "",
        "error: x.toml:2:1: unknown key 'stun.server'\n   |\n 2 | server …\n   | ^^^^^^\nhint: did you mean 'servers'?\n",
    );
    for (input, place, message) in [
        (
            "{\"stun\":\n{\"servers\":[\"http://x\"]}}",
            "2:13",
            "'http://x': 'http:' is not a STUN or TURN scheme",
        ),
        ("{\"reactions\":{\"emojis\":[\"👍\",\"x\"]}}", "1:29", "'x'"),
        ("[ice]\ntransport-policy = 'relais'", "2:20", "this is not a transport policy"),
        ("{\"stun\": {,}}", "1:11", "this is not JSON"),
        ("stun = [", "1:9", ""),
        ("", "1:1", "this is empty"),
        (
            "{\"turn\":{\"servers\":[{\"uri\":\"t\",\"secret\":\"********\"}]}}",
            "1:32",
            "this secret is masked",
        ),
        (
            "{\"turn\":{\"servers\":[{\"uri\":\"t\",\"password\":\"x\",\"secret\":\"x\"}]}}",
            "1:47",
            "this TURN server has more than one credential",
        ),
    ] {
        for command in ["config apply -", "config diff -"] {
            let run = home.run_with(command, input);
            run.fails(2, &format!("error: standard input:{place}: {message}"));
            assert!(run.stderr.contains("\nhint: "), "{}", run.stderr);
        }
        let error = home.run_with("config apply - --json", input).json_error(2);
        assert_eq!(format!("{}:{}", error["line"], error["column"]), place, "{input}");
        assert_eq!(error["file"], "standard input");
    }
    home.run("config apply nowhere.toml").fails(2, "cannot read nowhere.toml: there is no such file");
    assert_eq!(home.text(), FILE);
    assert_eq!(home.run("config history --json").json(), json!({"versions": []}));
    // Errors in the settings file itself have a different exit code.
    let home = Home::with("[stun]\nservers = 3\n");
    home.run_with("config apply -", "{}").fails(3, "config.toml:2:11: unexpected integer");
}

#[test]
fn two_logins_for_one_server_are_an_error() {
    let home = Home::new();
    let twice = |password: &str| {
        format!(
            r#"[{{"uri":"a","username":"u","password":"p1"}},{{"uri":"A","username":"u","password":"{password}"}}]"#
        )
    };
    for (command, before, after) in
        [("turn set -", "", ""), ("config apply -", "{\"turn\":{\"servers\":", "}}")]
    {
        let run = home.run_with(command, &format!("{before}{}{after}", twice("p2")));
        run.fails(2, "turn:a:3478?transport=udp is given twice, with different credentials");
        assert!(!home.file().exists());
    }
    home.run_with("turn set -", &twice("p1")).prints("added turn:a:3478?transport=udp\n");
}

#[test]
fn warnings_are_about_the_resulting_settings() {
    let home = Home::new();
    let run = home.run_with(
        "config apply - --json",
        "[stun]\nservers = ['a','b','c','d','e','f','a']\n[[turn.servers]]\nuri = 't'\n",
    );
    let codes: Vec<_> =
        run.json()["warnings"].as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert_eq!(codes, ["too-many-servers", "credentials-missing"], "what is given twice counts once");
    let relay = "[ice]\ntransport-policy = 'relay'\n";
    home.run_with("config apply - --quiet", relay).ends(0, "", "");
    home.run_with("config apply -", relay).ends(0, "unchanged\n", "");
    home.run("policy all");
    let run = home.run_with("config apply -", relay);
    assert!(run.stderr.starts_with("warning: the transport policy allows only relayed"), "{}", run.stderr);
}

#[test]
fn at_a_terminal_apply_asks_before_it_removes_settings() {
    let home = Home::with(FILE);
    std::fs::write(home.path().join("wanted.json"), r#"{"stun":{"servers":["a","c"]}}"#).unwrap();
    let mut terminal = Terminal::run(&home, "config apply wanted.json");
    terminal.shows("- stun:b:3478");
    terminal.shows("+ stun:c:3478");
    terminal.shows("This removes 2 entries");
    terminal.asks_for_a_key("Go on? [y/N]");
    terminal.types("n\r");
    assert!(terminal.ends(1).contains("nothing was changed"));
    assert_eq!(home.text(), FILE);
    let mut terminal = Terminal::run(&home, "config apply wanted.json");
    terminal.asks_for_a_key("Go on? [y/N]");
    terminal.types("y\r");
    let shown = terminal.ends(0);
    assert!(shown.contains("done") && !shown.contains("stun:c"), "{shown}");
    assert!(home.text().contains("servers = ['a', \"stun:c:3478\"] # both"), "{}", home.text());
    // Nothing is removed, or the answer is given by an option.
    std::fs::write(home.path().join("more.json"), r#"{"stun":{"servers":["a","c","d"]}}"#).unwrap();
    Terminal::run(&home, "config apply more.json").ends(0);
    Terminal::run(&home, "config apply wanted.json --yes").ends(0);
    Terminal::run(&home, "config apply more.json").ends(0);
    Terminal::run(&home, "config apply wanted.json --no-input").ends(0);
}

#[test]
fn ten_thousand_entries_are_applied_at_once() {
    let home = Home::new();
    let state = |from: usize| {
        let servers: Vec<_> = (from..from + 10_000).map(|n| format!("stun:s{n}.example:3478")).collect();
        json!({"stun": {"servers": servers}}).to_string()
    };
    home.run_with("config apply - --quiet", &state(0)).ends(0, "", "");
    let started = std::time::Instant::now();
    let diff = home.run_with("config apply - --json", &state(5)).json();
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert_eq!(diff["diff"][0]["removed"].as_array().unwrap().len(), 5);
    assert_eq!(diff["diff"][0]["added"].as_array().unwrap().len(), 5);
}
