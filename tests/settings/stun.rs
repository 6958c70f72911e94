//! `stun`: lists, edits, limits and defaults.

use serde_json::json;

use crate::support::program::Home;

const DEFAULTS: [&str; 3] =
    ["stun:stun.nextcloud.com:443", "stun:stun.m-online.net:3478", "stun:stun.ipfire.org:3478"];

fn config(servers: &[&str]) -> Home {
    Home::with(format!("[stun]\nservers = {servers:?}\n"))
}

/// The servers that `stun list` prints, and their origin.
fn listed(home: &Home) -> (Vec<String>, String) {
    let list = home.run("stun list --json").json();
    let servers = list["servers"].as_array().unwrap();
    for (index, server) in servers.iter().enumerate() {
        assert_eq!(server["position"], index + 1);
    }
    let uris = servers.iter().map(|server| server["uri"].as_str().unwrap().to_owned()).collect();
    (uris, list["origin"].as_str().unwrap().to_owned())
}

fn from_config(servers: &[&str]) -> (Vec<String>, String) {
    (servers.iter().map(|s| (*s).to_owned()).collect(), "config".to_owned())
}

#[test]
fn a_new_installation_has_the_german_defaults() {
    let home = Home::new();
    home.run("stun list").prints(
        "#  SERVER\n1  stun:stun.nextcloud.com:443\n2  stun:stun.m-online.net:3478\n3  stun:stun.ipfire.org:3478\n",
    );
    assert_eq!(
        home.run("stun list --json").stdout,
        "{\"servers\":[{\"position\":1,\"uri\":\"stun:stun.nextcloud.com:443\"},{\"position\":2,\"uri\":\"stun:stun.m-online.net:3478\"},{\"position\":3,\"uri\":\"stun:stun.ipfire.org:3478\"}],\"origin\":\"default\",\"warnings\":[]}\n"
    );
    assert!(!home.file().exists(), "a list writes nothing");
}

#[test]
fn addresses_that_browsers_do_not_use_as_written_have_warnings() {
    let home = config(&["a"]);
    let port = "stun:x:9 uses port 9, which browsers block, so they never send to it. Use another port, such as 3478 or 443.";
    home.run("stun add x:9").ends(0, "added stun:x:9\n", &format!("warning: {port}\n"));
    let warning =
        json!({"code": "port-blocked-in-browsers", "message": port, "list": "stun", "uri": "stun:x:9"});
    for command in ["stun list", "show", "config check"] {
        assert_eq!(home.run(command).stderr, format!("warning: {port}\n"), "{command}");
        assert_eq!(home.run(&format!("{command} --json")).json()["warnings"], json!([warning]), "{command}");
    }
    assert_eq!(home.run("config check").status, Some(0));
    assert_eq!(home.run("config check --strict").status, Some(1));
    home.run("stun set a stuns:x").ends(
        0,
        "added stuns:x:5349\nremoved stun:x:9\n",
        "warning: stuns:x:5349 uses STUN over TLS, which browsers do not support; Chromium sends plain UDP to this port instead, Firefox rejects the whole list. Use 'stun:' with the server's UDP port.\n",
    );
    let warnings = &home.run("stun list --json").json()["warnings"];
    assert_eq!(
        (&warnings[0]["code"], &warnings[0]["list"]),
        (&json!("transport-not-in-browsers"), &json!("stun"))
    );
    // STUN may use a port below 1024 that TURN may not.
    home.run("stun set a x:81").ends(0, "added stun:x:81\nremoved stuns:x:5349\n", "");
    let turn = home.run("turn add x:81 --json").json();
    assert_eq!(turn["warnings"][1]["code"], "port-blocked-in-browsers");
    assert_eq!(
        (&turn["warnings"][1]["list"], &turn["warnings"][1]["uri"]),
        (&json!("turn"), &json!("turn:x:81?transport=udp"))
    );
}

