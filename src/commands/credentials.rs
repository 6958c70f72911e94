//! Credentials of TURN servers: from options, files and prompts to what a client authenticates with.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::context::Context;
use super::input::{name_of, unbuffered_stdin};
use crate::cli::{CredentialSource, SOURCES, secret_on_command_line};
use crate::config::settings::Settings;
use crate::config::turn::{Credential, Login, Secret, TurnServer};
use crate::config::warnings::Warning;
use crate::error::{Code, CommandError};
use crate::probe::plan::Server;
use crate::probe::source::Source;
use crate::store;
use crate::store::{SecretError, expiry, read_credential_file, read_secret, read_secret_file};

/// The user name and the credential, as far as they were given.
#[derive(Default)]
pub(super) struct Given {
    pub(super) username: Option<String>,
    pub(super) credential: Option<Credential>,
}

/// Reads what the options name; with `store` also the contents of files. Never prompts.
pub(super) fn read(
    context: &Context,
    options: &CredentialSource,
    store: bool,
) -> Result<Given, CommandError> {
    for (option, value) in [("--password", &options.password), ("--secret", &options.secret)] {
        if value.is_some() {
            return Err(secret_on_command_line(option));
        }
    }
    if store && options.password_file.is_none() && options.secret_file.is_none() {
        return Err(CommandError::new(Code::Usage, "--store needs --password-file or --secret-file", ""));
    }
    if options.username.as_deref() == Some("") {
        return Err(CommandError::new(Code::MissingValue, "the user name is empty", "use --username NAME"));
    }
    Ok(Given { username: options.username.clone(), credential: credential(context, options, store)? })
}

/// Prompts for what is missing: a password needs a user name, and a user name a password.
pub(super) fn completed(context: &Context, mut given: Given) -> Result<Given, CommandError> {
    match (&given.username, &given.credential) {
        (Some(_), None) => {
            context.require_terminal("give the password", SOURCES)?;
            given.credential = Some(typed(context, true)?);
        }
        (None, Some(credential)) if credential.is_password() => {
            context.require_terminal("give the user name", "use --username NAME")?;
            given.username = Some(context.dialog.line("User name", "a user name")?);
        }
        _ => {}
    }
    Ok(given)
}

fn credential(
    context: &Context,
    options: &CredentialSource,
    store: bool,
) -> Result<Option<Credential>, CommandError> {
    Ok(Some(match (&options.password_file, &options.secret_file) {
        _ if options.password_stdin => from_stdin(context, true)?,
        _ if options.secret_stdin => from_stdin(context, false)?,
        (Some(file), _) if store => Credential::Password(contents(file)?),
        (Some(file), _) => Credential::PasswordFile(reference(file)?),
        (_, Some(file)) if store => Credential::Secret(contents(file)?),
        (_, Some(file)) => Credential::SecretFile(reference(file)?),
        (None, None) => return Ok(None),
    }))
}

/// Reads the secret in a file of the command line.
fn contents(file: &Path) -> Result<Secret, SecretError> {
    read_secret_file(file).map_err(|error| match error {
        SecretError::Unreadable { cause, .. } => SecretError::Unreadable { name: name_of(file), cause },
        invalid @ SecretError::Invalid { .. } => invalid,
    })
}

/// Reads a password, or else a shared secret, from standard input.
fn from_stdin(context: &Context, is_password: bool) -> Result<Credential, CommandError> {
    let secret = secret_from_stdin(context, "secret", || prompt(context, is_password))?;
    Ok(if is_password { Credential::Password(secret) } else { Credential::Secret(secret) })
}

/// Reads a secret from standard input. At a terminal it uses `prompt`, which does not echo what is typed.
pub(super) fn secret_from_stdin(
    context: &Context,
    what: &str,
    prompt: impl Fn() -> Result<Secret, CommandError>,
) -> Result<Secret, CommandError> {
    if io::stdin().is_terminal() {
        // Without a prompt the terminal would echo it.
        context.require_terminal(&format!("give the {what}"), "pipe it into standard input")?;
        return prompt();
    }
    let name = "standard input";
    let stdin =
        unbuffered_stdin().map_err(|cause| SecretError::Unreadable { name: name.to_owned(), cause })?;
    Ok(read_secret(stdin, name)?)
}

