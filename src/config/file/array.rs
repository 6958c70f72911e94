//! Rearranges the text of a TOML array and keeps its comments and spacing.
//!
//! A comment after an entry moves and goes with it if no other entry is on that line. Comments on lines of their own
//! stay where they are.

use std::borrow::Cow;
use std::mem::take;
use std::ops::Range;

use crate::config::edit::resolve::Slot;

/// The bytes that a usual edit adds to an array.
const ROOM: usize = 256;

/// Returns the array `text` (with its brackets) with the entries of `slots`. `elements` are the ranges of its entries
/// in `text`, and `newline` is the line ending of the file.
pub(crate) fn rearrange(
    text: &str,
    elements: &[Range<usize>],
    slots: &[Slot<String>],
    newline: &str,
) -> String {
    let layout = Layout::parse(text, elements);
    let style = Style::of(&layout, slots, newline);
    let mut kept = Kept::of(layout, slots, &style);
    let leads = leads(take(&mut kept.leads), slots, &style);
    style.render(&kept, leads, slots, text.len())
}

/// The parts of an array's text: `[`, `open`, all cells, `close`, `]`.
struct Layout<'a> {
    /// The rest of the bracket's line, if the first entry is on a later one.
    open: &'a str,
    /// The text before each entry: from the end of the previous one's line (or its comma), spaces and comment lines.
    leads: Vec<Cow<'a, str>>,
    cells: Vec<Cell<'a>>,
    close: &'a str,
    /// Whether a comma follows the last entry, if there is one.
    trailing_comma: Option<bool>,
}

/// One entry and the text after it, which goes with it.
#[derive(Clone, Copy, Default)]
struct Cell<'a> {
    value: &'a str,
    before_comma: &'a str,
    /// The rest of the line: spaces, perhaps a comment.
    tail: &'a str,
    /// Whether this is the only entry on its line.
    alone: bool,
}

/// What the new array keeps of the old one.
struct Kept<'a> {
    open: &'a str,
    /// Of the entries that are kept, in the old order.
    leads: Vec<Cow<'a, str>>,
    /// All cells, at their old indexes.
    cells: Vec<Cell<'a>>,
    is_kept: Vec<bool>,
    close: Cow<'a, str>,
}

/// How the array is written, so that new entries are written alike.
struct Style<'a> {
    newline: &'a str,
    /// The text before a new entry that is not the first.
    separator: String,
    trailing_comma: bool,
    /// Whether an array on one line is split over several, because it would become too long.
    unfold: bool,
}

fn has_break(text: &str) -> bool {
    text.contains('\n')
}

impl<'a> Layout<'a> {
    fn parse(text: &'a str, elements: &[Range<usize>]) -> Self {
        let inner_end = text.len() - 1;
        let (mut leads, mut cells) = (Vec::with_capacity(elements.len()), Vec::with_capacity(elements.len()));
        let mut trailing_comma = None;
        let lead = &text[1..elements.first().map_or(inner_end, |first| first.start)];
        let (open, mut lead) = lead.split_at(line_end_in(lead).unwrap_or(0));
        for (index, element) in elements.iter().enumerate() {
            let next = elements.get(index + 1).map_or(inner_end, |next| next.start);
            let gap = &text[element.end..next];
            let comma = comma_in(gap);
            let (before_comma, after) = comma.map_or(("", gap), |at| (&gap[..at], &gap[at + 1..]));
            trailing_comma = Some(comma.is_some());
            let line_end = line_end_in(after);
            let (tail, rest) = after.split_at(line_end.unwrap_or(0));
            leads.push(Cow::Borrowed(lead));
            cells.push(Cell {
                value: &text[element.clone()],
                before_comma,
                tail,
                alone: (index == 0 || has_break(lead)) && (line_end.is_some() || index + 1 == elements.len()),
            });
            lead = rest;
        }
        Layout { open, leads, cells, close: lead, trailing_comma }
    }
}

