//! From the answers of a server to findings, and to what stays unknown.

use std::net::{IpAddr, SocketAddr};

use super::peers::Peer;
use super::survey::{Leg, Survey};
use crate::probe::job::Job;
use crate::probe::report::audit::{Audit, Finding, FindingCode, Severity};
use crate::probe::report::{Code, RowError, Transport};
use crate::probe::source::LoginSource;
use crate::protocol::transaction::{ErrorResponse, TransactionError};

/// The most addresses that a sentence names.
const MOST_NAMED: usize = 6;

/// Why something is unknown after an interrupt.
const INTERRUPTED: &str = "the audit was interrupted";

/// What an audit cannot fill in: coturn checks the private part of an external address, and one request shows one relay.
const KEEP_RELAYS: &str =
    "# behind NAT write external-ip=PUBLIC/PRIVATE; add allowed-peer-ip=ADDRESS for each other relay-ip";

/// The answer to one request for a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Granted,
    Refused,
    /// Why there is none.
    Unknown(String),
}

impl Survey {
    /// The error of a row whose server granted an allocation, and then answered nothing.
    pub(super) fn failure(&self, server: SocketAddr, job: Job<'_>) -> Option<RowError> {
        let answers = self.main.answers(server, job);
        let is_known = answers.iter().any(|(_, answer)| !matches!(answer, Answer::Unknown(_)));
        let error = self.main.permissions.first().and_then(|permission| permission.outcome().err());
        match error {
            Some(error) if !is_known => {
                let broke = self.main.broke.clone();
                Some(broke.unwrap_or_else(|| RowError::turn(server, error, job.options.timeout)))
            }
            _ => None,
        }
    }

    /// The audit of a row that failed with `error`, if it did.
    pub(super) fn audit(&self, server: SocketAddr, error: Option<&RowError>, job: Job<'_>) -> Audit {
        let is_interrupted = error.is_some_and(|error| error.code == Code::Interrupted);
        let mut audit = match error {
            Some(error) if self.main.permissions.is_empty() => Audit::failed(&error.message),
            _ => Audit::default(),
        };
        if self.is_open() {
            audit.findings.push(open_relay(&job.target.source.login));
        }
        if audit.unknown.is_empty() {
            let mut answers = self.main.answers(server, job);
            answers.extend(self.other.answers(server, job));
            if is_interrupted {
                answers.iter_mut().for_each(|(_, answer)| answer.interrupt());
            }
            audit.findings.extend(self.peer_findings(&answers));
            audit.unknown.extend(unknown_peers(&answers));
            audit.unknown.extend(self.other_family(is_interrupted));
            self.add_tcp(&mut audit, server, job, is_interrupted);
            audit.unknown.extend(self.unknown.iter().cloned());
        }
        audit.findings.sort_by_key(|finding| (finding.severity, finding.code));
        audit
    }

    /// The findings about peers, one for each code.
    fn peer_findings(&self, answers: &[(Peer, Answer)]) -> Vec<Finding> {
        let relays = self.all_relays();
        let is_needed = |peer: &Peer| relays.contains(&peer.ip) && !peer.code.is_local();
        let finding = |code: &FindingCode| {
            let granted = answers.iter().filter(|(peer, answer)| {
                peer.code == *code && *answer == Answer::Granted && !is_needed(peer)
            });
            let granted: Vec<IpAddr> = granted.map(|(peer, _)| peer.ip).collect();
            (!granted.is_empty()).then(|| peer_finding(*code, &granted, &relays))
        };
        let denied = answers
            .iter()
            .filter(|(peer, answer)| peer.code == FindingCode::OwnRelayDenied && *answer == Answer::Refused);
        let peers = FindingCode::ALL.iter().filter(|code| **code != FindingCode::OwnRelayDenied);
        denied.map(|(peer, _)| own_relay_denied(peer.ip)).chain(peers.filter_map(finding)).collect()
    }

    /// Why nothing is known about the other address family.
    fn other_family(&self, is_interrupted: bool) -> Option<String> {
        let family = if self.main.relayed?.is_ipv4() { "IPv6" } else { "IPv4" };
        let why = match &self.other.broke {
            Some(error) if self.other.permissions.is_empty() => &*error.message,
            None if is_interrupted && self.other.permissions.is_empty() => INTERRUPTED,
            _ => return None,
        };
        Some(format!("whether it relays to {family} addresses: {why}"))
    }

    fn add_tcp(&self, audit: &mut Audit, server: SocketAddr, job: Job<'_>, is_interrupted: bool) {
        let why = match &self.tcp.result {
            Some(Ok(())) => {
                audit.findings.push(tcp_relay());
                return;
            }
            Some(Err(error)) if refuses_tcp(error, job.target.transport) => return,
            Some(Err(error)) => error.message.clone(),
            None if is_interrupted => INTERRUPTED.to_owned(),
            None => format!("{server} was not queried"),
        };
        audit.unknown.push(format!("whether it relays TCP: {why}"));
    }
}

