//! `cowork-calls probe`: one probe, repeated rounds, and the self-test.

mod print;
pub(crate) mod run;
mod self_test;
mod watch;

pub(crate) use run::run;
