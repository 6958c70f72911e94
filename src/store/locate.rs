//! Determines where the settings are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// The settings file of the machine, with `--system`.
pub(super) const SYSTEM_FILE: &str = "/etc/cowork-calls/config.toml";

/// The environment variables that determine the settings file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$COWORK_CALLS_CONFIG`: the file, or the address of an engine.
    pub file: Option<OsString>,
    /// `$XDG_CONFIG_HOME`: the user's configuration folder.
    pub config_home: Option<OsString>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process. Without `$HOME`, the home folder comes from the user database; a user whom
    /// that does not know, as in an empty container, gets the root folder, as login(1) and Docker do.
    pub fn of_process() -> Self {
        Environment {
            file: env::var_os("COWORK_CALLS_CONFIG"),
            config_home: env::var_os("XDG_CONFIG_HOME"),
            home: env::home_dir().or_else(|| Some(PathBuf::from("/"))),
        }
    }
}

/// Returns the settings file, or the address of an engine: `option` (`--config`), else with `system` that of the machine, else the environment's
/// file, else the user's own file according to the XDG Base Directory Specification.
///
/// # Errors
/// [`StoreError::NoHome`] when the last rule applies and no home folder is known.
pub fn locate(option: Option<&Path>, system: bool, environment: &Environment) -> Result<PathBuf, StoreError> {
    if let Some(file) = option {
        return Ok(file.to_path_buf());
    }
    if system {
        return Ok(PathBuf::from(SYSTEM_FILE));
    }
    if let Some(file) = environment.file.as_ref().filter(|file| !file.is_empty()) {
        return Ok(PathBuf::from(file));
    }
    // The specification says to ignore relative paths.
    let config_home = environment.config_home.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.home.as_ref().filter(|path| path.is_absolute());
    let folder = config_home.or_else(|| home.map(|home| home.join(".config"))).ok_or(StoreError::NoHome)?;
    Ok(folder.join("cowork-calls/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(file: &str, config_home: &str, home: &str) -> Environment {
        let given = |text: &str| Some(OsString::from(text)).filter(|text| text != "-");
        Environment { file: given(file), config_home: given(config_home), home: given(home).map(Into::into) }
    }

    #[test]
    fn the_first_matching_rule_wins() {
        let all = environment("/env.toml", "/xdg", "/home/ada");
        let none_set = environment("-", "-", "/home/ada");
        let cases = [
            (Some("given.toml"), false, &all, "given.toml"),
            (None, false, &all, "/env.toml"),
            (None, true, &all, "/etc/cowork-calls/config.toml"),
            (None, true, &none_set, "/etc/cowork-calls/config.toml"),
            (None, false, &environment("", "/xdg", "/home/ada"), "/xdg/cowork-calls/config.toml"),
            (None, false, &environment("-", "relative", "/h"), "/h/.config/cowork-calls/config.toml"),
            (None, false, &environment("-", "", "/h"), "/h/.config/cowork-calls/config.toml"),
            (None, false, &environment("-", "/xdg", "-"), "/xdg/cowork-calls/config.toml"),
        ];
        for (option, system, environment, expected) in cases {
            let found = locate(option.map(Path::new), system, environment).unwrap();
            assert_eq!(found, Path::new(expected), "{option:?} {system} {environment:?}");
        }
    }

    #[test]
    fn a_missing_home_folder_is_an_error_with_a_hint() {
        for home in ["-", "", "relative"] {
            let error = locate(None, false, &environment("-", "-", home)).unwrap_err();
            assert!(matches!(error, StoreError::NoHome));
            assert!(error.hint().contains("--config FILE"));
        }
    }
}
