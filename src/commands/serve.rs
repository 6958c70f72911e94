//! `cowork-calls serve`: the Web API, until a signal comes.

use super::context::Context;
use crate::cli::{ServeArgs, ServeLogFormat};
use crate::error::{Code, CommandError, Exit};
use crate::web::{self, LogFormat, Options, ServeError};

pub(super) fn run(context: &Context, args: ServeArgs) -> Result<Exit, CommandError> {
    let tls = args.tls_cert.zip(args.tls_key);
    if tls.is_none() && !args.listen.ip().to_canonical().is_loopback() {
        let message = format!(
            "{} can be reached by other machines, which would send their tokens without encryption",
            args.listen
        );
        let hint = "give a certificate with --tls-cert FILE and --tls-key FILE, or listen on 127.0.0.1 behind a proxy that speaks TLS";
        return Err(CommandError::new(Code::TlsRequired, message, hint));
    }
    // Errors in the settings are told as by every other command.
    context.load()?;
    let json = context.global.json || args.log_format == ServeLogFormat::Json;
    let options = Options {
        listen: args.listen,
        token_file: args.token_file,
        tls,
        ttl: args.ttl,
        most_listeners: args.max_listeners as usize,
        probe_interval: args.probe_interval,
        log_format: if json { LogFormat::Json } else { LogFormat::Text },
        quiet: context.global.quiet,
    };
    // A signal ends the server in good order; a second one ends the program.
    let served = web::serve(&options, context.store()?, context.signals.exit_at_once());
    served.map(|()| Exit::Done).map_err(|error| failure(&error))
}

fn failure(error: &ServeError) -> CommandError {
    let (code, hint) = match error {
        ServeError::Settings(_) => (Code::ConfigInvalid, "see 'cowork-calls config check'"),
        ServeError::Tokens(_) => (Code::InvalidTokens, "see 'cowork-calls serve --help'"),
        ServeError::Tls { .. } => (Code::UnusableFile, "name a file in PEM"),
        ServeError::Listen { .. } => (
            Code::CannotListen,
            "stop the program using the port, or choose another with --listen ADDRESS:PORT",
        ),
        ServeError::System(_) => (Code::EventLoop, "raise the limit of open files ('ulimit -n')"),
    };
    CommandError::new(code, error.to_string(), hint)
}
