//! The server's own certificate and key.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::reload::{File, LoadError, Loaded, Reloaded};
use crate::store::{Snapshot, Store, StoreError};
use crate::text::shortened;

/// Accepts TLS connections, with the certificate and key of two files.
pub(super) type Tls = Reloaded<TlsAcceptor, 2>;

/// Reads a certificate chain and its private key, both in PEM format.
pub(super) fn parse(files: [File<'_>; 2]) -> Result<Loaded<TlsAcceptor>, LoadError> {
    let [(certificate_file, certificates), (key_file, key)] = files;
    let bad_certificate = |why: String| unusable(certificate_file, "certificate", &why);
    let bad_key = |why: String| unusable(key_file, "key", &why);
    let certificates = read(&certificates).map_err(bad_certificate)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates).filter_map(Result::ok).collect();
    if chain.is_empty() {
        return Err(bad_certificate("it contains no certificate in PEM format".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(read(&key).map_err(bad_key)?)
        .map_err(|_| bad_key("it contains no private key in PEM format".to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| bad_key(format!("it does not match the certificate: {error}")))?;
    Ok(Loaded::new(TlsAcceptor::from(Arc::new(config))))
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
