//! Replaces values in the text of a settings file, and adds keys and sections to it.

use std::ops::Range;

use toml_edit::Value;

use super::array;
use super::lines::{line_end, line_start, newline_of};
use super::node::{Content, Node};
use crate::config::edit::resolve::Slot;

/// Returns the file with the entries of `slots` in an array, which is created if necessary; and what differs in an array that
/// was there.
pub(crate) fn with_array(
    (source, root): (&str, &Node<'_>),
    section: &str,
    key: &str,
    slots: &[Slot<String>],
) -> (String, Option<Part>) {
    let array = root.get(section).and_then(|section| section.get(key)).filter(|node| node.kind == "array");
    let Some((array, span)) = array.and_then(|array| Some((array.list()?, array.span.clone()))) else {
        let text = array::rearrange("[]", &[], slots, newline_of(source));
        return (with_key((source, root), section, key, &text), None);
    };
    let inside = |range: Range<usize>| range.start - span.start..range.end - span.start;
    let elements: Vec<_> = array.iter().map(|node| inside(node.span.clone())).collect();
    let text = array::rearrange(&source[span.clone()], &elements, slots, newline_of(source));
    let part = Part::of(&source[span.clone()], &text, &elements, slots);
    let part =
        part.map(|part| Part { text: span.start + part.text.start..span.start + part.text.end, ..part });
    (spliced(source, 0..source.len(), vec![(span, text)]), part)
}

/// The part of an array that an edit changed, from the start of an entry or of the array to the end of another.
pub(crate) struct Part {
    /// Its bytes in the new text.
    pub(crate) text: Range<usize>,
    /// The indexes of its entries in the new list.
    pub(crate) entries: Range<usize>,
}

impl Part {
    /// Finds what differs between the `old` text of an array, with entries at `elements`, and the `new` one with `slots`, and
    /// the entries next to that. Returns none unless all else is the same text: then it means the same.
    fn of(old: &str, new: &str, elements: &[Range<usize>], slots: &[Slot<String>]) -> Option<Self> {
        let stays = |(slot, old): &(&Slot<String>, usize)| matches!(slot, Slot::Kept(index) if index == old);
        let before = slots.iter().zip(0..elements.len()).take_while(stays).count();
        let most = slots.len().min(elements.len()) - before;
        let places = (0..elements.len()).rev();
        let after = slots.iter().rev().zip(places).take(most).take_while(stays).count();
        let first = before.saturating_sub(1);
        let start = if first > 0 { elements[first].start } else { 1 };
        let old_end = if after > 0 { elements[elements.len() - after].end } else { old.len() - 1 };
        let end = new.len().checked_sub(old.len() - old_end).filter(|end| start <= *end)?;
        let is_same = new.get(..start)? == &old[..start] && new.get(end..)? == &old[old_end..];
        is_same.then_some(Part { text: start..end, entries: first..slots.len() - after.saturating_sub(1) })
    }
}

/// Returns the file with `key = value` in a section, which is created if necessary.
pub(crate) fn with_key((source, root): (&str, &Node<'_>), section: &str, key: &str, value: &str) -> String {
    let newline = newline_of(source);
    let node = root.get(section);
    let start = node.map_or(0, |node| node.span.start);
    let line = line_start(source, start);
    let (at, text) = match node {
        Some(node) if let Some(old) = node.get(key) => (old.span.clone(), value.to_owned()),
        Some(Node { kind: "inline table", content: Content::Table(entries), .. }) => {
            let rest = if entries.is_empty() { " " } else { "," };
            (start + 1..start + 1, format!(" {key} = {value}{rest}"))
        }
        // The header of the section itself.
        Some(Node { kind: "table", .. }) if source[start..].starts_with('[') => {
            let end = line_end(source, start);
            let before = if source[..end].ends_with('\n') { "" } else { newline };
            (end..end, format!("{before}{key} = {value}{newline}"))
        }
        // A dotted key, and not the header of a section in it.
        Some(Node { kind: "table", .. }) if !source[line..].trim_start().starts_with('[') => {
            (line..line, format!("{section}.{key} = {value}{newline}"))
        }
        _ => return append(source, &format!("[{section}]{newline}{key} = {value}{newline}"), newline),
    };
    spliced(source, 0..source.len(), vec![(at, text)])
}

/// Returns the file with `text` at its end, after a blank line.
pub(crate) fn append(source: &str, text: &str, newline: &str) -> String {
    let separator = if ends_blank(source) {
        String::new()
    } else {
        newline.repeat(if source.ends_with('\n') { 1 } else { 2 })
    };
    source.to_owned() + &separator + text
}

/// Returns the bytes `range` of `source` after the replacements `splices`, which do not overlap.
pub(crate) fn spliced(source: &str, range: Range<usize>, mut splices: Vec<(Range<usize>, String)>) -> String {
    // An insertion goes before a replacement that starts at the same byte.
    splices.sort_by_key(|(span, _)| (span.start, span.end));
    // Exactly: what is freed is overwritten, used or not.
    let (removed, added) = splices
        .iter()
        .fold((0, 0), |(removed, added), (span, new)| (removed + span.len(), added + new.len()));
    let mut text = String::with_capacity((range.len() + added).saturating_sub(removed));
    let mut at = range.start;
    for (span, new) in splices {
        text += &source[at..span.start];
        text += &new;
        at = span.end;
    }
    text + &source[at..range.end]
}

/// Writes a string as TOML does.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether `text` is empty or ends with a blank line.
pub(crate) fn ends_blank(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').rsplit('\n');
    lines.next().is_some_and(str::is_empty) && lines.next().is_none_or(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(array: &str) -> Vec<String> {
        let text = format!("x = {array}");
        let root = Node::of_toml(&text).unwrap();
        let array = root.get("x").and_then(Node::list).unwrap();
        array.iter().map(|value| value.text().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_differs_in_an_array_is_a_part_with_whole_entries() {
        let kept = |indexes: &[usize]| indexes.iter().map(|index| Slot::Kept(*index)).collect::<Vec<_>>();
        let mut edits: Vec<Vec<Slot<String>>> = vec![Vec::new()];
        for (from, to) in (0..5).flat_map(|from| (0..5).map(move |to| (from, to))) {
            let mut order = vec![0, 1, 2, 3, 4];
            let entry = order.remove(from);
            edits.push(kept(&order));
            order.insert(to, entry);
            edits.push(kept(&order));
            edits.push(kept(&order[from..]));
            let mut added = kept(&order);
            added.insert(to, Slot::New("'new'".to_owned()));
            edits.push(added);
            let mut changed = kept(&order);
            changed[from] = Slot::Changed(order[from], "'a'".to_owned());
            edits.push(changed);
        }
        for array in [
            "['a', 'b', 'a', 'a', 'c']",
            "['a','aa','a','','',]",
            "[ # x 'y'\n  'a', # 1\n  # 'z',\n  'b', 'a', # both\n  'a' # 4\n  , \"\"\"]\n'\"\"\" # end\n]",
            "[\r\n\t'a',\r\n\t'a',\r\n\t'a',\r\n\t'a',\r\n\t'a',\r\n]",
        ] {
            let source = format!("[stun]\nservers = {array} # after\n");
            let root = Node::of_toml(&source).unwrap();
            let old = values(array);
            for slots in &edits {
                let (text, part) = with_array((&source, &root), "stun", "servers", slots);
                let expected = slots.iter().map(|slot| match slot {
                    Slot::Kept(index) => old[*index].clone(),
                    Slot::Changed(_, text) | Slot::New(text) => text.trim_matches('\'').to_owned(),
                });
                let expected: Vec<_> = expected.collect();
                let whole = text.split_once(" = ").unwrap().1.strip_suffix(" # after\n").unwrap();
                assert_eq!(values(whole), expected, "{text}");
                if let Some(Part { text: part, entries }) = part {
                    assert_eq!(values(&format!("[{}]", &text[part])), expected[entries], "{text} {slots:?}");
                }
            }
        }
    }

    #[test]
    fn the_part_is_small_where_little_differs() {
        let source = format!("stun.servers = [\n{}]\n", "  'a',\n".repeat(1000));
        let root = Node::of_toml(&source).unwrap();
        let mut slots: Vec<_> = (0..1000).map(Slot::Kept).collect();
        slots.insert(500, Slot::New("'b'".to_owned()));
        let (_, part) = with_array((&source, &root), "stun", "servers", &slots);
        assert!(part.is_some_and(|part| part.entries == (499..502)));
        let part = |new| {
            Part::of("['a', 'b', 'c', 'd']", new, &[1..4, 6..9, 11..14, 16..19], &[0, 1, 3].map(Slot::Kept))
        };
        assert!(part("['a', 'b', 'd']").is_some_and(|part| part.entries == (1..3)));
        for unexpected in ["['x', 'b', 'd']", "['a', 'b', 'd'", "['a'", "[]"] {
            assert!(part(unexpected).is_none(), "{unexpected}");
        }
    }
}
