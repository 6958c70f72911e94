//! In which country a server stands, by a database of IP addresses, where there is one.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use maxminddb::{PathElement, Reader};

use crate::protocol::evidence::is_private;

use super::{Row, Warning, WarningCode};

/// Where the packages of such databases put them.
const USUAL_PLACES: [&str; 6] = [
    "/usr/share/GeoIP/GeoLite2-Country.mmdb",
    "/usr/share/GeoIP/GeoIP2-Country.mmdb",
    "/usr/share/GeoIP/dbip-country-lite.mmdb",
    "/usr/share/GeoIP/GeoLite2-City.mmdb",
    "/var/lib/GeoIP/GeoLite2-Country.mmdb",
    "/var/lib/GeoIP/GeoLite2-City.mmdb",
];

/// The European Economic Area, where the GDPR holds: the European Union, Iceland, Liechtenstein and Norway.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// A database of countries, or the intent to look for one.
#[derive(Clone, Debug, Default)]
pub struct Countries {
    named: Option<Arc<Reader<Vec<u8>>>>,
    /// The one of the usual places, once it was looked for.
    usual: Arc<OnceLock<Option<Reader<Vec<u8>>>>>,
}

impl Countries {
    /// The database in this file (MaxMind DB); without one those of the usual places are looked for.
    ///
    /// # Errors
    /// When the file cannot be read, or is no such database.
    pub fn new(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else { return Ok(Countries::default()) };
        let reader = Reader::open_readfile(file).map_err(io::Error::other)?;
        Ok(Countries { named: Some(Arc::new(reader)), ..Countries::default() })
    }

    /// None, for who tells no countries: the usual places are not looked at.
    #[must_use]
    pub fn none() -> Self {
        Countries { named: None, usual: Arc::new(OnceLock::from(None)) }
    }

    /// Notes in each row in which country its server stands, and warns of those outside the EEA.
    pub(crate) fn annotate(&self, rows: &mut [Row]) {
        let public = |row: &Row| row.address.is_some_and(|address| !is_private(address.ip()));
        // Most databases are large, so none is read in vain.
        let found = match &self.named {
            Some(reader) => Some(&**reader),
            None if rows.iter().any(public) => self.usual.get_or_init(usual).as_ref(),
            None => None,
        };
        let Some(reader) = found else { return };
        for row in rows {
            let Some(country) = row.address.and_then(|address| country_of(reader, address.ip())) else {
                continue;
            };
            if !EEA.contains(&&*country) {
                row.warnings.push(Warning {
                    code: WarningCode::CountryOutsideEea,
                    message: format!(
                        "the server stands in {country}, outside the EU and EEA: clients' addresses go there"
                    ),
                });
            }
            row.country = Some(country);
            row.revised = true;
        }
    }
}

fn usual() -> Option<Reader<Vec<u8>>> {
    USUAL_PLACES.iter().find_map(|place| Reader::open_readfile(place).ok())
}

/// The country as ISO 3166 abbreviates it.
fn country_of(reader: &Reader<Vec<u8>>, ip: IpAddr) -> Option<String> {
    let path = [PathElement::Key("country"), PathElement::Key("iso_code")];
    let code: &str = reader.lookup(ip.to_canonical()).ok()?.decode_path(&path).ok()??;
    (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())).then(|| code.to_owned())
}
