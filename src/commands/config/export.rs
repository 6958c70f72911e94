//! `cowork-calls config export`: the settings in effect, with secrets, for other programs.

use std::time::Duration;

use crate::cli::{ExportArgs, ExportFormat};
use crate::commands::context::Context;
use crate::commands::credentials;
use crate::config::settings::Settings;
use crate::config::turn::{Secret, TurnServer};
use crate::error::{Code, CommandError, Exit};
use crate::render::settings::{coturn, env, json, rtc, toml};

pub(crate) fn run(context: &Context, args: &ExportArgs) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let settings = &loaded.settings;
    let default = if context.global.json { ExportFormat::Json } else { ExportFormat::Toml };
    let text = match args.format.unwrap_or(default) {
        ExportFormat::Toml => toml::toml(settings),
        ExportFormat::Json => json::line(&toml::json(settings)),
        ExportFormat::Env => env::text(settings),
        ExportFormat::Rtc => browsers(context, settings, args.ttl)?,
        ExportFormat::Coturn => fragment(context, settings)?,
    };
    context.print(&text)?;
    context.warn(&loaded.warnings);
    Ok(Exit::Done)
}

/// A browser rejects the whole configuration if one TURN server has no credentials, so such a server is left out.
fn browsers(context: &Context, settings: &Settings, ttl: Duration) -> Result<String, CommandError> {
    let mut logins = Vec::new();
    for server in &settings.turn.entries {
        let login = credentials::login(context, server, ttl).map_err(|why| unreadable(server, &why))?;
        match login {
            Some(login) => logins.push((&server.uri, login)),
            None => context.note(&format!("left out, because it has no credentials: {}", server.uri)),
        }
    }
    Ok(json::line(&rtc::configuration(&settings.stun.entries, &logins, settings.policy)))
}

fn fragment(context: &Context, settings: &Settings) -> Result<String, CommandError> {
    let servers = &settings.turn.entries;
    if servers.is_empty() {
        context.note("no TURN server is configured");
    }
    let served = servers.iter().map(|server| Ok((server, secret(context, server)?)));
    let served = served.collect::<Result<Vec<_>, CommandError>>()?;
    coturn::text(&served)
}

fn secret(context: &Context, server: &TurnServer) -> Result<Option<Secret>, CommandError> {
    let read = server.credential.as_ref().map(|credential| credentials::secret(context, credential));
    read.transpose().map_err(|why| unreadable(server, &why))
}

fn unreadable(server: &TurnServer, why: &str) -> CommandError {
    CommandError::new(
        Code::SecretUnreadable,
        format!("{}: {why}", server.uri),
        "make the file readable, or set the credentials again with 'cowork-calls turn edit'",
    )
    .exiting(Exit::Config)
}
