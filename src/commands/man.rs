//! `cowork-calls man`: the manual, made from the help texts.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::context::Context;
use crate::cli;
use crate::error::Failure;
use crate::exit::Exit;

pub(super) fn run(context: &Context, folder: Option<&Path>) -> Result<Exit, Failure> {
    let mut program = cli::program();
    program.build();
    let Some(folder) = folder else {
        let page = page(&program, &program).map_err(Failure::Output)?;
        context.print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Done);
    };
    let failed = |path: &Path, error: std::io::Error| Failure::Message {
        exit: Exit::No,
        code: "not-written",
        message: format!("{} cannot be written: {error}", path.display()),
        hint: "name a folder in which you may write".to_owned(),
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut names = Vec::new();
    for command in all(&program) {
        let name = format!("{}.1", command.get_display_name().unwrap_or(command.get_name()));
        let path = folder.join(&name);
        page(&program, command)
            .and_then(|page| fs::write(&path, page))
            .map_err(|error| failed(&path, error))?;
        names.push(name);
    }
    if context.global.json {
        context.print_json(&json!({ "pages": names }))?;
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

/// The page of one command; what applies to every command is on the first page only.
fn page(program: &clap::Command, command: &clap::Command) -> std::io::Result<Vec<u8>> {
    let is_first = command.get_name() == program.get_name();
    let own = command.clone().mut_args(|arg| {
        let of_all = arg.is_global_set() || arg.get_id() == "version";
        let hidden = arg.is_hide_set() || (of_all && !is_first);
        arg.hide(hidden)
    });
    let mut page = Vec::new();
    let version = concat!("cowork-calls ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(own).manual("CoWork Calls").source(version).render(&mut page)?;
    // What follows the options in the help are examples, which have a heading of their own there.
    let mut page =
        String::from_utf8_lossy(&page).replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n").into_bytes();
    if !is_first {
        page.extend_from_slice(
            b".SH SEE ALSO\nThe options of every command and the exit codes: \\fBcowork\\-calls\\fR(1)\n",
        );
    }
    Ok(page)
}
