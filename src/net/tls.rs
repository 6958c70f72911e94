//! TLS to a server: which certificates to trust, what the server's says, and why a handshake failed.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use std::{fs, io};

use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, ProtocolVersion, RootCertStore,
    SignatureScheme,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Which certificates are trusted, and whether they are checked at all.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Root certificates beside those of this system.
    extra: Vec<CertificateDer<'static>>,
    insecure: bool,
    /// Created on first use, since reading the system's roots takes time. `None`: there are no roots.
    verifier: Arc<OnceLock<Option<Arc<WebPkiServerVerifier>>>>,
}

/// Why a TLS handshake, or the server's certificate, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// No trusted authority has signed it; with details, where there are any.
    Untrusted(Option<String>),
    /// Nothing can be trusted, because this system has no root certificates.
    NoRoots,
    /// It is a CA certificate, not a server certificate.
    Authority,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYet,
    /// It is valid for other names.
    Name,
    /// The handshake did not finish in time.
    TimedOut,
    /// The handshake failed before the certificate was checked, or after it, with details.
    Handshake(String),
}

/// What a server's certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its subject; untrusted text.
    pub subject: String,
    /// Its issuer; untrusted text.
    pub issuer: String,
    /// When it becomes valid, in seconds since 1970.
    pub not_before: i64,
    /// When it expires, in seconds since 1970.
    pub not_after: i64,
    /// Whether it is valid for the server's name or IP address.
    pub name_matches: bool,
    /// What is wrong with it, if anything.
    pub failure: Option<TlsFailure>,
}

/// The result of a handshake.
pub struct Handshake {
    /// The version, such as `TLSv1.3`; `None` when none was agreed on.
    pub version: Option<&'static str>,
    /// The connection, or why it failed.
    pub stream: Result<Box<TlsStream<TcpStream>>, TlsFailure>,
    /// The server's certificate, if it sent one.
    pub certificate: Option<Certificate>,
}

impl Trust {
    /// Trusts the roots of this system and those in `extra`, a PEM file; or with `insecure` every certificate.
    ///
    /// # Errors
    /// When `extra` cannot be read, has no certificate, or a broken one.
    pub fn new(extra: Option<&Path>, insecure: bool) -> io::Result<Self> {
        let Some(file) = extra else { return Ok(Trust { insecure, ..Trust::default() }) };
        let extra = certificates(&fs::read(file)?)?;
        if extra.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has no certificate in PEM format"));
        }
        Ok(Trust { extra, insecure, ..Trust::default() })
    }

    /// Reads the roots in advance, so that no handshake waits for it. They are read once.
    pub fn prepare(&self) {
        self.verifier();
    }

    fn verifier(&self) -> Option<Arc<WebPkiServerVerifier>> {
        let make = || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(self.extra.iter().cloned());
            // Fails only without any roots.
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
                .build()
                .ok()
        };
        self.verifier.get_or_init(make).clone()
    }

    /// Makes a TLS handshake with the server `host` over a connection, until `deadline`.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn handshake(&self, tcp: TcpStream, host: &str, deadline: Instant) -> io::Result<Handshake> {
        let name = match host.parse::<IpAddr>() {
            Ok(ip) => ServerName::IpAddress(ip.into()),
            Err(_) => ServerName::try_from(host.to_owned()).map_err(io::Error::other)?,
        };
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(RecordingVerifier {
            verifier: self.verifier(),
            algorithms: provider.signature_verification_algorithms,
            insecure: self.insecure,
            recorded: Mutex::new(None),
        });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let connect = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        let stream = timeout_at(deadline.into(), connect).await;
        let certificate = verifier.recorded.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stream = match stream {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(handshake_failure(error)?),
            Err(_) => Err(TlsFailure::TimedOut),
        };
        let version = stream.as_ref().ok().and_then(|stream| stream.get_ref().1.protocol_version());
        let version = version.and_then(|version| match version {
            ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
            ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
            // rustls supports no other.
            _ => None,
        });
        Ok(Handshake { version, stream, certificate })
    }
}

