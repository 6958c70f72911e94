//! Reactions: exactly one emoji that Unicode recommends for interchange (RGI), and its short name.

use std::fmt;

use emojis::SkinTone;
use thiserror::Error;
use unicode_segmentation::UnicodeSegmentation;

/// The variation selector that asks for the colourful form of a character; the text form has another one.
const EMOJI_PRESENTATION: char = '\u{fe0f}';

/// One RGI emoji, in its fully qualified form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Emoji(&'static emojis::Emoji);

impl Emoji {
    /// Parses an emoji, with or without variation selectors, or a short name in colons.
    ///
    /// # Errors
    /// Says what the text is instead, and what may have been meant.
    pub fn parse(text: &str) -> Result<Self, EmojiError> {
        if let Some(emoji) = Self::from_picture(text) {
            return Ok(emoji);
        }
        let problem = match in_colons(text) {
            Some(name) => match Self::from_short_name(name) {
                Some(emoji) => return Ok(emoji),
                None => Problem::UnknownName { near: near_names(name) },
            },
            None => problem_of(text),
        };
        Err(EmojiError { text: text.to_owned(), problem })
    }

    /// Looks a picture up as it is, then without its variation selectors. The crate's own look-up of
    /// partly qualified spellings gives another skin tone for some couples, so its answer is checked.
    fn from_picture(text: &str) -> Option<Self> {
        if text.is_ascii() {
            return None;
        }
        let same = |emoji: &emojis::Emoji| unselected(emoji.as_str()).eq(unselected(text));
        let found = emojis::get(text).filter(|emoji| same(emoji));
        found.or_else(|| every_emoji().find(|emoji| same(emoji))).map(Emoji)
    }

    /// Finds the emoji of a short name without its colons.
    fn from_short_name(name: &str) -> Option<Self> {
        if let Some(emoji) = base_of_name(name) {
            return Some(Emoji(emoji));
        }
        let (rest, last) = strip_tone(name)?;
        let (base, tones) = match strip_tone(rest) {
            Some((base, first)) => (base, (first, Some(last))),
            None => (rest, (last, None)),
        };
        let tone = ALL_TONES.iter().find(|(_, of_tone)| *of_tone == tones)?.0;
        base_of_name(base)?.with_skin_tone(tone).map(Emoji)
    }

    /// The emoji itself, fully qualified.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0.as_str()
    }

    /// Its name in Unicode, such as `thumbs up`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Its short name in colons, such as `:thumbsup:` or `:wave_tone3:`. No two emojis share one.
    #[must_use]
    pub fn short_name(&self) -> String {
        let tones = self.0.skin_tone().and_then(tones_of);
        let base = match tones {
            Some(_) => self.0.with_skin_tone(SkinTone::Default).unwrap_or(self.0),
            None => self.0,
        };
        let name = base_name(base);
        match tones {
            None => format!(":{name}:"),
            Some((tone, None)) => format!(":{name}_tone{tone}:"),
            Some((first, Some(second))) => format!(":{name}_tone{first}_tone{second}:"),
        }
    }
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

/// Why a text is no reaction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{}': {problem}", .text.chars().take(40).flat_map(escape).collect::<String>())]
pub struct EmojiError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl EmojiError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        const EXPECTED: &str =
            "expected one emoji such as 👍, or its short name in colons such as :thumbsup:";
        match &self.problem {
            Problem::Word { near } | Problem::UnknownName { near } if !near.is_empty() => {
                format!("did you mean {}?", near.join(", "))
            }
            Problem::Several => "give them as separate arguments, one emoji each".to_owned(),
            _ => EXPECTED.to_owned(),
        }
    }
}

/// What is wrong with a text that should be a reaction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("a reaction is one emoji, and this is none")]
    Empty,
    /// More than one emoji at once.
    #[error("a reaction is one emoji, and these are several")]
    Several,
    /// A skin tone without an emoji that has it.
    #[error("a skin tone alone is no emoji")]
    LoneModifier,
    /// A word, perhaps a short name without its colons.
    #[error("a word is no emoji; short names stand in colons")]
    Word {
        /// Short names that may have been meant.
        near: Vec<String>,
    },
    /// A short name that no emoji has.
    #[error("no emoji has this short name")]
    UnknownName {
        /// Short names that may have been meant.
        near: Vec<String>,
    },
    /// Any other text, also an emoji that Unicode does not recommend for interchange.
    #[error("this is not an emoji that Unicode recommends for interchange")]
    NotRgi,
}

