//! The TURN servers as a fragment of `turnserver.conf`, for those who run them themselves with coturn.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::address::{Host, Scheme, ServerUri};

/// A TURN server with what its clients log in with.
pub struct Served<'a> {
    /// Its address.
    pub uri: &'a ServerUri,
    /// The user name, also of a secret.
    pub username: Option<&'a str>,
    /// How clients log in; none when nothing is configured.
    pub login: Option<Login<'a>>,
}

/// What coturn checks clients with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Login<'a> {
    /// The long-term credentials of one user.
    User(&'a str, &'a str),
    /// The shared secret of time-limited credentials.
    Secret(&'a str),
}

/// Why coturn cannot serve the servers as they are configured.
pub struct Unservable {
    /// What does not fit, without any secret.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// A fragment for each host, in the order in which they are configured.
///
/// # Errors
/// When a host has both users and secrets, more ports than coturn has, or a login that the file cannot hold.
pub fn text(servers: &[Served<'_>]) -> Result<String, Unservable> {
    let mut hosts: Vec<&Host> = Vec::new();
    for server in servers {
        if !hosts.contains(&&server.uri.host) {
            hosts.push(&server.uri.host);
        }
    }
    let mut text = String::new();
    for host in &hosts {
        let of_host: Vec<_> = servers.iter().filter(|server| server.uri.host == **host).collect();
        if hosts.len() > 1 {
            let blank = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{blank}# ---- turnserver.conf of {host} ----");
        }
        text += &fragment(host, &of_host)?;
    }
    Ok(text)
}

fn fragment(host: &Host, servers: &[&Served<'_>]) -> Result<String, Unservable> {
    let realm = host.to_string().trim_matches(['[', ']']).to_owned();
    let mut text = format!("realm={realm}\nfingerprint\n");
    let ports = |scheme| servers.iter().filter(move |s| s.uri.scheme == scheme).map(|s| s.uri.port);
    let (plain, tls): (BTreeSet<u16>, BTreeSet<u16>) =
        (ports(Scheme::Turn).collect(), ports(Scheme::Turns).collect());
    listen(&mut text, "", &plain, host)?;
    listen(&mut text, "tls-", &tls, host)?;
    if tls.is_empty() {
        text += "no-tls\nno-dtls\n";
    } else {
        text += "# TLS needs the certificate of this host:\n# cert=/etc/turnserver/fullchain.pem\n# pkey=/etc/turnserver/privkey.pem\n";
    }
    logins(&mut text, host, servers)?;
    Ok(text)
}

fn listen(text: &mut String, prefix: &str, ports: &BTreeSet<u16>, host: &Host) -> Result<(), Unservable> {
    for (key, port) in
        [format!("{prefix}listening-port"), format!("alt-{prefix}listening-port")].iter().zip(ports)
    {
        let _ = writeln!(text, "{key}={port}");
    }
    if ports.len() > 2 {
        return Err(Unservable {
            message: format!(
                "one coturn listens on two ports of a kind, and {host} is configured with {}",
                ports.len()
            ),
            hint: "keep two of them",
        });
    }
    Ok(())
}

fn logins(text: &mut String, host: &Host, servers: &[&Served<'_>]) -> Result<(), Unservable> {
    let mut lines: Vec<String> = Vec::new();
    let mut kinds = BTreeSet::new();
    for server in servers {
        let Some(login) = &server.login else { continue };
        check(login, server)?;
        let (kind, line) = match login {
            Login::User(user, password) => ("lt-cred-mech", format!("user={user}:{password}\n")),
            Login::Secret(secret) => ("use-auth-secret", format!("static-auth-secret={secret}\n")),
        };
        kinds.insert(kind);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if kinds.len() > 1 {
        return Err(Unservable {
            message: format!(
                "{host} has a server with a password and one with a secret, and one coturn checks either"
            ),
            hint: "configure the servers of one host with passwords only, or with secrets only",
        });
    }
    // Without any login the servers refuse everybody: an open relay is nothing to slip into.
    let _ = writeln!(text, "{}", kinds.first().unwrap_or(&"lt-cred-mech"));
    *text += &lines.concat();
    Ok(())
}

/// coturn reads a line up to its end, without blanks there, cuts a user at the first colon, takes 0x for a key,
/// and answers user names that could be a part of SQL with error 400.
fn check(login: &Login<'_>, server: &Served<'_>) -> Result<(), Unservable> {
    let refused = |what: &str| Unservable {
        message: format!("{}: {what}, which coturn cannot serve", server.uri),
        hint: "change it with 'cowork-calls turn edit'",
    };
    let unsafe_to_coturn = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '\\');
    if server.username.is_some_and(|user| user.contains(unsafe_to_coturn)) {
        return Err(refused("the user name has blanks, quotes, backslashes or control characters"));
    }
    let secret = match login {
        Login::User(user, password) => {
            if user.contains(':') {
                return Err(refused("the user name has a colon"));
            }
            if password.starts_with("0x") {
                return Err(refused("the password begins with 0x"));
            }
            password
        }
        Login::Secret(secret) => secret,
    };
    if secret.trim() != *secret || secret.chars().any(char::is_control) {
        return Err(refused("the password or secret has blanks at an end or control characters"));
    }
    Ok(())
}
