//! Reactions from page to page: the configured ones, once, and no others.

use serde_json::{Value, json};

use super::{silent, start, stun};
use crate::support::browser::Browser;
use crate::support::http::Events;
use crate::support::server::{ALICE, BOB, Server, home, write_tokens};

/// Opens a page that listens. A silent server keeps the rest of its test waiting.
#[track_caller]
fn join(browser: &mut Browser, server: &Server, token: &str) {
    open(browser, server, token);
    browser.until("document.querySelector('#listening.on')");
}

#[track_caller]
fn open(browser: &mut Browser, server: &Server, token: &str) {
    browser.go(&format!("http://{}/", server.address));
    browser.fill("#token", token);
    browser.fill("#team", "t 1/ä");
    browser.fill("#channel", "c1");
    browser.click("#start");
}

/// Returns the names and users that a page has received, the latest first.
#[track_caller]
fn received(browser: &mut Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('#received li:not(.none)')].map(row => \
                  row.querySelector('.name').innerText + ' ' + row.querySelector('.from').innerText.split(',')[0])";
    browser.run(script).as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn buttons(browser: &mut Browser) -> Value {
    browser.run("return [...document.querySelectorAll('.reaction')].map(({ title }) => title)")
}

/// Returns the names of pictures that are mere boxes, among them one that has to be.
const BOXES: &str = r#"return (async () => {
const pixels = async src => {
  const image = Object.assign(new Image(), { src });
  await image.decode();
  const context = document.createElement("canvas").getContext("2d");
  context.drawImage(image, 0, 0, 64, 64);
  return context.getImageData(0, 0, 64, 64).data.join();
};
const data = state.reactions[0].imageURL.split(",")[1];
const svg = new TextDecoder().decode(Uint8Array.from(atob(data), c => c.charCodeAt(0)));
const box = await pixels(`data:image/svg+xml,${encodeURIComponent(svg.replace("🎉", "\u{1fffd}"))}`);
const shown = [...document.querySelectorAll(".reaction")].map(at => [at.title, at.querySelector("img").src]);
shown.push([":missing:", `data:image/svg+xml,${encodeURIComponent(svg.replace("🎉", "\u{1fffc}"))}`]);
const all = await Promise.all(shown.map(async ([name, src]) => [name, await pixels(src)]));
return all.filter(([, drawn]) => drawn === box).map(([name]) => name);
})();"#;

/// The events of the call that pages join.
const CALL: &str = "/api/cowork/teams/t%201%2F%C3%A4/channels/c1/calls/events";
const TWO: &str = "[reactions]\nemojis = [\"🎉\", \"🚀\"]\n";

#[test]
#[ignore = "needs Chromium (tests/run.sh)"]
fn a_configured_reaction_arrives_once_and_any_other_is_rejected() {
    let (_silent, dead) = silent();
    let server = Server::with(&(stun(&[dead]) + TWO), "");
    let mut browser = Browser::start("en");
    join(&mut browser, &server, ALICE);
    let (alice, bob) = browser.open_window();
    join(&mut browser, &server, BOB);
    assert_eq!(buttons(&mut browser), json!([":tada:", ":rocket:"]), "only the configured ones");
    assert_eq!(browser.text("#reactions"), ":tada:\n:rocket:", "their names are visible");
    assert_eq!(browser.run(BOXES), json!([":missing:"]), "each has a picture, with or without an emoji font");
    browser.until(
        "[...document.querySelectorAll('.reaction img')].every(({ naturalWidth }) => naturalWidth > 0)",
    );

    browser.switch_to(&alice);
    // As a script could send it that does not keep to the buttons.
    let status = "return fetch('api/cowork/teams/t%201%2F%C3%A4/channels/c1/calls/reaction', {method: 'POST', \
                  headers: {Authorization: 'Bearer ' + document.querySelector('#token').value, \
                  'Content-Type': 'application/json'}, body: '{\"reaction\":\":thumbsup:\"}'}).then(r => r.status)";
    assert_eq!(browser.run(status), 422);
    browser.click("[title=':rocket:']");
    browser.click("[title=':tada:']");
    for window in [&bob, &alice] {
        browser.switch_to(window);
        // They come in the order in which they were sent: what came before the last one is all there is.
        browser.until("document.querySelector('#received .name')?.innerText === ':tada:'");
        assert_eq!(received(&mut browser), [":tada: alice", ":rocket: alice"]);
    }
    let report = browser.text("#report");
    assert!(report.contains("Reactions: 2 sent, 2 received"), "{report}");
    let console = browser.console();
    assert!(console.len() == 1 && console[0].contains("422"), "nothing but the error: {console:?}");
}

