//! Which file imports what from which other file: each path is followed, also through re-exports, to the file that
//! defines what it names. To declare a module, or to re-export with `pub use`, is not an import.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Kind, Mention, Path, Source};

/// What a file imports from another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) to: String,
    /// From the root: `config::address::types::Host`.
    pub(crate) item: String,
}

/// The imports of all files from each other.
pub(crate) fn imports(sources: &[Source]) -> BTreeSet<Import> {
    let program = Program::new(sources);
    let mut found = BTreeSet::new();
    for source in sources {
        for mention in &source.mentions {
            if let Some((to, item)) = program.definition(mention)
                && to != source.file
            {
                found.insert(Import { from: source.file.clone(), to: to.to_owned(), item });
            }
        }
    }
    found
}

struct Program<'a>(BTreeMap<Path, Module<'a>>);

/// What can be named in a module.
#[derive(Default)]
struct Module<'a> {
    file: &'a str,
    items: BTreeSet<&'a str>,
    imports: BTreeMap<&'a str, &'a [String]>,
    globs: Vec<&'a [String]>,
}

/// What a path leads to.
enum Found {
    Module(Path),
    /// In this module, with this name.
    Item(Path, String),
}

/// How many imports of imports are followed: a name may lead back to itself.
const MOST_STEPS: u8 = 16;

impl<'a> Program<'a> {
    fn new(sources: &'a [Source]) -> Self {
        let mut program = Program(BTreeMap::new());
        for source in sources {
            program.module(source, &source.module());
            for (path, name) in &source.items {
                program.module(source, path).items.insert(name);
            }
            for Mention { module, path, kind } in &source.mentions {
                let module = program.module(source, module);
                match kind {
                    Kind::Import { name, .. } => drop(module.imports.insert(name, path)),
                    Kind::Glob { .. } => module.globs.push(path),
                    Kind::Inline => {}
                }
            }
        }
        program
    }

    fn module(&mut self, source: &'a Source, path: &Path) -> &mut Module<'a> {
        let module = self.0.entry(path.clone()).or_default();
        module.file = &source.file;
        module
    }

    /// The file that defines what is mentioned, and its path from the root. Nothing when that is in another crate, or
    /// is a module: what is used of the module counts where it is used.
    fn definition(&self, mention: &Mention) -> Option<(&str, String)> {
        if let Kind::Import { reexports: true, .. } | Kind::Glob { reexports: true } = mention.kind {
            return None;
        }
        let is_glob = matches!(mention.kind, Kind::Glob { .. });
        let (module, name) = match self.follow(&mention.module, &mention.path, MOST_STEPS)? {
            Found::Item(module, name) => (module, name),
            Found::Module(module) if is_glob => (module, "*".to_owned()),
            Found::Module(_) => return None,
        };
        Some((self.0[&module].file, [&module[..], &[name]].concat().join("::")))
    }

    /// Follows a path that is written in the module `from`.
    fn follow(&self, from: &[String], path: &[String], steps: u8) -> Option<Found> {
        match path.first()?.as_str() {
            "crate" | "cowork_calls" => self.descend(&[], &path[1..], steps),
            "self" => self.descend(from, &path[1..], steps),
            "super" => {
                let above = &from[..from.len().checked_sub(1)?];
                match path.get(1).map(String::as_str) {
                    Some("super") => self.follow(above, &path[1..], steps),
                    _ => self.descend(above, &path[1..], steps),
                }
            }
            _ => self.descend(from, path, steps),
        }
    }

    /// Follows a path that begins with a name of `module`.
    fn descend(&self, module: &[String], path: &[String], steps: u8) -> Option<Found> {
        let Some((first, rest)) = path.split_first() else { return Some(Found::Module(module.to_owned())) };
        let names = self.0.get(module)?;
        let steps = steps.checked_sub(1)?;
        let child = [module, std::slice::from_ref(first)].concat();
        let below = self.0.contains_key(&child).then(|| self.descend(&child, rest, steps)).flatten();
        if below.is_some() && !rest.is_empty() {
            return below;
        }
        if names.items.contains(first.as_str()) {
            return Some(Found::Item(module.to_owned(), first.clone()));
        }
        let imported = names.imports.get(first.as_str());
        imported.and_then(|import| self.follow(module, &[import, rest].concat(), steps)).or(below).or_else(
            || names.globs.iter().find_map(|glob| self.follow(module, &[glob, path].concat(), steps)),
        )
    }
}
