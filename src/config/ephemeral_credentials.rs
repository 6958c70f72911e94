//! Temporary credentials from a shared secret, as servers with `use-auth-secret` check them (TURN REST API).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use super::turn::{Login, Secret};

/// Returns the user name `EXPIRY:USER` with its password, base64(HMAC-SHA1(secret, user name)).
///
/// `expiry` is in seconds since 1970; the server rejects the login after it.
pub fn login(secret: &Secret, user: Option<&str>, expiry: u64) -> Login {
    let username = user.map_or_else(|| expiry.to_string(), |user| format!("{expiry}:{user}"));
    // HMAC accepts keys of any length, so this does not fail.
    let password = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(username.as_bytes());
            STANDARD.encode(mac.finalize().into_bytes())
        },
    );
    Login { username, password: Secret::new(password) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_openssl() {
        // printf '4102444800:cowork' | openssl dgst -sha1 -hmac north -binary | base64
        let made = login(&Secret::new("north".into()), Some("cowork"), 4_102_444_800);
        assert_eq!(made.username, "4102444800:cowork");
        assert_eq!(made.password.expose(), "Rz1I5L+RIQONTSPhGQ5YLgDiZa4=");
        assert_eq!(login(&Secret::new(String::new()), None, 1).username, "1");
    }

    #[test]
    fn accepts_any_expiry() {
        let secret = Secret::new("north".into());
        // printf 2147483648 | openssl dgst -sha1 -hmac north -binary | base64, and so on
        for (expiry, password) in [
            (1_u64 << 31, "9otGBZ6YWbpmLesq5NYRnBliJvY="),
            ((1 << 32) + 1, "eKnnlUSXqW8gzHH6KUwed3mg7AQ="),
            (u64::MAX, "GED92r6v0DuxJlBfny015Dda6LE="),
        ] {
            let made = login(&secret, None, expiry);
            assert_eq!((made.username, made.password.expose()), (expiry.to_string(), password));
        }
    }
}
