//! A temporary folder in memory.

use std::path::Path;

use rustix::fs::statvfs;
use tempfile::TempDir;

/// Where Linux has a file system in memory, small in some containers.
const MEMORY: &str = "/dev/shm";
/// What the profile of a browser needs, and some more, in bytes.
const ROOM: u64 = 200 << 20;

/// A folder for the profile of a browser: in memory if there is room, since browsers wait for the disk in the middle of a TLS
/// handshake, for seconds if others write much.
pub(crate) fn folder() -> TempDir {
    let is_roomy = |path: &Path| statvfs(path).is_ok_and(|found| found.f_bavail * found.f_frsize > ROOM);
    let in_memory = Path::new(MEMORY);
    if is_roomy(in_memory) { tempfile::tempdir_in(in_memory) } else { tempfile::tempdir() }.unwrap()
}
