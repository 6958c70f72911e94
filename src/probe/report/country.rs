//! The country of each server, from a database of IP addresses if there is one.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use maxminddb::{PathElement, Reader};

use crate::protocol::evidence::is_private;

use super::row::{Row, Warning, WarningCode};

/// Where packages install such databases.
const USUAL_PATHS: [&str; 6] = [
    "/usr/share/GeoIP/GeoLite2-Country.mmdb",
    "/usr/share/GeoIP/GeoIP2-Country.mmdb",
    "/usr/share/GeoIP/dbip-country-lite.mmdb",
    "/usr/share/GeoIP/GeoLite2-City.mmdb",
    "/var/lib/GeoIP/GeoLite2-Country.mmdb",
    "/var/lib/GeoIP/GeoLite2-City.mmdb",
];

/// The European Economic Area, where the GDPR applies: the European Union, Iceland, Liechtenstein and Norway.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// A database of countries, or where to look for one.
#[derive(Clone, Debug, Default)]
pub struct Countries {
    /// The database, if there is one; empty until the first look at the usual paths.
    database: Arc<OnceLock<Option<Reader<Vec<u8>>>>>,
}

impl Countries {
    /// Opens the database in this file (MaxMind DB); without one, looks at the usual paths when it is needed.
    ///
    /// # Errors
    /// When the file cannot be read, or is not such a database.
    pub fn new(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else { return Ok(Countries::default()) };
        let reader = Reader::open_readfile(file).map_err(io::Error::other)?;
        Ok(Countries { database: Arc::new(OnceLock::from(Some(reader))) })
    }

    /// No database, for callers that do not show countries.
    pub fn none() -> Self {
        Countries { database: Arc::new(OnceLock::from(None)) }
    }

    /// Adds the country to each row, and a warning when it is outside the EEA.
    pub(crate) fn annotate(&self, rows: &mut [Row]) {
        let public = |row: &Row| row.address.is_some_and(|address| !is_private(address.ip()));
        // Databases are large, so read one only when it is needed.
        if self.database.get().is_none() && !rows.iter().any(public) {
            return;
        }
        let Some(reader) = self.database.get_or_init(usual) else { return };
        for row in rows {
            let Some(country) = row.address.and_then(|address| country_of(reader, address.ip())) else {
                continue;
            };
            if !EEA.contains(&&*country) {
                row.warnings.push(Warning {
                    code: WarningCode::CountryOutsideEea,
                    message: format!(
                        "the server is in {country}, outside the EU and EEA: it receives clients' addresses"
                    ),
                });
            }
            row.country = Some(country);
            row.revised = true;
        }
    }
}

fn usual() -> Option<Reader<Vec<u8>>> {
    USUAL_PATHS.iter().find_map(|path| Reader::open_readfile(path).ok())
}

/// The ISO 3166 code of the country.
fn country_of(reader: &Reader<Vec<u8>>, ip: IpAddr) -> Option<String> {
    let path = [PathElement::Key("country"), PathElement::Key("iso_code")];
    let code: &str = reader.lookup(ip.to_canonical()).ok()?.decode_path(&path).ok()??;
    (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())).then(|| code.to_owned())
}
