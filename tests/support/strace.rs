//! The program under strace: its system calls, and what it does when one of them fails or is its last.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Calls for memory, signals, threads, random numbers and the end of the program, and calls that cannot fail.
const NOT_TRIED: &str = "brk mmap mprotect mremap munmap madvise rt_sigaction rt_sigprocmask sigaltstack futex \
                         clone3 rseq set_robust_list getrandom getpid gettid getuid geteuid exit_group";

/// A system call of a command.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Which call of this name it is in the whole run, counted from 1.
    pub(crate) nth: usize,
    /// The call with its arguments and its result.
    pub(crate) text: String,
}

/// Whether `tests/run.sh --long` wants all cases instead of a share.
pub(crate) fn wants_all() -> bool {
    env::var_os("COWORK_CALLS_ALL_FAULTS").is_some()
}

/// Returns the same command under strace with these options, which logs to `log`.
pub(crate) fn traced(command: &Command, log: &Path, options: &[String]) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o"]).arg(log).args(options).arg("--");
    strace.arg(command.get_program()).args(command.get_args());
    strace.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    strace
}

/// Returns the system calls in a log, without those that are not tried and those before the program's own code.
pub(crate) fn calls(log: &Path) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in fs::read_to_string(log).expect("these tests need strace").lines() {
        let Some((name, _)) = line.split_once('(') else { continue };
        let nth = calls.iter().filter(|call| call.name == name).count() + 1;
        calls.push(Call { name: name.to_owned(), nth, text: line.to_owned() });
    }
    // The last call of Rust's runtime before the program itself starts.
    let start = calls.iter().rposition(|call| call.text.starts_with("rt_sigaction(SIGBUS, {"));
    let own = calls.split_off(start.expect("the runtime handles SIGBUS") + 1);
    own.into_iter().filter(|call| !NOT_TRIED.split(' ').any(|name| name == call.name)).collect()
}
