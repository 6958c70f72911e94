//! The server's own certificate and key.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::reload::{File, LoadError, Loaded, Reloaded};
use crate::probe::certificate::{SOON_S, date};
use crate::store::{Snapshot, Store, StoreError};
use crate::text::shortened;

/// The server's certificate and key, which follow two files.
pub(super) type Tls = Reloaded<Identity, 2>;

/// A certificate chain with its key.
pub(super) struct Identity {
    pub(super) acceptor: TlsAcceptor,
    /// The name of the file with the chain.
    file: String,
    validities: Vec<Validity>,
}

/// When a certificate is valid, in seconds since 1970.
struct Validity {
    /// Which certificate of the chain it is, counted from 1.
    position: usize,
    not_before: i64,
    not_after: i64,
}

/// Reads a certificate chain and its private key, both in PEM format.
pub(super) fn parse(files: [File<'_>; 2]) -> Result<Loaded<Identity>, LoadError> {
    let [(certificate_file, certificates), (key_file, key)] = files;
    let bad_certificate = |why: String| unusable(certificate_file, "certificate", &why);
    let bad_key = |why: String| unusable(key_file, "key", &why);
    let Chain { certificates, validities, corrupt } =
        Chain::read(read(&certificates).map_err(bad_certificate)?).map_err(bad_certificate)?;
    let private = PrivateKeyDer::from_pem_slice(read(&key).map_err(bad_key)?)
        .map_err(|_| bad_key("it contains no private key in PEM format".to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, private))
        .map_err(|error| bad_key(format!("it does not match the certificate: {error}")))?;
    let identity =
        Identity { acceptor: TlsAcceptor::from(Arc::new(config)), file: certificate_file.name(), validities };
    let degraded = |file: &Store, public: String, hint: &str| LoadError {
        message: format!("{}: {public}; {hint}", file.name()),
        public,
    };
    let corrupt = corrupt.into_iter().map(|position| format!("{} is corrupt", name(position)));
    let mut problems: Vec<_> = corrupt
        .map(|what| degraded(certificate_file, what, "some clients will not trust this server"))
        .collect();
    if key.is_ok_and(|key| key.readable_by_others()) {
        let what = "other users can read the private key".to_owned();
        problems.push(degraded(key_file, what, "run 'chmod o=' on it, and replace it if others did"));
    }
    let warnings = identity.warnings(now());
    Ok(Loaded { warnings, degraded: problems, ..Loaded::new(identity) })
}

/// The certificates of a file.
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    validities: Vec<Validity>,
    /// The positions of those that cannot be read, counted from 1.
    corrupt: Vec<usize>,
}

impl Chain {
    fn read(pem: &[u8]) -> Result<Self, String> {
        let mut chain = Chain { certificates: Vec::new(), validities: Vec::new(), corrupt: Vec::new() };
        for (position, certificate) in (1..).zip(CertificateDer::pem_slice_iter(pem)) {
            let Ok(certificate) = certificate else {
                // Without the first one, the next would be taken for the server's own.
                if position == 1 {
                    return Err("its first certificate is corrupt".to_owned());
                }
                chain.corrupt.push(position);
                continue;
            };
            match X509Certificate::from_der(&certificate) {
                Ok((_, parsed)) => chain.validities.push(Validity {
                    position,
                    not_before: parsed.validity().not_before.timestamp(),
                    not_after: parsed.validity().not_after.timestamp(),
                }),
                // It is sent as it is: clients may be able to read it.
                Err(_) => chain.corrupt.push(position),
            }
            chain.certificates.push(certificate);
        }
        if chain.certificates.is_empty() {
            return Err("it contains no certificate in PEM format".to_owned());
        }
        Ok(chain)
    }
}

impl Identity {
    /// Returns which certificates are not valid now, in words for everybody.
    pub(super) fn invalid(&self) -> Vec<String> {
        self.invalid_at(now()).collect()
    }

    /// Says the same about the file for the log.
    pub(super) fn for_log(&self, what: &str) -> String {
        format!("{}: {what}", self.file)
    }

    fn invalid_at(&self, now: i64) -> impl Iterator<Item = String> {
        self.validities.iter().filter_map(move |Validity { position, not_before, not_after }| {
            if now > *not_after {
                Some(format!("{} expired on {}", name(*position), date(*not_after)))
            } else if now < *not_before {
                Some(format!("{} is not valid before {}", name(*position), date(*not_before)))
            } else {
                None
            }
        })
    }

    /// Returns what the log says about the validity of the certificates.
    fn warnings(&self, now: i64) -> Vec<String> {
        let soon =
            self.validities.iter().filter(|validity| (0..SOON_S).contains(&(validity.not_after - now)));
        let soon = soon.map(|Validity { position, not_after, .. }| {
            let days = (not_after - now) / 86_400;
            format!("{} expires in {days} days, on {}: renew it", name(*position), date(*not_after))
        });
        self.invalid_at(now).chain(soon).map(|what| self.for_log(&what)).collect()
    }
}

/// Returns what messages call a certificate of the chain.
fn name(position: usize) -> String {
    if position == 1 { "the certificate".to_owned() } else { format!("certificate {position} of the chain") }
}

/// Returns the time in seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

fn read(file: &Result<Snapshot, StoreError>) -> Result<&[u8], String> {
    match file {
        Ok(snapshot) => snapshot.bytes().ok_or_else(|| "there is no such file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn unusable(file: &Store, what: &str, why: &str) -> LoadError {
    // Without such a file, its name may be anything that was typed in its place.
    let name = if file.is_missing() { shortened(&file.name()).into_owned() } else { file.name() };
    LoadError { message: format!("cannot use {name}: {why}"), public: format!("the {what} cannot be used") }
}
