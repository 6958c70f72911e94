//! The rules are tested with made-up programs: what counts as an import, and which circle is found.

use super::circles::{circles, described, files};
use super::forbidden;
use super::imports::imports;
use super::source::Source;

/// A program of these files, each with its text.
fn program(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(file, text)| Source::parse(file, text)).collect()
}

/// The imports of a file beside files that define what can be imported: `config::address::types::Host`.
fn imports_of(file: &str, text: &str) -> String {
    let sources = program(&[
        (file, text),
        ("lib.rs", "pub mod config; pub mod net; pub mod store; pub fn run() {}"),
        (
            "config/mod.rs",
            "pub mod address; mod model; pub use model::{Settings, read as load}; pub use address::*;",
        ),
        ("config/model.rs", "pub struct Settings; pub fn read() {} pub enum Level { Low, High }"),
        (
            "config/address/mod.rs",
            "mod types; pub use types::Host; pub(crate) use self::types::Port as Number;",
        ),
        ("config/address/types.rs", "pub struct Host; pub struct Port; macro_rules! host { () => {} }"),
        ("net/mod.rs", "pub mod udp; pub const LIMIT: usize = 1;"),
        ("net/udp.rs", "pub fn send() {} pub trait Link {} pub mod raw { pub fn open() {} }"),
        ("store/mod.rs", "mod save; pub struct Store; use crate::net::udp::send;"),
        ("store/save.rs", "pub(super) fn save() {}"),
    ]);
    let found = imports(&sources).into_iter().filter(|import| import.from == file);
    found.map(|import| import.item).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_import_leads_to_the_file_that_defines_the_item() {
    for (file, text, expected) in [
        // By `use`.
        ("web.rs", "use crate::net::udp;", ""),
        ("web.rs", "use crate::net::udp; fn f() { udp::send() }", "net::udp::send"),
        ("web.rs", "use crate::net::{LIMIT, udp::{self as u, Link}};", "net::LIMIT net::udp::Link"),
        ("web.rs", "use crate::net as n; fn f() { n::udp::raw::open() }", "net::udp::raw::open"),
        ("web.rs", "use crate::net::udp::*;", "net::udp::*"),
        ("web.rs", "use crate::config::model::Level::*;", "config::model::Level"),
        ("web.rs", "fn f() { use crate::net::udp::send; }", "net::udp::send"),
        ("web.rs", "use cowork_calls::run;", "run"),
        ("main.rs", "fn main() { cowork_calls::run() }", "run"),
        // Through re-exports.
        ("web.rs", "use crate::config::Settings;", "config::model::Settings"),
        ("web.rs", "fn f() { crate::config::load() }", "config::model::read"),
        ("web.rs", "use crate::config::address::Number;", "config::address::types::Port"),
        ("web.rs", "use crate::config::Host;", "config::address::types::Host"),
        ("web.rs", "use crate::store::send;", "net::udp::send"),
        // By paths in code.
        ("web.rs", "fn f(host: crate::config::Host) {}", "config::address::types::Host"),
        ("web.rs", "impl crate::net::udp::Link for X {}", "net::udp::Link"),
        (
            "web.rs",
            "fn f() { match x { crate::config::model::Level::Low => {} _ => {} } }",
            "config::model::Level",
        ),
        ("web.rs", "fn f() { println!(\"{}\", g(crate::net::LIMIT)) }", "net::LIMIT"),
        ("web.rs", "#[arg(value_parser = crate::config::load)] struct X;", "config::model::read"),
        ("web.rs", "struct X(#[arg(value_parser = crate::config::load)] u8);", "config::model::read"),
        ("store/lock.rs", "fn f() { super::save::save() }", "store::save::save"),
        ("store/lock.rs", "use super::{Store, super::net::LIMIT};", "net::LIMIT store::Store"),
        ("store/lock.rs", "mod inner { use super::super::save::save; }", "store::save::save"),
        ("store/lock.rs", "use super::super::run;", "run"),
        // No imports.
        ("web.rs", "pub use crate::net::udp::send;", ""),
        ("web.rs", "pub(crate) use crate::net::udp::{Link, send}; pub use crate::config::*;", ""),
        ("web.rs", "mod net; mod inner { pub fn f() {} } fn g() { inner::f() }", ""),
        ("web.rs", "#[cfg(test)] use crate::net::udp::send;", ""),
        ("web.rs", "#[cfg(test)] mod tests { use crate::net::udp::send; }", ""),
        ("web.rs", "impl X { #[cfg(test)] fn f() { crate::net::udp::send() } }", ""),
        ("web.rs", "/// crate::net::LIMIT\nconst A: &str = \"crate::net::LIMIT\"; // crate::net::LIMIT", ""),
        ("web.rs", "use std::net::udp; use other::config::Host; fn f() { ::net::udp::send() }", ""),
        ("web.rs", "fn f() { g!(x.crate_::net, y::crate_::net::LIMIT) }", ""),
        ("net/udp.rs", "pub fn send() {} fn f() { send(); crate::net::udp::send() }", ""),
        // A re-export that the file uses itself.
        ("web.rs", "pub use crate::net::udp::send; fn f() { send() }", "net::udp::send"),
    ] {
        assert_eq!(imports_of(file, text), expected, "{file}: {text}");
    }
}

#[test]
fn an_import_that_no_rule_allows_is_found() {
    let files = [
        ("lib.rs", "pub mod protocol; fn run() {}"),
        ("net/udp.rs", "pub fn send() {} use crate::protocol::Message;"),
        ("net/mod.rs", "pub mod udp;"),
        ("protocol/mod.rs", "pub struct Message; fn f() { crate::net::udp::send() }"),
        ("probe/mod.rs", "pub mod report; mod plan; pub use plan::Plan; use crate::net::udp::send;"),
        ("probe/plan.rs", "pub struct Plan;"),
        ("probe/report/mod.rs", "pub struct Row;"),
        ("render/mod.rs", "use crate::probe::{Plan, report::Row};"),
        ("store/mod.rs", "use super::probe::report; fn f(row: report::Row) { crate::run() }"),
    ];
    let imports = imports(&program(&files));
    let found: Vec<_> = forbidden(&imports).iter().map(|i| format!("{} {}", i.from, i.item)).collect();
    let expected = [
        "net/udp.rs protocol::Message",
        "protocol/mod.rs net::udp::send",
        "render/mod.rs probe::plan::Plan",
        "store/mod.rs run",
        "store/mod.rs probe::report::Row",
    ];
    assert_eq!(found, expected);
}

const ROOT: &[(&str, &str)] = &[("lib.rs", "pub mod a; pub mod b; pub mod c; pub mod d;")];

#[test]
fn circles_are_found_with_the_files_that_form_them() {
    let files_of = |sources: &[(&str, &str)]| -> Vec<String> {
        let imports = imports(&program(&[sources, ROOT].concat()));
        circles(&imports).iter().map(|circle| Vec::from_iter(files(circle)).join(" ")).collect()
    };
    let facade = ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::C;");
    // A facade, and files that use each other's items in one direction through it.
    assert!(
        files_of(&[facade, ("a/b.rs", "pub struct B;"), ("a/c.rs", "pub struct C(super::B);")]).is_empty()
    );
    // The same in both directions.
    let circle = [facade, ("a/b.rs", "use super::C; pub struct B;"), ("a/c.rs", "pub struct C(super::B);")];
    assert_eq!(files_of(&circle), ["a/b.rs a/c.rs"]);
    // Through the file of the folder itself.
    let through =
        [("a/mod.rs", "mod b; pub struct A; fn f() { b::g() }"), ("a/b.rs", "pub fn g() -> super::A {}")];
    assert_eq!(files_of(&through), ["a/b.rs a/mod.rs"]);
    // Over several files, beside one that is in none.
    let long = [
        ("a.rs", "pub fn a() { crate::b::b() }"),
        ("b.rs", "use crate::c; pub fn b() { c::c() }"),
        ("c.rs", "use crate::a::a; pub fn c() {}"),
        ("d.rs", "use crate::a::a; pub fn d() {}"),
    ];
    assert_eq!(files_of(&long), ["a.rs b.rs c.rs"]);
    let imports = imports(&program(&[&long[..], ROOT].concat()));
    let message = "src/a.rs imports b::b from src/b.rs\nsrc/b.rs imports c::c from src/c.rs\n\
                   src/c.rs imports a::a from src/a.rs\n";
    assert_eq!(described(&circles(&imports)[0]), message);
}
