//! The TURN servers as a fragment of `turnserver.conf`, for users who run them with coturn.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::address::{Host, Scheme};
use crate::config::turn::{Secret, TurnServer};
use crate::error::{Code, CommandError};
use crate::probe::report::audit::FindingCode;

/// A TURN server and its password or shared secret, which a file may hold.
pub type Served<'a> = (&'a TurnServer, Option<Secret>);

/// Above the lines for peers that no call needs.
const PEERS: &str = "# Peers that calls do not need ('cowork-calls probe --audit'). Behind NAT write external-ip=PUBLIC/PRIVATE;\n\
    # a relay-ip in one of these networks needs allowed-peer-ip=ADDRESS.\n";
/// Above those that may be needed where a server is private.
const PRIVATE_PEERS: &str =
    "# A server of these settings is in a private network: uncomment what has neither clients nor relays.\n";

/// Returns a fragment for each host, in the order in which they are configured.
///
/// # Errors
/// When a host has both passwords and shared secrets, more ports than coturn, or credentials that the file cannot hold.
pub fn text(servers: &[Served<'_>]) -> Result<String, CommandError> {
    let mut hosts: Vec<&Host> = Vec::new();
    for (server, _) in servers {
        if !hosts.contains(&&server.uri.host) {
            hosts.push(&server.uri.host);
        }
    }
    let mut text = String::new();
    for host in &hosts {
        let of_host: Vec<_> = servers.iter().filter(|(server, _)| server.uri.host == **host).collect();
        if hosts.len() > 1 {
            let blank = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{blank}# ---- turnserver.conf of {host} ----");
        }
        text += &fragment(host, &of_host)?;
        text += &peers(&hosts);
    }
    Ok(text)
}

/// Whether a host is in a private network, as far as its name says.
fn is_private(host: &Host) -> bool {
    match host {
        Host::Ip(ip) => FindingCode::that_denies(*ip).is_some(),
        Host::Name(name) => {
            let name = name.to_string();
            let ends = [
                ".local",
                ".lan",
                ".internal",
                ".intranet",
                ".corp",
                ".home.arpa",
                ".localhost",
                ".fritz.box",
            ];
            !name.contains('.') || name == "fritz.box" || ends.iter().any(|end| name.ends_with(end))
        }
    }
}

/// The lines about peers that no call needs. Where a server is private, denying private peers would end calls.
fn peers(hosts: &[&Host]) -> String {
    let has_private = hosts.iter().any(|host| is_private(host));
    let local = |host: &&Host| match host {
        Host::Ip(ip) => FindingCode::that_denies(*ip),
        Host::Name(name) => (name.to_string() == "localhost").then_some(FindingCode::LoopbackPeers),
    };
    let local: Vec<FindingCode> = hosts.iter().filter_map(local).collect();
    // Authentication is above, and the relays are unknown.
    let usual = |code: &&FindingCode| !matches!(code, FindingCode::OpenRelay | FindingCode::OwnRelayDenied);
    let may_be_needed = |code: &&FindingCode| code.is_private() || local.contains(code);
    let (private, others): (Vec<&FindingCode>, Vec<&FindingCode>) =
        FindingCode::ALL.iter().filter(usual).partition(may_be_needed);
    let mut text = PEERS.to_owned();
    others.into_iter().flat_map(|code| code.lines()).for_each(|line| text += &format!("{line}\n"));
    let mark = if has_private { "# " } else { "" };
    if has_private {
        text += PRIVATE_PEERS;
    }
    private.into_iter().flat_map(|code| code.lines()).for_each(|line| text += &format!("{mark}{line}\n"));
    text
}

fn fragment(host: &Host, servers: &[&Served<'_>]) -> Result<String, CommandError> {
    let realm = host.to_string().trim_matches(['[', ']']).to_owned();
    let mut text = format!("realm={realm}\nfingerprint\n");
    let ports = |scheme| servers.iter().filter(move |(s, _)| s.uri.scheme == scheme).map(|(s, _)| s.uri.port);
    let [plain, tls] = [Scheme::Turn, Scheme::Turns].map(|scheme| ports(scheme).collect::<BTreeSet<_>>());
    listen(&mut text, "", &plain, host)?;
    listen(&mut text, "tls-", &tls, host)?;
    if tls.is_empty() {
        text += "no-tls\nno-dtls\n";
    } else {
        text += "# TLS needs the certificate of this host:\n# cert=/etc/turnserver/fullchain.pem\n# pkey=/etc/turnserver/privkey.pem\n";
    }
    authentication(&mut text, host, servers)?;
    Ok(text)
}

fn listen(text: &mut String, prefix: &str, ports: &BTreeSet<u16>, host: &Host) -> Result<(), CommandError> {
    for (key, port) in
        [format!("{prefix}listening-port"), format!("alt-{prefix}listening-port")].iter().zip(ports)
    {
        let _ = writeln!(text, "{key}={port}");
    }
    if ports.len() > 2 {
        let message = format!(
            "coturn listens on at most two ports with TLS and two without, and {host} has {}",
            ports.len()
        );
        return Err(impossible(message, "remove servers until two ports are left"));
    }
    Ok(())
}

fn authentication(text: &mut String, host: &Host, servers: &[&Served<'_>]) -> Result<(), CommandError> {
    let mut lines: Vec<String> = Vec::new();
    let mut mechanisms = BTreeSet::new();
    for (server, secret) in servers {
        let (Some(credential), Some(secret)) = (&server.credential, secret) else { continue };
        let secret = secret.expose();
        let (mechanism, line) = match &server.username {
            Some(user) if credential.is_password() => ("lt-cred-mech", format!("user={user}:{secret}\n")),
            None if credential.is_password() => continue,
            _ => ("use-auth-secret", format!("static-auth-secret={secret}\n")),
        };
        check(server, secret, credential.is_password())?;
        mechanisms.insert(mechanism);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if mechanisms.len() > 1 {
        let message = format!(
            "{host} has a server with a password and one with a shared secret, and coturn supports only one of these"
        );
        return Err(impossible(
            message,
            "use only passwords or only shared secrets for the servers of one host",
        ));
    }
    // Without credentials the servers refuse every client: an open relay has to be a decision.
    let _ = writeln!(text, "{}", mechanisms.first().unwrap_or(&"lt-cred-mech"));
    *text += &lines.concat();
    Ok(())
}

/// Checks that coturn reads the credentials as they are: it trims the end of a line, cuts a user at the first colon,
/// takes a password that begins with 0x for a key, and answers user names that could be a part of SQL with error 400.
fn check(server: &TurnServer, secret: &str, is_password: bool) -> Result<(), CommandError> {
    let unsafe_to_coturn = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '\\');
    let user = server.username.as_deref().unwrap_or_default();
    let what = if user.contains(unsafe_to_coturn) {
        "the user name has spaces, quotes, backslashes or control characters"
    } else if is_password && user.contains(':') {
        "the user name has a colon"
    } else if is_password && secret.starts_with("0x") {
        "the password begins with 0x"
    } else if secret.trim() != secret || secret.contains(char::is_control) {
        "the password or secret begins or ends with a space, or has control characters"
    } else {
        return Ok(());
    };
    let message = format!("{}: {what}, which coturn does not support", server.uri);
    Err(impossible(message, "change it with 'cowork-calls turn edit'"))
}

fn impossible(message: String, hint: &str) -> CommandError {
    CommandError::new(Code::ExportImpossible, message, hint)
}
