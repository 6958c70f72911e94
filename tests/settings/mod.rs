//! The commands that edit and show the settings, as whole processes.

mod apply_and_diff;
mod clock;
mod command_line;
mod concurrent_edits;
mod damaged_files;
mod editor;
mod errors;
mod export;
mod file;
mod file_system;
mod injected_faults;
mod killed_processes;
mod lock;
mod power_failures;
mod prompts;
mod random_edits;
mod reactions;
mod secrets;
mod secrets_in_memory;
mod secrets_in_output;
mod setup;
mod shell;
mod signals;
mod stun;
mod transcripts;
mod turn;
