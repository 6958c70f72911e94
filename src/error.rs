//! The one error of commands: an exit code, a stable code, a sentence and a hint.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use crate::config::address::AddressError;
use crate::config::edit::EditError;
use crate::config::emoji::EmojiError;
use crate::config::file::diagnostic::Diagnostic;
use crate::engine::{EngineError, InvalidAddress};
use crate::probe::report::code::Code as RowCode;
use crate::store::{AccessError, ChangeError, SecretError, StoreError, describe};
use crate::text::suggestion::with_option;

/// How the program ended, for the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, even if nothing had to change.
    Done = 0,
    /// The answer is no.
    No = 1,
    /// The command line was wrong.
    Usage = 2,
    /// The settings could not be read, parsed or written.
    Config = 3,
    /// Ended by SIGHUP.
    HungUp = 129,
    /// Ended by Ctrl-C (SIGINT).
    Interrupted = 130,
    /// Ended by SIGQUIT.
    Quit = 131,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// All of them.
    pub const ALL: [Exit; 8] = [
        Exit::Done,
        Exit::No,
        Exit::Usage,
        Exit::Config,
        Exit::HungUp,
        Exit::Interrupted,
        Exit::Quit,
        Exit::Terminated,
    ];

    /// What it means, in one sentence for the documentation.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "Done; also when nothing had to change, or there are warnings.",
            Exit::No => {
                "The answer is no: a probed server failed (with `probe --strict` also if calls over it are poor), an audit has a finding of high severity, no server responds to `nat`, `config check` found a \
                 password or secret file that cannot be read (with `--strict` any warning), `config diff` found differences, a reaction is not allowed, you declined, \
                 `serve` cannot listen, or the system refuses what a command needs."
            }
            Exit::Usage => "Usage: bad arguments, a bad address or emoji, a missing value.",
            Exit::Config => {
                "The settings cannot be read, parsed or written; `config check` of such settings as well."
            }
            Exit::HungUp => "Ended by SIGHUP, as when the terminal is closed; `serve` ends with 0.",
            Exit::Quit => "Ended by SIGQUIT (Ctrl-\\); `serve` ends with 0.",
            Exit::Interrupted => "Ended by Ctrl-C (SIGINT); `serve` ends with 0.",
            Exit::Terminated => "Ended by SIGTERM; `serve` ends with 0.",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Declares [`Code`]: name, code, usual exit code, what happened, what to do.
macro_rules! codes {
    ($($name:ident $code:literal $exit:ident $meaning:literal $remedy:literal,)*) => {
        /// The stable code of an error, which scripts rely on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
            /// The code of a failed row of a probe.
            Row(RowCode),
        }

        impl Code {
            /// All codes of commands; those of rows are [`RowCode::ALL`].
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            const fn row(self) -> (&'static str, Exit, &'static str, &'static str) {
                match self {
                    $(Code::$name => ($code, Exit::$exit, $meaning, $remedy),)*
                    Code::Row(code) => (code.as_str(), Exit::No, code.sentence(), code.remedy()),
                }
            }
        }
    };
}

