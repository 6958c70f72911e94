//! The connection test page: one document that loads nothing else, enforced by a strict content security policy.

use std::net::SocketAddr;
use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::host::PublicNames;

/// The parts of the page. Each replaces its name, which is the only content of an element.
const PARTS: [(&str, &str); 11] = [
    ("page.css", include_str!("page.css")),
    ("page-texts-en.js", include_str!("page-texts-en.js")),
    ("page-texts-de.js", include_str!("page-texts-de.js")),
    ("page-language.js", include_str!("page-language.js")),
    ("page-servers.js", include_str!("page-servers.js")),
    ("page-call.js", include_str!("page-call.js")),
    ("page-api.js", include_str!("page-api.js")),
    ("page-report.js", include_str!("page-report.js")),
    ("page-pictures.js", include_str!("page-pictures.js")),
    ("page-reactions.js", include_str!("page-reactions.js")),
    ("page.js", include_str!("page.js")),
];

/// The whole page, which one request loads.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    PARTS.iter().fold(include_str!("page.html").to_owned(), |page, (name, text)| {
        page.replace(&format!(">{name}</"), &format!(">\n{text}</"))
    })
});

/// Allows only the page's own scripts and style, by their hashes, and requests to this server.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hashes(&PAGE, "script"),
        hashes(&PAGE, "style"),
    )
});

/// Returns the page.
pub(crate) async fn page() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY.as_str())];
    (headers, PAGE.as_str()).into_response()
}

/// Returns the address of the page for a browser. No page is at an unspecified address such as 0.0.0.0: there it has the
/// server's public name, or is at least on this machine.
pub(super) fn url(scheme: &str, address: SocketAddr, names: &PublicNames) -> String {
    match names.first() {
        _ if !address.ip().is_unspecified() => format!("{scheme}://{address}/"),
        Some(name) => format!("{scheme}://{name}:{}/", address.port()),
        None => format!("{scheme}://localhost:{}/", address.port()),
    }
}

/// Returns the hashes of the contents of these elements, as the policy lists them.
fn hashes(page: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let texts = page.split(&open).skip(1).filter_map(|rest| rest.split_once(&close).map(|(text, _)| text));
    let hashes: Vec<String> =
        texts.map(|text| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))).collect();
    if hashes.is_empty() { "'none'".to_owned() } else { hashes.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Host;

    #[test]
    fn the_policy_lists_the_hash_of_each_script() {
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";
        assert_eq!(hashes("<p><script>alert(1)</script></p>", "script"), hash);
        assert_eq!(hashes("<p>", "script"), "'none'");
        assert_eq!(POLICY.matches("'sha256-").count(), PARTS.len());
    }

    #[test]
    fn the_page_contains_each_part_once_and_no_part_closes_its_element() {
        for (name, text) in PARTS {
            assert_eq!(PAGE.matches(text).count(), 1, "{name}");
            assert!(!text.contains("</script") && !text.contains("</style"), "{name}");
        }
    }

    #[test]
    fn the_address_of_the_page_opens_in_a_browser() {
        let of = |address: &str, names: &[&str]| {
            let names = names.iter().filter_map(|name| Host::parse(name)).collect();
            url("https", address.parse().unwrap(), &PublicNames::new(names))
        };
        let names = ["calls.example.de", "b.example.de"];
        assert_eq!(of("127.0.0.1:8443", &names), "https://127.0.0.1:8443/");
        assert_eq!(of("[2001:db8::1]:8443", &names), "https://[2001:db8::1]:8443/");
        assert_eq!(of("0.0.0.0:8443", &names), "https://calls.example.de:8443/");
        assert_eq!(of("[::]:8443", &[]), "https://localhost:8443/");
    }
}
