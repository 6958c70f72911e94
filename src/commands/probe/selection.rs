//! The servers that `cowork-calls probe` selects: configured ones, and those that the command line names by address or
//! position.

use std::collections::HashMap;

use crate::cli::{ProbeArgs, parse_position};
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::config::address::{Kind, ServerUri};
use crate::config::edit::{EditError, Target};
use crate::config::settings::{ListName, Settings};
use crate::config::turn::TurnServer;
use crate::error::{Code, CommandError};
use crate::probe::source::{LoginSource, Source};

/// A server to probe, and where it comes from.
#[derive(Clone)]
pub(super) struct Selected {
    pub(super) server: TurnServer,
    pub(super) source: Source,
}

impl Selected {
    fn new(server: TurnServer, position: Option<usize>, count: usize) -> Self {
        Selected { source: Source::new(position, count, &server), server }
    }
}

/// The lists of configured servers.
#[derive(Default)]
struct Lists {
    stun: Vec<ServerUri>,
    turn: Vec<TurnServer>,
}

/// The configured servers of both lists, or of the selected one.
pub(super) fn configured(args: &ProbeArgs, settings: &Settings) -> Vec<Selected> {
    let (only_stun, only_turn) = only(args);
    let both = only_stun == only_turn;
    let (stun, turn) = (both || only_stun, both || only_turn);
    let stun = settings.stun.entries.iter().filter(|_| stun).cloned().map(bare);
    let turn = settings.turn.entries.iter().filter(|_| turn).cloned();
    let counts = (settings.stun.entries.len(), settings.turn.entries.len());
    let numbered = |count| move |(position, server)| Selected::new(server, Some(position), count);
    (1..).zip(stun).map(numbered(counts.0)).chain((1..).zip(turn).map(numbered(counts.1))).collect()
}

/// Whether positions are those of the STUN servers, and whether of the TURN servers; of neither means that they must be
/// unambiguous.
const fn only(args: &ProbeArgs) -> (bool, bool) {
    (args.stun, args.turn || args.audit)
}

/// The kind of a server without a scheme. Only TURN servers can be audited.
pub(super) const fn usual_kind(args: &ProbeArgs) -> Kind {
    if args.audit { Kind::Turn } else { Kind::Stun }
}

/// The addresses and positions on the command line.
pub(super) fn targets(args: &ProbeArgs) -> Result<Vec<Target<ServerUri>>, CommandError> {
    let target = |text: &String| match parse_position(text) {
        Ok(position) => Ok(Target::Position(position)),
        Err(_) => ServerUri::parse_any(text, usual_kind(args)).map(Target::Key),
    };
    let targets: Vec<_> = args.servers.iter().map(target).collect::<Result<_, _>>()?;
    let option = if args.stun { "--stun" } else { "--turn" };
    if (args.stun || args.turn) && !targets.iter().any(is_position) {
        let message = format!("the argument '{option}' cannot be used with addresses, only with positions");
        return Err(CommandError::new(Code::Usage, message, format!("leave out {option}")));
    }
    Ok(targets)
}

const fn is_position(target: &Target<ServerUri>) -> bool {
    matches!(target, Target::Position(_))
}

/// The servers named on the command line or in a file. A configured TURN server is probed with its own credentials, unless
/// others are given; any other with those of the command line.
pub(super) fn named(
    context: &Context,
    args: &ProbeArgs,
    targets: Vec<Target<ServerUri>>,
) -> Result<Vec<Selected>, CommandError> {
    // Read files now: without the credentials the verdict would be about another user.
    let from_file = args.credentials.password_file.is_some() || args.credentials.secret_file.is_some();
    let given = credentials::read(context, &args.credentials, from_file)?;
    let is_stun = |target: &Target<ServerUri>| matches!(target, Target::Key(uri) if uri.kind() == Kind::Stun);
    let lists = match context.load() {
        Ok(loaded) => Lists { stun: loaded.settings.stun.entries, turn: loaded.settings.turn.entries },
        // STUN servers need nothing from the settings but their positions.
        Err(_) if targets.iter().all(is_stun) => Lists::default(),
        Err(error) => return Err(error),
    };
    let uris = addresses(args, &lists, targets)?;
    let given = match uris.iter().any(|uri| uri.kind() == Kind::Turn) {
        true => credentials::completed(context, given)?,
        false => Given::default(),
    };
    let (stun, turn) = (positions(lists.stun.iter()), positions(lists.turn.iter().map(|server| &server.uri)));
    let selected = |uri: ServerUri| match uri.kind() {
        Kind::Stun => {
            let position = stun.get(&uri).copied();
            Selected::new(bare(uri), position, lists.stun.len())
        }
        Kind::Turn => {
            let position = turn.get(&uri).copied();
            let known = position.and_then(|position| lists.turn.get(position - 1));
            with_credentials(uri, known, position, lists.turn.len(), &given)
        }
    };
    Ok(uris.into_iter().map(selected).collect())
}

