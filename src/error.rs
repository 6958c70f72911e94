//! Why a command did not do what was asked: an exit code, a stable code, a sentence and a remedy.

use std::io::{self, ErrorKind};

use crate::config::address::AddressError;
use crate::config::edit::EditError;
use crate::config::emoji::EmojiError;
use crate::config::file::apply::ApplyError;
use crate::config::file::diagnostic::Problem;
use crate::exit::Exit;
use crate::render::messages::ErrorReport;
use crate::store::{ChangeError, SecretError, StoreError, in_words};

/// What is said when a person stops before anything was written.
pub const UNCHANGED: &str = "nothing was changed";

/// Why a command ended without doing all that was asked.
#[derive(Debug)]
pub enum Failure {
    /// Something that one sentence tells.
    Message {
        /// How the program ends.
        exit: Exit,
        /// The stable name of the error.
        code: &'static str,
        /// What happened.
        message: String,
        /// What to do; empty when that goes without saying.
        hint: String,
    },
    /// The settings file, or a file with settings that was given, has errors.
    File {
        /// How the program ends.
        exit: Exit,
        /// The file.
        path: String,
        /// All its errors, at least one.
        problems: Vec<Problem>,
    },
    /// The person at the terminal said no, and nothing was changed.
    Declined,
    /// The results could not be printed.
    Output(io::Error),
    /// The person at the terminal pressed Ctrl-C at a prompt.
    Interrupted,
    /// SIGTERM came while an editor ran.
    Terminated,
}

impl Failure {
    /// A mistake on the command line.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Failure::Message { exit: Exit::Usage, code, message: message.into(), hint: hint.into() }
    }

    /// Errors in the settings file at `path`.
    pub(crate) fn file(path: &str, problems: Vec<Problem>) -> Self {
        Failure::File { exit: Exit::Config, path: path.to_owned(), problems }
    }

    /// An edit that could not be applied to the file at `path`.
    pub(crate) fn apply(error: ApplyError, path: &str) -> Self {
        match error {
            ApplyError::File(problems) => Failure::file(path, problems),
            ApplyError::Edit(error) => error.into(),
        }
    }

    /// A change that the store did not make.
    pub(crate) fn change(error: ChangeError<Failure>) -> Self {
        match error {
            ChangeError::Store(error) => error.into(),
            ChangeError::Edit(failure) => failure,
        }
    }

    /// Settings that somebody else changed while a person looked at what a change would make of them.
    pub(crate) fn changed_meanwhile(path: &str) -> Self {
        Failure::Message {
            exit: Exit::Config,
            code: "config-changed-meanwhile",
            message: meanwhile(path),
            hint: "run the command again to see what it does to them now".to_owned(),
        }
    }

    /// How the program ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Message { exit, .. } | Failure::File { exit, .. } => *exit,
            Failure::Output(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Done,
            Failure::Output(_) | Failure::Declined => Exit::No,
            Failure::Interrupted => Exit::Interrupted,
            Failure::Terminated => Exit::Terminated,
        }
    }

    /// Whether there is nobody to tell, or nothing to say; scripts, which read JSON, are told of every failure.
    #[must_use]
    pub fn is_silent(&self, json: bool) -> bool {
        match self {
            Failure::Output(error) => error.kind() == ErrorKind::BrokenPipe,
            // The terminal shows the answer already.
            Failure::Interrupted | Failure::Terminated | Failure::Declined => !json,
            _ => false,
        }
    }

    /// The failure for those who print it.
    #[must_use]
    pub fn error(&self) -> ErrorReport<'_> {
        match self {
            Failure::Message { code, message, hint, .. } => {
                ErrorReport::Message { code, message: message.clone(), hint }
            }
            Failure::File { path, problems, .. } => ErrorReport::File { path, problems },
            Failure::Output(error) => {
                let message = format!("cannot print the result: {}", in_words(error));
                ErrorReport::Message {
                    code: "output",
                    message,
                    hint: "check the disk or pipe that it goes to",
                }
            }
            Failure::Declined => {
                ErrorReport::Message { code: "declined", message: UNCHANGED.to_owned(), hint: "" }
            }
            Failure::Interrupted | Failure::Terminated => {
                ErrorReport::Message { code: "interrupted", message: "interrupted".to_owned(), hint: "" }
            }
        }
    }
}

/// What is said of a change that would have been lost.
pub(crate) fn meanwhile(path: &str) -> String {
    format!("{path} was changed by somebody else meanwhile; nothing was saved")
}

impl From<AddressError> for Failure {
    fn from(error: AddressError) -> Self {
        Failure::usage("invalid-address", error.to_string(), error.hint())
    }
}

impl From<EmojiError> for Failure {
    fn from(error: EmojiError) -> Self {
        Failure::usage("invalid-emoji", error.to_string(), error.hint())
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let exit = if error == EditError::Layout { Exit::Config } else { Exit::Usage };
        Failure::Message { exit, code: error.code(), message: error.to_string(), hint: error.hint() }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Failure::usage(error.code(), error.to_string(), error.hint())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::NoSuchVersion { .. } => Exit::Usage,
            StoreError::NothingToUndo => Exit::No,
            _ => Exit::Config,
        };
        Failure::Message { exit, code: error.code(), message: error.to_string(), hint: error.hint() }
    }
}