/// Prompts for a password, or else for a shared secret.
pub(super) fn typed(context: &Context, is_password: bool) -> Result<Credential, CommandError> {
    let secret = prompt(context, is_password)?;
    Ok(if is_password { Credential::Password(secret) } else { Credential::Secret(secret) })
}

fn prompt(context: &Context, is_password: bool) -> Result<Secret, CommandError> {
    if is_password {
        context.dialog.secret("Password", "a password")
    } else {
        context.dialog.secret("Shared secret", "a secret")
    }
}

/// Prompts for the credentials of a server: a user name, and a password or shared secret.
pub(super) fn prompt_login(context: &Context) -> Result<Given, CommandError> {
    let ways = ["User name and password", "A shared secret", "Nothing"];
    context.dialog.tell("A shared secret creates temporary credentials.");
    Ok(match context.dialog.choose("How do clients authenticate", &ways.map(str::to_owned), 0)? {
        0 => {
            let username = Some(context.dialog.line("User name", "a user name")?);
            Given { username, credential: Some(typed(context, true)?) }
        }
        1 => {
            let credential = Some(typed(context, false)?);
            Given { username: context.dialog.optional_line("User name (empty for none)")?, credential }
        }
        _ => Given::default(),
    })
}

/// Warnings about the credential files of the settings: unreadable, or readable by other users. A file that several
/// servers share is checked once.
pub(super) fn check_files(context: &Context, settings: &Settings) -> Result<Vec<Warning>, CommandError> {
    let store = context.store()?;
    let mut warnings = Vec::new();
    let mut known: HashMap<&Path, Result<(), String>> = HashMap::new();
    for (position, server) in (1..).zip(&settings.turn.entries) {
        let Some(Credential::PasswordFile(file) | Credential::SecretFile(file)) = &server.credential else {
            continue;
        };
        let found = known.entry(file).or_insert_with(|| {
            let path = store.credential_path(file);
            let found = read_credential_file(&path).map(drop).map_err(|error| error.to_string());
            if found.is_ok() && store::readable_by_others(&path) {
                let (path, credential) = (path.display().to_string(), Some(file.clone()));
                warnings.push(Warning::ReadableByOthers { path, credential });
            }
            found
        });
        if let Err(why) = found {
            warnings.push(Warning::credential_file(server, Some(position), why));
        }
    }
    Ok(warnings)
}

/// A server with the credentials that a client would use now, or else with a warning that they cannot be read. It is probed
/// without them, and its row says why.
pub(super) fn with_login_or_warning(
    context: &Context,
    server: TurnServer,
    ttl: Duration,
) -> (Server, Option<Warning>) {
    let (login, unusable) = login_or_reason(context, &server, ttl);
    let warning = unusable.as_ref().map(|why| Warning::credential_file(&server, None, why));
    let source = Source { unusable, ..Source::new(None, 0, &server) };
    (Server { uri: server.uri, login, source }, warning)
}

/// The credentials that a client would use now, or why they cannot be read.
pub(super) fn login_or_reason(
    context: &Context,
    server: &TurnServer,
    ttl: Duration,
) -> (Option<Login>, Option<String>) {
    match login(context, server, ttl) {
        Ok(login) => (login, None),
        Err(why) => (None, Some(why)),
    }
}

/// The credentials that a client would use now; none if the server has none, or no user name for a password.
pub(super) fn login(context: &Context, server: &TurnServer, ttl: Duration) -> Result<Option<Login>, String> {
    if server.credential.is_none() {
        return Ok(None);
    }
    let store = context.store().map_err(|error: CommandError| error.message())?;
    store.login(server, None, expiry(ttl)).map_err(|error| error.to_string())
}

/// The password or shared secret, read from its file if need be.
pub(super) fn secret(context: &Context, credential: &Credential) -> Result<Secret, String> {
    let store = context.store().map_err(|error: CommandError| error.message())?;
    store.secret(credential).map_err(|error| error.to_string())
}

/// The path to store: absolute, so that it does not depend on the working directory.
fn reference(file: &Path) -> Result<PathBuf, CommandError> {
    let path = std::path::absolute(file)
        .map_err(|cause| SecretError::Unreadable { name: file.display().to_string(), cause })?;
    if path.to_str().is_none() {
        let message = format!("{}: the path is not UTF-8 text", path.display());
        return Err(CommandError::new(Code::InvalidPath, message, "rename the file"));
    }
    Ok(path)
}
