//! What the user can do about a failure: the remedy of its code, fitted to where the server and its credentials come from.

use std::borrow::Cow;

use super::code::Code;
use super::row::{Row, RowError};
use crate::config::address::Kind;
use crate::probe::source::{LoginSource, Source};

impl Row {
    /// Fits the remedies of its errors to where the server and its credentials come from.
    pub(crate) fn with_remedies(mut self, source: &Source) -> Self {
        let kind = self.kind;
        let bridge =
            self.turn.as_mut().and_then(|turn| turn.bridge.as_mut()).and_then(|bridge| bridge.error.as_mut());
        for error in self.error.iter_mut().chain(bridge) {
            error.fit_remedy(kind, source);
        }
        self
    }
}

impl RowError {
    fn fit_remedy(&mut self, kind: Kind, source: &Source) {
        // A hint about a special case is better than any general one.
        if self.hint == self.code.remedy() {
            self.hint = remedy(self.code, kind, source).map_or(self.code.remedy().into(), Cow::Owned);
        }
        if let (Code::Timeout, Some(position)) = (self.code, source.position)
            && self.hint.contains("firewalls")
        {
            let list = match kind {
                Kind::Stun => "stun",
                Kind::Turn => "turn",
            };
            let gone = format!("; if it is gone: 'cowork-calls {list} remove {position}'");
            self.hint.to_mut().push_str(&gone);
        }
    }
}

/// Returns a remedy that fits better than that of the code, if there is one.
fn remedy(code: Code, kind: Kind, source: &Source) -> Option<String> {
    let general = code.remedy();
    match code {
        Code::Dns => Some(format!("{general}; to correct the name: {}", readdress(kind, source)?)),
        Code::TlsHandshake => Some(format!("{general}; to correct it: {}", readdress(kind, source)?)),
        Code::Refused | Code::NotStun | Code::Redirected | Code::TlsName => {
            Some(format!("{general}: {}", readdress(kind, source)?))
        }
        Code::PortBlockedInBrowsers => Some(format!(
            "let the server use another port, such as 3478 or 443, then {}",
            readdress(kind, source)?
        )),
        Code::AuthenticationMissing => required(&source.login),
        Code::CredentialsMissing => missing(source),
        Code::Unauthorized => rejected(source),
        Code::WrongCredentials if is_secret(&source.login) => {
            Some("use one shared secret for all addresses of the server".to_owned())
        }
        _ => None,
    }
}

/// Returns the commands that give a configured server another address.
fn readdress(kind: Kind, source: &Source) -> Option<String> {
    let position = source.position?;
    Some(match kind {
        Kind::Turn => format!("'cowork-calls turn edit {position} --uri URI'"),
        Kind::Stun => format!("'cowork-calls stun remove {position}' and 'cowork-calls stun add URI'"),
    })
}

const fn is_secret(login: &LoginSource) -> bool {
    matches!(login, LoginSource::Secret(_) | LoginSource::Given(false))
}

/// The server grants relays without authentication.
fn required(login: &LoginSource) -> Option<String> {
    let remedy = match login {
        LoginSource::Nothing => return None,
        login if is_secret(login) => "let the server check the shared secret (coturn: use-auth-secret)",
        _ => "let the server check the user name and password (coturn: lt-cred-mech)",
    };
    Some(remedy.to_owned())
}

/// The server asks for credentials, and there are none, or they are incomplete.
fn missing(source: &Source) -> Option<String> {
    let Some(position) = source.position else {
        return Some(match &source.login {
            LoginSource::Password(Some(file)) | LoginSource::Secret(Some(file)) => {
                format!("make {} readable, or name another file", file.display())
            }
            _ => "give --username NAME with --password-stdin, or --secret-stdin".to_owned(),
        });
    };
    let edit = format!("'cowork-calls turn edit {position}");
    Some(match &source.login {
        LoginSource::NamelessPassword => format!("add the user name: {edit} --username NAME'"),
        LoginSource::Password(Some(file)) => {
            format!("make {} readable, or name another file: {edit} --password-file FILE'", file.display())
        }
        LoginSource::Secret(Some(file)) => {
            format!("make {} readable, or name another file: {edit} --secret-file FILE'", file.display())
        }
        _ => format!("add them: {edit}'"),
    })
}

