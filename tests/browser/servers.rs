//! The results of the servers, and a real call in the page.

use super::{PASSWORD, TURN_USER, WRONG, coturn, fact, finish, number, silent, start, stun, turn};
use crate::support::browser::Browser;
use crate::support::server::{ALICE, Server};

/// Returns the text of each row: result, address, time, meaning, what to do.
#[track_caller]
pub(super) fn rows(browser: &mut Browser) -> Vec<Vec<String>> {
    let script = "return [...document.querySelectorAll('#servers li')].map(row => row.innerText)";
    let rows = browser.run(script);
    let lines = |row: &serde_json::Value| {
        row.as_str().unwrap().lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    rows.as_array().unwrap().iter().map(lines).collect()
}

/// Returns how blue the middle of the left edge of a video's still picture is: the generated picture is blue there.
const PIXEL: &str = r#"
const image = Object.assign(new Image(), { src: document.querySelector("VIDEO").poster });
const context = document.createElement("canvas").getContext("2d");
return image.decode().then(() => {
  context.drawImage(image, 0, 0, 100, 100);
  return context.getImageData(3, 50, 1, 1).data[2];
});
"#;

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn each_server_has_a_result_and_a_call_runs_through_the_relay() {
    let coturn = coturn();
    let (_silent, dead) = silent();
    let settings =
        stun(&[coturn.port, dead]) + &turn(coturn.port, "udp", PASSWORD) + &turn(coturn.port, "tcp", WRONG);
    let server = Server::with(&settings, "");
    let mut browser = Browser::start("en");
    // The call is below the window's edge.
    browser.resize(1000, 600);
    start(&mut browser, &server, ALICE);
    browser.until("document.querySelector('#arrived').videoWidth > 0");
    browser.until("document.querySelector('#call-verdict').innerText.includes('Connected')");
    assert_eq!(browser.text("#call-verdict"), "running\nConnected; media is flowing.");
    browser.screenshot("running");
    browser.until("document.querySelector('#call-verdict .badge.ok')");
    let waiting = browser.run("return document.querySelectorAll('#servers .badge.waiting').length");
    assert_eq!(waiting, 1, "the call does not wait for the silent server");
    assert!(browser.text("#status").starts_with("Testing servers: 3 of 4 done."));
    finish(&mut browser);
    browser.screenshot("done");
    for video in ["#sent", "#arrived"] {
        let visible = browser.run(&format!("return document.querySelector('{video}').checkVisibility()"));
        assert_eq!(visible, true);
        let blue = browser.run(&PIXEL.replace("VIDEO", video));
        assert!(blue.as_u64() > Some(60), "the last picture of {video} stays: {blue}");
    }

    let rows = rows(&mut browser);
    let port = coturn.port;
    let heads: Vec<String> = rows.iter().map(|row| format!("{} {}", row[0], row[1])).collect();
    assert_eq!(
        heads,
        [
            format!("works stun:127.0.0.1:{port}"),
            format!("failed stun:127.0.0.1:{dead}"),
            format!("works turn:127.0.0.1:{port}?transport=udp"),
            format!("failed turn:127.0.0.1:{port}?transport=tcp"),
        ]
    );
    assert!(rows[1][2].starts_with("10.") && rows[1][2].ends_with(" s"), "{:?}", rows[1]);
    assert!(rows[2][2].ends_with(" ms"), "{:?}", rows[2]);
    assert!(rows[0][3].starts_with("The server sees you as 127.0.0.1:"), "{:?}", rows[0]);
    assert_eq!(rows[1][3], "No answer: gave up after 10 s.");
    assert!(rows[1][4].starts_with("Check that the server is running"), "{:?}", rows[1]);
    assert!(rows[2][3].starts_with("Relays through 127.0.0.1:"), "{:?}", rows[2]);
    assert_eq!(rows[3][3], "The server rejects the user name and password (error 401).");
    assert!(browser.text("#status").contains("but 2 of 4 servers do not"));

    assert_eq!(fact(&mut browser, "Route"), "through the TURN server");
    for end in ["This end", "Other end"] {
        let candidate = fact(&mut browser, end);
        assert!(candidate.starts_with("127.0.0.1:") && candidate.ends_with("(relay, UDP)"), "{candidate}");
    }
    for kind in ["Video received", "Audio received", "Connected after"] {
        assert!(number(&fact(&mut browser, kind)) > 0, "{kind}");
    }
    // Where no font has the emoji, its name goes through instead.
    let sent = browser.run("return hasGlyphs('👍') ? '👍' : ':thumbsup:'");
    let data = fact(&mut browser, "Data channel");
    assert!(data.starts_with(&format!("{}, round trip ", sent.as_str().unwrap())), "{data}");

    browser.devtools(
        "Browser.grantPermissions",
        &serde_json::json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
    );
    browser.click("#copy");
    browser.until("document.querySelector('#copied[role=status]').innerText === 'Copied.'");
    browser.click("[data-language=de]");
    assert_eq!(browser.text("#copied"), "Kopiert.");
    browser.click("[data-language=en]");
    let report = browser.run("return navigator.clipboard.readText()").as_str().unwrap().to_owned();
    for text in [
        "CoWork Calls connection test",
        &format!("- stun:127.0.0.1:{dead}: failed, "),
        "401 Unauthorized",
        "Test call: works",
        "This end: 127.0.0.1:",
        "Transport policy: all",
        "Reactions: 0 sent, 0 received",
    ] {
        assert!(report.contains(text), "no '{text}' in\n{report}");
    }
    for secret in [PASSWORD, WRONG, TURN_USER, ALICE] {
        assert!(!report.contains(secret), "'{secret}' in\n{report}");
    }
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn without_turn_servers_the_call_is_direct_and_the_page_says_how_little_that_proves() {
    let coturn = coturn();
    let server = Server::with(&stun(&[coturn.port]), "");
    let mut browser = Browser::start("en");
    browser.go(&format!("http://{}/", server.address));
    browser.fill("#token", ALICE);
    browser.click("#camera");
    browser.click("#start");
    finish(&mut browser);
    let status = browser.text("#status");
    assert!(status.starts_with("Calls work from here: the server answers"), "{status}");
    assert!(status.contains("No TURN server is configured"), "{status}");
    assert_eq!(fact(&mut browser, "Route"), "direct");
    assert_eq!(fact(&mut browser, "Source"), "camera and microphone");
    assert!(number(&fact(&mut browser, "Video received")) > 0);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn the_relay_policy_without_a_relay_is_explained() {
    let coturn = coturn();
    let settings = stun(&[coturn.port]) + "[ice]\ntransport-policy = \"relay\"\n";
    let server = Server::with(&settings, "");
    let mut browser = Browser::start("en");
    start(&mut browser, &server, ALICE);
    finish(&mut browser);
    let verdict = browser.text("#call-verdict");
    assert!(verdict.starts_with("failed\nThe settings allow only relayed calls"), "{verdict}");
    assert!(verdict.contains("cowork-calls turn add"), "{verdict}");

    // The settings change while the page is open.
    server.command("policy all");
    browser.click("#start");
    browser.until("document.querySelector('#status.ok')");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn a_relay_that_rejects_the_login_fails_the_call_with_an_explanation() {
    let coturn = coturn();
    let server = Server::with(&(stun(&[coturn.port]) + &turn(coturn.port, "udp", WRONG)), "");
    let mut browser = Browser::start("en");
    start(&mut browser, &server, ALICE);
    finish(&mut browser);
    assert_eq!(browser.text("#status"), "Calls do not work from here: the test call did not get through.");
    let verdict = browser.text("#call-verdict");
    assert!(verdict.contains("could not connect within 15 s"), "{verdict}");
    assert!(verdict.contains("see above why none of them works"), "{verdict}");
    assert_eq!(browser.console(), [""; 0]);
}