impl<'a> Kept<'a> {
    /// Keeps the entries of `slots`. Comment lines of removed entries go to the next one, or before the closing bracket.
    fn of(layout: Layout<'a>, slots: &[Slot<String>], style: &Style<'_>) -> Self {
        let Layout { open, mut leads, mut cells, close, .. } = layout;
        let mut is_kept = vec![false; cells.len()];
        slots.iter().filter_map(Slot::index).for_each(|index| is_kept[index] = true);
        let mut carried = String::new();
        // The lead of a removed entry whose line continues.
        let mut inherited: Option<Cow<'a, str>> = None;
        let mut previous: Option<usize> = None;
        for index in 0..cells.len() {
            let line_continues = leads.get(index + 1).is_some_and(|next| !has_break(next));
            let lead = &mut leads[index];
            match inherited.take() {
                Some(inherited) => *lead = inherited,
                None if !carried.is_empty() => *lead = Cow::Owned(take(&mut carried) + lead),
                None => {}
            }
            if is_kept[index] {
                previous = Some(index);
                continue;
            }
            let (lead, cell) = (take(lead), cells[index]);
            let below = comments_below(cell.before_comma);
            if line_continues {
                inherited = Some(match below.is_empty() {
                    true => lead,
                    false => Cow::Owned(comment_lines(&lead) + &below + &style.separator),
                });
                continue;
            }
            carried += &comment_lines(&lead);
            carried += &below;
            if !cell.alone && cell.tail.contains('#') {
                match previous.filter(|_| !has_break(&lead)) {
                    Some(previous) => cells[previous].tail = cell.tail,
                    None => carried += &format!("{}{}", style.separator, cell.tail.trim_start()),
                }
            }
        }
        let close = match carried.is_empty() {
            true => Cow::Borrowed(close),
            false if has_break(close) => Cow::Owned(carried + close),
            false => Cow::Owned(carried + style.newline + close),
        };
        let mut keeps = is_kept.iter();
        leads.retain(|_| keeps.next() == Some(&true));
        Kept { open, leads, cells, is_kept, close }
    }

    /// Returns the cells of the new array: values and their own comments move, the comment after several entries stays.
    fn cells_of(&self, slots: &'a [Slot<String>]) -> impl Iterator<Item = Cell<'a>> {
        let places = self.cells.iter().zip(&self.is_kept);
        let mut places = places.filter_map(|(cell, is_kept)| is_kept.then_some(cell));
        slots.iter().map(move |slot| match slot {
            Slot::New(value) => Cell { value, ..Cell::default() },
            Slot::Kept(index) | Slot::Changed(index, _) => {
                let place = places.next().copied().unwrap_or_default();
                let mut cell = self.cells[*index];
                if !cell.alone {
                    cell.tail = if place.alone { "" } else { place.tail };
                }
                if let Slot::Changed(_, value) = slot {
                    cell.value = value;
                }
                cell
            }
        })
    }
}

/// Returns the leads of the new array: those of the entries that are `kept` stay in place.
fn leads<'a>(kept: Vec<Cow<'a, str>>, slots: &[Slot<String>], style: &Style<'_>) -> Vec<Cow<'a, str>> {
    let first = kept.first().cloned();
    let mut places = kept.into_iter();
    let lead = |slot: &Slot<String>| match slot {
        Slot::New(_) => Cow::Owned(style.separator.clone()),
        Slot::Kept(_) | Slot::Changed(..) => places.next().unwrap_or_default(),
    };
    let mut leads: Vec<_> = slots.iter().map(lead).collect();
    lead_new_first(&mut leads, slots, first, style);
    leads
}

/// Puts a new first entry where the old first one was, which moves to a new line or place.
fn lead_new_first<'a>(
    leads: &mut [Cow<'a, str>],
    slots: &[Slot<String>],
    first_lead: Option<Cow<'a, str>>,
    style: &Style<'_>,
) {
    if !matches!(slots.first(), Some(Slot::New(_))) {
        return;
    }
    let old_first = slots.iter().position(|slot| !matches!(slot, Slot::New(_)));
    match first_lead {
        // There is room for another line below the bracket.
        Some(lead) if has_break(&lead) => {}
        Some(lead) => {
            if let Some(old) = old_first {
                leads[old] = Cow::Owned(style.separator.clone());
            }
            leads[0] = lead;
        }
        None if !has_break(&style.separator) => leads[0] = Cow::Borrowed(""),
        None => {}
    }
}

impl<'a> Style<'a> {
    fn of(layout: &Layout<'_>, slots: &[Slot<String>], newline: &'a str) -> Self {
        const WIDEST: usize = 72;
        let Layout { leads, cells, .. } = layout;
        let broken = has_break(layout.close)
            || leads.iter().any(|lead| has_break(lead))
            || cells.iter().any(|cell| has_break(cell.before_comma));
        let new: usize =
            slots.iter().map(|slot| if let Slot::New(value) = slot { value.len() + 2 } else { 0 }).sum();
        let unfold = !broken && cells.is_empty() && new > WIDEST;
        let separator = if broken || unfold {
            let indent = leads.iter().find_map(|lead| lead.rsplit_once('\n'));
            format!("{newline}{}", indent.map_or("    ", |(_, indent)| indent))
        } else {
            let inner = leads.get(1).map(|lead| &**lead);
            inner.filter(|lead| !lead.contains('#')).unwrap_or(" ").to_owned()
        };
        Style {
            newline,
            separator,
            trailing_comma: layout.trailing_comma.unwrap_or(broken || unfold),
            unfold,
        }
    }

