//! Differences between two states of the settings, for people and as JSON; secrets are masked.

use std::fmt::{Display, Write as _};

use serde_json::{Value, json};

use super::json::warnings;
use super::listed::{Listed as _, shown};
use crate::config::diff::{Diff, ListDiff};
use crate::config::turn::TurnServer;
use crate::config::warnings::Warning;
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// How many entries of a new order are shown.
const MOST_MOVED: usize = 20;

/// How many removed entries are shown before a change is confirmed.
const MOST_REMOVED: usize = 10;

/// Returns the differences below the setting they belong to: `+` added, `-` removed, `~` moved.
pub fn text(diff: &Diff, out: Stream) -> String {
    let mut text = String::new();
    list(&mut text, "stun.servers", &diff.stun, out, ToString::to_string, |_| Vec::new());
    let changed = |server: &TurnServer| diff.turn.changed_keys(server);
    list(&mut text, "turn.servers", &diff.turn, out, server, changed);
    if let Some((before, after)) = diff.policy {
        let _ = writeln!(text, "{}", out.paint(Style::Bold, "ice.transport-policy"));
        line(&mut text, '-', before.as_str(), out);
        line(&mut text, '+', after.as_str(), out);
    }
    let emoji = |emoji: &crate::config::emoji::Emoji| format!("{emoji} {}", emoji.short_name());
    list(&mut text, "reactions.emojis", &diff.reactions, out, emoji, |_| Vec::new());
    text
}

/// Returns removed entries as differences, only the first if there are many.
pub fn removed(entries: &[String], out: Stream) -> String {
    let mut text = String::new();
    for entry in entries.iter().take(MOST_REMOVED) {
        line(&mut text, '-', entry, out);
    }
    if let Some(more @ 1..) = entries.len().checked_sub(MOST_REMOVED) {
        let _ = writeln!(text, "and {more} more");
    }
    text
}

fn list<T>(
    text: &mut String,
    setting: &str,
    diff: &ListDiff<T>,
    out: Stream,
    shown: impl Fn(&T) -> String,
    changed: impl Fn(&T) -> Vec<&'static str>,
) {
    if diff.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", out.paint(Style::Bold, setting));
    for entry in &diff.removed {
        line(text, '-', &shown(entry), out);
    }
    for entry in &diff.added {
        let keys = changed(entry);
        let note =
            if keys.is_empty() { String::new() } else { format!("  ({} changed)", keys.join(" and ")) };
        line(text, '+', &(shown(entry) + &note), out);
    }
    if let Some(order) = &diff.moved {
        let more = if order.len() > MOST_MOVED { ", …" } else { "" };
        let names: Vec<_> = order.iter().take(MOST_MOVED).map(&shown).collect();
        line(text, '~', &format!("in this order: {}{more}", names.join(", ")), out);
    }
}

fn line(text: &mut String, sign: char, entry: &str, out: Stream) {
    let style = match sign {
        '+' => Style::Good,
        '-' => Style::Bad,
        _ => Style::Warning,
    };
    let plain = Stream { color: false, ..out };
    for line in paragraph(0, Some((style, &format!("{sign} "))), &clean(entry), plain).lines() {
        let _ = writeln!(text, "{}", out.paint(style, line));
    }
}

/// Returns a TURN server and its credentials on one line; secrets are masked.
pub fn server(server: &TurnServer) -> String {
    let user = server.username.as_deref().map(|name| format!("  username {name}")).unwrap_or_default();
    let credential =
        server.credential.as_ref().map(|held| format!("  {} {}", held.key(), shown(held, false)));
    format!("{}{user}{}", server.uri, credential.unwrap_or_default())
}

/// Returns `{"changed":…,"diff":[{"setting":…,"added":[…],"removed":[…]}],"warnings":[]}`, with `"moved":true` if
/// entries that stay are in another order, and `"changed"` with the keys of TURN servers whose credentials differ.
pub fn json(diff: &Diff, changed: bool, about: &[Warning]) -> Value {
    let mut settings = Vec::new();
    let text = |entry: &dyn Display| json!(entry.to_string());
    settings.extend(entry("stun.servers", &diff.stun, |uri| text(uri)));
    let turn = entry("turn.servers", &diff.turn, |server| Value::Object(server.to_json(false)));
    settings.extend(turn.map(|mut turn| {
        let with_keys = diff.turn.added.iter().map(|server| (server, diff.turn.changed_keys(server)));
        let changed: Vec<_> = with_keys
            .filter(|(_, keys)| !keys.is_empty())
            .map(|(server, keys)| json!({"uri": server.uri.to_string(), "keys": keys}))
            .collect();
        if !changed.is_empty() {
            turn["changed"] = json!(changed);
        }
        turn
    }));
    if let Some((before, after)) = diff.policy {
        let (added, removed) = ([after.as_str()], [before.as_str()]);
        settings.push(json!({"setting": "ice.transport-policy", "added": added, "removed": removed}));
    }
    settings.extend(entry("reactions.emojis", &diff.reactions, |emoji| text(emoji)));
    json!({"changed": changed, "diff": settings, "warnings": warnings(about)})
}

fn entry<T>(setting: &str, diff: &ListDiff<T>, value: impl Fn(&T) -> Value) -> Option<Value> {
    if diff.is_empty() {
        return None;
    }
    let values = |entries: &[T]| entries.iter().map(&value).collect::<Value>();
    let (added, removed) = (values(&diff.added), values(&diff.removed));
    let mut entry = json!({"setting": setting, "added": added, "removed": removed});
    if diff.moved.is_some() {
        entry["moved"] = json!(true);
    }
    Some(entry)
}
