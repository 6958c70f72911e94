//! Reactions: exactly one emoji that Unicode recommends for interchange (RGI), and its short name.

use std::fmt;

use thiserror::Error;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::quoted;

/// The variation selector for the colourful form of a character.
const EMOJI_PRESENTATION: char = '\u{fe0f}';

/// How many short names an error suggests.
const SUGGESTED: usize = 3;

/// All RGI emojis as `build.rs` writes them, one per line: the emoji without variation selectors (the sort key), the
/// emoji, its Unicode name, its short names.
static TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/emojis.txt"));

/// The offsets at which the lines of [`TABLE`] start.
static STARTS: [u32; 3963] = include!(concat!(env!("OUT_DIR"), "/emojis-starts.rs"));

/// The lines of the default reactions, those of `defaults/reactions.toml`.
const DEFAULTS: &[u16] = &include!(concat!(env!("OUT_DIR"), "/default-reactions.rs"));

/// One RGI emoji, in its fully qualified form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Emoji {
    /// The number of its line in [`TABLE`].
    line: u16,
}

impl Emoji {
    /// Parses an emoji, with or without variation selectors, or a short name in colons.
    ///
    /// # Errors
    /// When `text` is neither; the error suggests short names.
    pub fn parse(text: &str) -> Result<Self, EmojiError> {
        let name = in_colons(text);
        Self::from_picture(text).or_else(|| name.and_then(Self::from_short_name)).ok_or_else(|| {
            let unknown = name.map(|name| {
                EmojiErrorKind::UnknownName(near_names(name).iter().map(|name| format!(":{name}:")).collect())
            });
            EmojiError { text: text.to_owned(), kind: unknown.unwrap_or_else(|| error_kind(text)) }
        })
    }

    fn from_picture(text: &str) -> Option<Self> {
        let key: String = text.chars().filter(|c| *c != EMOJI_PRESENTATION).collect();
        let found = STARTS.binary_search_by(|start| field_at(*start, 0).cmp(&key)).ok()?;
        u16::try_from(found).ok().map(|line| Emoji { line })
    }

    /// Finds the emoji of a short name without its colons.
    fn from_short_name(name: &str) -> Option<Self> {
        Self::all().find(|emoji| emoji.names().any(|own| own == name))
    }

    /// Returns the reactions of a new installation.
    pub(super) fn defaults() -> impl Iterator<Item = Self> {
        DEFAULTS.iter().map(|line| Emoji { line: *line })
    }

    /// Returns all emojis that can be reactions, in the order of their characters.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(STARTS.len()).map(|line| Emoji { line })
    }

    /// Returns the emojis whose short names or Unicode name contain `text`: exact matches first, then names that start
    /// with it. An emoji finds itself; skin tones match by their full name only. If there are none, those with similar
    /// short names are returned.
    pub fn search(text: &str) -> Vec<Self> {
        let text = text.trim().to_lowercase();
        let own = text.trim_matches(':').replace(' ', "_");
        if own.is_empty() {
            return Vec::new();
        }
        let picture = Self::from_picture(&text);
        let as_words = format!("{text} ");
        let mut finds: Vec<_> = Self::all()
            .filter_map(|emoji| {
                let any = |fits: &dyn Fn(&str) -> bool| emoji.names().any(fits);
                let title = emoji.name().to_lowercase();
                let rank = match () {
                    () if picture == Some(emoji) || any(&|name| name == own) => 0,
                    () if title.contains("skin tone") => return None,
                    // 🎉 is a party popper: a whole word tells more than the beginning of one.
                    () if any(&|name| name.starts_with(&own)) || title.starts_with(&as_words) => 1,
                    () if any(&|name| name.contains(&own)) => 2,
                    () if title.contains(&text) => 3,
                    () => return None,
                };
                Some((rank, emoji.short_name().len(), emoji))
            })
            .collect();
        finds.sort_by_key(|(rank, length, _)| (*rank, *length));
        match finds.is_empty() {
            true => near_names(&own).iter().filter_map(|name| Self::from_short_name(name)).collect(),
            false => finds.into_iter().map(|(.., emoji)| emoji).collect(),
        }
    }

    /// Returns the emoji itself, fully qualified.
    pub fn as_str(&self) -> &'static str {
        self.field(1)
    }

    /// Returns its Unicode name, such as `thumbs up`.
    pub fn name(&self) -> &'static str {
        self.field(2)
    }

    /// Returns its short name in colons, such as `:thumbsup:` or `:wave_tone3:`. No two emojis share one.
    pub fn short_name(&self) -> String {
        format!(":{}:", self.names().next().unwrap_or_default())
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.field(3).split(' ')
    }

    fn field(&self, index: usize) -> &'static str {
        STARTS.get(usize::from(self.line)).map_or("", |start| field_at(*start, index))
    }
}

