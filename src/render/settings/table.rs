//! The lists of settings as tables for people.

use comfy_table::{Cell, Table};
use unicode_width::UnicodeWidthStr as _;

use crate::config::address::ServerUri;
use crate::config::defaults::Example;
use crate::config::emoji::Emoji;
use crate::config::settings::{Origin, Settings};
use crate::config::turn::{Credential, MASK, TurnServer};
use crate::terminal::table::{keep_whole, lines, table};
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// The STUN servers.
#[must_use]
pub fn stun(entries: &[ServerUri], out: Stream) -> String {
    let mut table = table(out, &["#", "SERVER"]);
    for (index, uri) in entries.iter().enumerate() {
        table.add_row([(index + 1).to_string(), uri.to_string()]);
    }
    lines(&table)
}

/// The TURN servers; secrets are masked unless asked for.
#[must_use]
pub fn turn(entries: &[TurnServer], show_secrets: bool, out: Stream) -> String {
    if entries.is_empty() {
        return "no TURN server is configured\n".to_owned();
    }
    let mut table = table(out, &["#", "SERVER", "USER", "CREDENTIALS"]);
    for (index, server) in entries.iter().enumerate() {
        table.add_row([
            (index + 1).to_string(),
            server.uri.to_string(),
            server.username.as_deref().map_or_else(|| "-".to_owned(), |name| clean(name).into_owned()),
            server.credential.as_ref().map_or_else(|| "none".to_owned(), |c| credential(c, show_secrets)),
        ]);
    }
    keep_whole(&mut table, 1, out);
    lines(&table)
}

fn credential(credential: &Credential, show_secrets: bool) -> String {
    let shown = if credential.is_stored() && !show_secrets { MASK } else { credential.expose() };
    let kind = if credential.is_password() { "password" } else { "secret" };
    match credential.is_stored() {
        true => format!("{kind} {}", clean(shown)),
        false => format!("{kind} in {}", clean(shown)),
    }
}

/// The reactions.
#[must_use]
pub fn reactions(entries: &[Emoji], out: Stream) -> String {
    let mut table = table(out, &["#", "", "SHORT NAME", "NAME"]);
    for (index, emoji) in entries.iter().enumerate() {
        table.add_row([&(index + 1).to_string(), emoji.as_str(), &emoji.short_name(), emoji.name()]);
    }
    lines(&table)
}

/// The reactions with their short names, several to a line.
#[must_use]
pub fn reactions_side_by_side(entries: &[Emoji], out: Stream) -> String {
    let shown: Vec<_> = entries.iter().map(|emoji| format!("{emoji} {}", emoji.short_name())).collect();
    wrapped(&shown, out.width)
}

/// Whether each of these emojis is allowed.
#[must_use]
pub fn checked(entries: &[(Emoji, bool)], out: Stream) -> String {
    let mut table = table(out, &["", "SHORT NAME", "ALLOWED"]);
    for (emoji, allowed) in entries {
        table.add_row([emoji.as_str(), &emoji.short_name(), if *allowed { "yes" } else { "no" }]);
    }
    lines(&table)
}

/// Public STUN servers to choose from.
#[must_use]
pub fn examples(examples: &[Example], out: Stream) -> String {
    let mut table = table(out, &["SERVER", "OPERATOR", "COUNTRY", "ANSWERED", "RFC 5780"]);
    for example in examples {
        table.add_row([
            Cell::new(&example.uri),
            Cell::new(&example.operator),
            Cell::new(&example.country),
            Cell::new(format!("{:.1} %", example.answered_percent))
                .set_alignment(comfy_table::CellAlignment::Right),
            Cell::new(if example.rfc5780 { "yes" } else { "no" }),
        ]);
    }
    keep_whole(&mut table, 0, out);
    lines(&table)
}

/// The versions of the history: number, time and command.
#[must_use]
pub fn history(versions: &[(u64, String, String)], out: Stream) -> String {
    let mut table: Table = table(out, &["#", "TIME (UTC)", "COMMAND"]);
    for (id, time, command) in versions {
        table.add_row([&id.to_string(), time, command]);
    }
    lines(&table)
}

/// All settings on one screen.
#[must_use]
pub fn dashboard(file: &str, settings: &Settings, out: Stream) -> String {
    let heading = |title: &str, origin: Origin| {
        let origin = match origin {
            Origin::Default => out.paint(Style::Dim, "(default)"),
            Origin::Config => out.paint(Style::Dim, "(settings file)"),
        };
        format!("\n{} {origin}\n", out.paint(Style::Bold, title))
    };
    let indented = |text: String| text.lines().fold(String::new(), |all, line| all + "  " + line + "\n");
    let narrower = Stream { width: out.width.map(|width| width.saturating_sub(2)), ..out };
    [
        format!("{} {}\n", out.paint(Style::Bold, "Settings"), clean(file)),
        heading("STUN servers", settings.stun.origin),
        indented(stun(&settings.stun.entries, narrower)),
        heading("TURN servers", settings.turn.origin),
        indented(turn(&settings.turn.entries, false, narrower)),
        heading("Reactions", settings.reactions.origin),
        indented(reactions_side_by_side(&settings.reactions.entries, narrower)),
        heading("Transport policy", settings.policy_origin),
        format!("  {}\n", settings.policy.as_str()),
    ]
    .concat()
}

/// Short items side by side: as many as fit a terminal, or four to a line.
fn wrapped(items: &[String], width: Option<u16>) -> String {
    let widest = items.iter().map(|item| item.width()).max().unwrap_or(0) + 3;
    let columns = width.map_or(4, |width| (usize::from(width) / widest).clamp(1, 4));
    let line = |row: &[String]| {
        let cells: String =
            row.iter().map(|item| format!("{item}{}", " ".repeat(widest - item.width()))).collect();
        cells.trim_end().to_owned() + "\n"
    };
    items.chunks(columns).map(line).collect()
}
