//! `cowork-calls probe` at terminals of several widths: positions, blocks, remedies and the progress line.

use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;
use crate::support::scripted_server::{Script, over_udp};
use crate::support::terminal::Terminal;

fn good_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)])
}

fn silent_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |_, _| vec![])
}

/// The address of a TURN server that rejects all credentials.
fn rejecting_server() -> String {
    let answers = ["challenge", "challenge"].map(str::to_owned).into();
    over_udp("127.100.100.100", Script { answers, ..Script::default() }).to_string()
}

/// The screen after the program has ended with this exit code.
#[track_caller]
fn screen(home: &Home, line: &str, columns: u16, last: &str, status: i32) -> String {
    let mut terminal = Terminal::of_width(home, line, columns);
    terminal.shows(last);
    let screen = terminal.screen();
    terminal.ends(status);
    screen
}

#[test]
fn rows_have_the_positions_of_their_servers_and_become_blocks_on_a_narrow_terminal() {
    let (good, silent) = (good_server(), silent_server());
    let home = Home::with(format!("[stun]\nservers = [\"{}\", \"{}\"]\n", good.uri(), silent.uri()));
    let line = "probe --timeout 300ms";
    let last = format!("({}).", silent.uri());
    for columns in [80, 200] {
        let screen = screen(&home, line, columns, &last, 1);
        assert!(screen.contains("#    SERVER "), "{screen}");
        assert!(screen.contains(&format!("1  ✓ {}  UDP/IPv4 ", good.uri())), "{screen}");
        assert!(screen.contains(&format!("2  ✗ {}  UDP/IPv4", silent.uri())), "{screen}");
        assert!(screen.contains("if it is gone: 'cowork-calls stun remove 2'"), "{screen}");
        assert!(
            screen.contains("\n2 servers: 1 ok, 1 failed.\n1 server does not answer; a browser "),
            "{screen}"
        );
        assert_eq!(screen.matches("40 s").count(), 1, "said once: {screen}");
    }
    let narrow = screen(&home, line, 40, "40 s", 1);
    assert!(
        narrow.starts_with(&format!("1  ✓ {}\n     over: UDP/IPv4\n     time: ", good.uri())),
        "{narrow}"
    );
    assert!(narrow.contains("\n     your address: 127.0.0.1:"), "{narrow}");
    assert!(
        narrow.contains(&format!("\n2  ✗ {}\n     over: UDP/IPv4\n     no response", silent.uri())),
        "{narrow}"
    );
    assert!(!narrow.contains("SERVER"), "{narrow}");
}

#[test]
fn the_transport_is_shown_at_every_width() {
    let address = rejecting_server();
    let home = Home::with(format!(
        "[turn]\nservers = [{{ uri = \"turn:{address}\", username = \"ada\", password = \"hunter2\" }}]\n"
    ));
    for (columns, server) in [
        (40, format!("1  ✗ turn:{address}\n     ?transport=udp\n")),
        (80, format!("1  ✗ turn:{address}  UDP/IPv4\n     ?transport=udp\n")),
        (200, format!("1  ✗ turn:{address}?transport=udp  UDP/IPv4\n")),
    ] {
        let screen = screen(&home, "probe --turn", columns, "will not work.", 1);
        assert!(screen.contains(&server), "{columns}: {screen}");
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("→ correct the user name or the password: 'cowork-calls turn edit 1'"),
            "{words}"
        );
        assert!(!words.contains("secret"), "{words}");
        assert!(words.ends_with("1 server: failed. Calls that need it will not work."), "{words}");
    }
    // turn list has the same at 40 columns.
    let screen = screen(&home, "turn list", 40, "********", 0);
    assert!(
        screen.starts_with(&format!(
            "1  turn:{address}\n   ?transport=udp\n   user: ada\n   credentials: password ********"
        )),
        "{screen}"
    );
}

#[test]
fn the_progress_line_names_the_server_that_is_missing() {
    let (good, silent) = (good_server(), silent_server());
    let line = format!("probe {} {} --timeout 2s", good.uri(), silent.uri());
    for (columns, expected) in [
        // Its middle is left out.
        (40, format!("1/2, waiting for stun:127…{} …", &silent.uri()[silent.uri().len() - 9..])),
        (80, format!("1 of 2 servers answered, waiting for {} …", silent.uri())),
        (200, format!("1 of 2 servers answered, waiting for {} …", silent.uri())),
    ] {
        let home = Home::new();
        let mut terminal = Terminal::of_width(&home, &line, columns);
        terminal.shows(&expected);
        assert_eq!(terminal.screen().lines().count(), 1, "one line: {}", terminal.screen());
        terminal.shows("1 ok, 1 failed.");
        assert!(!terminal.screen().contains("waiting"), "{}", terminal.screen());
        terminal.ends(1);
    }
}

