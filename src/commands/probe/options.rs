//! What `cowork-calls probe` probes, and how: from options to a plan.

use std::io;
use std::path::Path;

use super::selection::{self, Selected};
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::commands::{credentials, input};
use crate::config::edit::Target;
use crate::config::warnings::Warning;
use crate::error::{Code, CommandError};
use crate::probe::plan::{Countries, Media, Options, Plan, Server, Trust};
use crate::probe::report::Family;
use crate::probe::source::Source;

/// The output format; `--json` is short for `--format json`.
pub(super) fn format(context: &Context, args: &ProbeArgs) -> ProbeFormat {
    let default = if context.global.json { ProbeFormat::Json } else { ProbeFormat::Table };
    args.format.unwrap_or(default)
}

/// The plan, with the credentials that clients would use now, and warnings about those that cannot be read.
pub(super) fn plan(
    context: &Context,
    args: &ProbeArgs,
    servers: impl IntoIterator<Item = Selected>,
) -> Result<(Plan, Vec<Warning>), CommandError> {
    let options = options(context, args)?;
    let mut warnings = Vec::new();
    let with_login = |Selected { server, source }| {
        let (login, unusable) = credentials::login_or_reason(context, &server, args.ttl);
        warnings.extend(unusable.as_ref().map(|why| Warning::credential_file(&server, source.position, why)));
        Server { uri: server.uri, login, source: Source { unusable, ..source } }
    };
    let plan = Plan::new(servers.into_iter().map(with_login), options);
    Ok((plan, warnings))
}

/// The servers to probe: those in a file, those on the command line, or else the configured ones.
pub(super) fn servers(context: &Context, args: &ProbeArgs) -> Result<Vec<Selected>, CommandError> {
    let from_stdin = args.credentials.password_stdin || args.credentials.secret_stdin;
    match &args.input {
        Some(file) if from_stdin && file == Path::new("-") => {
            let message = "the server list and the credentials cannot both come from standard input";
            Err(CommandError::new(Code::Usage, message, "name a file for one of them"))
        }
        Some(file) => {
            let uris = input::servers(context, file, selection::usual_kind(args))?;
            selection::named(context, args, uris.into_iter().map(Target::Key).collect())
        }
        None if !args.servers.is_empty() => selection::named(context, args, selection::targets(args)?),
        None if args.credentials.is_given() => Err(CommandError::new(
            Code::Usage,
            "credentials need a server on the command line",
            "name a server; change the credentials of configured servers with 'cowork-calls turn edit'",
        )),
        None => Ok(selection::configured(args, &context.load()?.settings)),
    }
}

pub(super) fn options(context: &Context, args: &ProbeArgs) -> Result<Options, CommandError> {
    let unusable = |file: Option<&Path>, error: io::Error, hint: &str| {
        let file = file.map(input::name_of).unwrap_or_default();
        CommandError::new(Code::UnusableFile, format!("cannot use {file}: {error}"), hint)
    };
    let (ca, geoip) = (args.ca_file.as_deref(), args.geoip.as_deref());
    let trust = Trust::new(ca, args.insecure)
        .map_err(|error| unusable(ca, error, "name a file of certificates in PEM"))?;
    let countries = Countries::new(geoip).map_err(|error| {
        unusable(geoip, error, "name a database of countries in the format of MaxMind DB")
    })?;
    let defaults = Options::default();
    Ok(Options {
        count: args.count.unwrap_or(defaults.count),
        relay_count: args.count.unwrap_or(defaults.relay_count),
        timeout: args.timeout,
        family: family(args.ipv4, args.ipv6),
        transport: args.transport,
        trust,
        countries,
        quality: args.quality.then_some(Media { duration: args.duration, bitrate: args.bitrate }),
        audit: args.audit,
        settings_option: context.global.settings_option(),
    })
}

/// The only family to use, or both; clap rejects -4 together with -6.
pub(crate) fn family(ipv4: bool, ipv6: bool) -> Option<Family> {
    let only = |wanted: bool, family| wanted.then_some(family);
    only(ipv4, Family::Ipv4).or(only(ipv6, Family::Ipv6))
}
