//! `cowork-calls setup`: all settings step by step at the terminal.

mod choice;
mod reactions;
mod servers;
mod steps;

pub(crate) use steps::run;
