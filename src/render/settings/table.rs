//! The settings as tables for people.

use unicode_width::UnicodeWidthStr as _;

use super::listed::Listed;
use crate::config::defaults::Example;
use crate::config::emoji::Emoji;
use crate::config::settings::{Origin, Settings};
use crate::terminal::paragraph::paragraph;
use crate::terminal::table::Table;
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// Returns a list with the positions of its entries; secrets are masked unless `show_secrets`.
pub fn list<T: Listed>(entries: &[T], show_secrets: bool, out: Stream) -> String {
    if entries.is_empty() {
        // Only the list of TURN servers can be empty: the others have defaults.
        return "no TURN server is configured\n".to_owned();
    }
    let mut table = Table::new(out, &[&["#"], T::HEADINGS].concat());
    for (position, entry) in (1_usize..).zip(entries) {
        table.add_row([vec![position.to_string()], entry.cells(show_secrets)].concat());
    }
    table.text()
}

/// Returns reactions with their short names side by side: up to four on a line, as many as fit the terminal.
pub fn reactions_side_by_side(entries: &[Emoji], out: Stream) -> String {
    let items: Vec<_> = entries.iter().map(|emoji| format!("{emoji} {}", emoji.short_name())).collect();
    let widest = items.iter().map(|item| item.width()).max().unwrap_or(0) + 3;
    let columns = out.width.map_or(4, |width| (usize::from(width) / widest).clamp(1, 4));
    let padded = |item: &String| item.clone() + &" ".repeat(widest - item.width());
    let line = |row: &[String]| row.iter().map(padded).collect::<String>().trim_end().to_owned() + "\n";
    items.chunks(columns).map(line).collect()
}

/// Returns whether each of these emojis is allowed.
pub fn checked(entries: &[(Emoji, bool)], out: Stream) -> String {
    let mut table = Table::new(out, &["", "SHORT NAME", "ALLOWED"]);
    for (emoji, allowed) in entries {
        table.add_row([emoji.as_str(), &emoji.short_name(), if *allowed { "yes" } else { "no" }]);
    }
    table.text()
}

/// Returns public STUN servers to choose from.
pub fn examples(examples: &[Example], out: Stream) -> String {
    let headings = ["SERVER", "OPERATOR", "COUNTRY", "ANSWERED", "RFC 5780"];
    let mut table = Table::new(out, &headings).align_right(3);
    for example in examples {
        table.add_row([
            example.uri.to_string(),
            example.operator.clone(),
            example.country.clone(),
            format!("{:.1} %", example.answered_percent),
            if example.rfc5780 { "yes" } else { "no" }.to_owned(),
        ]);
    }
    table.text()
}

/// Returns the versions of the history: number, time and command.
pub fn history(versions: &[(u64, String, String)], out: Stream) -> String {
    let table = |zone: &str| {
        let mut table = Table::new(out, &["#", "TIME (UTC)", "COMMAND"]);
        for (id, time, command) in versions {
            table.add_row([id.to_string(), format!("{time}{zone}"), command.clone()]);
        }
        table
    };
    let with_headings = table("");
    // Blocks have no headings.
    match with_headings.lines().headings {
        Some(_) => with_headings.text(),
        None => table(" UTC").text(),
    }
}

/// Returns all settings on one screen: those of the `file` that are not defaults are `kept` there.
pub fn dashboard(file: &str, kept: &str, settings: &Settings, out: Stream) -> String {
    let heading = |title: &str, origin: Origin| {
        let origin = match origin {
            Origin::Default => out.paint(Style::Dim, "(default)"),
            Origin::Config => out.paint(Style::Dim, format!("({kept})")),
        };
        format!("\n{} {origin}\n", out.paint(Style::Bold, title))
    };
    let indented = |text: String| text.lines().fold(String::new(), |all, line| all + "  " + line + "\n");
    let narrower = Stream { width: out.width.map(|width| width.saturating_sub(2)), ..out };
    [
        paragraph(0, Some((Style::Bold, "Settings ")), &clean(file), out),
        heading("STUN servers", settings.stun.origin),
        indented(list(&settings.stun.entries, false, narrower)),
        heading("TURN servers", settings.turn.origin),
        indented(list(&settings.turn.entries, false, narrower)),
        heading("Reactions", settings.reactions.origin),
        indented(reactions_side_by_side(&settings.reactions.entries, narrower)),
        heading("Transport policy", settings.policy.origin()),
        format!("  {}\n", settings.policy.as_str()),
    ]
    .concat()
}