/// Why a handshake failed; a network error stays an error.
fn handshake_failure(error: io::Error) -> io::Result<TlsFailure> {
    let handshake = |words: &str| Ok(TlsFailure::Handshake(words.to_owned()));
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(error)) => Ok(certificate_failure(error)),
        Some(Error::InvalidMessage(_)) => handshake("the server does not respond with TLS"),
        Some(Error::AlertReceived(alert)) => handshake(&format!("the server sent the alert {alert:?}")),
        Some(other) => handshake(&other.to_string()),
        None if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            handshake("the server closed the connection")
        }
        None => Err(error),
    }
}

/// Verifies as rustls does, and records what the certificate says; with `insecure` it accepts every certificate.
#[derive(Debug)]
struct RecordingVerifier {
    verifier: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
    insecure: bool,
    recorded: Mutex<Option<Certificate>>,
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut certificate = describe(end_entity, server_name);
        let verified = match &self.verifier {
            Some(verifier) => {
                verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            // As with roots, the validity period is checked first.
            None => Err(Error::InvalidCertificate(
                certificate
                    .as_ref()
                    .and_then(|certificate| out_of_date(certificate, now))
                    .unwrap_or_else(|| CertificateError::Other(OtherError(Arc::new(NoRoots)))),
            )),
        };
        if let Some(certificate) = &mut certificate {
            certificate.failure = match &verified {
                Err(Error::InvalidCertificate(error)) => Some(certificate_failure(error)),
                Err(other) => Some(TlsFailure::Untrusted(Some(other.to_string()))),
                Ok(_) => None,
            };
        }
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) = certificate;
        if self.insecure { Ok(ServerCertVerified::assertion()) } else { verified }
    }

    // Even with `insecure` the server must have the private key of its certificate.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn describe(der: &CertificateDer<'_>, name: &ServerName<'_>) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let name_matches =
        ParsedCertificate::try_from(der).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok());
    Some(Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
        name_matches,
        failure: None,
    })
}

fn certificate_failure(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFailure::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFailure::NotYet,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFailure::Name
        }
        CertificateError::UnknownIssuer => TlsFailure::Untrusted(None),
        CertificateError::Other(OtherError(why)) if why.is::<NoRoots>() => TlsFailure::NoRoots,
        CertificateError::Other(OtherError(why)) => match why.to_string() {
            // What openssl creates by default.
            why if why == "CaUsedAsEndEntity" => TlsFailure::Authority,
            why => TlsFailure::Untrusted(Some(why)),
        },
        other => TlsFailure::Untrusted(Some(other.to_string())),
    }
}

/// There are no root certificates.
#[derive(Debug, thiserror::Error)]
#[error("there are no root certificates")]
struct NoRoots;

/// Whether a certificate has expired, or is not valid yet.
fn out_of_date(certificate: &Certificate, now: UnixTime) -> Option<CertificateError> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if certificate.not_after < now {
        return Some(CertificateError::Expired);
    }
    (now < certificate.not_before).then_some(CertificateError::NotValidYet)
}

/// All certificates in a PEM file.
fn certificates(pem: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let mut all = Vec::new();
    for block in CertificateDer::pem_slice_iter(pem) {
        let broken = || {
            let text = format!("its certificate {} is broken", all.len() + 1);
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let certificate = block.map_err(|_| broken())?;
        // A certificate that cannot be a root would be ignored silently.
        RootCertStore::empty().add(certificate.clone()).map_err(|_| broken())?;
        all.push(certificate);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_expiry_date_of_any_year() {
        // Up to 2049 a certificate has a two-digit year, from 2050 on a four-digit one (RFC 5280, 4.1.2.5).
        for (year, end) in [
            (2038, 2_145_916_800),
            (2039, 2_177_452_800),
            (2049, 2_493_072_000),
            (2050, 2_524_608_000),
            (2107, 4_323_283_200),
            (9999, 253_370_764_800),
        ] {
            let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
            params.not_after = rcgen::date_time_ymd(year, 1, 1);
            let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let name = ServerName::try_from("a.example").unwrap();
            let described = describe(certificate.der(), &name).unwrap();
            assert_eq!((described.not_after, described.name_matches), (end, true), "{year}");
        }
    }
}
