//! The page for every user: by keyboard, in two languages, light and dark, and without a trace of the token.

use serde_json::{Value, json};

use super::{PASSWORD, coturn, finish, silent, start, stun, turn};
use crate::support::browser::Browser;
use crate::support::server::{ALICE, Server};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn a_wrong_token_is_explained_and_a_valid_one_leaves_no_trace() {
    let coturn = coturn();
    let server = Server::with(&stun(&[coturn.port]), "");
    let mut browser = Browser::start("en");
    for wrong in ["token-of-nobody-01", "Grüße, dies ist keins"] {
        start(&mut browser, &server, wrong);
        browser.until("document.querySelector('#status.failed')");
        let status = browser.text("#status");
        assert!(status.starts_with("The server does not know this token. Check it"), "{status}");
        assert_eq!(browser.text("#results"), "");
    }
    let console = browser.console();
    assert!(console.len() == 1 && console[0].contains("401"), "nothing but the error: {console:?}");

    browser.fill("#token", ALICE);
    browser.click("#start");
    finish(&mut browser);
    assert!(browser.text("#status").starts_with("Calls work from here"));
    let traces = "return JSON.stringify([location.href, localStorage, sessionStorage, document.cookie, history.state, \
                  performance.getEntries().map(({ name }) => name)])";
    let traces = browser.run(traces);
    assert!(!traces.to_string().contains(ALICE), "{traces}");
    assert_eq!(browser.console(), [""; 0]);

    // The policy lets no other script run, and the console reports it.
    let inject = "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'})); \
                  return window.ran";
    assert_eq!(browser.run(inject), Value::Null);
    let console = browser.console();
    assert!(console.len() == 1 && console[0].contains("Content Security Policy"), "{console:?}");
    let log = server.stop();
    assert!(log.contains("/calls/ice") && !log.contains(ALICE), "{log}");
}

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn the_page_works_with_the_keyboard_alone() {
    let coturn = coturn();
    let server = Server::with(&stun(&[coturn.port]), "");
    let mut browser = Browser::start("en");
    browser.go(&format!("http://{}/", server.address));
    // The field for the token has the focus from the start.
    browser.press(ALICE);
    browser.press(ENTER);
    finish(&mut browser);
    let mut tab_to = |selector: &str| {
        for _ in 0..20 {
            browser.press(TAB);
            let reached = browser.run(&format!("return document.activeElement.matches({})", json!(selector)));
            let ring = browser.run("return getComputedStyle(document.activeElement).outlineStyle");
            assert_eq!(ring, "solid", "the focus is visible");
            if reached == json!(true) {
                return browser.press(ENTER);
            }
        }
        panic!("the Tab key does not lead to {selector}");
    };
    tab_to(".reaction[title=':clap:']");
    tab_to("#copy");
    browser.until("document.querySelector('#received .name')?.innerText === ':clap:'");
    browser.until("document.querySelector('#copied').innerText");
    // The list is built again while it has the focus.
    browser.run("document.querySelector(\"[title=':clap:']\").focus()");
    server.command("reactions remove 👍");
    browser.run("dispatchEvent(new Event('focus'))");
    browser.until("!document.querySelector(\"[title=':thumbsup:']\")");
    assert_eq!(browser.run("return document.activeElement.title"), ":clap:");
}

#[test]
#[ignore = "needs Chromium (tests/run.sh)"]
fn the_page_is_in_german_and_english() {
    let (_silent, dead) = silent();
    let server = Server::with(&stun(&[dead]), "");
    let mut browser = Browser::start("de");
    start(&mut browser, &server, ALICE);
    browser.until("document.querySelector('#listening.on')");
    let shown = |browser: &mut Browser| {
        let lang = browser.run("return document.documentElement.lang + ' ' + document.title");
        (
            lang.as_str().unwrap().to_owned(),
            browser.text("#start"),
            browser.text("#servers"),
            browser.text("#report"),
        )
    };
    let (lang, start, servers, report) = shown(&mut browser);
    assert_eq!((&*lang, &*start), ("de Verbindungstest – CoWork Calls", "Test läuft …"));
    assert!(
        servers.starts_with("wartet\n") && report.starts_with("Verbindungstest CoWork Calls\n"),
        "{report}"
    );
    browser.click("[data-language=en]");
    let (lang, start, servers, report) = shown(&mut browser);
    assert_eq!((&*lang, &*start), ("en Connection test – CoWork Calls", "Testing …"));
    assert!(
        servers.starts_with("waiting\n") && report.starts_with("CoWork Calls connection test\n"),
        "{report}"
    );
    finish(&mut browser);

    let keys = |language: &str| {
        format!(
            "Object.entries(TEXTS.{language}).map(([key, text]) => `${{key}} ${{typeof text}} ${{text.length * (typeof text === 'function')}}`)"
        )
    };
    let both = browser.run(&format!("return [{}, {}]", keys("en"), keys("de")));
    assert_eq!(both[0], both[1], "both languages have the same texts, with the same values in them");
    let drawn =
        browser.run("return [Object.keys(DRAWINGS), state.reactions.map(({ shortName }) => shortName)]");
    assert_eq!(drawn[0], drawn[1], "there is a drawing for each default reaction");
    let unknown = "return [...document.querySelectorAll('[data-text], [data-label]')] \
                   .map(({ dataset }) => dataset.text ?? dataset.label).filter(key => !(key in TEXTS.en))";
    assert_eq!(browser.run(unknown), json!([]));
    for (language, labels) in [
        ("de", ["Gesendet\n", "Empfangen\n", "Weg\n", "Keine Antwort: nach 10 s aufgegeben."]),
        ("en", ["Sent\n", "Received\n", "Route\n", "No answer: gave up after 10 s."]),
    ] {
        browser.click(&format!("[data-language={language}]"));
        let all = browser.text("body");
        assert!(!all.contains("undefined") && !all.contains("null"), "{all}");
        for label in labels {
            assert!(all.contains(label), "'{label}' in\n{all}");
        }
    }
    assert_eq!(browser.console(), [""; 0]);

    // The browser is German, but the user chose English.
    browser.go(&format!("http://{}/", server.address));
    assert_eq!(browser.run("return document.documentElement.lang"), "en");
    assert_eq!(browser.text("h1"), "Connection test");
    browser.run("localStorage.clear()");
    browser.go(&format!("http://{}/", server.address));
    assert_eq!(browser.run("return document.documentElement.lang"), "de");
    assert_eq!(browser.text("#show-token"), "Zeigen");
}