/// The server does not accept the credentials. Only those from a shared secret depend on clocks.
fn rejected(source: &Source) -> Option<String> {
    let edit = source.position.map(|position| format!("'cowork-calls turn edit {position}"));
    Some(match (&source.login, edit) {
        (LoginSource::Password(None), Some(edit)) => {
            format!("correct the user name or the password: {edit}'")
        }
        (LoginSource::Password(Some(file)), Some(edit)) => {
            format!("correct the password in {}, or the user name: {edit} --username NAME'", file.display())
        }
        (LoginSource::Secret(None), Some(edit)) => {
            format!("correct the shared secret: {edit}'; also check the server's clock")
        }
        (LoginSource::Secret(Some(file)), _) => {
            format!("correct the shared secret in {}; also check the server's clock", file.display())
        }
        (LoginSource::Secret(None) | LoginSource::Given(false), _) => {
            "check the shared secret and the server's clock".to_owned()
        }
        (LoginSource::Password(_) | LoginSource::Given(true), _) => {
            "check the user name and the password".to_owned()
        }
        (LoginSource::Nothing | LoginSource::NamelessPassword, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(code: Code, kind: Kind, position: Option<usize>, login: LoginSource) -> String {
        let mut error = RowError::new(code, String::new());
        error.fit_remedy(kind, &Source { position, login });
        error.hint.into_owned()
    }

    #[test]
    fn a_configured_server_gets_the_command_that_changes_it() {
        let turn = |code| hint(code, Kind::Turn, Some(2), LoginSource::Nothing);
        let stun = |code| hint(code, Kind::Stun, Some(3), LoginSource::Nothing);
        for code in [Code::Dns, Code::Refused, Code::NotStun, Code::TlsName, Code::PortBlockedInBrowsers] {
            assert!(turn(code).ends_with("'cowork-calls turn edit 2 --uri URI'"), "{}", turn(code));
            let expected = "'cowork-calls stun remove 3' and 'cowork-calls stun add URI'";
            assert!(stun(code).ends_with(expected), "{}", stun(code));
        }
        assert!(stun(Code::Timeout).ends_with("the replies; if it is gone: 'cowork-calls stun remove 3'"));
        assert_eq!(turn(Code::CredentialsMissing), "add them: 'cowork-calls turn edit 2'");
        assert_eq!(turn(Code::Quota), Code::Quota.remedy(), "nothing here can be changed");
    }

    #[test]
    fn a_server_of_the_command_line_gets_no_command_for_the_settings() {
        for code in Code::ALL {
            for login in [LoginSource::Given(true), LoginSource::Given(false)] {
                let hint = hint(*code, Kind::Turn, None, login);
                assert!(!hint.contains("cowork-calls"), "{hint}");
            }
        }
        let missing = hint(Code::CredentialsMissing, Kind::Turn, None, LoginSource::Nothing);
        assert_eq!(missing, "give --username NAME with --password-stdin, or --secret-stdin");
    }

    #[test]
    fn a_remedy_speaks_of_the_credentials_that_are_configured() {
        let codes = [
            Code::Unauthorized,
            Code::AuthenticationMissing,
            Code::CredentialsMissing,
            Code::WrongCredentials,
        ];
        let file = || Some("/etc/turn".into());
        for position in [Some(2), None] {
            for login in
                [LoginSource::Password(None), LoginSource::Password(file()), LoginSource::Given(true)]
            {
                for hint in codes.map(|code| hint(code, Kind::Turn, position, login.clone())) {
                    assert!(!hint.contains(" secret") && !hint.contains("clock"), "{login:?}: {hint}");
                }
            }
            for login in [LoginSource::Secret(None), LoginSource::Secret(file()), LoginSource::Given(false)] {
                for hint in codes.map(|code| hint(code, Kind::Turn, position, login.clone())) {
                    assert!(!hint.contains(" password"), "{login:?}: {hint}");
                }
            }
        }
        let rejected = |login| hint(Code::Unauthorized, Kind::Turn, Some(2), login);
        assert_eq!(
            rejected(LoginSource::Password(None)),
            "correct the user name or the password: 'cowork-calls turn edit 2'"
        );
        assert_eq!(
            rejected(LoginSource::Password(file())),
            "correct the password in /etc/turn, or the user name: 'cowork-calls turn edit 2 --username NAME'"
        );
        assert_eq!(
            rejected(LoginSource::Secret(file())),
            "correct the shared secret in /etc/turn; also check the server's clock"
        );
    }

    #[test]
    fn a_hint_about_a_special_case_stays() {
        let mut error = RowError::long_username(1000);
        let special = error.hint.clone();
        error.fit_remedy(Kind::Turn, &Source { position: Some(1), login: LoginSource::Password(None) });
        assert_eq!(error.hint, special);
    }
}
