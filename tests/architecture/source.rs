//! What a file of the program defines and what it names, read with `syn`. Code under `#[cfg(test)]` is left out.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Meta, UseTree, Visibility};

/// A path as its segments: `crate`, `config`, `Settings`.
pub(crate) type Path = Vec<String>;

/// A file of the program.
pub(crate) struct Source {
    /// Below `src`: `config/edit/mod.rs`.
    pub(crate) file: String,
    pub(crate) text: String,
    /// The items that it defines, each with the module that it is in.
    pub(crate) items: Vec<(Path, String)>,
    pub(crate) mentions: Vec<Mention>,
}

/// A path that code names, in the words of that code.
pub(crate) struct Mention {
    /// The module that the code is in.
    pub(crate) module: Path,
    pub(crate) path: Path,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// In an expression, a type, a pattern, a macro or an attribute.
    Inline,
    /// By `use`, under this name.
    Import { name: String, reexports: bool },
    /// By `use path::*`.
    Glob { reexports: bool },
}

impl Source {
    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("src/{file}: {error}"));
        let mut reader = Reader { module: module(file), ..Reader::default() };
        reader.visit_file(&syntax);
        let Reader { items, mentions, .. } = reader;
        Source { file: file.to_owned(), text: text.to_owned(), items, mentions }
    }

    /// The module that the file is.
    pub(crate) fn module(&self) -> Path {
        module(&self.file)
    }
}

/// `config/edit/mod.rs` is `config::edit`, `lib.rs` is the root. `main.rs`, a crate of its own, is `main`.
fn module(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

#[derive(Default)]
struct Reader {
    module: Path,
    items: Vec<(Path, String)>,
    mentions: Vec<Mention>,
}

impl Reader {
    fn mention(&mut self, path: Path, kind: Kind) {
        self.mentions.push(Mention { module: self.module.clone(), path, kind });
    }

    fn tree(&mut self, before: &[String], tree: &UseTree, reexports: bool) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree, reexports),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree, reexports)),
            UseTree::Glob(_) => self.mention(before.to_owned(), Kind::Glob { reexports }),
            UseTree::Name(name) if name.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                self.mention(before.to_owned(), Kind::Import { name, reexports });
            }
            UseTree::Name(name) => {
                let path = with(&name.ident);
                self.mention(path, Kind::Import { name: name.ident.to_string(), reexports });
            }
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_owned() } else { with(&rename.ident) };
                self.mention(path, Kind::Import { name: rename.rename.to_string(), reexports });
            }
        }
    }

    /// The paths in what a macro or an attribute is given.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |at: usize, c| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == c);
        let ident = |at: usize| match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
            _ => None,
        };
        let mut at = 0;
        while at < tokens.len() {
            if let TokenTree::Group(group) = &tokens[at] {
                self.tokens(group.stream());
            }
            // Behind a dot stands a field or a method, behind `::` what belongs to a type.
            let is_start = at == 0 || !(is(at - 1, '.') || is(at - 1, ':') && at > 1 && is(at - 2, ':'));
            let Some(first) = ident(at).filter(|_| is_start) else {
                at += 1;
                continue;
            };
            let mut path = vec![first];
            while let Some(next) = ident(at + 3).filter(|_| is(at + 1, ':') && is(at + 2, ':')) {
                path.push(next);
                at += 3;
            }
            self.mention(path, Kind::Inline);
            at += 1;
        }
    }
}

impl Visit<'_> for Reader {
    fn visit_item(&mut self, item: &Item) {
        let (attributes, name) = parts(item);
        if attributes.iter().any(is_for_tests) {
            return;
        }
        if let Some(name) = name {
            self.items.push((self.module.clone(), name));
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs[..],
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        // Without a body it is another file.
        let Some((_, items)) = &item.content else { return };
        self.module.push(item.ident.to_string());
        items.iter().for_each(|item| self.visit_item(item));
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.tree(&[], &item.tree, !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string());
            self.mention(segments.collect(), Kind::Inline);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

/// The attributes of an item, and its name; a module is found as a file or by what is in it.
fn parts(item: &Item) -> (&[Attribute], Option<String>) {
    let (attributes, ident) = match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Mod(item) => (&item.attrs, None),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Use(item) => (&item.attrs, None),
        _ => panic!("an item that is not understood"),
    };
    (attributes, ident.map(ToString::to_string))
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}