/// The characters of an emoji without variation selectors; no two emojis differ in them alone.
fn unselected(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| *c != EMOJI_PRESENTATION)
}

/// All RGI emojis: those without skin tone, each followed by its skin tones.
fn every_emoji() -> impl Iterator<Item = &'static emojis::Emoji> {
    emojis::iter().flat_map(|emoji| {
        let tones = emoji.skin_tones().into_iter().flatten();
        std::iter::once(emoji).chain(tones.filter(move |toned| *toned != emoji))
    })
}

/// Skin tones by the numbers of their short names: one person's, or two persons'.
const ALL_TONES: [(SkinTone, (u8, Option<u8>)); 25] = {
    use SkinTone::{
        Dark, DarkAndLight, DarkAndMedium, DarkAndMediumDark, DarkAndMediumLight, Light, LightAndDark,
        LightAndMedium, LightAndMediumDark, LightAndMediumLight, Medium, MediumAndDark, MediumAndLight,
        MediumAndMediumDark, MediumAndMediumLight, MediumDark, MediumDarkAndDark, MediumDarkAndLight,
        MediumDarkAndMedium, MediumDarkAndMediumLight, MediumLight, MediumLightAndDark, MediumLightAndLight,
        MediumLightAndMedium, MediumLightAndMediumDark,
    };
    [
        (Light, (1, None)),
        (MediumLight, (2, None)),
        (Medium, (3, None)),
        (MediumDark, (4, None)),
        (Dark, (5, None)),
        (LightAndMediumLight, (1, Some(2))),
        (LightAndMedium, (1, Some(3))),
        (LightAndMediumDark, (1, Some(4))),
        (LightAndDark, (1, Some(5))),
        (MediumLightAndLight, (2, Some(1))),
        (MediumLightAndMedium, (2, Some(3))),
        (MediumLightAndMediumDark, (2, Some(4))),
        (MediumLightAndDark, (2, Some(5))),
        (MediumAndLight, (3, Some(1))),
        (MediumAndMediumLight, (3, Some(2))),
        (MediumAndMediumDark, (3, Some(4))),
        (MediumAndDark, (3, Some(5))),
        (MediumDarkAndLight, (4, Some(1))),
        (MediumDarkAndMediumLight, (4, Some(2))),
        (MediumDarkAndMedium, (4, Some(3))),
        (MediumDarkAndDark, (4, Some(5))),
        (DarkAndLight, (5, Some(1))),
        (DarkAndMediumLight, (5, Some(2))),
        (DarkAndMedium, (5, Some(3))),
        (DarkAndMediumDark, (5, Some(4))),
    ]
};

fn tones_of(tone: SkinTone) -> Option<(u8, Option<u8>)> {
    ALL_TONES.iter().find(|(of, _)| *of == tone).map(|(_, tones)| *tones)
}

/// `wave_tone3` → (`wave`, 3)
fn strip_tone(name: &str) -> Option<(&str, u8)> {
    let (base, digit) = name.rsplit_once("_tone")?;
    match digit.as_bytes() {
        [digit @ b'1'..=b'5'] => Some((base, digit - b'0')),
        _ => None,
    }
}

/// The short name of an emoji without skin tone: its first code that begins with a letter, as in the
/// Web API of CoWork; 💯 and five others have codes but none that does; the newest emojis have none yet.
fn base_name(emoji: &emojis::Emoji) -> String {
    let lettered = emoji.shortcodes().find(|code| code.starts_with(|c: char| c.is_ascii_alphabetic()));
    match lettered.or(emoji.shortcode()) {
        Some(code) => code.to_owned(),
        None => snake_case(emoji.name()),
    }
}

fn base_of_name(name: &str) -> Option<&'static emojis::Emoji> {
    let by_code = emojis::get_by_shortcode(name);
    by_code.or_else(|| emojis::iter().find(|e| e.shortcode().is_none() && snake_case(e.name()) == name))
}

/// `family: adult, child` → `family_adult_child`
fn snake_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

fn in_colons(text: &str) -> Option<&str> {
    text.strip_prefix(':')?.strip_suffix(':').filter(|name| !name.is_empty())
}

