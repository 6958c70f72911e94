//! The hosts that requests name. A page of another site whose name suddenly leads to this server (DNS rebinding) names
//! its own.

use std::net::Ipv6Addr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{StatusCode, Version};

use super::response::ApiError;
use crate::config::address::Host;

/// The host names that clients use for this server; without any, every host is served.
#[derive(Clone, Debug, Default)]
pub struct PublicNames(Vec<Host>);

impl PublicNames {
    /// Returns these names.
    pub const fn new(names: Vec<Host>) -> Self {
        PublicNames(names)
    }

    /// Returns the name to be used where only one is.
    pub(super) fn first(&self) -> Option<&Host> {
        self.0.first()
    }

    /// Rejects a request that names no host, several or an invalid one (RFC 9112, section 3.2), or one that is not
    /// served here.
    pub(super) fn check(&self, request: &Request) -> Result<(), ApiError> {
        let host = host(request)?;
        match host {
            Some(host) if !self.serve(host) => Err(ApiError::new(
                StatusCode::MISDIRECTED_REQUEST,
                "misdirected-request",
                "this server does not have that name",
                "use its public name; its administrator sets it with --public-name",
            )),
            _ => Ok(()),
        }
    }

    /// Whether this host is served. No site can make a browser name an IP address or `localhost` for its own pages.
    fn serve(&self, host: &str) -> bool {
        self.0.is_empty()
            || match Host::parse(host) {
                Some(Host::Name(name)) if *name == *"localhost" => true,
                Some(Host::Ip(_)) => true,
                Some(host) => self.0.contains(&host),
                None => false,
            }
    }
}

/// Returns the host that a request names, without its port; only HTTP/1.0 may leave it out.
fn host(request: &Request) -> Result<Option<&str>, ApiError> {
    let invalid = || {
        let message = "the Host header is not a host, or a host and a port";
        ApiError::bad_request(message, "send those of the URL")
    };
    let mut headers = request.headers().get_all(HOST).iter();
    let header = match (headers.next(), headers.next()) {
        (Some(header), None) => Some(header),
        (None, _) if request.version() < Version::HTTP_11 => None,
        (None, _) => {
            return Err(ApiError::bad_request("the request has no Host header", "HTTP/1.1 needs one"));
        }
        (Some(_), Some(_)) => {
            return Err(ApiError::bad_request("the request has several Host headers", "send one"));
        }
    };
    let in_header = header
        .map(|header| std::str::from_utf8(header.as_bytes()).ok().and_then(without_port).ok_or_else(invalid));
    let in_header = in_header.transpose()?;
    // A whole URL in the first line counts instead of the header (RFC 9112, section 3.2.2).
    match request.uri().authority() {
        Some(authority) => without_port(authority.as_str()).ok_or_else(invalid).map(Some),
        None => Ok(in_header),
    }
}

/// Returns the host of `host` or `host:port` (RFC 3986, sections 3.2.2 and 3.2.3).
fn without_port(text: &str) -> Option<&str> {
    let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (host, port) = text.split_at(end);
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(ip) => ip.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(is_of_name),
    };
    (is_host && is_port).then_some(host)
}

/// Whether a host name may contain this. Some clients send international names as they are.
fn is_of_name(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=%".contains(c)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn finds_the_host_of_each_valid_form() {
        for (text, expected) in [
            ("calls.example.de", "calls.example.de"),
            ("calls.example.de:8443", "calls.example.de"),
            ("calls.example.de:", "calls.example.de"),
            ("192.0.2.1:1", "192.0.2.1"),
            ("[::1]", "[::1]"),
            ("[::1]:8443", "[::1]"),
            ("my_host", "my_host"),
            ("münchen.example", "münchen.example"),
        ] {
            assert_eq!(without_port(text), Some(expected), "{text}");
        }
        for text in [
            "", ":1", "a b", "a/b", "a@b", "a:b", "a:1:2", "::1", "[::1", "[::1]x", "[a]", "a\\", "a?b", "a#",
        ] {
            assert_eq!(without_port(text), None, "{text}");
        }
    }

    #[test]
    fn public_names_match_without_case_final_dot_and_port() {
        let names =
            PublicNames::new(["calls.example.de", "münchen.example"].map(|n| Host::parse(n).unwrap()).into());
        for (host, served) in [
            ("CALLS.Example.de.", true),
            ("xn--mnchen-3ya.example", true),
            ("münchen.example", true),
            ("localhost", true),
            ("LOCALHOST.", true),
            ("192.0.2.1", true),
            ("[2001:db8::1]", true),
            ("example.de", false),
            ("x.calls.example.de", false),
            ("calls.example.de.evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("127.1", false),
            ("..", false),
        ] {
            assert_eq!(names.serve(host), served, "{host}");
            assert!(PublicNames::default().serve(host), "{host}");
        }
    }

    #[test]
    fn a_whole_url_counts_instead_of_the_header() {
        let names = PublicNames::new(vec![Host::parse("calls.example.de").unwrap()]);
        let status = |uri: &str, host: &str| {
            let request = Request::builder().uri(uri).header(HOST, host).body(Body::empty()).unwrap();
            names.check(&request).map_err(|error| error.status().as_u16())
        };
        assert_eq!(status("http://calls.example.de/healthz", "evil.example"), Ok(()));
        assert_eq!(status("http://evil.example/healthz", "calls.example.de"), Err(421));
        assert_eq!(status("http://user@calls.example.de/", "calls.example.de"), Err(400));
        assert_eq!(status("http://calls.example.de/", "a b"), Err(400));
        assert_eq!(status("/healthz", "evil.example"), Err(421));
    }
}
