//! `cowork-calls serve`: runs the Web API until a signal.

use std::time::Duration;

use serde_json::json;

use super::context::Context;
use super::credentials::secret_from_stdin;
use crate::cli::ServeArgs;
use crate::config::warnings::Warning;
use crate::error::{Code, CommandError, Exit};
use crate::render::settings::json::warnings;
use crate::web::tokens::line::{TokenHash, is_short};
use crate::web::{self, LogFormat, Options, PublicNames, ServeError};

/// How long a server that starts waits for the engine of the settings, which may be starting with it.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(context: &Context, args: ServeArgs) -> Result<Exit, CommandError> {
    // Only --hash-token allows no file.
    let Some(token_file) = args.token_file else { return hash_token(context) };
    let tls = args.tls_cert.zip(args.tls_key);
    if tls.is_none() && !args.listen.ip().to_canonical().is_loopback() {
        let message = format!(
            "{} is reachable from other machines, which would send their tokens unencrypted",
            args.listen
        );
        let hint = "use a certificate with --tls-cert FILE and --tls-key FILE, or listen on 127.0.0.1 behind a proxy that terminates TLS";
        return Err(CommandError::new(Code::TlsRequired, message, hint));
    }
    context.store()?.wait(PATIENCE)?;
    // Report errors in the settings as every other command does.
    context.load()?;
    let options = Options {
        listen: args.listen,
        token_file,
        tls,
        ttl: args.ttl,
        hsts: args.hsts,
        public_names: PublicNames::new(args.public_names),
        max_listeners: args.max_listeners as usize,
        max_listeners_per_user: args.max_listeners_per_user as usize,
        reactions_per_second: args.reactions_per_second,
        max_connections_per_address: args.max_connections_per_address as usize,
        trusted_proxies: args.trusted_proxy,
        probe_interval: args.probe_interval,
        log_format: if context.global.json { LogFormat::Json } else { args.log_format },
        quiet: context.global.quiet,
    };
    let served = web::serve(&options, context.store()?, &context.signals);
    served.map(|()| Exit::Done).map_err(failure)
}

/// Prints the hash of a token that is read from standard input.
fn hash_token(context: &Context) -> Result<Exit, CommandError> {
    let token = secret_from_stdin(context, "token", || context.dialog.secret("Token", "a token"))?;
    let hash = TokenHash::of(token.expose()).map_err(|error| {
        let hint = "create a token with 'openssl rand -hex 24'";
        CommandError::new(Code::InvalidTokens, format!("standard input: {error}"), hint)
    })?;
    let short = is_short(token.expose()).then_some(Warning::ShortToken);
    context.warn(short.as_slice());
    if context.global.json {
        let mut result = json!({"hash": hash.to_string()});
        if let Some(warning) = short {
            result["warnings"] = warnings(&[warning]);
        }
        context.print_json(result)?;
    } else {
        context.print(&format!("{hash}\n"))?;
    }
    Ok(Exit::Done)
}

fn failure(error: ServeError) -> CommandError {
    let (code, hint) = match error {
        ServeError::Other(error) => return CommandError::system(Code::EventLoop, error),
        ServeError::Engine(error) => return error.into(),
        ServeError::Settings(_) => (Code::ConfigInvalid, "see 'cowork-calls config check'"),
        ServeError::Tokens(_) => (Code::InvalidTokens, "see 'cowork-calls serve --help'"),
        ServeError::Tls { .. } => (Code::UnusableFile, "use a file in PEM format"),
        ServeError::Listen { .. } => (
            Code::CannotListen,
            "stop the program using the port, or choose another with --listen ADDRESS:PORT",
        ),
    };
    CommandError::new(code, error.to_string(), hint)
}
