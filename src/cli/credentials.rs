//! The options that say where credentials of TURN servers come from.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::error::{Code, CommandError};

/// The options that a secret can come from, as hints name them.
pub const SOURCES: &str =
    "use --password-stdin or --password-file FILE, or --secret-stdin or --secret-file FILE";

/// Credentials of a TURN server.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct Credentials {
    /// Where they come from.
    #[command(flatten)]
    pub source: CredentialSource,
    /// Store what the file holds, instead of a reference to it
    #[arg(long, requires = "credential")]
    pub store: bool,
}

/// Where credentials come from. No secret is ever a value on the command line, where others could read it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct CredentialSource {
    /// The user name; with a secret what follows the time in the user name
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Read the password from standard input
    #[arg(long, group = "credential")]
    pub password_stdin: bool,
    /// The file that holds the password
    #[arg(long, group = "credential", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub password_file: Option<PathBuf>,
    /// Read the shared secret for time-limited credentials from standard input
    #[arg(long, group = "credential")]
    pub secret_stdin: bool,
    /// The file that holds the shared secret
    #[arg(long, group = "credential", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub secret_file: Option<PathBuf>,
    /// Refused: others could read it.
    #[arg(long, hide = true, value_name = "VALUE", num_args = 0..=1, default_missing_value = "", allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Refused: others could read it.
    #[arg(long, hide = true, value_name = "VALUE", num_args = 0..=1, default_missing_value = "", allow_hyphen_values = true)]
    pub secret: Option<String>,
}

impl CredentialSource {
    /// Whether any of the options was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        let files = [&self.password_file, &self.secret_file];
        self.username.is_some()
            || self.password_stdin
            || self.secret_stdin
            || files.into_iter().any(Option::is_some)
            || self.password.is_some()
            || self.secret.is_some()
    }
}

/// Why a secret on the command line is refused, without repeating it.
#[must_use]
pub fn refused(option: &str) -> CommandError {
    let message = format!(
        "{option} takes no value: every user of this machine can read command lines, and the shell keeps them"
    );
    CommandError::new(Code::SecretOnCommandLine, message, SOURCES)
}