/// What the page says of answers to a reaction, in both languages.
const REFUSALS: [(u16, &str, &str, &str); 4] = [
    (
        429,
        "too-many-reactions",
        "Too many reactions in a short time. Wait 3 s,",
        "Zu viele Reaktionen in kurzer Zeit. Warten Sie 3 s,",
    ),
    (429, "something-new", "Too many requests. Wait 3 s,", "Zu viele Anfragen. Warten Sie 3 s,"),
    (403, "not-a-member", "This token is not for this channel.", "Dieses Token gilt nicht für diesen Kanal."),
    (
        421,
        "misdirected-request",
        "The server does not know the host name in the address bar.",
        "Der Server kennt den Namen in der Adresszeile nicht.",
    ),
];

#[test]
#[ignore = "needs Chromium (tests/run.sh)"]
fn edits_of_the_reactions_take_effect_while_the_page_is_open() {
    let (_silent, dead) = silent();
    let server = Server::with(&(stun(&[dead]) + TWO), "");
    let mut browser = Browser::start("en");
    join(&mut browser, &server, ALICE);

    server.command("reactions remove 🚀");
    browser.click("[title=':rocket:']");
    browser.until("document.querySelector('#refusal').innerText");
    let refusal = browser.text("#refusal");
    assert!(refusal.starts_with(":rocket: is no longer allowed here, so nobody received it."), "{refusal}");
    assert_eq!(buttons(&mut browser), json!([":tada:"]));
    assert_eq!(received(&mut browser), [""; 0]);

    server.command("reactions add 👏");
    browser.run("dispatchEvent(new Event('focus'))");
    browser.until("document.querySelector(\"[title=':clap:']\")");
    browser.click("[title=':clap:']");
    browser.until("document.querySelector('#received .name')?.innerText === ':clap:'");
    assert_eq!(received(&mut browser), [":clap: alice"]);
    assert_eq!(browser.text("#refusal"), "", "an allowed reaction clears the error");

    for (status, code, english, german) in REFUSALS {
        let answer = json!({"error": {"code": code, "message": "no"}}).to_string();
        let init = json!({"status": status, "headers": {"Retry-After": "3"}});
        browser.run(&format!("window.fetch = async () => new Response({}, {init})", json!(answer)));
        browser.click("[title=':clap:']");
        for (language, text) in [("en", english), ("de", german)] {
            browser.click(&format!("[data-language={language}]"));
            browser
                .until(&format!("document.querySelector('#refusal').innerText.startsWith({})", json!(text)));
        }
    }
}

#[test]
#[ignore = "needs Chromium (tests/run.sh)"]
fn a_user_learns_what_the_token_does_not_allow() {
    let (_silent, dead) = silent();
    let home = home(&stun(&[dead]));
    write_tokens(&home, &format!("alice:{ALICE} rooms=t%201%2F%C3%A4/c1\nbob:{BOB}\n"));
    let server = Server::at(home, "--max-listeners-per-user 1");
    let refused = |browser: &mut Browser, text: &str| {
        browser.until(&format!("document.querySelector('#refusal').innerText.startsWith({})", json!(text)));
    };
    let mut browser = Browser::start("en");
    // The team and channel that the page suggests.
    start(&mut browser, &server, ALICE);
    refused(&mut browser, "This token is not for this channel.");
    browser.until("document.querySelector('#servers .badge.waiting')");

    let other = Events::open(server.connect(), CALL, ALICE);
    open(&mut browser, &server, ALICE);
    refused(&mut browser, "You listen with too many pages");
    drop(other);
    join(&mut browser, &server, ALICE);
    assert_eq!(browser.text("#refusal"), "");

    browser.run("for (let n = 0; n < 60; n++) send(':clap:')");
    refused(&mut browser, "Too many reactions in a short time. Wait 1 s");

    write_tokens(&server.home, &format!("bob:{BOB}\n"));
    refused(&mut browser, "The server does not know this token");
    assert_eq!(browser.text("#listening"), "");
}

#[test]
#[ignore = "needs Chromium (tests/run.sh)"]
fn the_page_reconnects_when_the_server_is_back() {
    let (_silent, dead) = silent();
    let server = Server::with(&stun(&[dead]), "");
    let address = server.address;
    let mut browser = Browser::start("en");
    join(&mut browser, &server, ALICE);
    server.stop();
    browser
        .until("document.querySelector('#listening').innerText.startsWith('Not connected to the channel')");
    browser.click("[title=':heart:']");
    browser.until("document.querySelector('#refusal').innerText.startsWith('The server cannot be reached.')");
    let _server = Server::at(home(""), &format!("--listen {address}"));
    browser.until("document.querySelector('#listening.on')");
    browser.click("[title=':heart:']");
    browser.until("document.querySelector('#received .name')?.innerText === ':heart:'");
    assert_eq!(browser.text("#refusal"), "");
}