#[test]
fn add_is_idempotent_and_keeps_the_defaults() {
    let home = Home::new();
    home.run("stun add X --first --json");
    let added = home.run("stun add y.example STUN:Y.example.:3478 --json").json();
    assert_eq!(
        added,
        json!({
            "changed": true, "restored_defaults": false, "added": ["stun:y.example:3478"], "removed": [],
            "servers": [
                {"position": 1, "uri": "stun:x:3478"}, {"position": 2, "uri": DEFAULTS[0]}, {"position": 3, "uri": DEFAULTS[1]},
                {"position": 4, "uri": DEFAULTS[2]}, {"position": 5, "uri": "stun:y.example:3478"},
            ],
            "warnings": [],
        })
    );
    let text = home.text();
    home.run("stun add y.example").prints("unchanged\n");
    assert_eq!(home.run("stun add x --json").json()["changed"], false);
    assert_eq!(home.text(), text);
    home.run("stun add z --at 2 --dry-run").ends(
        0,
        "would add stun:z:3478\n",
        "dry run: nothing was written; warnings about the result:\nwarning: 6 STUN servers are configured; more than 5 slow down connection setup. Remove some with 'cowork-calls stun remove'.\n",
    );
    assert_eq!(home.text(), text);
    home.run("stun remove x").prints("removed stun:x:3478\n");
    home.run("stun add z --at 2").prints("added stun:z:3478\n");
    assert_eq!(
        listed(&home).0,
        [DEFAULTS[0], "stun:z:3478", DEFAULTS[1], DEFAULTS[2], "stun:y.example:3478"]
    );
}

#[test]
fn all_arguments_succeed_together_or_nothing_is_written() {
    let home = config(&["stun:a:4001", "stun:b:4001"]);
    let text = home.text();
    home.run("stun add c d http://x").fails(2, "'http:' is not a STUN or TURN scheme");
    home.run("stun remove a:4001 3")
        .fails(2, "position 3 is out of range: there are 2 STUN servers, so positions go from 1 to 2");
    home.run("stun remove a 0").fails(2, "position 0 is out of range");
    home.run("stun remove 99999999999999999999999").fails(2, "out of range");
    home.run("stun move a:4001 3").fails(2, "position 3 is out of range");
    home.run("stun move c 1").fails(2, "stun:c:3478 is not among the STUN servers");
    home.run("stun add c --at 4").fails(2, "position 4 is out of range");
    home.run("stun add c --at 1 --first").fails(2, "cannot be used with");
    home.run("stun set a x:0").fails(2, "'0' is not a port");
    home.run("stun add turn:c").fails(2, "add TURN servers with 'cowork-calls turn add'");
    assert_eq!(home.text(), text);
}

#[test]
fn entries_are_named_by_position_or_any_spelling() {
    let home = config(&["stun:a:4001", "stun:b:4001", "stun:c:4001", "stun:d:4001"]);
    home.run("stun remove 1 stun:C:4001 nobody").prints("removed stun:a:4001\nremoved stun:c:4001\n");
    assert_eq!(listed(&home), from_config(&["stun:b:4001", "stun:d:4001"]));
    home.run("stun remove nobody").prints("unchanged\n");
    home.run("stun move 2 1").prints("moved stun:d:4001 from 2 to 1\n");
    home.run("stun move D:4001 1").prints("unchanged\n");
    assert_eq!(listed(&home), from_config(&["stun:d:4001", "stun:b:4001"]));
    home.run("stun set b:4001 e").prints("added stun:e:3478\nremoved stun:d:4001\n");
    home.run("stun set e b:4001").prints("the order has changed\n");
    home.run("stun set e b:4001").prints("unchanged\n");
    assert_eq!(listed(&home), from_config(&["stun:e:3478", "stun:b:4001"]));
}

