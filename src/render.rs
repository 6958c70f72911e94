//! Results in, bytes out: one file per form of output.

pub mod coturn;
pub mod diff;
pub mod env;
pub mod export;
pub mod json;
pub mod json_report;
pub mod lists;
pub mod nat;
pub mod paragraph;
pub mod progress;
pub mod prometheus;
pub mod rtc;
pub mod table;
pub mod text;
pub mod verdicts;
pub mod watch;

use crate::config::problem::Problem;

/// What went wrong, for those who print it.
pub enum ErrorReport<'a> {
    /// One sentence and a remedy.
    Message {
        /// The stable name of the error.
        code: &'a str,
        /// What happened.
        message: String,
        /// What to do, or nothing.
        hint: &'a str,
    },
    /// Errors in a file.
    File {
        /// The file.
        path: &'a str,
        /// The errors.
        problems: &'a [Problem],
    },
}

impl ErrorReport<'_> {
    /// What happened, in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            ErrorReport::Message { message, .. } => message.clone(),
            ErrorReport::File { path, problems } => {
                problems.first().map_or_else(|| (*path).to_owned(), |first| format!("{path}: {first}"))
            }
        }
    }
}
