//! `cowork-calls man`: the manual, generated from the help texts.

use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use clap::builder::Resettable;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::json;

use super::context::Context;
use super::input::name_of;
use crate::cli::{self, ManArgs};
use crate::error::{Code, CommandError, Exit};
use crate::render::manual;
use crate::store::describe;
use crate::text::quoted;

/// How similar a name has to be to be suggested, from 0 to 1.
const SIMILAR: f64 = 0.75;

/// What the program is, on its first page.
const DESCRIPTION: &str = "\
Manages the STUN servers, TURN servers and reactions of CoWork Calls in one TOML file, which may also be edited by hand.
Edits keep comments, order and spacing, and the last 100 versions can be restored. Servers are tested live, and a Web API
hands the settings to clients.";

/// What precedes the exit codes of a command in its help.
const EXIT_CODES: &str = "Exit codes: ";

const ENVIRONMENT: [(&str, &str); 10] = [
    (
        "COWORK_CALLS_CONFIG",
        "The settings file, or the address of settings in NATS, unless --config or --system selects one.",
    ),
    (
        "COWORK_CALLS_ENGINE_CREDENTIALS, COWORK_CALLS_ENGINE_CA, COWORK_CALLS_ENGINE_CERT, COWORK_CALLS_ENGINE_KEY",
        "For settings in NATS, the files of --engine-credentials, --engine-ca, --engine-cert and --engine-key, unless these are given.",
    ),
    ("XDG_CONFIG_HOME, HOME", "Where the settings of a user are."),
    ("VISUAL, EDITOR", "The editor of 'config edit'; without both it is editor or vi, at a terminal."),
    ("XDG_RUNTIME_DIR, TMPDIR", "The folder of the copy that the editor gets."),
    ("XDG_STATE_HOME", "The folder above that of texts of 'config edit' that were not saved."),
    ("NO_COLOR", "If not empty, output is not coloured, unless --color is always."),
    ("TERM", "If it is dumb, output is not coloured, and there is no live table."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "The trusted certificates, instead of those of the system."),
    ("COMPLETE", "If it names a shell, the program prints the script for completion in that shell."),
];

const FILES: [(&str, &str); 7] = [
    ("~/.config/cowork-calls/config.toml", "The settings of a user."),
    ("/etc/cowork-calls/config.toml", "The settings of the machine (--system)."),
    (".config.toml.history/", "Beside the settings file: its last 100 saved versions."),
    (".config.toml.lock", "Beside the settings file: the lock that makes edits wait for each other."),
    ("~/.local/state/cowork-calls/", "Texts of 'config edit' that were not saved."),
    ("/usr/share/GeoIP, /var/lib/GeoIP", "Databases of countries for the probe."),
    ("/usr/share/doc/cowork-calls/", "The documentation, if the Debian package is installed."),
];

pub(super) fn run(context: &Context, args: &ManArgs) -> Result<Exit, CommandError> {
    let mut program = cli::program();
    program.build();
    if let Some(folder) = &args.dir {
        return write_all(context, &program, folder);
    }
    if args.page.is_empty() {
        let page = page(&program, &program).map_err(CommandError::output)?;
        if context.terminal.out.is_terminal {
            return show(context, &page);
        }
        return context.print(&page).map(|()| Exit::Done);
    }
    let words: Vec<_> = args.page.iter().map(|word| word.to_string_lossy()).collect();
    let name = words.join("-").replace(char::is_whitespace, "-");
    if let Some(command) = find(&program, &name) {
        return show(context, &page(&program, command).map_err(CommandError::output)?);
    }
    match args.page.as_slice() {
        [folder] if folder.is_dir() || name.contains('/') => write_all(context, &program, folder),
        _ => Err(unknown_page(&program, &name)),
    }
}

/// The command of a page: `stun-add`, `cowork-calls-stun-add`, `stun add` and `stun-add(1)` are the same one.
fn find<'c>(program: &'c clap::Command, name: &str) -> Option<&'c clap::Command> {
    let name = name.strip_suffix("(1)").or(name.strip_suffix(".1")).unwrap_or(name);
    let below = match name.strip_prefix(program.get_name()) {
        Some("") => return Some(program),
        Some(below) => below.strip_prefix('-')?,
        None => name,
    };
    below.split('-').try_fold(program, |command, word| command.find_subcommand(word))
}

