//! A folder whose file system does not respond: a FUSE file system without the program that should serve it. Needs root.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Hides a folder until it is dropped: who looks for a file in it waits until then.
pub(crate) struct HungFolder {
    folder: PathBuf,
    /// The end of the program that never answers; closing it fails all that wait.
    device: Option<File>,
}

impl HungFolder {
    #[track_caller]
    pub(crate) fn over(folder: &Path) -> Self {
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-i", "-t", "fuse", "-o", "fd=0,rootmode=40000,user_id=0,group_id=0", "hung"]);
        let status = mount.arg(folder).stdin(device.try_clone().unwrap()).status().unwrap();
        assert!(status.success());
        HungFolder { folder: folder.to_owned(), device: Some(device) }
    }
}

impl Drop for HungFolder {
    fn drop(&mut self) {
        self.device.take();
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}