    /// Writes the array of `slots`; the old one had `length` bytes.
    fn render(
        &self,
        kept: &Kept<'_>,
        leads: Vec<Cow<'_, str>>,
        slots: &[Slot<String>],
        length: usize,
    ) -> String {
        let last = slots.len().saturating_sub(1);
        let mut text = String::with_capacity(length + ROOM);
        text.extend(["[", kept.open]);
        let mut after_comment = kept.open.contains('#');
        for (index, (mut lead, mut cell)) in leads.into_iter().zip(kept.cells_of(slots)).enumerate() {
            let comma = index < last || self.trailing_comma;
            if !comma && cell.before_comma.trim_matches([' ', '\t']).is_empty() {
                cell.before_comma = "";
            }
            if after_comment && !has_break(&lead) {
                lead = Cow::Owned(self.break_line());
            }
            let comma = if comma { "," } else { "" };
            text.extend([&*lead, cell.value, cell.before_comma, comma, cell.tail]);
            after_comment = cell.tail.contains('#');
        }
        if (after_comment || self.unfold) && !has_break(&kept.close) {
            text.push_str(self.newline);
        }
        text + &kept.close + "]"
    }

    fn break_line(&self) -> String {
        if has_break(&self.separator) { self.separator.clone() } else { self.newline.to_owned() }
    }
}

/// Returns the end of the first line of `text`, if it has a line break.
fn line_end_in(text: &str) -> Option<usize> {
    text.find('\n').map(|at| if text[..at].ends_with('\r') { at - 1 } else { at })
}

/// Returns the position of the comma between two values, ignoring commas in comments.
fn comma_in(gap: &str) -> Option<usize> {
    let mut in_comment = false;
    gap.bytes().position(|b| {
        in_comment = (in_comment || b == b'#') && b != b'\n';
        b == b',' && !in_comment
    })
}

/// Returns the comment lines of a lead, each with the line break before it.
fn comment_lines(lead: &str) -> String {
    match lead.rfind('\n') {
        Some(end) if lead.contains('#') => lead[..end].trim_end_matches('\r').to_owned(),
        _ => String::new(),
    }
}

/// Returns the comment lines between a value and its comma, without the rest of the value's own line.
fn comments_below(before_comma: &str) -> String {
    before_comma.find('\n').map(|at| comment_lines(&before_comma[at..])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rearranges `text`, whose entries are numbers.
    #[track_caller]
    fn check(text: &str, slots: &[Slot<String>], expected: &str) {
        let mut elements = Vec::new();
        let mut in_comment = false;
        for (at, b) in text.bytes().enumerate() {
            in_comment = (in_comment || b == b'#') && b != b'\n';
            if b.is_ascii_digit() && !in_comment {
                elements.push(at..at + 1);
            }
        }
        assert_eq!(rearrange(text, &elements, slots, "\n"), expected);
    }

    fn kept(indexes: &[usize]) -> Vec<Slot<String>> {
        indexes.iter().map(|index| Slot::Kept(*index)).collect()
    }

    fn new(value: &str) -> Slot<String> {
        Slot::New(value.to_owned())
    }

    const LINES: &str = "[\n  # one\n  1, # uno\n\n  # two\n  2, # due\n  3 # tre\n  # end\n]";

    #[test]
    fn trailing_comments_go_with_their_entry_and_comment_lines_stay() {
        check(LINES, &kept(&[0, 1, 2]), LINES);
        check(LINES, &kept(&[0, 2]), "[\n  # one\n  1, # uno\n\n  # two\n  3 # tre\n  # end\n]");
        check(LINES, &kept(&[1, 2]), "[\n  # one\n\n  # two\n  2, # due\n  3 # tre\n  # end\n]");
        check(LINES, &kept(&[0, 1]), "[\n  # one\n  1, # uno\n\n  # two\n  2 # due\n  # end\n]");
        check(LINES, &[], "[\n  # one\n\n  # two\n  # end\n]");
        check(
            LINES,
            &kept(&[2, 0, 1]),
            "[\n  # one\n  3, # tre\n\n  # two\n  1, # uno\n  2 # due\n  # end\n]",
        );
    }

    #[test]
    fn new_entries_match_the_style_of_the_others() {
        let mut slots = kept(&[0, 1, 2]);
        slots.push(new("4"));
        check(LINES, &slots, "[\n  # one\n  1, # uno\n\n  # two\n  2, # due\n  3, # tre\n  4\n  # end\n]");
        check("[1, 2]", &[Slot::Kept(0), Slot::Kept(1), new("3")], "[1, 2, 3]");
        check("[1,2]", &[new("0"), Slot::Kept(0), Slot::Kept(1)], "[0,1,2]");
        check("[ 1 ]", &[new("0"), Slot::Kept(0)], "[ 0, 1 ]");
        check("[1, 2,]", &[Slot::Kept(0), new("3"), Slot::Kept(1)], "[1, 3, 2,]");
        check("[\n  1,\n]", &[new("0"), Slot::Kept(0)], "[\n  0,\n  1,\n]");
        check("[]", &[new("1"), new("2")], "[1, 2]");
        check("[ # none\n]", &[new("1")], "[ # none\n    1,\n]");
        check("[1, 2 # x\n]", &[Slot::Kept(0), Slot::Kept(1), new("3")], "[1, 2, # x\n    3\n]");
    }

    #[test]
    fn a_comment_after_several_entries_stays() {
        check("[\n  1, 2, # both\n  3\n]", &kept(&[0, 2]), "[\n  1, # both\n  3\n]");
        check("[\n  1, 2, # both\n  3\n]", &kept(&[1, 2]), "[\n  2, # both\n  3\n]");
        check("[\n  1, 2, # both\n  3\n]", &kept(&[2]), "[\n  # both\n  3\n]");
        check("[\n  1, 2, # both\n  3 # c\n]", &kept(&[2, 0, 1]), "[\n  3, # c\n  1, # both\n  2\n]");
    }

    #[test]
    fn unusual_commas_survive() {
        check("[ 1\n, 2\n, 3\n]", &kept(&[0, 2]), "[ 1\n, 3\n]");
        check("[ 1\n, 2\n, 3\n]", &kept(&[1, 2]), "[ 2\n, 3\n]");
        check("[1 , 2]", &kept(&[0]), "[1]");
        check("[1 # a, b\n  , 2]", &kept(&[1]), "[2]");
        check("[1\n  # own\n  , 2]", &kept(&[1]), "[\n  # own\n    2]");
        check("[\n  1,\n  # own\n  2]", &kept(&[0]), "[\n  1\n  # own\n]");
    }
}