fn unknown_page(program: &clap::Command, name: &str) -> CommandError {
    let own = format!("{}-", program.get_name());
    let pages: Vec<_> = all(program).into_iter().skip(1).map(display_name).collect();
    let pages: Vec<_> = pages.into_iter().map(|page| page.strip_prefix(&own).unwrap_or(page)).collect();
    let likeness = |page: &&str| strsim::jaro(page, name);
    let nearest = pages.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.filter(|page| likeness(page) >= SIMILAR);
    let meant = nearest.map(|page| format!("did you mean '{page}'? ")).unwrap_or_default();
    let hint = format!(
        "{meant}'cowork-calls --help' lists the commands, and each has a page; --dir DIR writes all pages into a folder"
    );
    CommandError::new(Code::Usage, format!("there is no page {} in the manual", quoted(name)), hint)
}

/// Shows a page: at a terminal through `man` with its pager, elsewhere or without `man` as text.
fn show(context: &Context, page: &str) -> Result<Exit, CommandError> {
    if context.terminal.out.is_terminal && !context.global.no_input {
        // `man` takes the place of this program, if there is one.
        let _ = input(page).map(|page| Command::new("man").args(["-l", "-"]).stdin(page).exec());
    }
    context.print(&manual::text(page, context.terminal.out))?;
    Ok(Exit::Done)
}

/// A file without a name, which cannot block as a full pipe would.
fn input(text: &str) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file)
}