codes! {
    Usage "usage" Usage "The command line is invalid." "follow the hint, or see `--help`",
    MissingValue "missing-value" Usage "A value is missing, and there is no terminal for prompting." "give it on the command line",
    InvalidAddress "invalid-address" Usage "This is not the address of a STUN or TURN server." "write it as the hint says",
    InvalidEmoji "invalid-emoji" Usage "This is not one emoji, or not one that Unicode recommends." "give one emoji, or its short name in colons",
    InvalidPath "invalid-path" Usage "A path is not UTF-8 text." "rename the file",
    InvalidSecret "invalid-secret" Usage "A secret is empty, too long or not one line." "give one line of text",
    InvalidInput "invalid-input" Usage "The input has errors, or is too large." "correct the place that the message names",
    InvalidTokens "invalid-tokens" Usage "The token file cannot be used." "see `serve --help`",
    InputUnreadable "input-unreadable" Usage "The input file cannot be read." "name a readable file, or `-` for standard input",
    SecretUnreadable "secret-unreadable" Usage "A file with a password or secret cannot be read." "make it readable, or name another",
    SecretOnCommandLine "secret-on-command-line" Usage "A secret was given where other users can read it; nothing was done." "use `--password-stdin` or `--password-file`",
    UnusableFile "unusable-file" Usage "A certificate, key or database cannot be used." "name a file of the kind that the hint says",
    TlsRequired "tls-required" Usage "Tokens would cross the network without encryption." "give a certificate, or listen on 127.0.0.1",
    NotFound "not-found" Usage "The list has no such entry." "see the list",
    PositionOutOfRange "position-out-of-range" Usage "The list has no such position." "see the list",
    Duplicate "duplicate" Usage "Another entry has this address already." "remove one of the two",
    CredentialsDiffer "credentials-differ" Usage "The server is configured already, with other credentials." "change them with `turn edit`",
    UsernameMissing "username-missing" Usage "A password needs a user name." "add `--username NAME`",
    ConfigInvalid "config-invalid" Config "The settings, or the settings in the input, have an error; `file`, `line` and `column` say where." "correct it there, or run `config undo`",
    ConfigLayout "config-layout" Config "This edit cannot keep the layout of the file intact." "make the change by hand",
    ConfigUnreadable "config-unreadable" Config "The settings file cannot be read." "check its permissions, or name another with `--config`",
    ConfigUnwritable "config-unwritable" Config "The settings cannot be written; nothing was changed." "check permissions, owner and disk",
    ConfigLocked "config-locked" Config "Another process has locked the settings; nothing was changed." "wait until it has finished, or wait longer with `--lock-timeout`",
    ConfigLinkUntrusted "config-link-untrusted" Config "A link on the way to the settings file belongs neither to root, nor to you, nor to the owner of what it leads to; nothing was read or changed." "name the file itself with `--config`, or remove the link",
    ConfigAttributes "config-attributes" Config "Saving would lose the access control list or another extended attribute of the settings file; nothing was changed." "save as a user who may set it, or remove it with `setfacl -b` or `setfattr -x`",
    ConfigKeepsChanging "config-keeps-changing" Config "Another process kept changing the settings." "stop what writes them, then try again",
    ConfigChangedMeanwhile "config-changed-meanwhile" Config "Another process changed the settings while you edited them (your text is kept), between question and answer, or during a probe." "compare your text with `config diff`, then `config apply`; else run the command again",
    ConfigUnsettled "config-unsettled" Config "The change is in effect, but not all of its history was written." "nothing: the next change records it",
    ConfigTooLarge "config-too-large" Config "The settings are larger than the NATS servers accept (`max_payload`); nothing was changed." "remove entries, or raise `max_payload` in the configuration of the servers",
    EngineUnreachable "engine-unreachable" Config "No NATS server of the address responds; nothing was changed." "check that the servers run and can be reached from here",
    EngineDenied "engine-denied" Config "The NATS servers accept neither this user nor this password, or do not permit what the command needs; nothing was changed." "check `--engine-credentials`, and the permissions of the user in the configuration of the servers",
    EngineUnsuitable "engine-unsuitable" Config "The NATS servers cannot keep settings: they have no JetStream, or are a cluster older than version 2.10." "configure JetStream on one server, or on three of version 2.10 or later",
    EngineUnsettled "engine-unsettled" Config "The connection to the NATS servers was lost during a change, so it is unknown whether it was stored." "look with `config history` before you run the command again",
    NoHome "no-home" Config "There is no home folder for the settings." "set HOME, or give `--config FILE`",
    HistoryUntrusted "history-untrusted" Config "The history belongs to another user, so no version of it is restored or removed." "remove it as its owner or as root",
    HistoryNotFound "history-not-found" Usage "The history has no such version." "see `config history`",
    NothingToUndo "nothing-to-undo" No "The history begins here." "nothing",
    EditCopy "edit-copy" Config "The copy for your editor could not be made or read." "name a writable folder with TMPDIR",
    EditorFailed "editor-failed" Config "Your editor did not start, or failed; nothing was saved." "set VISUAL or EDITOR",
    ExportImpossible "export-impossible" No "These settings cannot be expressed in that format." "follow the hint, or export another format",
    ProbeFailed "probe-failed" No "A new server failed the probe that `--probe` makes; nothing was changed." "correct what the probe reports, or save all the same with `--yes`",
    Declined "declined" No "You answered no, or pressed Esc; nothing was changed." "nothing, or `--yes`",
    CannotListen "cannot-listen" No "The address is in use, or not an address of this machine." "stop the program using the port, or choose another",
    SelfTest "self-test" No "No server can be started on this machine." "bring the interface `lo` up",
    EventLoop "event-loop" No "The system refuses what the event loop needs." "raise the limit of open files (`ulimit -n`)",
    Signals "signals" No "The system refuses to install handlers for Ctrl-C and SIGTERM." "raise the limit of open files (`ulimit -n`)",
    Output "output" No "The result could not be printed." "check the disk or pipe that it goes to",
    NotWritten "not-written" No "The manual could not be written." "name a folder that you may write to",
    Interrupted "interrupted" Interrupted "Ctrl-C ended the command, or SIGHUP, SIGQUIT or SIGTERM (exit codes 129, 131 and 143). A change of settings in NATS that was on its way may have been stored." "run it again, after `config history` if the settings are in NATS",
}

