//! The options for the credentials of TURN servers.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::error::{Code, CommandError};

/// The options that read a secret, as hints name them.
pub const SOURCES: &str =
    "use --password-stdin or --password-file FILE, or --secret-stdin or --secret-file FILE";

/// Credentials of a TURN server.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct Credentials {
    /// Their source.
    #[command(flatten)]
    pub source: CredentialSource,
    /// Store the contents of the file instead of its path
    #[arg(long, requires = "credential")]
    pub store: bool,
}

/// The source of credentials. A secret is never a value on the command line, where other users could read it.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Credentials")]
pub struct CredentialSource {
    /// User name; with a shared secret, the part after the expiry time
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Read the password from standard input
    #[arg(long, group = "credential")]
    pub password_stdin: bool,
    /// File that contains the password
    #[arg(long, group = "credential", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub password_file: Option<PathBuf>,
    /// Read the shared secret for temporary credentials from standard input
    #[arg(long, group = "credential")]
    pub secret_stdin: bool,
    /// File that contains the shared secret
    #[arg(long, group = "credential", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub secret_file: Option<PathBuf>,
    /// Rejected: other users could read it.
    #[arg(long, hide = true, value_name = "VALUE", num_args = 0..=1, default_missing_value = "", allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Rejected: other users could read it.
    #[arg(long, hide = true, value_name = "VALUE", num_args = 0..=1, default_missing_value = "", allow_hyphen_values = true)]
    pub secret: Option<String>,
}

impl CredentialSource {
    /// Whether any of these options was given.
    pub fn is_given(&self) -> bool {
        *self != CredentialSource::default()
    }
}

/// The error for a secret on the command line; it does not repeat the secret.
pub fn secret_on_command_line(option: &str) -> CommandError {
    let message = format!(
        "{option} takes no value: other users can see command lines, and the shell saves them in its history"
    );
    CommandError::new(Code::SecretOnCommandLine, message, SOURCES)
}
