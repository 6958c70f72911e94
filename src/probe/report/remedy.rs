//! What the user can do about a failure: the remedy of its code, fitted to where the server and its credentials come from.

use std::borrow::Cow;
use std::path::Path;

use super::code::Code;
use super::row::{Row, RowError};
use crate::config::address::Kind;
use crate::probe::source::{LoginSource, Source};
use crate::text::suggestion::{shell_quoted, with_option};

impl Row {
    /// Fits the remedies of its errors to where the server and its credentials come from. The commands in them, and in its
    /// warnings, have the `option` that chose the settings file.
    pub(crate) fn add_remedies(&mut self, source: &Source, option: &str) {
        let (kind, uri) = (self.kind, &self.uri);
        let bridge =
            self.turn.as_mut().and_then(|turn| turn.bridge.as_mut()).and_then(|bridge| bridge.error.as_mut());
        for error in self.error.as_deref_mut().into_iter().chain(bridge) {
            error.fit_remedy(kind, uri, source);
            error.hint = with_option(&error.hint, option).into();
        }
        for warning in &mut self.warnings {
            warning.message = with_option(&warning.message, option);
        }
    }
}

impl RowError {
    fn fit_remedy(&mut self, kind: Kind, uri: &str, source: &Source) {
        // A hint about a special case is better than any general one.
        if self.hint == self.code.remedy() {
            self.hint = remedy(self.code, kind, uri, source).map_or(self.code.remedy().into(), Cow::Owned);
        }
        if let (Code::Timeout, Some(position)) = (self.code, source.position)
            && self.hint.contains("firewalls")
        {
            let command = match kind {
                // Without its only server the list would be the defaults.
                Kind::Stun if source.is_only => "stun set URI".to_owned(),
                Kind::Stun => format!("stun remove {position}"),
                Kind::Turn => format!("turn remove {position}"),
            };
            self.hint.to_mut().push_str(&format!("; if it is gone: 'cowork-calls {command}'"));
        }
    }
}

/// Returns a remedy that fits better than that of the code, if there is one.
fn remedy(code: Code, kind: Kind, uri: &str, source: &Source) -> Option<String> {
    let general = code.remedy();
    let readdress = || readdress(kind, uri, "URI", source);
    match code {
        Code::Dns => Some(format!("{general}; to correct the name: {}", readdress()?)),
        Code::TlsHandshake => Some(format!("{general}; to correct it: {}", readdress()?)),
        Code::Refused | Code::NotStun | Code::Redirected | Code::TlsName => {
            Some(format!("{general}: {}", readdress()?))
        }
        Code::PortBlockedInBrowsers => {
            Some(format!("let the server use another port, such as 3478 or 443, then {}", readdress()?))
        }
        Code::AuthenticationMissing => required(&source.login),
        Code::CredentialsMissing => missing(source),
        Code::Unauthorized => rejected(source),
        Code::WrongCredentials if is_secret(&source.login) => {
            Some("use one shared secret for all addresses of the server".to_owned())
        }
        _ => None,
    }
}

/// Returns the command that gives a configured server, now at `uri`, the address `new`.
pub(in crate::probe) fn readdress(kind: Kind, uri: &str, new: &str, source: &Source) -> Option<String> {
    let position = source.position?;
    Some(match kind {
        Kind::Turn => format!("'cowork-calls turn edit {position} --uri {new}'"),
        Kind::Stun if source.is_only => format!("'cowork-calls stun set {new}'"),
        Kind::Stun => {
            let old = shell_quoted(uri);
            format!("'cowork-calls stun add {new} --at {position} && cowork-calls stun remove {old}'")
        }
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

/// The server asks for credentials, and there are none, or they are incomplete or cannot be read.
fn missing(source: &Source) -> Option<String> {
    let edit = source.position.map(|position| format!("'cowork-calls turn edit {position}"));
    let unusable = |file: &Path, option| {
        let why = source.unusable.clone().unwrap_or_else(|| format!("cannot read {}", file.display()));
        match &edit {
            Some(edit) => format!("{why}; correct it, or name another file: {edit} {option} FILE'"),
            None => format!("{why}; correct it, or name another file"),
        }
    };
    Some(match (&source.login, &edit) {
        (LoginSource::Password(Some(file)), _) => unusable(file, "--password-file"),
        (LoginSource::Secret(Some(file)), _) => unusable(file, "--secret-file"),
        (LoginSource::NamelessPassword, Some(edit)) => format!("add the user name: {edit} --username NAME'"),
        (_, Some(edit)) => format!("add them: {edit}'"),
        (_, None) => "give --username NAME with --password-stdin, or --secret-stdin".to_owned(),
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
    use crate::probe::report::Transport;

    fn hint(code: Code, kind: Kind, position: Option<usize>, login: LoginSource) -> String {
        let mut error = RowError::new(code, String::new());
        error.fit_remedy(kind, "stun:old:1", &Source { position, is_only: false, login, unusable: None });
        error.hint.into_owned()
    }

    #[test]
    fn commands_of_remedies_have_the_option_that_chose_the_settings_and_keep_the_list() {
        let source = Source { position: Some(3), ..Source::default() };
        let row = |code, source: &Source| {
            let row = Row::new("stun:[::1]:1".to_owned(), Kind::Stun, Transport::Udp);
            let mut row = row.failed(RowError::new(code, String::new()));
            row.add_remedies(source, "--system");
            row.error.unwrap().hint.into_owned()
        };
        let replaced = "'cowork-calls stun add URI --at 3 --system && cowork-calls stun remove stun:\\[::1\\]:1 --system'";
        assert!(row(Code::Dns, &source).ends_with(replaced), "{}", row(Code::Dns, &source));
        let only = Source { position: Some(1), is_only: true, ..Source::default() };
        for code in [Code::Dns, Code::Timeout] {
            let hint = row(code, &only);
            assert!(hint.ends_with(": 'cowork-calls stun set URI --system'"), "{hint}");
        }
    }

    #[test]
    fn a_configured_server_gets_the_command_that_changes_it() {
        let turn = |code| hint(code, Kind::Turn, Some(2), LoginSource::Nothing);
        let stun = |code| hint(code, Kind::Stun, Some(3), LoginSource::Nothing);
        for code in [Code::Dns, Code::Refused, Code::NotStun, Code::TlsName, Code::PortBlockedInBrowsers] {
            assert!(turn(code).ends_with("'cowork-calls turn edit 2 --uri URI'"), "{}", turn(code));
            let expected = "'cowork-calls stun add URI --at 3 && cowork-calls stun remove stun:old:1'";
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
        let login = LoginSource::Password(None);
        error.fit_remedy(Kind::Turn, "turn:a:1", &Source { position: Some(1), login, ..Source::default() });
        assert_eq!(error.hint, special);
    }
}
