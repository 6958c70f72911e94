//! The picture in the README, drawn by a script from the output of the program.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{output, read, repository};

/// The texts of an SVG with their positions and colours, as an independent parser reads it.
pub(crate) fn texts(svg: &str) -> String {
    let script = "import sys, xml.etree.ElementTree as t
for e in t.fromstring(sys.argv[1]).iter('{http://www.w3.org/2000/svg}text'):
    print(e.get('x'), e.get('y'), e.get('fill'), e.get('font-weight'), e.text)";
    output(Command::new("/usr/bin/python3").args(["-c", script, svg]))
}

#[test]
#[ignore = "needs Python (tests/run.sh)"]
fn the_picture_keeps_colours_and_columns() {
    let mut child = Command::new("/usr/bin/python3")
        .arg(repository("docs/picture.py"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let shown = "\x1b[32m✓\x1b[0m ok\n\x1b[1m👍  a & b\x1b[22m  <c>\n";
    child.stdin.take().unwrap().write_all(shown.as_bytes()).unwrap();
    let svg = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let expected = "18.0 52 #4ade80 None ✓\n34.8 52 None None ok\n\
                    18.0 71 None bold 👍\n51.6 71 None bold a & b\n110.4 71 None None <c>\n";
    assert_eq!(texts(&svg), expected);
}

#[test]
#[ignore = "needs Python (tests/run.sh)"]
fn the_picture_of_the_readme_shows_existing_commands() {
    assert!(read("README.md").contains("](docs/tour.svg)"));
    let svg = read("docs/tour.svg");
    assert!(svg.len() < 60_000, "{} bytes", svg.len());
    let texts = texts(&svg);
    for expected in ["cowork-calls show", "cowork-calls probe", "✓", "✗", "4 servers: 2 ok, 2 failed."] {
        assert!(texts.contains(expected), "{expected} is not in\n{texts}");
    }
}
