//! Opening the connection of a row: over UDP, TCP or TLS, within the time-out.

use std::io;
use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::time::timeout_at;

use crate::net::stream::Stream;
use crate::net::tls::{Certificate, Handshake, TlsFailure};
use crate::protocol::transaction::TransactionError;
use crate::text::clean;

use super::connection::Connection;
use super::plan::{Options, Target};
use super::report::{Code, Row, RowError, Tls, Transport, Warning, WarningCode};

/// A certificate that ends sooner than this is worth a warning, in seconds: 21 days.
const SOON_S: i64 = 21 * 24 * 60 * 60;

/// What to do about a certificate that openssl makes unless told otherwise.
const AUTHORITY_HINT: &str =
    "let an authority sign a certificate for the server (CA:FALSE), and name the authority's with --ca-file";
/// What to do about a certificate that begins later.
const NOT_YET_HINT: &str = "check the clocks of this machine and of the one that made it, or wait until then";

/// How many characters of a name in a certificate are shown at most.
const MOST_NAME: usize = 200;

/// The last second that RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;

/// Opens a connection to `server`, and notes in the row what its certificate says.
pub(super) async fn connect(
    row: &mut Row,
    target: &Target,
    server: SocketAddr,
    options: &Options,
    deadline: Instant,
) -> Result<Connection, RowError> {
    let link = match target.transport {
        Transport::Udp => Stream::udp(server).await,
        Transport::Tcp | Transport::Tls => match timeout_at(deadline.into(), Stream::tcp(server)).await {
            Ok(link) => link,
            Err(_) => return Err(RowError::no_connection(server, options.timeout)),
        },
    };
    let link = link.map_err(|error| RowError::network(server, &error))?;
    let link = match (target.transport, link) {
        (Transport::Tls, Stream::Tcp(tcp)) => {
            let host = target.host();
            match options.trust.handshake(tcp, &host, deadline).await {
                Ok(handshake) => secured(row, server, handshake)?,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(RowError::transaction(server, TransactionError::Timeout, options.timeout));
                }
                Err(error) => return Err(RowError::network(server, &error)),
            }
        }
        (_, link) => link,
    };
    let conversation = Connection::new(link);
    row.local = conversation.local_address().map(|local| local.ip());
    Ok(conversation)
}

fn secured(row: &mut Row, server: SocketAddr, handshake: Handshake) -> Result<Stream, RowError> {
    if let Some(certificate) = &handshake.certificate {
        row.tls = Some(Box::new(Tls { version: handshake.version, ..described(certificate) }));
        // A TURN row connects twice.
        row.warnings.extend(expires_soon(certificate).filter(|warning| !row.warnings.contains(warning)));
    }
    match handshake.stream {
        Ok(stream) => Ok(Stream::Tls(stream)),
        Err(refusal) => Err(RowError::tls(server, &refusal, handshake.certificate.as_ref())),
    }
}

fn described(certificate: &Certificate) -> Tls {
    let readable = |text: &str| clean(text).chars().take(MOST_NAME).collect();
    Tls {
        version: None,
        subject: readable(&certificate.subject),
        issuer: readable(&certificate.issuer),
        not_after: date(certificate.not_after),
        not_after_s: certificate.not_after,
        name_matches: certificate.name_matches,
        trusted: certificate.refusal.is_none(),
        problem: certificate.refusal.as_ref().map(code),
    }
}

const fn code(refusal: &TlsFailure) -> Code {
    match refusal {
        TlsFailure::Untrusted(_) | TlsFailure::Authority => Code::TlsUntrusted,
        TlsFailure::Expired | TlsFailure::NotYet => Code::TlsExpired,
        TlsFailure::Name => Code::TlsName,
        TlsFailure::Handshake(_) => Code::TlsHandshake,
    }
}

fn expires_soon(certificate: &Certificate) -> Option<Warning> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let left = certificate.not_after - i64::try_from(now).unwrap_or(i64::MAX);
    (certificate.refusal != Some(TlsFailure::Expired) && (0..SOON_S).contains(&left)).then(|| Warning {
        code: WarningCode::CertificateExpires,
        message: format!(
            "the certificate ends in {} days, on {}: renew it",
            left / 86_400,
            date(certificate.not_after)
        ),
    })
}

/// Seconds since 1970 as RFC 3339 writes them; what is out of its range is moved to its ends.
pub(super) fn date(seconds: i64) -> String {
    let seconds = u64::try_from(seconds.clamp(0, LAST_SECOND)).unwrap_or(0);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + std::time::Duration::from_secs(seconds)).to_string()
}

impl RowError {
    /// The server's TLS was refused, or it refused ours.
    fn tls(server: SocketAddr, refusal: &TlsFailure, certificate: Option<&Certificate>) -> Self {
        let seen = certificate.map(described);
        let about = |words: &dyn Fn(&Tls) -> String| seen.as_ref().map_or_else(String::new, words);
        let message = match refusal {
            TlsFailure::Untrusted(Some(why)) => {
                format!("{server} shows a certificate that does not hold: {why}")
            }
            TlsFailure::Authority => {
                format!("{server} shows an authority's own certificate, where a server's should be")
            }
            TlsFailure::Untrusted(None) => {
                let by = about(&|tls| match tls.subject == tls.issuer {
                    true => "; it has signed itself".to_owned(),
                    false => format!("; its issuer is {}", tls.issuer),
                });
                format!("{server} shows a certificate that no trusted authority has signed{by}")
            }
            TlsFailure::Expired => {
                let end = about(&|tls| format!("; it ends on {}", tls.not_after));
                format!("{server} shows a certificate that is not valid now{end}")
            }
            TlsFailure::NotYet => {
                let begin = certificate.map_or_else(String::new, |certificate| {
                    format!("; it begins on {}", date(certificate.not_before))
                });
                format!("{server} shows a certificate that is not valid yet{begin}")
            }
            TlsFailure::Name => {
                let of = about(&|tls| format!(" of {}", tls.subject));
                format!("{server} shows a certificate{of}, which is for another name")
            }
            TlsFailure::Handshake(why) => format!("{server} does not agree on TLS: {why}"),
        };
        let mut problem = RowError::new(code(refusal), message);
        match refusal {
            TlsFailure::Authority => AUTHORITY_HINT.clone_into(&mut problem.hint),
            TlsFailure::NotYet => NOT_YET_HINT.clone_into(&mut problem.hint),
            _ => {}
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_beyond_all_reason_are_still_dates() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(4_102_444_800), "2100-01-01T00:00:00Z");
        assert_eq!(date(i64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(date(i64::MIN), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_certificate_warns_three_weeks_before_its_end() {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let ends_in = |days: i64| Certificate {
            subject: "CN=x\u{1b}\u{202e}".into(),
            issuer: String::new(),
            not_before: 0,
            not_after: now + days * 86_400 + 60,
            name_matches: true,
            refusal: None,
        };
        assert!(expires_soon(&ends_in(21)).is_none());
        assert!(expires_soon(&ends_in(20)).unwrap().message.contains("in 20 days"));
        assert!(expires_soon(&ends_in(-1)).is_none(), "it has ended, which is no warning");
        assert_eq!(described(&ends_in(1)).subject, "CN=x");
    }
}
