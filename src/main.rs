//! The program `cowork-calls`; everything is in the library, so that tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    cowork_calls::run(std::env::args_os().collect())
}
