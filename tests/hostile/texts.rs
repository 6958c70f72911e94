//! Texts from servers: terminal escapes, direction marks, and excessive lengths.

use std::process::Command;

use rexpect::session::spawn_command;

use super::run::{TIMEOUT, assert_harmless, probe, run};
use super::servers::{Answer, start_servers};
use super::streams::{serve, tls_config};
use super::{ERROR, LOGIN, SUCCESS, attribute, challenge, code, error_code, mapped, response, xored};
use crate::support::certificates::Authority;
use crate::support::fake_server::FakeServer;
use crate::support::program::Home;

/// Clears the screen, renames the window, hides a link, reverses the direction, and ends in invalid UTF-8.
const HOSTILE: &[u8] = b"before\x1b[2J\x1b[31m\x1b]0;owned\x07\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\\
    \xc2\x9b31m\xc2\x9d0;owned\xc2\x9c\xe2\x80\xae\xe2\x80\x8f\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8\xef\xbb\xbf\r\n\t\0\x08\x7fafter\x9b\xff";

fn hostile_text() -> String {
    String::from_utf8(HOSTILE[..HOSTILE.len() - 2].to_vec()).unwrap()
}

/// Puts a text into each attribute that has text, and into a few that no client expects.
fn reply_with_texts(code: u16, text: &'static [u8]) -> Answer {
    Box::new(move |request, client| {
        let software = attribute(0x8022, text);
        let body = match code {
            0 => [mapped(client), xored(0x0016, client), attribute(0x000d, &[0, 0, 2, 0x58]), software]
                .concat(),
            401 | 438 => {
                [error_code(code, text), attribute(0x0014, text), attribute(0x0015, text), software].concat()
            }
            _ => [error_code(code, text), software].concat(),
        };
        vec![response(request, if code == 0 { SUCCESS } else { ERROR }, &body)]
    })
}

#[test]
fn no_terminal_control_sequence_is_printed() {
    let codes = [0, 300, 400, 401, 403, 437, 438, 441, 486, 500, 699];
    let servers = start_servers(codes.into_iter().map(|code| reply_with_texts(code, HOSTILE)).collect());
    let uris = |scheme: &str| servers.iter().map(|server| format!("{scheme}:{server} ")).collect::<String>();
    let rows = probe(&uris("stun"));
    assert!(rows[0]["software"].as_str().unwrap().contains("before"), "what is harmless stays: {}", rows[0]);
    let message = rows[9]["error"]["message"].as_str().unwrap();
    assert!(message.contains("before") && message.contains("after"), "{message}");
    probe(&format!("{}{LOGIN}", uris("turn")));
    probe(&format!("{}{LOGIN} --audit --yes", uris("turn")));
    let line = format!("probe {}{}{LOGIN} --timeout {TIMEOUT:?}", uris("stun"), uris("turn"));
    run(&format!("{line} --format jsonl"), "secret");
    for server in &servers {
        for format in ["", "--json"] {
            run(&format!("nat stun:{server} {format} --timeout {TIMEOUT:?}"), "");
        }
    }
}

#[test]
fn names_in_certificates_are_cleaned_and_truncated() {
    let folder = tempfile::tempdir().unwrap();
    let names = [hostile_text(), "\u{202e}".repeat(1000), "x".repeat(20_000), String::new()];
    for (number, name) in names.iter().enumerate() {
        let folder = folder.path().join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        let authority = Authority::named(&folder, name);
        let config = tls_config(&authority.options_with_subject("127.0.0.1", name));
        let server = serve(move |mut stream| {
            let mut tls =
                tokio_rustls::rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
            while tls.complete_io(&mut stream).is_ok_and(|(read, _)| read > 0) {}
        });
        let untrusted = probe(&format!("stuns:{server} turns:{server} {LOGIN}"));
        assert_eq!(code(&untrusted[0]), "tls-untrusted");
        let trusted = probe(&format!("stuns:{server} --ca-file {}", authority.file()));
        assert_ne!(code(&trusted[0]), "tls-untrusted", "{trusted:?}");
        probe(&format!("stuns:{server} --insecure"));
        for row in untrusted.iter().chain(&trusted) {
            for name in ["subject", "issuer"] {
                let name = row["tls"][name].as_str().unwrap();
                assert!(name.chars().count() <= 200, "{name}");
                assert_eq!(name.contains("before"), number == 0, "{name:?}");
            }
        }
    }
}

#[test]
fn excessive_lengths_are_handled() {
    let lengths = [0, 1, 127, 128, 513, 762, 763, 764, 1500, 10_000, 30_000];
    let answer = |length: usize, which: usize| -> Answer {
        Box::new(move |request, client| {
            let long = vec![b'x'; length];
            let body = match which {
                0 => challenge(&long, b"nonce"),
                1 => challenge(b"realm", &long),
                2 => challenge(&long, &long),
                3 => error_code(500, &long),
                _ => [mapped(client), attribute(0x8022, &long)].concat(),
            };
            vec![response(request, if which < 4 { ERROR } else { SUCCESS }, &body)]
        })
    };
    let answers = lengths.into_iter().flat_map(|length| (0..5).map(move |which| answer(length, which)));
    let servers = start_servers(answers.collect());
    for scheme in ["stun", "turn"] {
        let uris: String = servers.iter().map(|server| format!("{scheme}:{server} ")).collect();
        for row in probe(&format!("{uris}{}", if scheme == "turn" { LOGIN } else { "" })) {
            assert!(row["software"].as_str().unwrap_or_default().len() <= 763);
            assert!(row["error"]["message"].as_str().unwrap_or_default().len() < 1000, "{row}");
        }
    }
}

#[test]
fn a_watch_prints_no_foreign_cursor_movement() {
    let server =
        FakeServer::start("127.0.0.1", |request, client| reply_with_texts(500, HOSTILE)(request, client));
    let home = Home::new();
    let line = format!("probe {} --watch --interval 200ms --timeout 200ms", server.uri());
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowork-calls"));
    command.args(line.split(' ')).env("HOME", home.path()).env("TERM", "xterm").env("NO_COLOR", "1");
    let mut session = spawn_command(command, Some(10_000)).unwrap();
    let mut shown = session.exp_string("round 3").unwrap();
    session.send_control('c').unwrap();
    shown += &session.exp_eof().unwrap();
    // The test's terminal treats each byte as a character.
    let bytes: Vec<u8> = shown.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let mut text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("before") && text.contains("after"), "{text:?}");
    // The sequences of the watch itself: alternate screen, cursor, upper left corner, clearing.
    for own in ["[?1049h", "[?1049l", "[?25h", "[?25l", "[H", "[K", "[J"] {
        text = text.replace(&format!("\u{1b}{own}"), "");
    }
    // The watch ends its lines with CR and LF, and the terminal adds another CR.
    assert_harmless(&text.replace("\r\r\n", "\n").replace("\r\n", "\n"));

    let plain = home.command(line.split(' ')).spawn().unwrap();
    std::thread::sleep(TIMEOUT * 2);
    Command::new("kill").args(["-INT", &plain.id().to_string()]).status().unwrap();
    let output = plain.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("before"), "{text}");
    assert_harmless(&text);
}