/// Finds texts with a contrast below 4.5 to 1 and borders of fields with one below 3 to 1 (WCAG 2, AA).
const LOW_CONTRAST: &str = r#"
const parse = color => color.match(/[\d.]+/g).map(Number);
const ground = element => {
  for (let at = element; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color[3] === undefined || color[3] === 1) return color;
  }
};
const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
const contrast = (a, b) => {
  const [x, y] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (x + 0.05) / (y + 0.05);
};
const found = { count: 0, low: [] };
const look = (element, color, against, least) => {
  const value = contrast(parse(color), against);
  found.count += 1;
  if (value < least) found.low.push(`${element.outerHTML.slice(0, 80)} ${color} on ${against}: ${value.toFixed(2)}`);
};
for (const element of document.body.querySelectorAll("*")) {
  const style = getComputedStyle(element);
  if (!element.checkVisibility() || element.closest("script, svg")) continue;
  const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  if (hasText || element.value) look(element, style.color, ground(element), 4.5);
  if (element.matches("input:not([type=checkbox])")) look(element, style.borderTopColor, ground(element.parentElement), 3);
}
return found;
"#;

/// Finds what is wider than the page or than its own box, and buttons that are too small for a finger.
const BAD_LAYOUT: &str = r#"
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll("body *")].filter(element => {
  if (!element.checkVisibility() || element.closest("script, svg, input")) return false;
  const box = element.getBoundingClientRect();
  const isCut = element.clientWidth > 0 && element.scrollWidth > element.clientWidth;
  const isSmall = element.matches("button") && (box.height < 40 || box.width < 40);
  return box.left < 0 || box.right > width || isCut || isSmall;
}).map(element => element.outerHTML.slice(0, 100));
"#;

#[track_caller]
fn assert_contrast(browser: &mut Browser, at_least: u64) {
    for scheme in ["light", "dark"] {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.devtools("Emulation.setEmulatedMedia", &media);
        let dark = browser.run("return matchMedia('(prefers-color-scheme: dark)').matches");
        assert_eq!(dark, Value::Bool(scheme == "dark"));
        let found = browser.run(LOW_CONTRAST);
        assert!(found["count"].as_u64().unwrap() >= at_least, "{found}");
        assert_eq!(found["low"], json!([]), "{scheme}");
    }
}

#[test]
#[ignore = "needs Chromium and coturn (tests/run.sh)"]
fn the_page_is_readable_light_and_dark_and_at_every_width() {
    let coturn = coturn();
    let (_silent, dead) = silent();
    let settings = stun(&[coturn.port, dead]) + &turn(coturn.port, "udp", PASSWORD);
    let server = Server::with(&settings, "");
    let mut browser = Browser::start("de");
    browser.go(&format!("http://{}/", server.address));
    assert_contrast(&mut browser, 15);
    browser.fill("#token", ALICE);
    let shown = "const at = document.querySelector('#show-token'); return document.querySelector('#token').type \
                 + ' ' + at.ariaPressed + ' ' + at.ariaLabel";
    assert_eq!(browser.run(shown), "password false Token zeigen");
    browser.click("#show-token");
    assert_eq!(browser.run(shown), "text true Token zeigen");
    assert_contrast(&mut browser, 15);
    browser.click("#start");
    assert_eq!(
        browser.run(shown),
        "password false Token zeigen",
        "a screenshot of the results does not show it"
    );
    browser.until("document.querySelectorAll('#servers .badge.waiting').length === 1");
    assert_contrast(&mut browser, 30);
    finish(&mut browser);
    server.command("reactions remove 👍");
    browser.click("[title=':thumbsup:']");
    browser.until("document.querySelector('#refusal').innerText");
    assert_contrast(&mut browser, 50);
    browser.screenshot("dark");
    for language in ["de", "en"] {
        browser.click(&format!("[data-language={language}]"));
        for width in [320, 375, 768, 1280] {
            browser.resize(width, 800);
            assert_eq!(browser.run(BAD_LAYOUT), json!([]), "{language}, {width} pixels");
            browser.screenshot(&format!("{language}-{width}"));
        }
    }
    // The check itself notices low contrast.
    browser.run("document.documentElement.style.setProperty('--muted', '#2c333c')");
    assert_ne!(browser.run(LOW_CONTRAST)["low"], json!([]));
}
