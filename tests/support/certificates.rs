//! Certificates for tests: an authority, and certificates that it signs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

/// A certificate authority, and the folder with its files.
pub(crate) struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(folder: &Path) -> Self {
        Self::named(folder, "test authority")
    }

    /// An authority of this name.
    pub(crate) fn named(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        fs::write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Authority { folder: folder.to_owned(), issuer: Issuer::new(params, key) }
    }

    /// The file of the authority's own certificate.
    pub(crate) fn file(&self) -> String {
        self.folder.join("ca.pem").display().to_string()
    }

    /// The client's end of a TLS connection to localhost, which trusts this authority.
    pub(crate) fn client(&self) -> ClientConnection {
        self.client_of("localhost")
    }

    /// The same for a server of this name.
    pub(crate) fn client_of(&self, name: &str) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap()
    }

    /// The options that make coturn use a certificate for `name` that expires at the beginning of `year`.
    pub(crate) fn options(&self, name: &str, year: i32) -> [String; 4] {
        self.signed(name, |params| params.not_after = date_time_ymd(year, 1, 1))
    }

    /// The same with a certificate that becomes valid at the beginning of `year`.
    pub(crate) fn options_from(&self, name: &str, year: i32) -> [String; 4] {
        self.signed(name, |params| params.not_before = date_time_ymd(year, 1, 1))
    }

    /// The same with the authority's own certificate.
    pub(crate) fn options_with_ca(&self) -> [String; 4] {
        let certificate = fs::read_to_string(self.file()).unwrap();
        self.options_of("self", &certificate, self.issuer.key())
    }

    /// The same with a certificate that expires in `days`.
    pub(crate) fn options_in_days(&self, name: &str, days: u64) -> [String; 4] {
        self.options_in(name, Duration::from_secs(days * 86_400))
    }

    /// The same with a certificate that expires after this time, in whole seconds.
    pub(crate) fn options_in(&self, name: &str, left: Duration) -> [String; 4] {
        let end = SystemTime::now() + left;
        self.signed(name, |params| params.not_after = end.into())
    }

    /// The same with a certificate that has this subject.
    pub(crate) fn options_with_subject(&self, name: &str, subject: &str) -> [String; 4] {
        self.signed(name, |params| params.distinguished_name.push(DnType::CommonName, subject))
    }

    /// The same with a self-signed certificate.
    pub(crate) fn options_self_signed(&self, name: &str) -> [String; 4] {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        self.options_of("own", &certificate.pem(), &key)
    }

    fn signed(&self, name: &str, end: impl FnOnce(&mut CertificateParams)) -> [String; 4] {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        end(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.options_of("leaf", &certificate.pem(), &key)
    }

    fn options_of(&self, name: &str, certificate: &str, key: &KeyPair) -> [String; 4] {
        let path = |file: &str| self.folder.join(format!("{name}.{file}")).display().to_string();
        fs::write(path("pem"), certificate).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        fs::set_permissions(path("key"), fs::Permissions::from_mode(0o600)).unwrap();
        ["--cert".to_owned(), path("pem"), "--pkey".to_owned(), path("key")]
    }
}
