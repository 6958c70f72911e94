//! `config export` and `config schema`, as other programs read them.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::coturn::Coturn;
use crate::support::program::Home;

/// Characters that are special in a shell, TOML or JSON.
const SPECIAL: &str = "it's $(touch x) `touch y` \"q\" \\ ; & | * ~ # ! ü 🎉";

fn home_with_special_characters() -> Home {
    let home = Home::new();
    let state = json!({
        "stun": {"servers": ["a", "[2001:db8::1]:4001"]},
        "turn": {"servers": [
            {"uri": "t", "username": SPECIAL, "password": format!("{SPECIAL}\n'\t\u{7f}")},
            {"uri": "turns:t:4001", "secret-file": "/no/such file"},
        ]},
        "ice": {"transport-policy": "relay"},
        "reactions": {"emojis": ["🚀", "❤️"]},
    });
    let run = home.run_with("config apply - --quiet", &state.to_string());
    run.ends(0, "", "");
    home
}

#[test]
fn exported_settings_can_be_applied_elsewhere_without_differences() {
    let home = home_with_special_characters();
    let exported = home.run("config export --format json");
    assert_eq!(home.run("config export --json").stdout, exported.stdout);
    assert_eq!(
        exported.json()["turn"]["servers"][1],
        json!({"uri": "turns:t:4001?transport=tcp", "secret-file": "/no/such file"})
    );
    for format in ["toml", "json"] {
        let text = home.run(&format!("config export --format {format}")).stdout;
        home.run_with("config diff -", &text).prints("no differences\n");
        let other = Home::new();
        other.run_with("config apply - --quiet", &text).ends(0, "", "");
        assert_eq!(other.run("config export --json").stdout, exported.stdout, "{format}");
        // It is a valid settings file.
        if format == "toml" {
            assert_eq!(Home::with(&text).run("config export --json").stdout, exported.stdout);
        }
    }
    assert!(home.run("config export").stdout.starts_with("[stun]\nservers = [\n  \"stun:a:3478\",\n"));
}

