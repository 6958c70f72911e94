//! Finds the settings file and the files next to it.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::snapshot::kind_of;

/// The settings file of the machine, with `--system`.
const SYSTEM_FILE: &str = "/etc/cowork-calls/config.toml";

/// The most symbolic links in a row, as in Linux.
const MAX_LINKS: usize = 40;

/// The environment variables that determine the settings file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$COWORK_CALLS_CONFIG`: the file.
    pub file: Option<OsString>,
    /// `$XDG_CONFIG_HOME`: the user's configuration folder.
    pub config_home: Option<OsString>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process. Without `$HOME`, the home folder comes from the user database.
    pub fn of_process() -> Self {
        Environment {
            file: env::var_os("COWORK_CALLS_CONFIG"),
            config_home: env::var_os("XDG_CONFIG_HOME"),
            home: env::home_dir(),
        }
    }
}

/// Returns the settings file: `option` (`--config`), else with `system` that of the machine, else the environment's
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

/// The settings file, with all symbolic links resolved, and its folder.
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) folder: PathBuf,
    name: OsString,
}

impl Place {
    /// Resolves the symbolic links at `path`, so that a save replaces the file and not the link.
    pub(super) fn resolve(path: &Path) -> Result<Self, StoreError> {
        let mut file = path.to_path_buf();
        for _ in 0..=MAX_LINKS {
            match fs::read_link(&file) {
                Ok(target) => file = folder_of(&file).join(target),
                // Not a link, or the file does not exist yet.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                    return Self::of(file);
                }
                Err(cause) => return Err(StoreError::read(&file, cause)),
            }
        }
        Err(StoreError::LinkCycle(path.to_path_buf()))
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

    /// Returns the path of the hidden file `.NAME.SUFFIX` next to the settings file.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".");
        name.push(suffix);
        self.folder.join(name)
    }
}

/// Waits until the file names in `folder` are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Returns the folder of `path`.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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

    #[test]
    fn hidden_files_are_next_to_the_settings_file() {
        let place = Place::resolve(Path::new("settings.toml")).unwrap();
        assert_eq!(place.beside("lock"), Path::new("./.settings.toml.lock"));
    }
}