/// Returns a field of the line that starts at `start`.
fn field_at(start: u32, index: usize) -> &'static str {
    let lines = TABLE.get(start as usize..).unwrap_or_default();
    // Most look-ups compare only the first field, so the line is not searched for its end before.
    lines.split('\t').nth(index).and_then(|field| field.split('\n').next()).unwrap_or_default()
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a reaction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} {kind}", quoted(.text))]
pub struct EmojiError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub kind: EmojiErrorKind,
}

impl EmojiError {
    /// Returns what to write instead.
    pub fn hint(&self) -> String {
        const EXPECTED: &str =
            "expected one emoji such as 👍, or its short name in colons such as :thumbsup:";
        match &self.kind {
            EmojiErrorKind::Word(found) if !found.is_empty() => format!("try {}", found.join(", ")),
            EmojiErrorKind::UnknownName(near) if !near.is_empty() => {
                format!("did you mean {}?", near.join(", "))
            }
            EmojiErrorKind::Several => "give each emoji on its own".to_owned(),
            _ => EXPECTED.to_owned(),
        }
    }
}

/// What is wrong with the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EmojiErrorKind {
    /// Nothing was given.
    #[error("is not an emoji")]
    Empty,
    /// More than one emoji at once.
    #[error("is more than one emoji")]
    Several,
    /// A skin tone without an emoji that has it.
    #[error("is a skin tone without an emoji")]
    LoneModifier,
    /// A short name without its colons.
    #[error("is not an emoji; try :{0}:")]
    BareName(String),
    /// Other words, with the short names of emojis that they find.
    #[error("is not an emoji")]
    Word(Vec<String>),
    /// A short name that no emoji has, with some that may have been meant.
    #[error("is not the short name of an emoji")]
    UnknownName(Vec<String>),
    /// Any other text, including an emoji that Unicode does not recommend for interchange.
    #[error("is not an emoji that Unicode recommends for interchange")]
    NotRgi,
}

fn in_colons(text: &str) -> Option<&str> {
    text.strip_prefix(':')?.strip_suffix(':').filter(|name| !name.is_empty())
}

fn error_kind(text: &str) -> EmojiErrorKind {
    if text.trim().is_empty() {
        return EmojiErrorKind::Empty;
    }
    let word = text.trim_matches(':');
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | ' ');
    if word.chars().all(is_name) && text.chars().any(|c| c.is_ascii()) {
        return match Emoji::from_short_name(word) {
            Some(_) => EmojiErrorKind::BareName(word.to_owned()),
            None => EmojiErrorKind::Word(
                Emoji::search(word).iter().take(SUGGESTED).map(Emoji::short_name).collect(),
            ),
        };
    }
    let is_modifier = |c: char| matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    if text.chars().all(is_modifier) {
        return EmojiErrorKind::LoneModifier;
    }
    let mut parts = text.graphemes(true).filter(|part| !part.trim().is_empty()).peekable();
    let first_is_emoji = parts.next().is_some_and(|part| Emoji::from_picture(part).is_some());
    if first_is_emoji && parts.peek().is_some() && parts.all(|part| Emoji::from_picture(part).is_some()) {
        return EmojiErrorKind::Several;
    }
    EmojiErrorKind::NotRgi
}

