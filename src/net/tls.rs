//! TLS to a server: whom to trust, what its certificate says, and why it was refused.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Whose certificates count, and whether they count at all.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// More roots than those of this system.
    extra: Vec<CertificateDer<'static>>,
    insecure: bool,
    /// Made when it is first needed, since reading the system's roots takes its time.
    verifier: Arc<OnceLock<Arc<WebPkiServerVerifier>>>,
}

/// Why a server's certificate, or its TLS, was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody who is trusted vouches for it.
    Untrusted,
    /// It is not valid now.
    Expired,
    /// It is valid for other names.
    Name,
    /// The server did not get as far as its certificate, or broke off after it; in words.
    Handshake(String),
}

/// What a server's certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it names; may hold anything, since the server wrote it.
    pub subject: String,
    /// Who signed it; may hold anything, too.
    pub issuer: String,
    /// When it ends, in seconds since 1970.
    pub not_after: i64,
    /// Whether it is valid for the name or address that was asked.
    pub name_matches: bool,
    /// What is wrong with it, if anything is.
    pub refusal: Option<Refusal>,
}

/// A handshake, whichever way it ended.
pub struct Handshake {
    /// The connection, or why there is none.
    pub stream: Result<Box<TlsStream<TcpStream>>, Refusal>,
    /// The server's certificate, if it came that far.
    pub certificate: Option<Certificate>,
}

impl Trust {
    /// Trusts the roots of this system, and those in `extra`, a file of certificates in PEM; or with `insecure`
    /// anybody.
    ///
    /// # Errors
    /// When `extra` cannot be read or holds no certificate.
    pub fn new(extra: Option<&Path>, insecure: bool) -> io::Result<Self> {
        let extra: Vec<_> = match extra {
            Some(file) => CertificateDer::pem_slice_iter(&fs::read(file)?).filter_map(Result::ok).collect(),
            None => return Ok(Trust { insecure, ..Trust::default() }),
        };
        if extra.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no certificate in PEM"));
        }
        Ok(Trust { extra, insecure, ..Trust::default() })
    }

    fn verifier(&self) -> io::Result<Arc<WebPkiServerVerifier>> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(Arc::clone(verifier));
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.extra.iter().cloned());
        let made =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
                .build()
                .map_err(|_| {
                    io::Error::new(io::ErrorKind::NotFound, "this system has no root certificates")
                })?;
        Ok(Arc::clone(self.verifier.get_or_init(|| made)))
    }

    /// Speaks TLS over a connection to the server that is called `host`.
    ///
    /// # Errors
    /// When the connection itself broke.
    pub async fn handshake(&self, tcp: TcpStream, host: &str) -> io::Result<Handshake> {
        let name = match host.parse::<IpAddr>() {
            Ok(ip) => ServerName::IpAddress(ip.into()),
            Err(_) => ServerName::try_from(host.to_owned()).map_err(io::Error::other)?,
        };
        let verifier = self.verifier()?;
        let watcher = Arc::new(Watcher { verifier, insecure: self.insecure, seen: Mutex::new(None) });
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&watcher) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        let certificate = watcher.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stream = match stream {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(Error::InvalidCertificate(problem)) => refusal(problem),
                Some(other) => Refusal::Handshake(other.to_string()),
                None if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Refusal::Handshake("the server closed the connection".to_owned())
                }
                None => return Err(error),
            }),
        };
        Ok(Handshake { stream, certificate })
    }
}

/// Verifies as rustls does, and notes what the certificate says; with `insecure` it lets all pass.
#[derive(Debug)]
struct Watcher {
    verifier: Arc<WebPkiServerVerifier>,
    insecure: bool,
    seen: Mutex<Option<Certificate>>,
}

impl ServerCertVerifier for Watcher {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let problem = match &verified {
            Err(Error::InvalidCertificate(problem)) => Some(refusal(problem)),
            Err(other) => Some(Refusal::Handshake(other.to_string())),
            Ok(_) => None,
        };
        let seen = describe(end_entity, server_name, problem);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        if self.insecure { Ok(ServerCertVerified::assertion()) } else { verified }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

fn describe(
    der: &CertificateDer<'_>,
    name: &ServerName<'_>,
    refusal: Option<Refusal>,
) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let name_matches =
        ParsedCertificate::try_from(der).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok());
    Some(Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_after: certificate.validity().not_after.timestamp(),
        name_matches,
        refusal,
    })
}

fn refusal(problem: &CertificateError) -> Refusal {
    match problem {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Refusal::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Refusal::Name,
        _ => Refusal::Untrusted,
    }
}
