//! The connection test page: one file that loads nothing from elsewhere, held to that by a strict policy.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const PAGE: &str = include_str!("page.html");

/// Only the page's own script and style, told by their hashes, and requests to this server.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hashes(PAGE, "script"),
        hashes(PAGE, "style"),
    )
});

/// The page.
pub(super) async fn page() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY.as_str())];
    (headers, PAGE).into_response()
}

/// What stands in the elements of this name, as the policy names it.
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

    #[test]
    fn the_policy_names_each_script_by_its_hash() {
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";
        assert_eq!(hashes("<p><script>alert(1)</script></p>", "script"), hash);
        assert_eq!(hashes("<p>", "script"), "'none'");
    }
}
