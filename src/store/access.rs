//! From an address of an engine, with the files of its options, to the store of the settings there.

use std::env;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::error::StoreError;
use super::file::open_to_read;
use super::locate::{Environment, locate};
use super::secret::{SecretError, describe_unreadable, read_credential_file};
use super::settings::Store;
use crate::config::turn::{Login, Secret};
use crate::engine::{Access, Address, Engine, InvalidAddress};

/// How the credentials of an engine are written.
const FORM: &str = "it has no USER:PASSWORD";

/// The files that the options for an engine name.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// `--engine-credentials`: the user name and password.
    pub credentials: Option<PathBuf>,
    /// `--engine-ca`: the certificates to trust.
    pub ca: Option<PathBuf>,
    /// `--engine-cert`: the own certificate.
    pub certificate: Option<PathBuf>,
    /// `--engine-key`: its private key.
    pub key: Option<PathBuf>,
}

/// Why the place of the settings cannot be used.
#[derive(Debug, Error)]
pub enum AccessError {
    /// There is no such place.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address of the engine is not one.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The user name and password cannot be read.
    #[error(transparent)]
    Credentials(#[from] SecretError),
    /// A certificate or key cannot be used.
    #[error("cannot use {}: {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The settings are in a file.
    #[error("{0} is for settings in NATS, and these are in a file")]
    NotAnEngine(&'static str),
    /// A certificate without its key, or a key without its certificate.
    #[error("a certificate and its key are needed together")]
    HalfIdentity,
}

impl AccessError {
    /// Returns what to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            AccessError::Store(error) => error.hint(),
            AccessError::Address(error) => error.hint().to_owned(),
            AccessError::Credentials(_) => {
                "name a file that you can read, with USER:PASSWORD in one line".to_owned()
            }
            AccessError::Certificate { .. } => "name a file in PEM format".to_owned(),
            AccessError::NotAnEngine(_) => {
                "leave it out, or name the settings with --config nats://HOST:4222/NAME".to_owned()
            }
            AccessError::HalfIdentity => "give both --engine-cert FILE and --engine-key FILE".to_owned(),
        }
    }
}

impl EngineOptions {
    /// Reads the environment of this process.
    fn of_process() -> Self {
        let file = |name: &str| {
            let file = env::var_os(format!("COWORK_CALLS_ENGINE_{name}"));
            file.filter(|file| !file.is_empty()).map(PathBuf::from)
        };
        EngineOptions {
            credentials: file("CREDENTIALS"),
            ca: file("CA"),
            certificate: file("CERT"),
            key: file("KEY"),
        }
    }

    /// Returns the options, where they are given, with their files.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all = [
            ("--engine-credentials", &self.credentials),
            ("--engine-ca", &self.ca),
            ("--engine-cert", &self.certificate),
            ("--engine-key", &self.key),
        ];
        all.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)))
    }

    /// Returns these options, completed by others.
    fn or(&self, other: EngineOptions) -> Self {
        EngineOptions {
            credentials: self.credentials.clone().or(other.credentials),
            ca: self.ca.clone().or(other.ca),
            certificate: self.certificate.clone().or(other.certificate),
            key: self.key.clone().or(other.key),
        }
    }

    /// Checks the files, so that no attempt to connect fails because of them.
    fn access(&self) -> Result<Access, AccessError> {
        let mut access = Access::default();
        if let Some(file) = self.credentials.clone() {
            read_login(&file)?;
            access.login = Some(Arc::new(move || read_login(&file).map_err(|error| error.to_string())));
        }
        if let Some(ca) = &self.ca {
            check_certificates(ca)?;
            access.ca = Some(ca.clone());
        }
        access.identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                check_key(key, check_certificates(certificate)?)?;
                Some((certificate.clone(), key.clone()))
            }
            (None, None) => None,
            _ => return Err(AccessError::HalfIdentity),
        };
        Ok(access)
    }
}

impl Store {
    /// Checks the address of an engine in the option `--config`, before any message repeats it.
    ///
    /// # Errors
    /// When it is an address, and a wrong one.
    pub fn check(option: &Path) -> Result<(), AccessError> {
        let address = option.to_str().and_then(Address::parse);
        address.map_or(Ok(()), |address| address.map(drop).map_err(AccessError::Address))
    }

    /// Whether this is the address of an engine.
    pub fn is_engine(place: &Path) -> bool {
        place.to_str().and_then(Address::parse).is_some()
    }

    /// Creates the store of the settings that `option` (`--config`), `system` (`--system`) and the environment choose: in a
    /// file, or in an engine. It reads none of the settings yet.
    ///
    /// # Errors
    /// When there is no home folder, the address of an engine is wrong, or one of the files of its options.
    pub fn choose(
        option: Option<&Path>,
        system: bool,
        engine: &EngineOptions,
        environment: &Environment,
    ) -> Result<Store, AccessError> {
        let path = locate(option, system, environment)?;
        let Some(address) = path.to_str().and_then(Address::parse) else {
            return match engine.given().next() {
                Some((option, _)) => Err(AccessError::NotAnEngine(option)),
                None => Ok(Store::open(path)),
            };
        };
        let options = engine.or(EngineOptions::of_process());
        let engine = Engine { address: address?, access: options.access()? };
        Ok(Store::share(engine, options.credentials))
    }
}

/// Reads the user name and password in a file.
fn read_login(file: &Path) -> Result<Login, SecretError> {
    let secret = read_credential_file(file)?;
    let parts = secret.expose().split_once(':');
    match parts.filter(|(username, password)| !username.is_empty() && !password.is_empty()) {
        Some((username, password)) => {
            Ok(Login { username: username.to_owned(), password: Secret::new(password.to_owned()) })
        }
        None => Err(SecretError::Invalid { name: file.display().to_string(), what: FORM }),
    }
}

/// Reads a regular file: a pipe would block, and could be read only once.
fn read(path: &Path) -> Result<Vec<u8>, AccessError> {
    let unusable = |why: String| AccessError::Certificate { path: path.to_owned(), why };
    let mut file = open_to_read(path).map_err(|error| unusable(describe_unreadable(&error)))?;
    if file.metadata().is_ok_and(|file| !file.is_file() && !file.is_dir()) {
        return Err(unusable("this is not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| unusable(describe_unreadable(&error)))?;
    Ok(bytes)
}

fn check_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AccessError> {
    let certificates = CertificateDer::pem_slice_iter(&read(path)?).collect::<Result<Vec<_>, _>>();
    certificates.ok().filter(|certificates| !certificates.is_empty()).ok_or_else(|| {
        let why = "it has no certificate in PEM format, or a corrupt one".to_owned();
        AccessError::Certificate { path: path.to_owned(), why }
    })
}

fn check_key(path: &Path, certificates: Vec<CertificateDer<'static>>) -> Result<(), AccessError> {
    let unusable = |why: &str| AccessError::Certificate { path: path.to_owned(), why: why.to_owned() };
    let key = PrivateKeyDer::from_pem_slice(&read(path)?);
    let key = key.map_err(|_| unusable("it has no private key in PEM format"))?;
    let pair = CertifiedKey::from_der(certificates, key, &ring::default_provider());
    pair.map(drop).map_err(|_| unusable("it does not match the certificate"))
}
