//! Which owners of files beside the settings are trusted.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use rustix::process::geteuid;

use super::place::Place;
use crate::store::error::StoreError;

/// The permissions of other users to create files in a folder.
const SHARED: u32 = 0o022;

/// The users who may own what is beside the settings.
pub(super) struct Owners {
    /// The owner of the settings, or of new ones.
    pub(super) settings: u32,
    /// The owner of their folder, who can replace everything in it.
    pub(super) folder: u32,
    /// Whether other users may create files in that folder, as in `/tmp`.
    pub(super) is_shared: bool,
}

impl Owners {
    /// Finds the owners of these `settings` and of the folder at `place`.
    pub(super) fn of(place: &Place, settings: Option<&Metadata>) -> Result<Self, StoreError> {
        let folder = place.folder.metadata().map_err(|cause| StoreError::read(place.folder.path(), cause))?;
        // What root saves in the folder of another user is for that user.
        let ours = geteuid();
        let new = if ours.is_root() { folder.uid() } else { ours.as_raw() };
        let settings = settings.map_or(new, MetadataExt::uid);
        Ok(Owners { settings, folder: folder.uid(), is_shared: folder.mode() & SHARED != 0 })
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