/// The position of each entry of a list.
fn positions<'a>(entries: impl Iterator<Item = &'a ServerUri>) -> HashMap<&'a ServerUri, usize> {
    let mut positions = HashMap::new();
    for (uri, position) in entries.zip(1..) {
        // Of an entry that is listed twice, the first one is probed.
        positions.entry(uri).or_insert(position);
    }
    positions
}

/// A TURN server with its own credentials, or those that are given.
fn with_credentials(
    uri: ServerUri,
    known: Option<&TurnServer>,
    position: Option<usize>,
    count: usize,
    given: &Given,
) -> Selected {
    let Given { username, credential } = given;
    match (known, credential) {
        (Some(server), None) => Selected::new(server.clone(), position, count),
        _ => {
            let server = TurnServer { uri, username: username.clone(), credential: credential.clone() };
            let login = match credential {
                Some(credential) => LoginSource::Given(credential.is_password()),
                None => LoginSource::Nothing,
            };
            let source = Source { login, ..Source::new(position, count, &server) };
            Selected { server, source }
        }
    }
}

/// The addresses of the servers; those at a position come from the list that has it.
fn addresses(
    args: &ProbeArgs,
    lists: &Lists,
    targets: Vec<Target<ServerUri>>,
) -> Result<Vec<ServerUri>, CommandError> {
    let mut uris = Vec::with_capacity(targets.len());
    for target in targets {
        match target {
            Target::Key(uri) => uris.push(uri),
            Target::Position(position) => uris.extend(at(args, lists, position)?),
        }
    }
    Ok(uris)
}

/// The servers at a position: one, or with both options one of each list.
fn at(args: &ProbeArgs, lists: &Lists, position: usize) -> Result<Vec<ServerUri>, CommandError> {
    let index = position.checked_sub(1);
    let stun = index.and_then(|index| lists.stun.get(index)).cloned();
    let turn = index.and_then(|index| lists.turn.get(index)).map(|server| server.uri.clone());
    let counts = (lists.stun.len(), lists.turn.len());
    let missing = |list, count| EditError::OutOfRange { list, position, count, most: count };
    let from_stun = || stun.clone().ok_or_else(|| missing(ListName::Stun, counts.0));
    let from_turn = || turn.clone().ok_or_else(|| missing(ListName::Turn, counts.1));
    Ok(match only(args) {
        (true, true) => vec![from_stun()?, from_turn()?],
        (true, false) => vec![from_stun()?],
        (false, true) => vec![from_turn()?],
        (false, false) => match (stun, turn) {
            (Some(stun), Some(turn)) => return Err(ambiguous(position, &stun, &turn)),
            (None, None) => return Err(out_of_range(position, counts)),
            (stun, turn) => stun.into_iter().chain(turn).collect(),
        },
    })
}

fn ambiguous(position: usize, stun: &ServerUri, turn: &ServerUri) -> CommandError {
    let message = format!("position {position} is in both lists: {stun} and {turn}");
    let hint =
        format!("use 'cowork-calls probe {position} --stun' or 'cowork-calls probe {position} --turn'");
    CommandError::new(Code::Usage, message, hint)
}

fn out_of_range(position: usize, (stun, turn): (usize, usize)) -> CommandError {
    let (stun, turn) = (ListName::Stun.count(stun), ListName::Turn.count(turn));
    let message = format!("position {position} is out of range: there are {stun} and {turn}");
    CommandError::new(Code::PositionOutOfRange, message, "see the lists with 'cowork-calls show'")
}

/// A server without credentials.
pub(crate) fn bare(uri: ServerUri) -> TurnServer {
    TurnServer { uri, username: None, credential: None }
}
