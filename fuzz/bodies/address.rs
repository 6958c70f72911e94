//! Any text as a server's address: a canonical form that reads as itself again, or an error with a remedy.

use cowork_calls::config::address::{AddressError, Kind, ServerUri};
use cowork_calls::text::clean;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for kind in [Kind::Stun, Kind::Turn] {
        check_result(ServerUri::parse(text, kind), |canonical| ServerUri::parse(canonical, kind));
        check_result(ServerUri::parse_any(text, kind), |canonical| ServerUri::parse_any(canonical, kind));
    }
}

fn check_result(
    result: Result<ServerUri, AddressError>,
    again: impl Fn(&str) -> Result<ServerUri, AddressError>,
) {
    match result {
        Ok(uri) => {
            let canonical = uri.to_string();
            assert!(uri.port > 0);
            assert!(canonical.bytes().all(|byte| byte.is_ascii_graphic()), "{canonical:?}");
            assert_eq!(again(&canonical).as_ref(), Ok(&uri), "{canonical:?}");
        }
        Err(error) => {
            let (message, hint) = (error.to_string(), error.hint());
            assert!(!message.is_empty() && !hint.is_empty());
            assert_eq!(clean(&message), message, "{message:?}");
            assert_eq!(clean(&hint), hint, "{hint:?}");
        }
    }
}
