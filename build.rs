//! Writes the emojis of the crate `emojis` as one text for `src/config/emoji.rs`, keeps a static program from loading
//! libraries, and strips the release.
//!
//! The crate's own tables are full of pointers, which the dynamic loader has to relocate at every start of a
//! position-independent program: a tenth of the time of `stun list`. A text needs no relocation.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use emojis::{Emoji, SkinTone};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    load_no_modules();
    leave_out_symbols();
    write_emojis()
}

/// Replaces the function with which a static glibc loads libraries: `dist/no-modules.c` says why.
fn load_no_modules() {
    println!("cargo::rerun-if-changed=dist/no-modules.c");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_static = target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if is_static && target("ENV") == "gnu" {
        for object in cc::Build::new().file("dist/no-modules.c").compile_intermediates() {
            println!("cargo::rustc-link-arg-bins={}", object.display());
        }
        println!("cargo::rustc-link-arg-bins=-Wl,--wrap=__libc_dlopen_mode");
    }
}

/// Strips the release, unless a variable says what cargo shall strip: `strip` in `Cargo.toml` has no effect beside a profile of
/// one package, and the names of functions take a tenth of the program.
fn leave_out_symbols() {
    let strip = "CARGO_PROFILE_RELEASE_STRIP";
    println!("cargo::rerun-if-env-changed={strip}");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") && env::var_os(strip).is_none() {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
}

/// Writes the text, where each line of it starts, and the lines of the default reactions.
fn write_emojis() -> io::Result<()> {
    let mut records: Vec<(String, String)> = Vec::new();
    for base in emojis::iter() {
        let variants: Vec<&Emoji> = base.skin_tones().map_or_else(|| vec![base], Iterator::collect);
        records.extend(variants.into_iter().map(|emoji| record(base, emoji)));
    }
    records.sort();
    let mut text = String::new();
    let mut starts = String::from("[");
    for (_, record) in &records {
        let _ = write!(starts, "{},", text.len());
        text.push_str(record);
        text.push('\n');
    }
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let folder = Path::new(&folder);
    fs::write(folder.join("emojis.txt"), text)?;
    fs::write(folder.join("emojis-starts.rs"), starts + "]")?;
    fs::write(folder.join("default-reactions.rs"), format!("{:?}", default_reactions(&records)?))
}

/// Returns the numbers of the lines of the default reactions, so that to find them no start reads parts of the text.
fn default_reactions(records: &[(String, String)]) -> io::Result<Vec<usize>> {
    let file = "defaults/reactions.toml";
    println!("cargo::rerun-if-changed={file}");
    let text = fs::read_to_string(file)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let emojis = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    let line_of = |emoji| records.binary_search_by(|(key, _)| key.cmp(&key_of(emoji))).ok();
    let missing = |emoji| io::Error::other(format!("{file}: {emoji} is not an emoji"));
    emojis.map(|emoji| line_of(emoji).ok_or_else(|| missing(emoji))).collect()
}

/// Returns what an emoji is found by. No two emojis differ in variation selectors alone, so it has none.
fn key_of(emoji: &str) -> String {
    emoji.chars().filter(|c| *c != '\u{fe0f}').collect()
}

/// Returns the key of an emoji, and its line: the key, the emoji, its Unicode name and its short names, the preferred
/// one first.
fn record(base: &Emoji, emoji: &Emoji) -> (String, String) {
    let key = key_of(emoji.as_str());
    let tones = tone_suffix(emoji);
    let names: Vec<String> = short_names(base).into_iter().map(|name| name + tones).collect();
    let line = format!("{key}\t{}\t{}\t{}", emoji.as_str(), emoji.name(), names.join(" "));
    (key, line)
}

/// Returns the short codes, those that start with a letter first, as in the Web API of CoWork; 💯 and five others have
/// no such code. The newest emojis have no code yet, so they are called by their Unicode name.
fn short_names(emoji: &Emoji) -> Vec<String> {
    let mut names: Vec<String> = emoji.shortcodes().map(str::to_owned).collect();
    names.sort_by_key(|name| !name.starts_with(|c: char| c.is_ascii_alphabetic()));
    if names.is_empty() {
        let words = emoji.name().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        names.push(words.map(str::to_lowercase).collect::<Vec<_>>().join("_"));
    }
    names
}

/// Returns the suffix for the skin tones of one or two people.
fn tone_suffix(emoji: &Emoji) -> &'static str {
    use SkinTone as T;
    match emoji.skin_tone() {
        Some(T::Light) => "_tone1",
        Some(T::MediumLight) => "_tone2",
        Some(T::Medium) => "_tone3",
        Some(T::MediumDark) => "_tone4",
        Some(T::Dark) => "_tone5",
        Some(T::LightAndMediumLight) => "_tone1_tone2",
        Some(T::LightAndMedium) => "_tone1_tone3",
        Some(T::LightAndMediumDark) => "_tone1_tone4",
        Some(T::LightAndDark) => "_tone1_tone5",
        Some(T::MediumLightAndLight) => "_tone2_tone1",
        Some(T::MediumLightAndMedium) => "_tone2_tone3",
        Some(T::MediumLightAndMediumDark) => "_tone2_tone4",
        Some(T::MediumLightAndDark) => "_tone2_tone5",
        Some(T::MediumAndLight) => "_tone3_tone1",
        Some(T::MediumAndMediumLight) => "_tone3_tone2",
        Some(T::MediumAndMediumDark) => "_tone3_tone4",
        Some(T::MediumAndDark) => "_tone3_tone5",
        Some(T::MediumDarkAndLight) => "_tone4_tone1",
        Some(T::MediumDarkAndMediumLight) => "_tone4_tone2",
        Some(T::MediumDarkAndMedium) => "_tone4_tone3",
        Some(T::MediumDarkAndDark) => "_tone4_tone5",
        Some(T::DarkAndLight) => "_tone5_tone1",
        Some(T::DarkAndMediumLight) => "_tone5_tone2",
        Some(T::DarkAndMedium) => "_tone5_tone3",
        Some(T::DarkAndMediumDark) => "_tone5_tone4",
        // A test detects a new tone, because two emojis would then share a short name.
        _ => "",
    }
}
