//! Which file holds the settings, and what stands beside it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::save::{kind_of, sync_folder};

/// The settings of the whole machine, with `--system`.
const SYSTEM_FILE: &str = "/etc/cowork-calls/config.toml";

/// As many symbolic links in a row as Linux itself follows.
const MAX_LINKS: usize = 40;

/// What the environment says about where settings are kept.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$COWORK_CALLS_CONFIG`: the file.
    pub file: Option<OsString>,
    /// `$XDG_CONFIG_HOME`: the folder of the user's settings.
    pub config_home: Option<OsString>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process. Without `$HOME` the user database knows the home folder.
    #[must_use]
    pub fn of_process() -> Self {
        Environment {
            file: env::var_os("COWORK_CALLS_CONFIG"),
            config_home: env::var_os("XDG_CONFIG_HOME"),
            home: env::home_dir(),
        }
    }
}

/// Says which file holds the settings: `option` (`--config`), else the environment's file, else with `system`
/// that of the machine, else the user's own, as the XDG Base Directory Specification places it.
///
/// # Errors
/// [`StoreError::NoHome`] when the last rule applies and no home folder is known.
pub fn locate(option: Option<&Path>, system: bool, environment: &Environment) -> Result<PathBuf, StoreError> {
    if let Some(file) = option {
        return Ok(file.to_path_buf());
    }
    if let Some(file) = environment.file.as_ref().filter(|file| !file.is_empty()) {
        return Ok(PathBuf::from(file));
    }
    if system {
        return Ok(PathBuf::from(SYSTEM_FILE));
    }
    // The specification has relative paths ignored.
    let config_home = environment.config_home.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.home.as_ref().filter(|path| path.is_absolute());
    let folder = config_home.or_else(|| home.map(|home| home.join(".config"))).ok_or(StoreError::NoHome)?;
    Ok(folder.join("cowork-calls/config.toml"))
}

/// The real settings file, behind all symbolic links, and the folder that it stands in.
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) folder: PathBuf,
    name: OsString,
}

impl Place {
    /// Follows the symbolic links at `path`, so that a save replaces the file and not the link.
    pub(super) fn resolve(path: &Path) -> Result<Self, StoreError> {
        let mut file = path.to_path_buf();
        for _ in 0..=MAX_LINKS {
            match fs::read_link(&file) {
                Ok(target) => file = folder_of(&file).join(target),
                // Not a link, or nothing there yet.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                    return Self::of(file);
                }
                Err(cause) => return Err(StoreError::read(&file, cause)),
            }
        }
        Err(StoreError::LinkCycle { path: path.to_path_buf() })
    }

    fn of(file: PathBuf) -> Result<Self, StoreError> {
        let name = file.file_name().filter(|_| !file.as_os_str().as_bytes().ends_with(b"/"));
        let Some(name) = name.map(ToOwned::to_owned) else {
            return Err(StoreError::NotAFile { path: file, kind: "a folder" });
        };
        if let Some(kind) = fs::metadata(&file).ok().and_then(|metadata| kind_of(metadata.file_type())) {
            return Err(StoreError::NotAFile { path: file, kind });
        }
        Ok(Place { folder: folder_of(&file).to_path_buf(), name, file })
    }

    /// Waits until the names in the folder are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }

    /// The hidden companion `.NAME.SUFFIX` of the settings file, in the same folder.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".");
        name.push(suffix);
        self.folder.join(name)
    }
}

/// The folder that `path` stands in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(file: &str, config_home: &str, home: &str) -> Environment {
        let given = |text: &str| Some(OsString::from(text)).filter(|text| text != "-");
        Environment { file: given(file), config_home: given(config_home), home: given(home).map(Into::into) }
    }

    #[test]
    fn the_first_rule_that_applies_decides() {
        let all = environment("/env.toml", "/xdg", "/home/ada");
        let none_set = environment("-", "-", "/home/ada");
        let cases = [
            (Some("given.toml"), true, &all, "given.toml"),
            (None, true, &all, "/env.toml"),
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
    fn no_home_is_an_error_that_says_what_to_do() {
        for home in ["-", "", "relative"] {
            let error = locate(None, false, &environment("-", "-", home)).unwrap_err();
            assert_eq!(error.code(), "no-home");
            assert!(error.hint().contains("--config FILE"));
        }
    }

    #[test]
    fn companions_stand_beside_the_file() {
        let place = Place::resolve(Path::new("settings.toml")).unwrap();
        assert_eq!(place.beside("lock"), Path::new("./.settings.toml.lock"));
    }
}
