//! `cowork-calls probe`: once, round after round, and against our own servers.

mod print;
pub(crate) mod run;
mod self_test;
mod watch;

pub(crate) use run::run;