impl Leg {
    /// The answer about each peer.
    fn answers(&self, server: SocketAddr, job: Job<'_>) -> Vec<(Peer, Answer)> {
        let mut permissions = self.permissions.iter();
        let answer = |peer: &Peer| {
            let answer = match permissions.next().map(|permission| permission.outcome()) {
                Some(Ok(_)) => Answer::Granted,
                Some(Err(error)) => self.refused_or_unknown(error, server, job),
                None => Answer::Unknown(format!("{server} was not queried")),
            };
            (*peer, answer)
        };
        self.peers.iter().map(answer).collect()
    }

    fn refused_or_unknown(&self, error: TransactionError, server: SocketAddr, job: Job<'_>) -> Answer {
        match (error, &self.broke) {
            // 443 means that the address cannot be a peer of this relay.
            (TransactionError::ErrorResponse(ErrorResponse { code: 403 | 440 | 443, .. }), _) => {
                Answer::Refused
            }
            (TransactionError::ErrorResponse(ErrorResponse { code: 437, .. }), _) => {
                Answer::Unknown(format!("{server} does not know the allocation any more (error 437)"))
            }
            (TransactionError::Timeout, Some(error)) => Answer::Unknown(error.message.clone()),
            (error, _) => Answer::Unknown(RowError::turn(server, error, job.options.timeout).message),
        }
    }
}

impl Answer {
    /// Whatever is unknown after an interrupt may be unknown because of it.
    fn interrupt(&mut self) {
        if let Answer::Unknown(why) = self {
            INTERRUPTED.clone_into(why);
        }
    }
}

/// Whether an error says that no TCP is relayed: it is refused, or nothing listens for TCP.
fn refuses_tcp(error: &RowError, transport: Transport) -> bool {
    error.code == Code::TransportUnsupported
        || error.stun_code == Some(403)
        || (error.code == Code::Refused && transport == Transport::Udp)
}

fn open_relay(login: &LoginSource) -> Finding {
    let code = FindingCode::OpenRelay;
    let lines = match login {
        LoginSource::Secret(_) | LoginSource::Given(false) => {
            vec!["# instead of no-auth: use-auth-secret and static-auth-secret=SECRET".to_owned()]
        }
        _ => lines(code),
    };
    let message = "grants relays to everyone, without a user name and password".to_owned();
    Finding { code, severity: code.severity(), message, lines }
}

/// The finding that calls between two relays at `ip` do not connect.
fn own_relay_denied(ip: IpAddr) -> Finding {
    let code = FindingCode::OwnRelayDenied;
    let message = format!(
        "does not relay to its own relay address {ip}, so calls between two of its relays do not connect"
    );
    let lines = vec![format!("allowed-peer-ip={ip}"), KEEP_RELAYS.to_owned()];
    Finding { code, severity: code.severity(), message, lines }
}

fn tcp_relay() -> Finding {
    let code = FindingCode::TcpRelay;
    let message = "would open TCP connections for clients (RFC 6062), which calls do not need; to which addresses was not tested";
    Finding { code, severity: code.severity(), message: message.to_owned(), lines: lines(code) }
}

fn lines(code: FindingCode) -> Vec<String> {
    code.lines().iter().map(|line| (*line).to_owned()).collect()
}

/// The finding that a server at `relays` would relay to these addresses.
fn peer_finding(code: FindingCode, granted: &[IpAddr], relays: &[IpAddr]) -> Finding {
    let them = if granted.len() == 1 { "it" } else { "them" };
    let mut message = format!(
        "would relay to {} ({}); whether it reaches {them} was not tested",
        names(granted),
        code.what()
    );
    let mut lines = lines(code);
    let mut severity = code.severity();
    match code {
        FindingCode::LoopbackPeers => {
            lines.push("# remove allow-loopback-peers".to_owned());
            message += "; remove allow-loopback-peers from turnserver.conf, which coturn itself calls a vulnerability";
        }
        FindingCode::OwnAddressPeers => {
            // Only the admin knows whether another server, or another relay of this one, is there.
            lines.extend(granted.iter().map(|ip| format!("# denied-peer-ip={ip}")));
            message += "; deny it, unless a relay is there (relay-ip, or another server of the name)";
        }
        _ => {}
    }
    if code.is_private() {
        let is_local = |ip: IpAddr| FindingCode::that_denies(ip).is_some_and(FindingCode::is_local);
        let relays = relays.iter().filter(|ip| !is_local(**ip));
        if let Some(relay) = relays.clone().find(|ip| FindingCode::that_denies(**ip) == Some(code)) {
            severity = severity.max(Severity::Medium);
            message +=
                &format!("; its relay {relay} is there as well, so calls within this network may need it");
            // Clients and other relays may be there, too.
            lines.iter_mut().for_each(|line| line.insert_str(0, "# "));
        }
        lines.push(KEEP_RELAYS.to_owned());
        // Otherwise calls between two relays would end.
        lines.extend(relays.map(|ip| format!("allowed-peer-ip={ip}")));
    }
    Finding { code, severity, message, lines }
}

