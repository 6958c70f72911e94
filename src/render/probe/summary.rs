//! The last lines of a probe for people: how many servers work, and which ones browsers wait for.

use super::{audit, quality};
use crate::probe::report::wait::Wait;
use crate::probe::report::{Code, Report, Row, Status};
use crate::terminal::Stream;
use crate::terminal::paragraph::paragraph;

/// Returns how many servers work, how good calls would be where that was measured, and how long browsers search for
/// candidates with this list.
pub(super) fn summary(report: &Report, out: Stream) -> String {
    if report.results.is_empty() {
        return paragraph(0, None, "There are no servers to probe.", out);
    }
    if let Some(text) = audit::summary(report) {
        return paragraph(0, None, &text, out);
    }
    let counts = Counts::of(report);
    let waits = waits(report);
    let mut first = counts.verdict();
    if let (Some(ms), true) = (report.summary.gathering_ms, waits.is_empty() && counts.ok > 0) {
        first += &format!(" With this list a browser gathers candidates for {:.1} seconds.", ms / 1000.0);
    }
    let waits = waits.iter().map(|wait| wait.sentence());
    [first]
        .into_iter()
        .chain(quality::summary(report))
        .chain(waits)
        .map(|sentence| paragraph(0, None, &sentence, out))
        .collect()
}

/// The servers in numbers.
struct Counts {
    ok: usize,
    failed: usize,
    skipped: usize,
    interrupted: usize,
    /// Whether one of those that failed works for some calls: a TURN server that does not connect IPv6 with IPv4.
    is_partial: bool,
}

impl Counts {
    fn of(report: &Report) -> Self {
        let mut counts = Counts { ok: 0, failed: 0, skipped: 0, interrupted: 0, is_partial: false };
        for server in report.by_server() {
            let is_ok = |row: &Row| row.status == Status::Ok;
            counts.is_partial |= Report::verdict(server) == Status::Failed && server.iter().any(is_ok);
            *match Report::verdict(server) {
                Status::Ok => &mut counts.ok,
                Status::Skipped => &mut counts.skipped,
                Status::Failed if server.iter().any(|row| has_code(row, Code::Interrupted)) => {
                    &mut counts.interrupted
                }
                Status::Failed => &mut counts.failed,
            } += 1;
        }
        counts
    }

    fn verdict(&self) -> String {
        let Counts { ok, failed, skipped, interrupted, is_partial } = *self;
        let servers = ok + failed + skipped + interrupted;
        let counts = [(ok, "ok"), (failed, "failed"), (skipped, "skipped"), (interrupted, "interrupted")];
        let given: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
        let words = match (servers, &*given) {
            (1, [(_, what)]) => (*what).to_owned(),
            (_, [(_, what)]) => format!("all {what}"),
            (_, several) => {
                several.iter().map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
            }
        };
        let mut text = format!("{servers} {}: {words}.", if servers == 1 { "server" } else { "servers" });
        if ok + interrupted == 0 && failed > 0 {
            let calls = if is_partial { "Some calls" } else { "Calls" };
            let them = if failed == 1 { "it" } else { "them" };
            text += &format!(" {calls} that need {them} will not work.");
        }
        text
    }
}

fn has_code(row: &Row, code: Code) -> bool {
    row.error.as_ref().is_some_and(|error| error.code == code)
}

/// Why browsers wait for a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Silent,
    FallsSilent,
    OneFamily,
    Useless,
    Name,
}

impl Cause {
    const ALL: [Cause; 5] =
        [Cause::Silent, Cause::FallsSilent, Cause::OneFamily, Cause::Useless, Cause::Name];

    /// Why browsers wait for the server with these rows, and how long; `None` if they do not.
    fn of(server: &[Row]) -> Option<(Cause, Limit)> {
        let limits = server.iter().filter_map(|row| Some((row, Limit::of(row.wait())?)));
        let (row, limit) = limits.reduce(|longest, next| if next.1 > longest.1 { next } else { longest })?;
        let others_respond = || server.iter().any(|row| row.has_response() || row.status == Status::Ok);
        let cause = match row.error.as_ref()?.code {
            // A browser, which sends nothing there, gets no answer.
            Code::PortBlockedInBrowsers => Cause::Silent,
            Code::Dns => Cause::Name,
            Code::Timeout | Code::Refused | Code::Unreachable => match row.has_response() {
                true => Cause::FallsSilent,
                false if others_respond() => Cause::OneFamily,
                false => Cause::Silent,
            },
            _ => Cause::Useless,
        };
        Some((cause, limit))
    }

