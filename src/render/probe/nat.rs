//! The behaviour of the NAT for people: a few aligned lines, and what it means for calls.

use unicode_width::UnicodeWidthStr as _;

use crate::probe::nat::{Behaviour, NatReport};
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};

/// The column in which values begin.
const INDENT: usize = 14;

/// Returns the report as text.
pub fn text(report: &NatReport, out: Stream) -> String {
    let NatReport { server, mapping, filtering, mapped_address, conclusion, address } = report;
    let lines = [
        ("server", format!("{server}, probed at {address}")),
        ("your address", mapped_address.to_string()),
        ("mapping", format!("{}: {}", mapping.as_str(), describe_mapping(*mapping))),
        ("filtering", format!("{}: {}", filtering.as_str(), describe_filtering(*filtering))),
    ];
    let room = out.width.map_or(usize::MAX, usize::from);
    let fits = |(_, words): &(&str, String)| words.split(' ').all(|word| INDENT + word.width() <= room);
    let line = if lines.iter().all(fits) { column } else { block };
    let lines: String = lines.iter().map(|(label, words)| line(label, words, out)).collect();
    [lines, "\n".to_owned(), paragraph(0, Some(mark(*mapping)), conclusion, out)].concat()
}

/// Returns a label and its value in two columns.
fn column(label: &str, words: &str, out: Stream) -> String {
    let words = paragraph(INDENT, None, words, out);
    format!("{}{}", out.paint(Style::Dim, format!("{label:<INDENT$}")), words.trim_start())
}

/// Returns a label and its value, for a terminal that is too narrow for two columns.
fn block(label: &str, words: &str, out: Stream) -> String {
    let shown = out.paint(Style::Dim, format!("{label}:"));
    let fits = out.width.is_none_or(|width| label.width() + 2 + words.width() <= width.into());
    if fits { format!("{shown} {words}\n") } else { format!("{shown}\n{}", paragraph(2, None, words, out)) }
}

const fn describe_mapping(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::None => "there is no NAT",
        Behaviour::EndpointIndependent => "every peer sees the same address",
        Behaviour::AddressDependent => "each peer's host sees a different address",
        Behaviour::AddressAndPortDependent => "each host and port of a peer sees a different address",
        Behaviour::Unknown => "the tests were inconclusive",
    }
}

const fn describe_filtering(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::None => "nothing is blocked",
        Behaviour::EndpointIndependent => "any host can send to a port in use",
        Behaviour::AddressDependent => "only hosts that this machine has contacted, from any port",
        Behaviour::AddressAndPortDependent => "only responses get in",
        Behaviour::Unknown => "the tests were inconclusive",
    }
}

/// Returns the mark of the verdict.
const fn mark(mapping: Behaviour) -> (Style, &'static str) {
    match mapping {
        Behaviour::None | Behaviour::EndpointIndependent => (Style::Good, "✓ "),
        Behaviour::AddressDependent | Behaviour::AddressAndPortDependent => (Style::Bad, "✗ "),
        Behaviour::Unknown => (Style::Dim, "– "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(mapping: Behaviour) -> NatReport {
        NatReport {
            server: "stun:stun.example.de:3478".into(),
            mapping,
            filtering: Behaviour::AddressAndPortDependent,
            mapped_address: "[2001:db8:1234:5678:9abc:def0:1234:5678]:50123".parse().unwrap(),
            conclusion: "direct calls will work with most peers: and so on, until the line is full".into(),
            address: "[2001:db8:1234:5678:9abc:def0:1234:5679]:3478".parse().unwrap(),
        }
    }

    #[test]
    fn a_narrow_terminal_gets_lines_wrapped_between_words() {
        let terminal = Stream { is_terminal: true, color: false, width: Some(64) };
        let expected = "server        stun:stun.example.de:3478, probed at
              [2001:db8:1234:5678:9abc:def0:1234:5679]:3478
your address  [2001:db8:1234:5678:9abc:def0:1234:5678]:50123
mapping       endpoint-independent: every peer sees the same
              address
filtering     address-and-port-dependent: only responses get in

✓ direct calls will work with most peers: and so on, until the
  line is full
";
        assert_eq!(text(&report(Behaviour::EndpointIndependent), terminal), expected);
    }

    #[test]
    fn a_terminal_too_narrow_for_two_columns_gets_labels_before_the_values() {
        let terminal = Stream { is_terminal: true, color: false, width: Some(40) };
        let text = text(&report(Behaviour::EndpointIndependent), terminal);
        let expected = "server:
  stun:stun.example.de:3478, probed at
  [2001:db8:1234:5678:9abc:def0:1234:5679]:3478
your address:
  [2001:db8:1234:5678:9abc:def0:1234:5678]:50123
mapping:
  endpoint-independent: every peer sees
  the same address
filtering:
  address-and-port-dependent: only
  responses get in
";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn the_mark_has_the_colour_of_the_verdict() {
        let terminal = Stream { is_terminal: true, color: true, width: None };
        for (mapping, mark) in [
            (Behaviour::None, "\u{1b}[32m✓\u{1b}[0m "),
            (Behaviour::AddressDependent, "\u{1b}[31m✗\u{1b}[0m "),
            (Behaviour::Unknown, "\u{1b}[2m–\u{1b}[0m "),
        ] {
            assert!(text(&report(mapping), terminal).contains(&format!("\n\n{mark}direct")));
        }
    }
}