fn problem_of(text: &str) -> Problem {
    if text.trim().is_empty() {
        return Problem::Empty;
    }
    let word = text.trim_matches(':');
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-');
    if word.chars().all(is_name) && text.chars().any(|c| c.is_ascii()) {
        let exact = Emoji::from_short_name(word).map(|_| vec![format!(":{word}:")]);
        return Problem::Word { near: exact.unwrap_or_else(|| near_names(word)) };
    }
    let is_modifier = |c: char| matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    if text.chars().all(is_modifier) {
        return Problem::LoneModifier;
    }
    let mut parts = text.graphemes(true).filter(|part| !part.trim().is_empty()).peekable();
    let first_is_emoji = parts.next().is_some_and(|part| Emoji::from_picture(part).is_some());
    if first_is_emoji && parts.peek().is_some() && parts.all(|part| Emoji::from_picture(part).is_some()) {
        return Problem::Several;
    }
    Problem::NotRgi
}

/// At most three short names that a mistyped one may have meant, the nearest first.
fn near_names(name: &str) -> Vec<String> {
    let name: String = name.chars().take(40).flat_map(char::to_lowercase).collect();
    let mut near: Vec<(f64, String)> = emojis::iter()
        .flat_map(|emoji| {
            let new = emoji.shortcode().is_none().then(|| snake_case(emoji.name()));
            emoji.shortcodes().map(str::to_owned).chain(new)
        })
        .map(|code| (strsim::jaro_winkler(&name, &code), code))
        .filter(|(score, _)| *score >= 0.85)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.into_iter().take(3).map(|(_, code)| format!(":{code}:")).collect()
}

/// Shows what a terminal would act on, and leaves what joins emojis.
fn escape(c: char) -> Box<dyn Iterator<Item = char>> {
    match c {
        '\u{200d}' | EMOJI_PRESENTATION => Box::new(std::iter::once(c)),
        _ if c.is_control() || !crate::terminal::clean(c.encode_utf8(&mut [0; 4])).contains(c) => {
            Box::new(c.escape_default())
        }
        _ => Box::new(std::iter::once(c)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_emoji_is_accepted_and_given_back_by_its_own_short_name() {
        let all: Vec<_> = every_emoji().collect();
        assert_eq!(all.len(), 3963);
        let mut by_name = HashMap::new();
        for expected in all {
            let emoji = Emoji::parse(expected.as_str()).unwrap();
            assert_eq!(emoji.as_str(), expected.as_str());
            let bare: String = emoji.as_str().chars().filter(|c| *c != EMOJI_PRESENTATION).collect();
            assert_eq!(Emoji::parse(&bare), Ok(emoji), "{bare} without variation selector");
            assert_eq!(Emoji::parse(&format!("{bare}{EMOJI_PRESENTATION}")), Ok(emoji));
            let name = emoji.short_name();
            assert_eq!(Emoji::parse(&name), Ok(emoji), "{name}");
            assert!(
                name[1..name.len() - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+".contains(&b)),
                "{name}"
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
    fn short_names_are_those_of_the_web_api() {
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
    fn what_is_no_reaction_says_why() {
        let problem = |text: &str| Emoji::parse(text).unwrap_err().problem;
        assert_eq!(problem(""), Problem::Empty);
        assert_eq!(problem(" "), Problem::Empty);
        assert_eq!(problem("👍👍"), Problem::Several);
        assert_eq!(problem("👍 👎"), Problem::Several);
        assert_eq!(problem("🏽"), Problem::LoneModifier);
        assert_eq!(problem("thumbsup"), Problem::Word { near: vec![":thumbsup:".into()] });
        assert_eq!(problem("+1"), Problem::Word { near: vec![":+1:".into()] });
        assert_eq!(problem("❤\u{fe0e}"), Problem::NotRgi);
        assert_eq!(problem("🇩"), Problem::NotRgi);
        assert_eq!(problem("👍x"), Problem::NotRgi);
        assert_eq!(problem("\u{fe0f}"), Problem::NotRgi);
        assert!(matches!(problem("::"), Problem::Word { .. } | Problem::NotRgi));
        assert!(matches!(problem(":thumsup:"), Problem::UnknownName { near } if near[0] == ":thumbsup:"));
        assert!(matches!(problem(":handshake_tone9:"), Problem::UnknownName { .. }));
        assert!(matches!(problem(":house_tone1:"), Problem::UnknownName { .. }));
        assert!(Emoji::parse("\u{1b}[2Jx").unwrap_err().to_string().starts_with("'\\u{1b}[2Jx'"));
    }
}
