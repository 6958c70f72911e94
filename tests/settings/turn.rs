//! `turn`: servers with their credentials, and the transport policy.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::program::Home;

#[test]
fn credentials_are_read_from_standard_input_files_and_prompts() {
    let home = Home::new();
    home.run("turn list").prints("no TURN server is configured\n");
    assert_eq!(
        home.run("turn list --json").json(),
        json!({"servers": [], "origin": "default", "warnings": []})
    );
    home.run_with("turn add turn.example.de --username cowork --password-stdin", "pw\r\n")
        .prints("added turn:turn.example.de:3478?transport=udp\n");
    fs::write(home.path().join("secret"), "s3cret\n").unwrap();
    fs::set_permissions(home.path().join("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    home.run("turn add turns:turn.example.de --secret-file secret --first")
        .prints("added turns:turn.example.de:5349?transport=tcp\n");
    home.run("turn add stored.example --username u --password-file secret --store")
        .prints("added turn:stored.example:3478?transport=udp\n");
    let secret = home.path().join("secret");
    assert_eq!(
        home.text(),
        format!(
            "[[turn.servers]]\nuri = \"turns:turn.example.de:5349?transport=tcp\"\nsecret-file = \"{}\"\n\n\
             [[turn.servers]]\nuri = \"turn:turn.example.de:3478?transport=udp\"\nusername = \"cowork\"\npassword = \"pw\"\n\n\
             [[turn.servers]]\nuri = \"turn:stored.example:3478?transport=udp\"\nusername = \"u\"\npassword = \"s3cret\"\n",
            secret.display()
        )
    );
    assert_eq!(
        home.run("turn list --json").json()["servers"],
        json!([
            {"position": 1, "uri": "turns:turn.example.de:5349?transport=tcp", "username": null, "secret_file": secret},
            {"position": 2, "uri": "turn:turn.example.de:3478?transport=udp", "username": "cowork", "password": "********"},
            {"position": 3, "uri": "turn:stored.example:3478?transport=udp", "username": "u", "password": "********"},
        ])
    );
    let shown = home.run("turn list --json --show-secrets").json();
    assert_eq!(shown["servers"][1]["password"], "pw");
    assert!(home.run("turn list --show-secrets").stdout.contains("password s3cret"));
}

#[test]
fn adding_again_changes_nothing_and_other_credentials_are_rejected() {
    let home = Home::new();
    home.run_with("turn add a --username u --password-stdin", "one");
    home.run_with("turn add turn:A --username u --password-stdin", "one\n").prints("unchanged\n");
    home.run("turn add a").prints("unchanged\n");
    home.run_with("turn add a --username u --password-stdin", "two")
        .fails(2, "is configured already, with other credentials");
    home.run_with("turn edit a --password-stdin", "two").prints("changed turn 1: password\n");
    home.run_with("turn edit 1 --password-stdin", "two").prints("unchanged\n");
    assert_eq!(home.run("turn list --json --show-secrets").json()["servers"][0]["password"], "two");
}

#[test]
fn an_edit_says_what_it_changed_but_no_secret() {
    let home = Home::new();
    home.run_with("turn add a b --username u --password-stdin", "hunter2");
    let b = "turn:b:3478?transport=udp";
    for (line, input, changed) in [
        ("turn edit 2 --uri c", "", format!("{b} → turn:c:3478?transport=udp")),
        ("turn edit 2 --uri b --username v", "", format!("turn:c:3478?transport=udp → {b}, username u → v")),
        ("turn edit b --password-stdin", "hunter3", "password".to_owned()),
        ("turn edit b --secret-stdin", "hunter4", "password → secret".to_owned()),
        ("turn edit b --secret-stdin", "hunter5", "secret".to_owned()),
        ("turn edit 2 --no-credentials", "", "no username, no secret".to_owned()),
        ("turn edit 2 --username w --secret-file s", "", "username w, secret file".to_owned()),
    ] {
        let preview = home.run_with(&format!("{line} --dry-run"), input);
        assert_eq!(preview.stdout, format!("would change turn 2: {changed}\n"), "{line}");
        let edited = home.run_with(line, input);
        assert_eq!(edited.stdout, format!("changed turn 2: {changed}\n"), "{line}");
    }
    let set = r#"[{"uri":"b","secret":"x"},{"uri":"a","username":"u","password":"hunter9"}]"#;
    home.run_with("turn set -", set)
        .prints("changed turn 1: no username, secret file → secret\nchanged turn 2: password\n");
    home.run("turn move b 2").prints(&format!("moved {b} from 1 to 2\n"));
    home.run("turn add b --first").prints(&format!("moved {b} from 2 to 1\n"));
    home.run_with("turn add b --at 2 --secret-stdin", "x").prints(&format!("moved {b} from 1 to 2\n"));
    home.run_with("turn add b --first --secret-stdin", "y").fails(2, "with other credentials");
}

#[test]
fn a_missing_value_is_an_error_without_a_terminal() {
    let home = Home::new();
    home.run("turn add").fails(2, "no terminal for prompting: name the server to add");
    home.run("turn add a --username u").fails(2, "no terminal for prompting: give the password");
    home.run_with("turn add a --password-stdin", "x")
        .fails(2, "no terminal for prompting: give the user name");
    home.run_with("turn add a --username u --password-stdin", "").fails(2, "the secret is empty");
    home.run_with("turn add a --username u --password-stdin", "a\nb\n").fails(2, "several lines");
    home.run("turn add a --username u --password-file nowhere --store").fails(2, "there is no such file");
    home.run("turn edit").fails(2, "no terminal for prompting: name the server to edit");
    home.run("turn edit 1 --uri b").fails(2, "position 1 is out of range: there are 0 TURN servers");
    home.run("turn remove").fails(2, "no terminal for prompting: name what to remove");
    home.run("turn add stun:a").fails(2, "add STUN servers with 'cowork-calls stun add'");
    assert!(!home.file().exists());
}

#[test]
fn a_server_is_edited_in_its_place() {
    let home = Home::with(
        "[[turn.servers]] # Berlin\nuri = 'turn:a'   # old\n# why\nusername = 'u'\npassword = 'p' # rotate\nextra = 1\n\n[[turn.servers]]\nuri = \"b\"\n",
    );
    home.run_with("turn edit a --uri turns:a:443 --secret-stdin", "shared\n");
    assert_eq!(
        home.text(),
        "[[turn.servers]] # Berlin\nuri = \"turns:a:443?transport=tcp\"   # old\n# why\nusername = 'u'\nsecret = \"shared\"\nextra = 1\n\n[[turn.servers]]\nuri = \"b\"\n"
    );
    home.run("turn edit 1 --no-credentials");
    assert_eq!(
        home.text(),
        "[[turn.servers]] # Berlin\nuri = \"turns:a:443?transport=tcp\"   # old\n# why\nextra = 1\n\n[[turn.servers]]\nuri = \"b\"\n"
    );
    home.run("turn edit 1 --uri b")
        .fails(2, "turn:b:3478?transport=udp is configured already, at position 2");
    home.run_with("turn edit 1 --password-stdin", "x").fails(2, "has no user name, and a password needs one");
    home.run("turn edit 2 --no-credentials --username u").fails(2, "cannot be used with");
    home.run("turn move 2 1");
    home.run("turn remove turns:a:443");
    assert_eq!(home.text(), "[[turn.servers]]\nuri = \"b\"\n\n# why\n", "a line of comment is never dropped");
    home.run("turn clear --quiet");
    assert_eq!(home.text(), "# why\n");
}

#[test]
fn a_whole_list_is_set_from_toml_or_json() {
    let home = Home::with("# mine\n[[turn.servers]]\nuri = 'a' # stays\n");
    home.run_with("turn set - --yes", r#"[{"uri":"b","username":"u","password":"p"},{"uri":"a"}]"#);
    assert_eq!(
        home.text(),
        "# mine\n[[turn.servers]]\nuri = \"turn:b:3478?transport=udp\"\nusername = \"u\"\npassword = \"p\"\n\n[[turn.servers]]\nuri = 'a' # stays\n"
    );
    let shown = home.run("turn list --json --show-secrets").stdout;
    assert_eq!(home.run_with("turn set -", &shown).stdout, "unchanged\n");
    let masked = home.run("turn list --json").stdout;
    home.run_with("turn set -", &masked).fails(2, "standard input:1: this password is masked");
    fs::write(home.path().join("list.toml"), "[[turn.servers]]\nuri = 'c'\npasswort = 'p'\n").unwrap();
    home.run("turn set list.toml").fails(2, "list.toml:3: unknown key 'turn.servers.passwort'");
    home.run("turn set nowhere.toml").fails(2, "cannot read nowhere.toml");
    fs::write(home.path().join("list.toml"), "[[turn.servers]]\nuri = 'b'\nusername = 'v'\nsecret = 's'\n")
        .unwrap();
    home.run("turn set list.toml")
        .prints("removed turn:a:3478?transport=udp\nchanged turn 1: username u → v, password → secret\n");
    assert_eq!(
        home.text(),
        "# mine\n[[turn.servers]]\nuri = \"turn:b:3478?transport=udp\"\nusername = \"v\"\nsecret = \"s\"\n"
    );
}

#[test]
fn turn_servers_have_their_warnings() {
    let home = Home::new();
    home.run("turn add a").ends(
        0,
        "added turn:a:3478?transport=udp\n",
        "warning: turn:a:3478?transport=udp has no complete credentials, so clients cannot use it. Add them with 'cowork-calls turn edit 1'.\n",
    );
    let list = home.run("turn add b c d e f --json").json();
    let codes: Vec<_> =
        list["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(codes[0], "too-many-servers");
    assert_eq!(
        list["warnings"][0]["message"],
        "6 TURN servers are configured; more than 5 slow down connection setup. Remove some with 'cowork-calls turn remove'."
    );
    assert_eq!(list["warnings"][0]["list"], "turn");
    assert_eq!(codes.iter().filter(|code| **code == "credentials-missing").count(), 6);
    let dtls = home.run("turn add turns:g?transport=udp --json").json();
    assert!(dtls["warnings"].as_array().unwrap().iter().any(|w| w["code"] == "transport-not-in-browsers"));
}

#[test]
fn an_edit_warns_of_nothing_that_it_does_not_touch() {
    let relay = "warning: the transport policy allows only relayed connections, and no TURN server is configured. Add one with 'cowork-calls turn add', or run 'cowork-calls policy all'.\n";
    let home = Home::with("unknown = 1\n");
    home.run("policy relay").ends(0, "transport policy: relay\n", relay);
    home.run("stun add x").ends(0, "added stun:x:3478\n", "");
    home.run("policy relay").prints("unchanged\n");
    let bare = home.run("turn add bare");
    assert_eq!(
        bare.stderr,
        "warning: turn:bare:3478?transport=udp has no complete credentials, so clients cannot use it. Add them with 'cowork-calls turn edit 1'.\n"
    );

    let added = home.run_with("turn add t --secret-stdin", "s\n");
    added.ends(0, "added turn:t:3478?transport=udp\n", "");
    home.run("turn edit t --username ada").ends(0, "changed turn 2: username ada\n", "");
    assert_eq!(home.run("turn edit bare --uri other").stderr, bare.stderr.replace("bare", "other"));
    let json = home.run("turn move 1 2 --json").json();
    let codes: Vec<_> = json["warnings"].as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert_eq!(codes, ["unknown-key", "credentials-missing"], "all warnings about the list");
    home.run("turn remove t").ends(0, "removed turn:t:3478?transport=udp\n", "");
    home.run("turn clear").ends(0, "removed turn:other:3478?transport=udp\n", relay);

    // The same holds for all settings at once, and for what goes back.
    assert_eq!(home.run("config undo").stderr, bare.stderr.replace("bare", "other"));
    let exported = home.run("config export").stdout;
    let applied = home.run_with("config apply -", &exported.replace("stun:x:3478", "stun:y:3478"));
    assert_eq!((applied.status, &*applied.stderr), (Some(0), ""));
    assert_eq!(home.run("show").stderr.lines().count(), 2, "show prints all");
}

#[test]
fn the_policy_is_shown_and_set() {
    let home = Home::new();
    home.run("policy").prints("all\n");
    home.run("policy all").prints("unchanged\n");
    assert!(!home.file().exists());
    home.run("policy relay").ends(
        0,
        "transport policy: relay\n",
        "warning: the transport policy allows only relayed connections, and no TURN server is configured. Add one with 'cowork-calls turn add', or run 'cowork-calls policy all'.\n",
    );
    assert_eq!(home.text(), "[ice]\ntransport-policy = \"relay\"\n");
    let policy = home.run("policy --json").json();
    assert_eq!(
        (&policy["changed"], &policy["transport_policy"], &policy["origin"]),
        (&json!(false), &json!("relay"), &json!("config"))
    );
    home.run("policy relais").fails(2, "invalid value 'relais'");
}
