//! The bodies of the fuzz targets as bounded tests: their corpora, mutations of those, and random bytes.

#[path = "../fuzz/bodies/address.rs"]
mod address;
#[path = "../fuzz/bodies/emoji.rs"]
mod emoji;
#[path = "../fuzz/bodies/settings_edit.rs"]
mod settings_edit;
#[path = "../fuzz/bodies/stun_reply.rs"]
mod stun_reply;
#[path = "../fuzz/bodies/token_line.rs"]
mod token_line;
#[path = "../fuzz/bodies/turn_reply.rs"]
mod turn_reply;
#[path = "../fuzz/bodies/web_body.rs"]
mod web_body;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

/// A mutation of a seed: where, what to write there, and whether it replaces a byte, precedes it, or replaces it and
/// everything after it.
type Change = (Index, Vec<u8>, u8);

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (at, new, how) in changes {
        let at = at.index(bytes.len() + 1);
        let end = match how % 3 {
            0 => bytes.len().min(at + 1),
            1 => at,
            _ => bytes.len(),
        };
        bytes.splice(at..end, new.iter().copied());
    }
    bytes
}

/// Runs a body over its corpus, over mutations of it, and over random bytes.
fn run(name: &str, cases: u32, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let seeds: Vec<Vec<u8>> =
        fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds.iter().for_each(|seed| check(seed));

    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    });
    let change = (any::<Index>(), proptest::collection::vec(any::<u8>(), 0..6), any::<u8>());
    let changes = (proptest::sample::select(seeds), proptest::collection::vec(change, 1..6));
    runner
        .run(&changes, |(seed, changes)| {
            check(&changed(&seed, &changes));
            Ok(())
        })
        .unwrap();
    runner
        .run(&proptest::collection::vec(any::<u8>(), 0..200), |bytes| {
            check(&bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_reply_of_a_stun_server_is_handled() {
    run("stun_reply", 2000, stun_reply::check);
}

#[test]
fn any_reply_of_a_turn_server_is_handled() {
    run("turn_reply", 2000, turn_reply::check);
}

#[test]
fn any_text_is_an_address_or_an_error() {
    run("address", 2000, address::check);
}

#[test]
fn any_text_is_an_emoji_or_an_error() {
    run("emoji", 1000, emoji::check);
}

#[test]
fn any_file_is_edited_correctly_or_not_at_all() {
    run("settings_edit", 2000, settings_edit::check);
}

#[test]
fn any_body_of_a_request_is_a_reaction_or_an_error() {
    run("web_body", 2000, web_body::check);
}

#[test]
fn any_line_of_the_token_file_is_a_user_or_an_error() {
    run("token_line", 2000, token_line::check);
}
