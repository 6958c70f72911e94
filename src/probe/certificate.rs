//! What a server's certificate means for a row: its description, a warning before it expires, the error it causes.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::report::{Code, Row, RowError, Tls, Warning, WarningCode};
use crate::net::tls::{Certificate, TlsFailure};
use crate::text::clean;

/// A certificate that expires sooner than this is worth a warning, in seconds: 21 days.
pub(crate) const SOON_S: i64 = 21 * 24 * 60 * 60;

/// The hint for a CA certificate, which openssl creates by default.
const AUTHORITY_HINT: &str = "have an authority sign a server certificate (CA:FALSE), and name the authority's certificate with --ca-file";
/// The hint for a system without certificates, such as an empty container.
const NO_ROOTS_HINT: &str = "install them in /etc/ssl/certs (on Debian the package ca-certificates does), or name the authority's certificate with --ca-file";
/// The hint for a certificate that is not valid yet.
const NOT_YET_HINT: &str =
    "check the clocks of this machine and of the one that issued the certificate, or wait until then";

/// The most characters of a name in a certificate that are shown.
const MOST_NAME: usize = 200;

/// The last second that RFC 3339 can express.
const LAST_SECOND: i64 = 253_402_300_799;

/// Records the certificate of a handshake in the row.
pub(super) fn record(row: &mut Row, certificate: &Certificate, version: Option<&'static str>) {
    row.tls = Some(Box::new(Tls { version, ..describe(certificate) }));
    // A TURN row connects twice.
    row.warnings.extend(expires_soon(certificate).filter(|warning| !row.warnings.contains(warning)));
}

/// The error of a row whose handshake failed.
pub(super) fn error(server: SocketAddr, failure: &TlsFailure, certificate: Option<&Certificate>) -> RowError {
    let tls = certificate.map(describe);
    let about = |words: &dyn Fn(&Tls) -> String| tls.as_ref().map_or_else(String::new, words);
    let message = match failure {
        TlsFailure::Untrusted(Some(why)) => format!("{server} has an invalid certificate: {why}"),
        TlsFailure::NoRoots => {
            format!(
                "the certificate of {server} cannot be checked: this machine has no certificates of authorities"
            )
        }
        TlsFailure::Authority => {
            format!("{server} has a CA certificate where a server certificate is needed")
        }
        TlsFailure::Untrusted(None) => {
            let by = about(&|tls| match tls.subject == tls.issuer {
                true => "; it is self-signed".to_owned(),
                false => format!("; its issuer is {}", tls.issuer),
            });
            format!("{server} has a certificate that no trusted authority signed{by}")
        }
        TlsFailure::Expired => {
            let end = about(&|tls| format!(" on {}", tls.not_after));
            format!("the certificate of {server} expired{end}")
        }
        TlsFailure::NotYet => {
            let start = certificate.map(|certificate| format!(" before {}", date(certificate.not_before)));
            format!("the certificate of {server} is not valid{}", start.unwrap_or_else(|| " yet".to_owned()))
        }
        TlsFailure::Name => {
            let of = about(&|tls| format!(", {},", tls.subject));
            format!("the certificate of {server}{of} is for another name")
        }
        TlsFailure::TimedOut => format!("the TLS handshake with {server} did not finish in time"),
        TlsFailure::Handshake(why) => format!("the TLS handshake with {server} failed: {why}"),
    };
    let error = RowError::new(code(failure), message);
    match failure {
        TlsFailure::Authority => error.with_hint(AUTHORITY_HINT),
        TlsFailure::NotYet => error.with_hint(NOT_YET_HINT),
        TlsFailure::NoRoots => error.with_hint(NO_ROOTS_HINT),
        _ => error,
    }
}

fn describe(certificate: &Certificate) -> Tls {
    let readable = |text: &str| clean(text).chars().take(MOST_NAME).collect();
    Tls {
        version: None,
        subject: readable(&certificate.subject),
        issuer: readable(&certificate.issuer),
        not_after: date(certificate.not_after),
        not_after_s: certificate.not_after,
        name_matches: certificate.name_matches,
        trusted: certificate.failure.is_none(),
        problem: certificate.failure.as_ref().map(code),
    }
}

const fn code(failure: &TlsFailure) -> Code {
    match failure {
        TlsFailure::Untrusted(_) | TlsFailure::NoRoots | TlsFailure::Authority => Code::TlsUntrusted,
        TlsFailure::Expired | TlsFailure::NotYet => Code::TlsExpired,
        TlsFailure::Name => Code::TlsName,
        TlsFailure::TimedOut => Code::Timeout,
        TlsFailure::Handshake(_) => Code::TlsHandshake,
    }
}

fn expires_soon(certificate: &Certificate) -> Option<Warning> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let left = certificate.not_after - i64::try_from(now).unwrap_or(i64::MAX);
    (certificate.failure != Some(TlsFailure::Expired) && (0..SOON_S).contains(&left)).then(|| Warning {
        code: WarningCode::CertificateExpires,
        message: format!(
            "the certificate expires in {} days, on {}: renew it",
            left / 86_400,
            date(certificate.not_after)
        ),
    })
}

/// Formats seconds since 1970 as in RFC 3339, clamped to its range.
pub(crate) fn date(seconds: i64) -> String {
    let seconds = u64::try_from(seconds.clamp(0, LAST_SECOND)).unwrap_or(0);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamps_dates_beyond_the_range_of_rfc_3339() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(4_102_444_800), "2100-01-01T00:00:00Z");
        assert_eq!(date(i64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(date(i64::MIN), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn warns_three_weeks_before_a_certificate_expires() {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let expires_in = |days: i64| Certificate {
            subject: "CN=x\u{1b}\u{202e}".into(),
            issuer: String::new(),
            not_before: 0,
            not_after: now + days * 86_400 + 60,
            name_matches: true,
            failure: None,
        };
        assert!(expires_soon(&expires_in(21)).is_none());
        assert!(expires_soon(&expires_in(20)).unwrap().message.contains("in 20 days"));
        assert!(expires_soon(&expires_in(-1)).is_none(), "an expired certificate is an error, not a warning");
        assert_eq!(describe(&expires_in(1)).subject, "CN=x");
    }
}
