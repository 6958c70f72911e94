//! Which owners of files beside the settings are trusted.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

use rustix::process::geteuid;

use super::error::StoreError;
use super::locate::Place;

/// The permissions of other users to create files in a folder.
const SHARED: u32 = 0o022;

/// The users who may own what is beside the settings.
pub(super) struct Owners {
    /// The owner of the settings; new settings belong to the user who saves them.
    pub(super) settings: u32,
    /// The owner of their folder, who can replace everything in it.
    pub(super) folder: u32,
    /// Whether other users may create files in that folder, as in `/tmp`.
    pub(super) is_shared: bool,
}

impl Owners {
    /// Finds the owners of these `settings` and of the folder at `place`.
    pub(super) fn of(place: &Place, settings: Option<&Metadata>) -> Result<Self, StoreError> {
        let ours = geteuid().as_raw();
        let settings = settings.map_or(ours, MetadataExt::uid);
        match place.folder.metadata() {
            Ok(folder) => {
                Ok(Owners { settings, folder: folder.uid(), is_shared: folder.mode() & SHARED != 0 })
            }
            // The first save creates it.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Owners { settings, folder: ours, is_shared: false })
            }
            Err(cause) => Err(StoreError::read(&place.folder, cause)),
        }
    }

    /// Whether a file of the user `owner` was not planted by another user.
    pub(super) fn trust(&self, owner: u32) -> bool {
        is_own(owner) || owner == self.settings || owner == self.folder
    }
}

/// Whether files of the user `owner` are trusted everywhere: those of root, and of the user who runs the program.
pub(super) fn is_own(owner: u32) -> bool {
    owner == 0 || owner == geteuid().as_raw()
}