impl Code {
    /// The code as scripts see it.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// How the program ends on this error, unless the command says otherwise.
    pub const fn exit(self) -> Exit {
        self.row().1
    }

    /// What happened, in one sentence for the documentation.
    pub const fn meaning(self) -> &'static str {
        self.row().2
    }

    /// What to do about it, for the documentation and where an error has no hint of its own.
    pub const fn remedy(self) -> &'static str {
        self.row().3
    }
}

/// The message when the user stops before anything was written.
pub const UNCHANGED: &str = "nothing was changed";

/// How many errors in the settings file people see, if the command is not about the file.
pub const FIRST_ERRORS: usize = 2;

/// Why a command did not do all of its work.
#[derive(Debug)]
pub struct CommandError {
    code: Code,
    exit: Exit,
    cause: Cause,
    hint: String,
}

#[derive(Debug)]
enum Cause {
    Message(String),
    /// Errors in the file at this path, at least one.
    File(String, Vec<Diagnostic>),
    /// What no code of this program matches on; printed as one chain.
    Other(anyhow::Error),
}

impl CommandError {
    /// An error in one sentence; the hint may be empty.
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        CommandError { code, exit: code.exit(), cause: Cause::Message(message.into()), hint: hint.into() }
    }

    /// Errors in the settings file at `path`.
    pub fn file(path: &str, problems: Vec<Diagnostic>) -> Self {
        let cause = Cause::File(path.to_owned(), problems);
        CommandError { code: Code::ConfigInvalid, exit: Exit::Config, cause, hint: String::new() }
    }

    /// Errors in the settings file at `path`, which another command than `config check` reads: people see the first ones,
    /// and a hint how to see all.
    pub fn settings(path: &str, problems: Vec<Diagnostic>) -> Self {
        let error = CommandError::file(path, problems);
        let Some((_, problems)) = error.in_file().filter(|(_, problems)| problems.len() > FIRST_ERRORS)
        else {
            return error;
        };
        let more = if problems.iter().any(|problem| problem.more_follow) { "more than " } else { "" };
        let count = problems.len();
        let hint = format!("{more}{count} errors in all; see them with 'cowork-calls config check'");
        CommandError { hint, ..error }
    }

    /// An error of the system that no code of this program matches on.
    pub fn system(code: Code, error: impl Into<anyhow::Error>) -> Self {
        let hint = code.remedy().replace('`', "'");
        CommandError { code, exit: code.exit(), cause: Cause::Other(error.into()), hint }
    }

    /// The result could not be printed.
    pub fn output(error: io::Error) -> Self {
        CommandError::system(Code::Output, anyhow::Error::new(error).context("cannot print the result"))
    }

    /// The user answered no, and nothing was changed.
    pub fn declined() -> Self {
        CommandError::new(Code::Declined, UNCHANGED, "")
    }

    /// A signal ended the command, as `exit` says.
    pub fn interrupted(exit: Exit) -> Self {
        CommandError::new(Code::Interrupted, "interrupted", "").exiting(exit)
    }

    /// Another process changed the settings while a person looked at what a change would make of them.
    pub fn changed_meanwhile(path: &str) -> Self {
        let hint = "run the command again to see its effect on the settings as they are now";
        let message = format!("another process changed {path} meanwhile; nothing was saved");
        CommandError::new(Code::ConfigChangedMeanwhile, message, hint)
    }

    /// The same error with another exit code.
    pub fn exiting(self, exit: Exit) -> Self {
        CommandError { exit, ..self }
    }

    /// The same error; the commands that it suggests have the `option` that chose the settings file.
    pub fn with_option(mut self, option: &str) -> Self {
        self.hint = with_option(&self.hint, option);
        if let Cause::File(_, problems) = &mut self.cause {
            problems.iter_mut().for_each(|problem| problem.expected = with_option(&problem.expected, option));
        }
        self
    }

    /// How the program ends.
    pub fn exit(&self) -> Exit {
        if self.is_broken_pipe() { Exit::Done } else { self.exit }
    }

    /// The stable code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What happened, in one sentence; of several errors in a file the first.
    pub fn message(&self) -> String {
        match &self.cause {
            Cause::Message(message) => message.clone(),
            Cause::File(path, problems) => {
                problems.first().map_or_else(|| path.clone(), |first| format!("{path}: {first}"))
            }
            Cause::Other(error) => error.chain().map(in_plain_words).collect::<Vec<_>>().join(": "),
        }
    }

    /// What to do; empty when that goes without saying.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The errors in a file, and its path, where that is what went wrong.
    pub fn in_file(&self) -> Option<(&str, &[Diagnostic])> {
        match &self.cause {
            Cause::File(path, problems) => Some((path, problems)),
            _ => None,
        }
    }

    /// Whether there is nothing to print: the reader has gone, or the terminal shows the answer already. With JSON
    /// every error is reported but the first of these.
    pub fn is_silent(&self, json: bool) -> bool {
        match self.code {
            Code::Interrupted | Code::Declined => !json,
            _ => self.is_broken_pipe(),
        }
    }

    fn is_broken_pipe(&self) -> bool {
        let Cause::Other(error) = &self.cause else { return false };
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    }
}

