//! The server's own certificate and key, read anew when they change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use zeroize::Zeroizing;

use super::log::Log;
use crate::store::{Store, Watcher};

/// A file that cannot be used, and why.
type Unusable = (PathBuf, String);

/// What TLS is spoken with. The last good certificate stays in use while its files do not fit.
pub(super) struct Tls {
    certificates: PathBuf,
    key: PathBuf,
    state: Mutex<State>,
    log: Log,
}

struct State {
    watchers: [Watcher; 2],
    acceptor: TlsAcceptor,
    /// Why the files as they are now cannot be used.
    trouble: Option<Unusable>,
}

impl Tls {
    /// Reads a chain of certificates and its key, both in PEM.
    pub(super) fn open(certificates: &Path, key: &Path, log: &Log) -> Result<Self, Unusable> {
        let watch = |file: &Path| match Store::open(file).watch() {
            Ok((_, watcher)) => Ok(watcher),
            Err(error) => Err((file.to_owned(), error.to_string())),
        };
        // First the look, then the reading: what changes between the two is read again.
        let watchers = [watch(certificates)?, watch(key)?];
        let state = State { watchers, acceptor: acceptor(certificates, key)?, trouble: None };
        let state = Mutex::new(state);
        Ok(Tls { certificates: certificates.to_owned(), key: key.to_owned(), state, log: log.clone() })
    }

    /// What connections are accepted with now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.lock().acceptor.clone()
    }

    /// Looks at the files.
    pub(super) fn look(&self) {
        let mut state = self.lock();
        // Both are looked at each time, since the two change one after the other.
        let changes = state.watchers.each_mut().map(|watcher| watcher.look().is_some());
        if !changes.contains(&true) {
            return;
        }
        match acceptor(&self.certificates, &self.key) {
            Ok(acceptor) => {
                state.acceptor = acceptor;
                state.trouble = None;
                self.log.info("the certificate has been read anew and is in use");
            }
            // Once, until the trouble is another one: what cannot be read is looked at again and again.
            Err(trouble) if state.trouble.as_ref() != Some(&trouble) => {
                let (file, what) = (trouble.0.display(), &trouble.1);
                self.log.error(&format!("cannot use {file}: {what}; the last good certificate stays in use"));
                state.trouble = Some(trouble);
            }
            Err(_) => {}
        }
    }

    /// What is wrong with the files now, for everybody: without their names.
    pub(super) fn trouble(&self) -> Option<String> {
        let file = self.lock().trouble.as_ref().map(|(file, _)| file.clone())?;
        let what = if file == self.key { "key" } else { "certificate" };
        Some(format!("tls: the {what} cannot be used"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, Unusable> {
    let read = |file: &Path| {
        let unusable = |what: String| (file.to_owned(), what);
        let snapshot = Store::open(file).load().map_err(|error| unusable(error.to_string()))?;
        let bytes = snapshot.bytes().map(|bytes| Zeroizing::new(bytes.to_vec()));
        bytes.ok_or_else(|| unusable("there is no such file".to_owned()))
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(certificates)?).filter_map(Result::ok).collect();
    if chain.is_empty() {
        return Err((certificates.to_owned(), "it holds no certificate in PEM".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?)
        .map_err(|_| (key.to_owned(), "it holds no private key in PEM".to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(chain, private).map_err(io::Error::other)
        })
        .map_err(|error| (key.to_owned(), format!("it does not fit the certificate: {error}")))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