/// Returns a few short names similar to `name`, without colons, the most similar first, without skin tones.
fn near_names(name: &str) -> Vec<&'static str> {
    let name: String = name.chars().take(40).flat_map(char::to_lowercase).collect();
    let mut near: Vec<(f64, &'static str)> = Emoji::all()
        .flat_map(|emoji| emoji.names())
        .filter(|own| !own.contains("_tone"))
        .map(|own| (strsim::jaro_winkler(&name, own), own))
        .filter(|(score, _)| *score >= 0.85)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.into_iter().take(SUGGESTED).map(|(_, own)| own).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_emoji_parses_from_itself_and_from_all_its_short_names() {
        let mut all: Vec<&emojis::Emoji> = emojis::iter().collect();
        let toned: Vec<_> = all.iter().filter_map(|emoji| emoji.skin_tones()).flatten().collect();
        all.extend(toned.into_iter().filter(|emoji| emoji.skin_tone() != Some(emojis::SkinTone::Default)));
        assert_eq!(all.len(), 3963);
        let mut by_name = HashMap::new();
        for expected in all {
            let emoji = Emoji::parse(expected.as_str()).unwrap();
            assert_eq!(emoji.as_str(), expected.as_str());
            assert_eq!(emoji.name(), expected.name());
            let bare: String = emoji.as_str().chars().filter(|c| *c != EMOJI_PRESENTATION).collect();
            assert_eq!(Emoji::parse(&bare), Ok(emoji), "{bare} without variation selector");
            assert_eq!(Emoji::parse(&format!("{bare}{EMOJI_PRESENTATION}")), Ok(emoji));
            let name = emoji.short_name();
            assert_eq!(Emoji::parse(&name), Ok(emoji), "{name}");
            assert!(
                name[1..name.len() - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+".contains(&b))
            );
            if let Some(other) = by_name.insert(name.clone(), emoji) {
                panic!("{emoji} and {other} are both {name}");
            }
            for code in expected.shortcodes() {
                assert_eq!(Emoji::parse(&format!(":{code}:")), Ok(emoji));
            }
        }
    }

    #[test]
    fn short_names_match_the_web_api() {
        for (picture, name) in [
            ("👍", ":thumbsup:"),
            ("👎", ":thumbsdown:"),
            ("❤", ":heart:"),
            ("👋🏽", ":wave_tone3:"),
            ("🫱🏻‍🫲🏿", ":handshake_tone1_tone5:"),
            ("🤝🏽", ":handshake_tone3:"),
            ("💯", ":100:"),
            ("🇨🇶", ":flag_sark:"),
            ("🧑‍🧑‍🧒", ":family_adult_adult_child:"),
        ] {
            assert_eq!(Emoji::parse(picture).unwrap().short_name(), name);
        }
        assert_eq!(Emoji::parse(":+1_tone5:").unwrap().as_str(), "👍🏿");
        assert_eq!(Emoji::parse("❤").unwrap().as_str(), "❤\u{fe0f}");
    }

    #[test]
    fn search_ranks_exact_matches_before_prefixes_and_other_matches() {
        let names = |text: &str| Emoji::search(text).iter().map(Emoji::short_name).collect::<Vec<_>>();
        let hands = names("hand");
        assert_eq!(hands[0], ":hand:");
        let clap = hands.iter().position(|name| name == ":clap:");
        assert!(hands[1..4].iter().all(|name| name.starts_with(":hand")), "{hands:?}");
        assert!(clap.is_some_and(|at| at > 4), "by its name in Unicode, clapping hands: {hands:?}");
        assert!(hands.iter().all(|name| !name.contains("_tone")), "{hands:?}");
        assert_eq!(names("party"), [":tada:", ":partying_face:"]);
        assert_eq!(names("thumsup")[0], ":thumbsup:", "a similar one");
        assert_eq!(names("qqqq"), [""; 0]);
        assert_eq!(names(" "), [""; 0]);
        assert_eq!(names("::"), [""; 0]);
        for (text, first) in [
            ("+1", ":thumbsup:"),
            (":Rocket:", ":rocket:"),
            ("thumbs down", ":thumbsdown:"),
            ("🚀", ":rocket:"),
            ("wave_tone3", ":wave_tone3:"),
            ("open mouth", ":open_mouth:"),
        ] {
            assert_eq!(names(text)[0], first, "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        let kind = |text: &str| Emoji::parse(text).unwrap_err().kind;
        assert_eq!(kind(""), EmojiErrorKind::Empty);
        assert_eq!(kind(" "), EmojiErrorKind::Empty);
        assert_eq!(kind("👍👍"), EmojiErrorKind::Several);
        assert_eq!(kind("👍 👎"), EmojiErrorKind::Several);
        assert_eq!(kind("🏽"), EmojiErrorKind::LoneModifier);
        assert_eq!(kind("thumbsup"), EmojiErrorKind::BareName("thumbsup".into()));
        assert_eq!(kind("+1"), EmojiErrorKind::BareName("+1".into()));
        assert_eq!(kind("❤\u{fe0e}"), EmojiErrorKind::NotRgi);
        assert_eq!(kind("🇩"), EmojiErrorKind::NotRgi);
        assert_eq!(kind("👍x"), EmojiErrorKind::NotRgi);
        assert_eq!(kind("\u{fe0f}"), EmojiErrorKind::NotRgi);
        assert_eq!(kind("::"), EmojiErrorKind::Word(Vec::new()));
        let party = EmojiErrorKind::Word(vec![":tada:".into(), ":partying_face:".into()]);
        assert_eq!(kind("party"), party);
        assert_eq!(Emoji::parse("Party").unwrap_err().hint(), "try :tada:, :partying_face:");
        assert_eq!(Emoji::parse("waving hand").unwrap_err().hint(), "try :wave:");
        assert!(matches!(kind(":thumsup:"), EmojiErrorKind::UnknownName(near) if near[0] == ":thumbsup:"));
        assert!(matches!(kind(":handshake_tone9:"), EmojiErrorKind::UnknownName(_)));
        assert!(matches!(kind(":house_tone1:"), EmojiErrorKind::UnknownName(_)));
        assert!(Emoji::parse("\u{1b}[2Jx").unwrap_err().to_string().starts_with("'\\u{1b}[2Jx'"));
    }
}