#[test]
fn adding_at_a_position_moves_what_is_in_the_list() {
    let home = config(&["a", "b", "c"]);
    home.run("stun add c --first --dry-run").ends(
        0,
        "would move stun:c:3478 from 3 to 1\n",
        "dry run: nothing was written\n",
    );
    home.run("stun add c --first").prints("moved stun:c:3478 from 3 to 1\n");
    home.run("stun add C:3478 --first").prints("unchanged\n");
    home.run("stun add c").prints("unchanged\n");
    assert_eq!(listed(&home), from_config(&["stun:c:3478", "stun:a:3478", "stun:b:3478"]));
    home.run("stun add d b c b --at 2").prints("added stun:d:3478\nmoved stun:c:3478 from 1 to 4\n");
    assert_eq!(listed(&home), from_config(&["stun:a:3478", "stun:d:3478", "stun:b:3478", "stun:c:3478"]));
    home.run("stun add a --at 5").prints("moved stun:a:3478 from 1 to 4\n");
    home.run("stun add a --at 5").prints("unchanged\n");
    home.run("stun add a --at 6").fails(2, "position 6 is out of range");
    let json = home.run("stun add b a --first --json").json();
    assert_eq!((&json["changed"], &json["added"], &json["removed"]), (&json!(true), &json!([]), &json!([])));
    assert_eq!(json["servers"][1], json!({"position": 2, "uri": "stun:a:3478"}));

    // The defaults in effect are written in their new order.
    let home = Home::new();
    home.run(&format!("stun add {} --first", DEFAULTS[2]))
        .prints(&format!("moved {} from 3 to 1\n", DEFAULTS[2]));
    assert_eq!(listed(&home), from_config(&[DEFAULTS[2], DEFAULTS[0], DEFAULTS[1]]));
    // An entry that is listed twice is moved as a whole.
    let home = config(&["a", "b", "A"]);
    home.run("stun add a --at 2").prints("moved stun:a:3478 from 1 to 2\n");
    home.run("stun add a --at 2").prints("unchanged\n");
}

#[test]
fn a_file_that_says_just_the_defaults_has_the_origin_default() {
    let text = format!(
        "# ours\n[stun]\nservers = [\n  {:?}, # first\n  {:?},\n  {:?},\n]\n[ice]\ntransport-policy = \"all\"\n",
        DEFAULTS[0], DEFAULTS[1], DEFAULTS[2]
    );
    let home = Home::with(&text);
    assert_eq!(listed(&home).1, "default");
    assert_eq!(home.run("policy --json").json()["origin"], "default");
    let shown = home.run("show").stdout;
    assert!(shown.contains("config.toml (all settings are defaults)\n"), "{shown}");
    assert_eq!(shown.matches("(default)").count(), 4, "{shown}");
    home.run("stun clear").prints("unchanged\n");
    home.run("policy all").prints("unchanged\n");

    // An edit keeps the comments all the same.
    home.run("stun add x").prints("added stun:x:3478\n");
    assert_eq!(home.text(), text.replace(",\n]", ",\n  \"stun:x:3478\",\n]"));
    assert_eq!(listed(&home).1, "config");
    home.run("stun remove x").prints("removed stun:x:3478\n");
    assert_eq!((home.text(), listed(&home).1), (text, "default".to_owned()));
    home.run("stun move 1 2");
    assert_eq!(listed(&home).1, "config", "another order is no default");

    let home = Home::with("[reactions]\nemojis = [':tada:']\n");
    home.run("reactions clear");
    assert_eq!(home.run("reactions list --json").json()["origin"], "default");
}

#[test]
fn an_empty_list_returns_to_its_defaults() {
    for command in ["stun remove a", "stun remove 1", "stun clear"] {
        let home = config(&["a"]);
        home.run(command).prints("removed stun:a:3478\nthe list is empty now; using the German defaults\n");
        assert_eq!(listed(&home), (DEFAULTS.map(str::to_owned).to_vec(), "default".to_owned()), "{command}");
        let text = home.text();
        home.run("stun clear").prints("unchanged\n");
        assert_eq!(home.text(), text);
    }
    let home = config(&["a", DEFAULTS[1]]);
    let cleared = home.run("stun clear --json").json();
    assert_eq!(cleared["restored_defaults"], true);
    assert_eq!(cleared["removed"], json!(["stun:a:3478"]));
    assert_eq!(cleared["added"], json!([DEFAULTS[0], DEFAULTS[2]]));
    let home = Home::new();
    assert_eq!(home.run("stun clear --json").json()["restored_defaults"], false);
    home.run("stun remove 1 2 3").ends(
        0,
        "unchanged\n",
        "an empty list uses its defaults, which are already in effect\n",
    );
    home.run("stun remove nobody").prints("unchanged\n");
    assert!(!home.file().exists());
    assert_eq!(Home::with("[stun]\nservers = []\n").run("stun list --json").json()["origin"], "default");
}