#[test]
fn shells_read_the_exported_variables_and_execute_nothing() {
    let home = home_with_special_characters();
    let text = home.run("config export --format env").stdout;
    fs::write(home.path().join("env"), &text).unwrap();
    for shell in ["bash", "dash"] {
        let print = |variable: &str| {
            let script = format!(". ./env; printf %s \"$COWORK_CALLS_{variable}\"");
            let output = Command::new(shell).args(["-euc", &script]).current_dir(home.path()).output();
            let output = output.expect("bash and dash have to be installed for this test");
            assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        for (variable, value) in [
            ("STUN_SERVERS", "stun:a:3478 stun:[2001:db8::1]:4001"),
            ("TURN_SERVERS", "turn:t:3478?transport=udp turns:t:4001?transport=tcp"),
            ("TURN_1_URI", "turn:t:3478?transport=udp"),
            ("TURN_1_USERNAME", SPECIAL),
            ("TURN_1_PASSWORD", &format!("{SPECIAL}\n'\t\u{7f}")),
            ("TURN_2_SECRET_FILE", "/no/such file"),
            ("ICE_TRANSPORT_POLICY", "relay"),
            ("REACTIONS", "🚀 ❤️"),
        ] {
            assert_eq!(print(variable), value, "{shell}: {variable}");
        }
    }
    assert!(!home.path().join("x").exists() && !home.path().join("y").exists());
}

#[test]
fn the_browser_export_has_credentials_valid_now() {
    let home = Home::with(
        "[stun]\nservers = ['a', 'b']\n[ice]\ntransport-policy = 'relay'\n[[turn.servers]]\nuri = 't'\nusername = 'u'\npassword-file = 'pw'\n[[turn.servers]]\nuri = 'turns:t'\nusername = 'cowork'\nsecret = 'north'\n[[turn.servers]]\nuri = 'open'\n",
    );
    fs::write(home.file().with_file_name("pw"), "from-file\n").unwrap();
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let run = home.run("config export --format rtc --ttl 1m");
    assert_eq!(run.status, Some(0));
    let rtc: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(rtc["iceTransportPolicy"], "relay");
    let servers = rtc["iceServers"].as_array().unwrap();
    assert_eq!(servers[..2], [json!({"urls": ["stun:a:3478"]}), json!({"urls": ["stun:b:3478"]})]);
    assert_eq!(
        servers[2],
        json!({"urls": ["turn:t:3478?transport=udp"], "username": "u", "credential": "from-file"})
    );
    let username = servers[3]["username"].as_str().unwrap();
    let expiry: u64 = username.strip_suffix(":cowork").unwrap().parse().unwrap();
    assert!((before + 60..before + 90).contains(&expiry), "{expiry} at {before}");
    assert!(!run.stdout.contains("north"), "the shared secret itself stays here");
    // A browser rejects the whole list if one TURN server has no login.
    assert_eq!(servers.len(), 4);
    assert!(run.stderr.contains("left out, because it has no credentials: turn:open:3478"), "{}", run.stderr);
    fs::remove_file(home.file().with_file_name("pw")).unwrap();
    home.run("config export --format rtc").fails(3, "turn:t:3478?transport=udp: cannot read ");
}

/// Starts a coturn with the exported fragment, and probes it with the settings it was exported from.
fn serves(home: &Home) {
    let fragment = home.run("config export --format coturn");
    assert_eq!((fragment.status, fragment.stderr.as_str()), (Some(0), ""));
    let file = home.path().join("turnserver.conf");
    fs::write(&file, &fragment.stdout).unwrap();
    let _server = Coturn::start_from(&file, port_of(&fragment.stdout));
    let run = home.run("probe --turn -4 --count 3");
    assert_eq!(run.status, Some(0), "{}\n{}{}", fragment.stdout, run.stdout, run.stderr);
    assert!(run.stdout.contains("3/3"), "{}", run.stdout);
}

fn port_of(fragment: &str) -> u16 {
    fragment.lines().find_map(|line| line.strip_prefix("listening-port=")).unwrap().parse().unwrap()
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn coturn_with_the_exported_fragment_serves_the_configured_servers() {
    let port = crate::support::coturn::free_port();
    let home = Home::new();
    let password = "p#w \"x\" =y:z'\\é$";
    let state = json!({"turn": {"servers": [
        {"uri": format!("turn:127.0.0.1:{port}"), "username": "al-ice@ü=#", "password": password},
        {"uri": format!("turn:127.0.0.1:{port}?transport=tcp"), "username": "bob", "password": "x"},
    ]}});
    home.run_with("config apply - --quiet", &state.to_string()).ends(0, "", "");
    assert_eq!(
        home.run("config export --format coturn").stdout,
        format!(
            "realm=127.0.0.1\nfingerprint\nlistening-port={port}\nno-tls\nno-dtls\nlt-cred-mech\nuser=al-ice@ü=#:{password}\nuser=bob:x\n{}",
            on_loopback()
        )
    );
    serves(&home);

    let port = crate::support::coturn::free_port();
    let home = Home::new();
    let server =
        json!({"uri": format!("turn:127.0.0.1:{port}"), "username": "cowork", "secret": "no#rt h=x"});
    home.run_with("config apply - --quiet", &json!({"turn": {"servers": [server]}}).to_string())
        .ends(0, "", "");
    let text = home.run("config export --format coturn").stdout;
    assert!(text.contains("use-auth-secret\nstatic-auth-secret=no#rt h=x\n# Peers "), "{text}");
    serves(&home);
}

/// The lines about peers, those that deny private networks after a mark.
fn peers(mark: &str) -> String {
    let head = "# Peers that calls do not need ('cowork-calls probe --audit'). Behind NAT write external-ip=PUBLIC/PRIVATE;\n\
        # a relay-ip in one of these networks needs allowed-peer-ip=ADDRESS.\n";
    let private = match mark {
        "" => "",
        _ => {
            "# A server of these settings is in a private network: uncomment what has neither clients nor relays.\n"
        }
    };
    let line = |mark: &str, range: &str| format!("{mark}denied-peer-ip={range}\n");
    let usual = "0.0.0.0-0.255.255.255 127.0.0.0-127.255.255.255 ::1 169.254.0.0-169.254.255.255 \
        fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff 168.63.129.16 192.0.0.0-192.0.0.255 \
        ::ffff:0.0.0.0-::ffff:255.255.255.255 ::ffff:0:0:0-::ffff:0:ffff:ffff 64:ff9b::-64:ff9b::ffff:ffff \
        64:ff9b:1::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff 2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let usual: String = usual.split(' ').map(|range| line("", range)).collect();
    let ranges = "10.0.0.0-10.255.255.255 172.16.0.0-172.31.255.255 192.168.0.0-192.168.255.255 \
        100.64.0.0-100.127.255.255 fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
        fec0::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let ranges: String = ranges.split(' ').map(|range| line(mark, range)).collect();
    format!("{head}{usual}no-tcp-relay\nno-multicast-peers\n{private}{ranges}")
}

/// The same for a server on loopback.
fn on_loopback() -> String {
    let loopback = "denied-peer-ip=127.0.0.0-127.255.255.255\ndenied-peer-ip=::1\n";
    let private = "# denied-peer-ip=10.0.0.0-";
    let commented = loopback.replace("denied", "# denied");
    peers("# ").replace(loopback, "").replace(private, &(commented + private))
}

#[test]
fn settings_that_one_coturn_cannot_serve_are_reported() {
    let of = |servers: Value| {
        let home = Home::new();
        home.run_with("config apply - --quiet", &json!({"turn": {"servers": servers}}).to_string());
        home.run("config export --format coturn")
    };
    let user = |uri: &str, password: &str| json!({"uri": uri, "username": "u", "password": password});
    of(json!([user("a", "x"), {"uri": "a:4001", "secret": "s"}]))
        .fails(1, "a has a server with a password and one with a shared secret");
    of(json!([user("a:4001", "x"), user("a:4002", "x"), user("a:4003", "x")]))
        .fails(1, "coturn listens on at most two ports");
    for (password, why) in [
        (" hunter2", "begins or ends with a space"),
        ("0xhunter2", "begins with 0x"),
        ("hunter2\nno-auth", "control characters"),
    ] {
        let run = of(json!([user("a", password)]));
        run.fails(1, why);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    of(json!([{"uri": "a", "username": "u:v", "password": "x"}])).fails(1, "the user name has a colon");
    for user in ["u v", "u'", "\"", "\\u"] {
        of(json!([{"uri": "a", "username": user, "secret": "x"}]))
            .fails(1, "the user name has spaces, quotes");
    }
    let two = of(json!([user("a.de", "x"), user("turns:b.de:5350", "x"), user("turns:b.de:443", "x")]));
    let (peers, commented) = (peers(""), peers("# "));
    two.prints(&format!("# ---- turnserver.conf of a.de ----\nrealm=a.de\nfingerprint\nlistening-port=3478\nno-tls\nno-dtls\nlt-cred-mech\nuser=u:x\n{peers}\n\
         # ---- turnserver.conf of b.de ----\nrealm=b.de\nfingerprint\ntls-listening-port=443\nalt-tls-listening-port=5350\n\
         # TLS needs the certificate of this host:\n# cert=/etc/turnserver/fullchain.pem\n# pkey=/etc/turnserver/privkey.pem\nlt-cred-mech\nuser=u:x\n{peers}"));
    // With one server in a private network, the relays of all may have to reach it.
    for private in ["10.0.0.1", "[fd00::1]", "turn.corp", "turn", "turn.lan", "fritz.box"] {
        let text = of(json!([user("a.de", "x"), user(private, "x")])).stdout;
        assert_eq!(text.matches(&*commented).count(), 2, "{private}: {text}");
    }
    Home::new().run("config export --format coturn").ends(0, "", "no TURN server is configured\n");
}

#[test]
fn the_schema_agrees_with_the_parser() {
    let home = Home::new();
    let schema: Value = serde_json::from_str(&home.run("config schema").stdout).unwrap();
    // For an unknown key the parser lists the keys it knows.
    for (input, path) in [
        ("{\"??\":1}", ""),
        ("{\"stun\":{\"??\":1}}", "/properties/stun"),
        ("{\"turn\":{\"??\":1}}", "/properties/turn"),
        ("{\"ice\":{\"??\":1}}", "/properties/ice"),
        ("{\"reactions\":{\"??\":1}}", "/properties/reactions"),
        ("{\"turn\":{\"servers\":[{\"??\":1}]}}", "/properties/turn/properties/servers/items"),
    ] {
        let hint = home.run_with("config apply - --json", input).json_error(2)["hint"].clone();
        let known = hint.as_str().unwrap().strip_prefix("expected one of ").unwrap().to_owned();
        let table = schema.pointer(path).unwrap();
        let keys: Vec<_> = table["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys.join(", "), known, "{path}");
        assert_eq!(table["additionalProperties"], false);
    }
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let valid = |toml: &str| {
        let value: Value = toml::from_str(toml).unwrap();
        let applied = home.run_with("config diff -", toml).status != Some(2);
        assert_eq!(validator.is_valid(&value), applied, "{toml}");
        applied
    };
    let reference = include_str!("../../docs/settings-file.md");
    let example = reference.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(
        valid(example)
            && valid(&home_with_special_characters().run("config export").stdout)
            && valid(&Home::new().run("config export").stdout)
    );
    assert!(valid("[[turn.servers]]\nuri = 'TURN:x?transport=TCP'\n[stun]\nservers = ['[::1]', 'a:4001']\n"));
    for wrong in [
        "[stun]\nservers = 'a'",
        "[stun]\nservers = ['http://a']",
        "[stun]\nserver = ['a']",
        "[ice]\ntransport-policy = 'none'",
        "[reactions]\nemojis = [1]",
        "[[turn.servers]]\nusername = 'u'",
        "[[turn.servers]]\nuri = 'a'\npassword = ''",
        "[[turn.servers]]\nuri = 'a'\npassword = 'x'\nsecret-file = 'y'",
    ] {
        assert!(!valid(wrong), "{wrong}");
    }
}

#[test]
fn the_commands_that_name_the_schema_in_the_file_work_on_a_new_machine() {
    let home = Home::new();
    let page = include_str!("../../docs/settings-file.md");
    let snippet = page.split("```sh\n").find(|block| block.contains("#:schema")).unwrap();
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_cowork-calls")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let output = std::process::Command::new("sh")
        .args(["-ec", snippet.split("```").next().unwrap()])
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(home.text().starts_with("#:schema ./schema.json\n"), "{}", home.text());
    assert!(home.file().with_file_name("schema.json").exists());
    assert_eq!(home.run("config check --strict").status, Some(0));
}