/// What is unknown about peers, by reason.
fn unknown_peers(answers: &[(Peer, Answer)]) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<IpAddr>)> = Vec::new();
    for (peer, answer) in answers {
        let Answer::Unknown(why) = answer else { continue };
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, ips)) => ips.push(peer.ip),
            None => reasons.push((why, vec![peer.ip])),
        }
    }
    reasons.iter().map(|(why, ips)| format!("whether it relays to {}: {why}", names(ips))).collect()
}

/// The addresses, or the first of them.
fn names(ips: &[IpAddr]) -> String {
    let named: Vec<String> = ips.iter().take(MOST_NAMED).map(IpAddr::to_string).collect();
    match ips.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        1 => format!("{} and one more", named.join(", ")),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips<const N: usize>(ips: [&str; N]) -> [IpAddr; N] {
        ips.map(|ip| ip.parse().unwrap())
    }

    #[test]
    fn relays_stay_allowed_and_make_their_network_less_severe() {
        let relays = ips(["10.0.0.5", "127.0.0.1", "203.0.113.1", "fd00::5"]);
        let allowed = ["allowed-peer-ip=10.0.0.5", "allowed-peer-ip=203.0.113.1", "allowed-peer-ip=fd00::5"];
        let private = peer_finding(FindingCode::PrivatePeers, &ips(["10.0.0.1"]), &relays);
        assert_eq!(
            (private.severity, &private.lines[3..]),
            (
                Severity::Medium,
                &[&[KEEP_RELAYS], &allowed[..]]
                    .concat()
                    .iter()
                    .map(|line| (*line).to_owned())
                    .collect::<Vec<_>>()[..]
            )
        );
        assert!(private.lines[..3].iter().all(|line| line.starts_with("# denied-peer-ip=")), "{private:?}");
        assert!(private.message.contains("its relay 10.0.0.5 is there as well"), "{}", private.message);
        let local = peer_finding(FindingCode::UniqueLocalPeers, &ips(["fc00::1"]), &relays);
        assert_eq!(local.severity, Severity::Medium);
        let shared = peer_finding(FindingCode::CarrierGradePeers, &ips(["100.64.0.1"]), &relays);
        assert_eq!(
            (shared.severity, &*shared.lines[0]),
            (Severity::High, "denied-peer-ip=100.64.0.0-100.127.255.255")
        );
        let cloud = peer_finding(FindingCode::LinkLocalPeers, &ips(["169.254.169.254"]), &relays);
        assert_eq!((cloud.severity, cloud.lines.len()), (Severity::High, 2));
        // What listens on loopback is never meant for others.
        let loopback = peer_finding(FindingCode::LoopbackPeers, &ips(["127.0.0.1"]), &ips(["127.0.0.1"]));
        assert_eq!(loopback.severity, Severity::High);
        assert!(loopback.lines.iter().all(|line| !line.starts_with("allowed")), "{loopback:?}");
        let own = peer_finding(FindingCode::OwnAddressPeers, &ips(["203.0.113.2", "2001:db8::2"]), &relays);
        assert_eq!(own.lines, ["# denied-peer-ip=203.0.113.2", "# denied-peer-ip=2001:db8::2"]);
    }

    #[test]
    fn a_grant_is_worded_as_policy() {
        for code in FindingCode::ALL.iter().filter(|code| !code.what().is_empty()) {
            let finding = peer_finding(*code, &ips(["10.0.0.1", "10.0.0.2"]), &[]);
            let expected = "would relay to 10.0.0.1, 10.0.0.2 (";
            assert!(finding.message.starts_with(expected), "{}", finding.message);
            assert!(
                finding.message.contains("; whether it reaches them was not tested"),
                "{}",
                finding.message
            );
        }
    }

    #[test]
    fn what_is_unknown_is_grouped_by_its_reason() {
        let answer = |n: u8, why: &str| {
            let ip = IpAddr::from([10, 0, 0, n]);
            (Peer { ip, code: FindingCode::PrivatePeers }, Answer::Unknown(why.to_owned()))
        };
        let mut answers: Vec<_> = (1..=8).map(|n| answer(n, "lost")).collect();
        answers.push(answer(9, "refused"));
        answers.push((answer(10, "").0, Answer::Refused));
        assert_eq!(
            unknown_peers(&answers),
            [
                "whether it relays to 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6 and 2 more: lost",
                "whether it relays to 10.0.0.9: refused",
            ]
        );
    }
}