/// One link of a chain of errors, without the numbers of the operating system.
fn in_plain_words(error: &(dyn std::error::Error + 'static)) -> String {
    error.downcast_ref::<io::Error>().map_or_else(|| error.to_string(), describe)
}

impl From<AddressError> for CommandError {
    fn from(error: AddressError) -> Self {
        CommandError::new(Code::InvalidAddress, error.to_string(), error.hint())
    }
}

impl From<EmojiError> for CommandError {
    fn from(error: EmojiError) -> Self {
        CommandError::new(Code::InvalidEmoji, error.to_string(), error.hint())
    }
}

impl From<EditError> for CommandError {
    fn from(error: EditError) -> Self {
        let code = match &error {
            EditError::OutOfRange { .. } => Code::PositionOutOfRange,
            EditError::NotFound { .. } => Code::NotFound,
            EditError::Contradiction(_) | EditError::GivenTwice(_) => Code::CredentialsDiffer,
            EditError::Taken { .. } => Code::Duplicate,
            EditError::NoUsername(_) => Code::UsernameMissing,
            EditError::Layout => Code::ConfigLayout,
        };
        CommandError::new(code, error.to_string(), error.hint())
    }
}

impl From<SecretError> for CommandError {
    fn from(error: SecretError) -> Self {
        let code = match error {
            SecretError::Unreadable { .. } => Code::SecretUnreadable,
            SecretError::Invalid { .. } => Code::InvalidSecret,
        };
        CommandError::new(code, error.to_string(), error.hint())
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        let code = match error {
            EngineError::Unreachable { .. } => Code::EngineUnreachable,
            EngineError::Denied { .. } => Code::EngineDenied,
            EngineError::Unsuitable { .. } => Code::EngineUnsuitable,
            EngineError::Unsettled { .. } => Code::EngineUnsettled,
            EngineError::TooLarge { .. } => Code::ConfigTooLarge,
            EngineError::Full { .. } => Code::ConfigUnwritable,
        };
        CommandError::new(code, error.to_string(), error.hint())
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Engine(error) => return error.into(),
            StoreError::NoHome => Code::NoHome,
            StoreError::Read { .. }
            | StoreError::NotAFile { .. }
            | StoreError::TooLarge(_)
            | StoreError::TooLargeShared(_)
            | StoreError::LinkCycle(_) => Code::ConfigUnreadable,
            StoreError::LinkUntrusted { .. } => Code::ConfigLinkUntrusted,
            StoreError::Attributes { .. } => Code::ConfigAttributes,
            StoreError::Write { .. }
            | StoreError::Owner { .. }
            | StoreError::InTheWay { .. }
            | StoreError::LockUntrusted { .. } => Code::ConfigUnwritable,
            StoreError::Locked { .. } => Code::ConfigLocked,
            StoreError::HistoryUntrusted { .. } => Code::HistoryUntrusted,
            StoreError::KeepsChanging(_) => Code::ConfigKeepsChanging,
            StoreError::HistoryIncomplete { .. } => Code::ConfigUnsettled,
            StoreError::NoSuchVersion(_) => Code::HistoryNotFound,
            StoreError::NothingToUndo => Code::NothingToUndo,
        };
        CommandError::new(code, error.to_string(), error.hint())
    }
}

impl From<AccessError> for CommandError {
    fn from(error: AccessError) -> Self {
        let code = match error {
            AccessError::Store(error) => return error.into(),
            AccessError::Address(InvalidAddress::UserInfo) => Code::SecretOnCommandLine,
            AccessError::Address(_) | AccessError::NotAnEngine(_) | AccessError::HalfIdentity => Code::Usage,
            AccessError::Credentials(SecretError::Unreadable { .. }) => Code::SecretUnreadable,
            AccessError::Credentials(SecretError::Invalid { .. }) => Code::InvalidSecret,
            AccessError::Certificate { .. } => Code::UnusableFile,
        };
        CommandError::new(code, error.to_string(), error.hint())
    }
}

impl From<ChangeError<CommandError>> for CommandError {
    fn from(error: ChangeError<CommandError>) -> Self {
        match error {
            ChangeError::Store(error) => error.into(),
            ChangeError::Edit(error) => error,
        }
    }
}
