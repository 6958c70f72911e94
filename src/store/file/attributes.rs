//! The access control list and the other extended attributes of the settings file, which a save keeps.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;

use rustix::buffer::spare_capacity;
use rustix::fs::{XattrFlags, fgetxattr, flistxattr, flistxattr_query, fremovexattr, fsetxattr};
use rustix::io::Errno;

/// The attribute that contains the access control list.
const ACL: &CStr = c"system.posix_acl_access";

/// What the kernel computes from the contents of a file.
const COMPUTED: [&CStr; 2] = [c"security.ima", c"security.evm"];

/// The most bytes of a value, and of all names together, on Linux.
const MOST: usize = 64 * 1024;

/// An attribute that could not be kept.
#[derive(Debug)]
pub(super) struct Lost {
    /// What it is: `access control list`, `extended attribute user.origin`.
    pub(super) what: String,
    /// The error of the operating system.
    pub(super) cause: io::Error,
}

impl Lost {
    pub(super) fn new(name: &CStr, cause: impl Into<io::Error>) -> Self {
        let what = match name == ACL {
            true => "access control list".to_owned(),
            false => format!("extended attribute {}", name.to_string_lossy()),
        };
        Lost { what, cause: cause.into() }
    }
}

/// Gives `to`, which was just created, the access control list and the other extended attributes of `from`. Without a list,
/// it does not keep one that its folder gave it.
pub(super) fn copy(from: &File, to: &File) -> Result<(), Lost> {
    let all = names(from).map_err(|cause| Lost { what: "extended attributes".to_owned(), cause })?;
    if !all.iter().any(|name| name.as_c_str() == ACL) {
        match fremovexattr(to, ACL) {
            Ok(()) | Err(Errno::NODATA | Errno::NOTSUP) => {}
            Err(cause) => return Err(Lost::new(ACL, cause)),
        }
    }
    for name in all.iter().filter(|name| !COMPUTED.contains(&name.as_c_str())) {
        let lost = |cause| Lost::new(name, cause);
        let Some(value) = value(from, name).map_err(lost)? else { continue };
        // Security modules give new files the right value, and may forbid to set it.
        if self::value(to, name).ok().flatten().as_ref() != Some(&value) {
            fsetxattr(to, name, &value, XattrFlags::empty()).map_err(lost)?;
        }
    }
    Ok(())
}

/// Returns the error for an access control list whose file has lost its group, if `file` has one.
pub(super) fn refuse_acl(file: &File) -> Result<(), Lost> {
    match has_acl(file) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Lost::new(ACL, Errno::PERM)),
        Err(cause) => Err(Lost::new(ACL, cause)),
    }
}

/// Whether the permissions of a file or folder are more than its mode.
pub(super) fn has_acl(file: &File) -> io::Result<bool> {
    Ok(names(file)?.iter().any(|name| name.as_c_str() == ACL))
}

fn names(file: &File) -> io::Result<Vec<CString>> {
    match flistxattr_query(file) {
        Ok(0) | Err(Errno::NOTSUP) => return Ok(Vec::new()),
        length => length?,
    };
    let mut list = Vec::with_capacity(MOST);
    flistxattr(file, spare_capacity(&mut list))?;
    let names = list.split_inclusive(|byte| *byte == 0).map(CStr::from_bytes_with_nul);
    Ok(names.filter_map(Result::ok).map(ToOwned::to_owned).collect())
}

/// Returns the value of an attribute; none if it was removed meanwhile.
fn value(file: &File, name: &CStr) -> rustix::io::Result<Option<Vec<u8>>> {
    let mut value = Vec::with_capacity(MOST);
    match fgetxattr(file, name, spare_capacity(&mut value)) {
        Ok(_) => Ok(Some(value)),
        Err(Errno::NODATA) => Ok(None),
        Err(cause) => Err(cause),
    }
}