#[test]
fn a_position_selects_a_configured_server() {
    let (one, two) = (good_server(), good_server());
    let turn = rejecting_server();
    let home = Home::with(format!(
        "[stun]\nservers = [\"{}\", \"{}\"]\n\n[[turn.servers]]\nuri = \"turn:{turn}\"\n",
        one.uri(),
        two.uri()
    ));
    let rows = |line: &str| {
        let json = home.run(&format!("{line} --json")).json();
        let rows = json["results"].as_array().unwrap().iter();
        rows.map(|row| (row["uri"].as_str().unwrap().to_owned(), row["position"].as_u64()))
            .collect::<Vec<_>>()
    };
    let turn = format!("turn:{turn}?transport=udp");
    assert_eq!(rows("probe 2"), [(two.uri(), Some(2))]);
    assert_eq!(rows("probe 1 --turn"), [(turn.clone(), Some(1))]);
    assert_eq!(rows("probe 1 --stun"), [(one.uri(), Some(1))]);
    assert_eq!(rows("probe 1 --stun --turn"), [(one.uri(), Some(1)), (turn.clone(), Some(1))]);
    let other = good_server();
    assert_eq!(
        rows(&format!("probe {} 2 {}", other.uri(), two.uri())),
        [(other.uri(), None), (two.uri(), Some(2))]
    );
    assert_eq!(rows("probe").len(), 3);

    home.run("probe 1").ends(
        2,
        "",
        &format!(
            "error: position 1 is in both lists: {} and {turn}\n\
             hint: use 'cowork-calls probe 1 --stun' or 'cowork-calls probe 1 --turn'\n",
            one.uri()
        ),
    );
    home.run("probe 3").ends(
        2,
        "",
        "error: position 3 is out of range: there are 2 STUN servers and 1 TURN server\n\
         hint: see the lists with 'cowork-calls show'\n",
    );
    home.run("probe 0").fails(2, "position 0 is out of range");
    let error = home.run("probe 2 --turn --json").json_error(2);
    assert_eq!(error["code"], "position-out-of-range");
    home.run(&format!("probe {} --stun", other.uri())).fails(2, "cannot be used with");
}

#[test]
fn a_broken_settings_file_does_not_keep_named_stun_servers_from_being_probed() {
    let good = good_server();
    let home = Home::with("[stun\n");
    let row = &home.run(&format!("probe {} --json", good.uri())).json()["results"][0];
    assert_eq!((&row["status"], &row["position"]), (&"ok".into(), &().into()));
    home.run("probe 1").fails(3, "config.toml:1");
}

#[test]
fn a_remedy_fits_what_is_configured() {
    let rejects = rejecting_server();
    let asks = rejecting_server();
    let home = Home::new();
    std::fs::write(home.path().join("pw"), "hunter2\n").unwrap();
    let settings = format!(
        "[[turn.servers]]\nuri = \"turn:{asks}\"\n\n\
         [[turn.servers]]\nuri = \"turn:{rejects}\"\nusername = \"ada\"\npassword-file = \"{0}/pw\"\n\n\
         [[turn.servers]]\nuri = \"turn:{rejects}?transport=tcp\"\nusername = \"ada\"\npassword-file = \"{0}/gone\"\n\n\
         [[turn.servers]]\nuri = \"turn:127.0.0.1:22\"\nsecret = \"hunter2\"\n",
        home.path().display()
    );
    std::fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    std::fs::write(home.file(), settings).unwrap();
    let hint = |run: crate::support::program::Run, row: usize| {
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        document["results"][row]["error"]["hint"].as_str().unwrap().to_owned()
    };
    let of = |position: usize| hint(home.run(&format!("probe {position} --turn --json")), 0);
    let pw = home.path().join("pw");
    assert_eq!(of(1), "add them: 'cowork-calls turn edit 1'");
    assert_eq!(
        of(2),
        format!(
            "correct the password in {}, or the user name: 'cowork-calls turn edit 2 --username NAME'",
            pw.display()
        )
    );
    assert!(of(3).ends_with("'cowork-calls turn edit 3 --uri URI'"), "{}", of(3));
    let blocked =
        "let the server use another port, such as 3478 or 443, then 'cowork-calls turn edit 4 --uri URI'";
    assert_eq!(of(4), blocked);
    let named = format!("probe turn:{rejects} --username ada --password-file pw --json");
    assert_eq!(hint(home.run(&named), 0), "check the user name and the password");
    let named = format!("probe turn:{rejects}?transport=udp --secret-file pw --json");
    assert_eq!(hint(home.run(&named), 0), "check the shared secret and the server's clock");
}