#[test]
fn more_than_five_servers_are_saved_with_a_warning() {
    const WARNING: &str = "warning: 6 STUN servers are configured; more than 5 slow down connection setup. Remove some with 'cowork-calls stun remove'.\n";
    let home = config(&["a", "b", "c", "d", "e"]);
    home.run("stun list").prints(
        "#  SERVER\n1  stun:a:3478\n2  stun:b:3478\n3  stun:c:3478\n4  stun:d:3478\n5  stun:e:3478\n",
    );
    home.run("stun add f").ends(0, "added stun:f:3478\n", WARNING);
    assert_eq!(home.run("stun list").stderr, WARNING);
    assert_eq!(home.run("show").stderr, WARNING);
    assert!(home.run("config check").stderr.starts_with(WARNING));
    home.run("stun add f").prints("unchanged\n");
    home.run("stun move 1 2").ends(0, "moved stun:a:3478 from 1 to 2\n", "");
    home.run("policy all").prints("unchanged\n");
    home.run("reactions add :rocket:").ends(0, "added 🚀\n", "");
    assert_eq!(home.run("stun add g --quiet").stderr, "");
    home.run("stun remove g").ends(0, "removed stun:g:3478\n", "");
    for command in ["stun list --json", "show --json", "config check --json", "stun move 1 3 --json"] {
        let warning = &home.run(command).json()["warnings"][0];
        assert_eq!(warning["code"], "too-many-servers");
        assert_eq!(warning["list"], "stun");
        assert_eq!((&warning["count"], &warning["limit"]), (&json!(6), &json!(5)));
        assert_eq!(format!("warning: {}\n", warning["message"].as_str().unwrap()), WARNING);
    }
    assert_eq!(
        home.run("turn list --json").json()["warnings"],
        json!([]),
        "it is no matter of the TURN list"
    );
}

#[test]
fn two_spellings_of_one_server_are_reported() {
    let home = config(&["stun:a", "b", "A:3478"]);
    let list = home.run("stun list --json").json();
    assert_eq!(list["warnings"][0]["code"], "duplicate-entry");
    assert_eq!(list["warnings"][0]["positions"], json!([1, 3]));
    home.run("stun remove a").prints("removed stun:a:3478\nremoved stun:a:3478\n");
    assert_eq!(listed(&home), from_config(&["stun:b:3478"]));
}

#[test]
fn examples_show_operator_country_and_share() {
    let home = Home::new();
    let examples = home.run("stun examples --json").json();
    let first = &examples["examples"][0];
    assert_eq!(
        *first,
        json!({"uri": "stun:stun.nextcloud.com:443", "operator": "Nextcloud GmbH", "country": "DE", "answered_percent": 98.8, "rfc5780": true})
    );
    let table = home.run("stun examples").stdout;
    assert!(table.contains("stun:stun.threema.ch:3478"), "{table}");
    assert_eq!(table.lines().count(), 13);
}

#[test]
fn a_mistyped_server_has_a_suggestion() {
    let home = Home::new();
    home.run("stun remove stun.nextcloud.con:443").ends(
        0,
        "unchanged\n",
        "stun:stun.nextcloud.con:443 is not in the list; did you mean 'stun:stun.nextcloud.com:443'?\n",
    );
    home.run("stun move stun.nextcloud.con:443 2")
        .fails(2, "hint: did you mean 'stun:stun.nextcloud.com:443'?");
    home.run("stun remove stun.nextcloud.com").ends(
        0,
        "unchanged\n",
        "stun:stun.nextcloud.com:3478 is not in the list; did you mean 'stun:stun.nextcloud.com:443'?\n",
    );
    home.run("stun remove stun.nextcloud.con:443 --quiet").prints("");
    assert_eq!(home.run("stun remove stun.nextcloud.con:443 --json").json()["changed"], false);
    home.run("stun remove another.example").prints("unchanged\n");
    assert!(!home.file().exists());
}