    /// What these servers do.
    fn sentence(self, count: usize) -> String {
        let (one, many) = match self {
            Cause::Silent => ("server does not answer", "servers do not answer"),
            Cause::FallsSilent => ("server stops answering", "servers stop answering"),
            Cause::OneFamily => {
                ("server answers over one address family only", "servers answer over one address family only")
            }
            Cause::Useless => {
                ("server answers, but not as browsers need it", "servers answer, but not as browsers need it")
            }
            Cause::Name => ("name does not resolve", "names do not resolve"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// How long a browser searches at most.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Limit {
    Seconds(f64),
    OverFiveMinutes,
    Never,
}

impl Limit {
    /// The limit of a wait; `None` for one that nobody notices.
    fn of(wait: Wait) -> Option<Self> {
        match wait {
            Wait::Connection => Some(Limit::OverFiveMinutes),
            Wait::Forever => Some(Limit::Never),
            // 13 to 16 s, by the order of the name servers.
            Wait::SilentLookup => Some(Limit::Seconds(16.0)),
            wait => wait
                .ms()
                .map(|ms| Limit::Seconds((ms / 1000.0).round()))
                .filter(|limit| *limit > Limit::Seconds(0.0)),
        }
    }
}

/// The servers that browsers wait for because of one cause.
struct Waits<'a> {
    cause: Cause,
    limit: Limit,
    first: &'a str,
    count: usize,
}

impl Waits<'_> {
    fn sentence(&self) -> String {
        let Waits { cause, limit, first, count } = self;
        let search = match limit {
            Limit::Seconds(seconds) => format!("a browser may search for up to {seconds:.0} s"),
            Limit::OverFiveMinutes => "a browser may search for over 5 minutes".to_owned(),
            Limit::Never => "a browser never stops searching".to_owned(),
        };
        let more = if *count > 1 { ", …" } else { "" };
        format!("{}; {search} ({first}{more}).", cause.sentence(*count))
    }
}

/// Returns the causes of waits, each with its servers.
fn waits(report: &Report) -> Vec<Waits<'_>> {
    let mut all: Vec<Waits<'_>> = Vec::new();
    for server in report.by_server() {
        let (Some((cause, limit)), Some(row)) = (Cause::of(server), server.first()) else { continue };
        match all.iter_mut().find(|waits| waits.cause == cause) {
            Some(waits) => {
                waits.count += 1;
                if limit > waits.limit {
                    waits.limit = limit;
                }
            }
            None => all.push(Waits { cause, limit, first: &row.uri, count: 1 }),
        }
    }
    all.sort_by_key(|waits| Cause::ALL.iter().position(|cause| *cause == waits.cause));
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::{Family, RowError, Transport};

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    fn good(uri: &str) -> Row {
        let row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
        Row { status: Status::Ok, received: 1, ..row }
    }

    fn failed(uri: &str, code: Code, wait: Wait) -> Row {
        let row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
        row.failed(RowError::new(code, String::new()).with_wait(wait))
    }

    fn skipped(uri: &str) -> Row {
        Row::new(uri.to_owned(), Kind::Stun, Transport::Udp)
    }

    #[track_caller]
    fn says(rows: Vec<Row>, expected: &str) {
        assert_eq!(summary(&Report::new(rows, Duration::ZERO), PIPE), expected);
    }

