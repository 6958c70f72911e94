//! Credentials of TURN servers, from where no other user of the machine can see them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use super::context::Context;
use super::list::targets::require_terminal;
use crate::cli::{CredentialSource, SOURCES, refused};
use crate::config::settings::Settings;
use crate::config::turn::{Credential, Secret};
use crate::config::warnings::Warning;
use crate::error::{Code, CommandError};
use crate::store;
pub(super) use crate::store::why_unreadable;
use crate::store::{SecretError, read_referred_file, read_secret, read_secret_file};

/// What the options say: user name and credential, each if it was given.
pub(super) struct Given {
    pub(super) username: Option<String>,
    pub(super) credential: Option<Credential>,
}

/// Reads what the options name, and with `store` what the files hold. Nothing is asked for.
pub(super) fn read(
    context: &Context,
    options: &CredentialSource,
    store: bool,
) -> Result<Given, CommandError> {
    for (option, value) in [("--password", &options.password), ("--secret", &options.secret)] {
        if value.is_some() {
            return Err(refused(option));
        }
    }
    if store && options.password_file.is_none() && options.secret_file.is_none() {
        return Err(CommandError::new(Code::Usage, "--store goes with --password-file or --secret-file", ""));
    }
    if options.username.as_deref() == Some("") {
        return Err(CommandError::new(
            Code::MissingValue,
            "the user name is empty",
            "give a name with --username NAME",
        ));
    }
    Ok(Given { username: options.username.clone(), credential: credential(context, options, store)? })
}

/// What a client logs in with: a password with a user name, or a secret, or nothing; asks for what is missing.
pub(super) fn completed(context: &Context, mut given: Given) -> Result<Given, CommandError> {
    match (&given.username, &given.credential) {
        (Some(_), None) => {
            require_terminal(context, "give the password", SOURCES)?;
            given.credential = Some(typed(context, true)?);
        }
        (None, Some(credential)) if credential.is_password() => {
            require_terminal(context, "give the user name", "use --username NAME")?;
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
    let stored = |file: &Path| if store { Some(from_file(file)) } else { None };
    Ok(if options.password_stdin {
        Some(from_stdin(context, true)?)
    } else if options.secret_stdin {
        Some(from_stdin(context, false)?)
    } else if let Some(file) = &options.password_file {
        Some(match stored(file) {
            Some(secret) => Credential::Password(secret?),
            None => Credential::PasswordFile(reference(file)?.into()),
        })
    } else if let Some(file) = &options.secret_file {
        Some(match stored(file) {
            Some(secret) => Credential::Secret(secret?),
            None => Credential::SecretFile(reference(file)?.into()),
        })
    } else {
        None
    })
}

/// A password, or else a shared secret, from standard input; at a terminal it does not appear on the screen.
fn from_stdin(context: &Context, is_password: bool) -> Result<Credential, CommandError> {
    if io::stdin().is_terminal() {
        // What is typed would be seen unless it is asked for.
        require_terminal(context, "give the secret", "pipe it into standard input")?;
        return typed(context, is_password);
    }
    let name = "standard input";
    let stdin =
        unbuffered_stdin().map_err(|cause| SecretError::Unreadable { name: name.to_owned(), cause })?;
    let secret = read_secret(stdin, name)?;
    Ok(if is_password { Credential::Password(secret) } else { Credential::Secret(secret) })
}

/// A password, or else a shared secret, that a person types.
pub(super) fn typed(context: &Context, is_password: bool) -> Result<Credential, CommandError> {
    Ok(if is_password {
        Credential::Password(context.dialog.secret("Password", "a password")?)
    } else {
        Credential::Secret(context.dialog.secret("Shared secret", "a secret")?)
    })
}

/// Standard input without the buffer that the standard library keeps until the program ends, secrets included.
pub(super) fn unbuffered_stdin() -> io::Result<File> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// The secret that a file holds.
pub(super) fn from_file(file: &Path) -> Result<Secret, CommandError> {
    Ok(read_secret_file(file)?)
}

/// What is wrong with the files that the settings refer to: one that cannot be read now, or that others can read too.
/// Servers may share a file; it is looked at once.
pub(super) fn check_files(context: &Context, settings: &Settings) -> Result<Vec<Warning>, CommandError> {
    let store = context.store()?;
    let mut warnings = Vec::new();
    let mut known: HashMap<&Path, Result<(), String>> = HashMap::new();
    for server in &settings.turn.entries {
        let Some(Credential::PasswordFile(file) | Credential::SecretFile(file)) = &server.credential else {
            continue;
        };
        let found = known.entry(file).or_insert_with(|| {
            let path = store.referred(file);
            let found = check_file(&path);
            if found.is_ok() && store::readable_by_others(&path) {
                warnings.push(Warning::ReadableByOthers { path: path.display().to_string() });
            }
            found
        });
        if let Err(why) = found {
            warnings.push(Warning::CredentialFile { uri: server.uri.to_string(), why: why.clone() });
        }
    }
    Ok(warnings)
}

fn check_file(path: &Path) -> Result<(), String> {
    read_referred_file(path).map(|_| ()).map_err(|error| error.to_string())
}

/// The path that the settings store: absolute, so that it means the same from everywhere.
fn reference(file: &Path) -> Result<String, CommandError> {
    let path = std::path::absolute(file)
        .map_err(|cause| SecretError::Unreadable { name: file.display().to_string(), cause })?;
    let text = path.to_str().ok_or_else(|| {
        CommandError::new(
            Code::InvalidPath,
            format!("{}: the path is no UTF-8 text", path.display()),
            "rename the file",
        )
    })?;
    Ok(text.to_owned())
}