fn write_all(context: &Context, program: &clap::Command, folder: &Path) -> Result<Exit, CommandError> {
    let failed = |path: &Path, error: io::Error| {
        CommandError::new(
            Code::NotWritten,
            format!("cannot write to {}: {}", name_of(path), describe(&error)),
            "name a folder that you may write to",
        )
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut names = Vec::new();
    for command in all(program) {
        let name = format!("{}.1", display_name(command));
        let path = folder.join(&name);
        page(program, command)
            .and_then(|page| fs::write(&path, page))
            .map_err(|error| failed(&path, error))?;
        names.push(name);
    }
    if context.global.json {
        context.print_json(json!({ "pages": names }))?;
    } else {
        context.note(&format!("{} pages are in {}", names.len(), folder.display()));
    }
    Ok(Exit::Done)
}

/// A command and all below it.
fn all(command: &clap::Command) -> Vec<&clap::Command> {
    let below = command.get_subcommands().filter(|sub| !sub.is_hide_set()).flat_map(all);
    std::iter::once(command).chain(below).collect()
}

/// The page of one command. What applies to every command is on the first page only.
fn page(program: &clap::Command, command: &clap::Command) -> std::io::Result<String> {
    let is_first = command.get_name() == program.get_name();
    // The text below the options becomes sections of its own.
    let own = command.clone().after_help(Resettable::Reset).version(Resettable::Reset).mut_args(|arg| {
        let hidden = arg.is_hide_set() || (arg.is_global_set() && !is_first);
        arg.hide(hidden).hide_short_help(false)
    });
    let own = if is_first { own.long_about(DESCRIPTION) } else { own };
    let usage = own.clone().render_usage().to_string();
    let mut page = Vec::new();
    let version = concat!("cowork-calls ", env!("CARGO_PKG_VERSION"));
    Man::new(own).manual("CoWork Calls").source(version).render(&mut page)?;
    let sections = sections(program, command, is_first).render();
    // The head of a page defines its apostrophe; it is there already.
    let (_, sections) = sections.split_once(".SH ").unwrap_or_default();
    let page = with_synopsis(&String::from_utf8_lossy(&page), usage.trim_start_matches("Usage: "));
    Ok(format!("{page}.SH {sections}"))
}

/// Puts clap's usage, which names the values of arguments, in place of the synopsis of the page.
fn with_synopsis(page: &str, usage: &str) -> String {
    const HEADING: &str = ".SH SYNOPSIS\n";
    let Some((before, after)) = page.split_once(HEADING) else { return page.to_owned() };
    let after = after.find("\n.SH ").map_or("", |end| &after[end..]);
    let lines: Vec<_> = usage.lines().map(|line| roman(line.trim())).collect();
    let mut roff = Roff::new();
    for line in lines {
        roff.text([line]).control("br", []);
    }
    format!("{before}{HEADING}{}{after}", roff.to_roff().trim_end().trim_end_matches(".br").trim_end())
}

/// The sections after the options.
fn sections(program: &clap::Command, command: &clap::Command, is_first: bool) -> Roff {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = || help.lines().filter(|line| !line.is_empty() && *line != "Examples:");
    let (exits, notes): (Vec<_>, Vec<_>) =
        lines().filter(|line| !line.starts_with("  ")).partition(|line| line.starts_with(EXIT_CODES));
    let mut roff = Roff::new();
    if is_first {
        let exits = Exit::ALL.map(|exit| ((exit as u8).to_string(), exit.meaning().replace('`', "'")));
        definitions(&mut roff, "EXIT STATUS", &exits);
        definitions(&mut roff, "ENVIRONMENT", &ENVIRONMENT);
        definitions(&mut roff, "FILES", &FILES);
    } else {
        paragraphs(&mut roff, "EXIT STATUS", exits.iter().map(|line| line.trim_start_matches(EXIT_CODES)));
    }
    paragraphs(&mut roff, "NOTES", notes);
    let aliases: Vec<_> = command.get_visible_aliases().collect();
    paragraphs(&mut roff, "ALIASES", (!aliases.is_empty()).then(|| aliases.join(", ")).as_deref());
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for example in lines().filter_map(|line| line.strip_prefix("  ")) {
        roff.text([roman(example)]);
    }
    roff.control("fi", []);
    see_also(&mut roff, &related(program, command), is_first);
    roff
}

fn see_also(roff: &mut Roff, related: &[&str], is_first: bool) {
    // Names of pages are not hyphenated, nor spread over the line.
    roff.control("SH", ["SEE ALSO"]).control("ad", ["l"]).control("nh", []);
    for (index, name) in related.iter().enumerate() {
        let is_last = index + 1 == related.len();
        roff.text([bold(*name), roman(if is_last { "(1)" } else { "(1)," })]);
    }
    roff.control("PP", []);
    if is_first {
        roff.text([roman("RFC 8489 (STUN), RFC 8656 (TURN), RFC 5780 (NAT behaviour)")]);
    } else {
        let first = [bold("cowork-calls"), roman("(1) has the options of every command, ")];
        roff.text(first).text([roman("the exit status, the environment and the files.")]);
    }
}

/// The pages that a page refers to: the first page, the command above with those beside, and those below.
fn related<'a>(program: &'a clap::Command, command: &'a clap::Command) -> Vec<&'a str> {
    let own = display_name(command);
    let is_above = |parent: &&clap::Command| parent.get_subcommands().any(|sub| display_name(sub) == own);
    let above = program.get_subcommands().find(is_above);
    let beside = above.into_iter().flat_map(clap::Command::get_subcommands);
    let all = std::iter::once(program).chain(above).chain(beside).chain(command.get_subcommands());
    all.map(display_name).filter(|name| *name != own).collect()
}

fn display_name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// A section of terms and what each means.
fn definitions<T: AsRef<str>>(roff: &mut Roff, heading: &str, definitions: &[(T, T)]) {
    roff.control("SH", [heading]);
    for (term, meaning) in definitions {
        roff.control("TP", []).text([bold(term.as_ref())]).text([roman(meaning.as_ref())]);
    }
}

/// A section of paragraphs; nothing without any.
fn paragraphs<'a>(roff: &mut Roff, heading: &str, texts: impl IntoIterator<Item = &'a str>) {
    for (index, text) in texts.into_iter().enumerate() {
        let (name, arguments) = if index == 0 { ("SH", vec![heading]) } else { ("PP", vec![]) };
        roff.control(name, arguments).text([roman(text)]);
    }
}