    #[test]
    fn says_first_what_works() {
        let bad = |uri| failed(uri, Code::Unauthorized, Wait::None);
        let gathers = " With this list a browser gathers candidates for 0.1 seconds.\n";
        says(vec![good("a")], &format!("1 server: ok.{gathers}"));
        says(vec![good("a"), good("b"), good("c")], &format!("3 servers: all ok.{gathers}"));
        says(vec![good("a"), bad("b"), bad("c")], &format!("3 servers: 1 ok, 2 failed.{gathers}"));
        says(
            vec![good("a"), bad("b"), skipped("c")],
            &format!("3 servers: 1 ok, 1 failed, 1 skipped.{gathers}"),
        );
        says(vec![bad("a")], "1 server: failed. Calls that need it will not work.\n");
        says(vec![bad("a"), bad("b")], "2 servers: all failed. Calls that need them will not work.\n");
        says(
            vec![bad("a"), bad("b"), skipped("c")],
            "3 servers: 2 failed, 1 skipped. Calls that need them will not work.\n",
        );
        says(vec![skipped("a"), skipped("b")], "2 servers: all skipped.\n");
        says(vec![], "There are no servers to probe.\n");
    }

    #[test]
    fn says_nothing_about_servers_whose_probe_was_interrupted() {
        let interrupted = |uri| failed(uri, Code::Interrupted, Wait::None);
        says(vec![interrupted("a"), interrupted("b")], "2 servers: all interrupted.\n");
        let bad = failed("b", Code::Unauthorized, Wait::None);
        says(vec![interrupted("a"), bad], "2 servers: 1 failed, 1 interrupted.\n");
    }

    #[test]
    fn says_once_what_browsers_wait_for_and_why() {
        let silent = |uri| failed(uri, Code::Timeout, Wait::Retransmission);
        says(
            vec![
                silent("stun:a:1"),
                good("stun:b:1"),
                failed("stun:c:1", Code::Refused, Wait::Retransmission),
            ],
            "3 servers: 1 ok, 2 failed.\n\
             2 servers do not answer; a browser may search for up to 40 s (stun:a:1, …).\n",
        );
        for (code, wait, sentence) in [
            (
                Code::Timeout,
                Wait::SilentHandshake,
                "1 server does not answer; a browser may search for up to 30 s",
            ),
            (
                Code::Timeout,
                Wait::Connection,
                "1 server does not answer; a browser may search for over 5 minutes",
            ),
            (
                Code::NotStun,
                Wait::Retransmission,
                "1 server answers, but not as browsers need it; a browser may search for up to 40 s",
            ),
            (
                Code::BadResponse,
                Wait::Forever,
                "1 server answers, but not as browsers need it; a browser never stops searching",
            ),
            (
                Code::PortBlockedInBrowsers,
                Wait::Retransmission,
                "1 server does not answer; a browser may search for up to 40 s",
            ),
            (Code::Dns, Wait::SilentLookup, "1 name does not resolve; a browser may search for up to 16 s"),
            (
                Code::Dns,
                Wait::Lookup(Duration::from_secs(4)),
                "1 name does not resolve; a browser may search for up to 4 s",
            ),
        ] {
            let expected =
                format!("1 server: failed. Calls that need it will not work.\n{sentence} (stun:a:1).\n");
            says(vec![failed("stun:a:1", code, wait)], &expected);
        }
        let quick = failed("stun:a:1", Code::Dns, Wait::Lookup(Duration::from_millis(3)));
        says(vec![quick], "1 server: failed. Calls that need it will not work.\n");
    }

    #[test]
    fn a_server_that_answers_in_part_does_answer() {
        let ipv4 = Row { family: Some(Family::Ipv4), ..good("stun:a:1") };
        let ipv6 =
            Row { family: Some(Family::Ipv6), ..failed("stun:a:1", Code::Timeout, Wait::Retransmission) };
        says(
            vec![ipv4, ipv6],
            "1 server: ok.\n\
             1 server answers over one address family only; a browser may search for up to 40 s (stun:a:1).\n",
        );
        let mut falls_silent = failed("turn:a:1", Code::Timeout, Wait::Retransmission);
        falls_silent.trip = Some(Duration::from_millis(9));
        says(
            vec![falls_silent],
            "1 server: failed. Calls that need it will not work.\n\
             1 server stops answering; a browser may search for up to 40 s (turn:a:1).\n",
        );
    }
}
