//! `cowork-calls probe`: one probe, repeated rounds, and the self-test.

mod audit;
pub(super) mod before_save;
pub(super) mod measure;
pub(super) mod options;
mod print;
mod run;
pub(super) mod selection;
mod self_test;
mod watch;

pub(super) use run::run;
