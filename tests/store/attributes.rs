//! Access control lists and extended attributes: a save keeps them, or is refused.

use std::ffi::CStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use cowork_calls::store::Store;
use rustix::buffer::spare_capacity;
use rustix::fs::{XattrFlags, fgetxattr, setxattr};

use super::child::{as_nobody, in_child, output};
use super::permissions::{NOBODY, need_root};
use super::{append, folder, mode, names, put, text, undo};

const ACL: &CStr = c"system.posix_acl_access";
const DEFAULT_ACL: &CStr = c"system.posix_acl_default";

/// An access control list as the kernel has it: the owner may do what `user` says, the user nobody may read, the group may
/// do nothing, and the mask, which is what the mode shows as the rights of the group, is `r--`.
fn acl(user: u16) -> Vec<u8> {
    const ANY: u32 = u32::MAX;
    let entries = [(0x01, user, ANY), (0x02, 4, NOBODY), (0x04, 0, ANY), (0x10, 4, ANY), (0x20, 0, ANY)];
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend(u16::to_le_bytes(tag));
        bytes.extend(u16::to_le_bytes(permissions));
        bytes.extend(u32::to_le_bytes(id));
    }
    bytes
}

fn set(path: &Path, name: &CStr, value: &[u8]) {
    setxattr(path, name, value, XattrFlags::empty()).unwrap();
}

/// The value of an attribute; none if the file does not have it.
fn get(path: &Path, name: &CStr) -> Option<Vec<u8>> {
    let mut value = Vec::with_capacity(1000);
    fgetxattr(File::open(path).unwrap(), name, spare_capacity(&mut value)).ok()?;
    Some(value)
}

#[test]
fn a_save_keeps_the_access_control_list_and_the_attributes() {
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    set(&file, ACL, &acl(6));
    set(&file, c"user.origin", b"ansible");
    assert_eq!(mode(&file), 0o640, "the mask");
    let store = Store::open(&file);
    append(&store, "b").unwrap();
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
    assert_eq!(get(&file, ACL), Some(acl(6)));
    assert_eq!(get(&file, c"user.origin").as_deref(), Some(&b"ansible"[..]));
    assert_eq!(mode(&file), 0o640);
    // The list of a former file, which is a version now, lets nobody read it: its mask is empty.
    let history = folder.path().join(".config.toml.history");
    assert!(names(&history).iter().all(|version| mode(&history.join(version)) == 0o600));
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_group_that_a_list_shuts_out_stays_out_and_its_user_stays_in() {
    need_root("to become other users");
    let (folder, file) = folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(0), Some(12345)).unwrap();
    set(&file, ACL, &acl(6));
    put(&Store::open(&file), "b").unwrap();
    let run = in_child(&as_nobody(), "loads", &file);
    assert!(!output(&run).contains("cannot read"), "{run:?}");
    let in_group = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"];
    let run = in_child(&in_group, "loads", &file);
    assert!(output(&run).contains("cannot read") && output(&run).contains("permission denied"), "{run:?}");
}

#[test]
fn a_file_without_a_list_gets_none_from_its_folder() {
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    set(folder.path(), DEFAULT_ACL, &acl(7));
    append(&Store::open(&file), "b").unwrap();
    assert_eq!((get(&file, ACL), mode(&file)), (None, 0o640));
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_save_that_would_lose_an_attribute_is_refused() {
    need_root("to set an attribute that others cannot set");
    let (folder, file) = folder();
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    set(&file, c"security.origin", b"root");
    let run = in_child(&as_nobody(), "changes", &file);
    let expected = format!(
        "config-attributes: cannot keep the extended attribute security.origin of {}: permission denied",
        file.display()
    );
    assert!(output(&run).contains(&expected), "{run:?}");
    assert_eq!((text(&file).as_str(), get(&file, c"security.origin")), ("a", Some(b"root".to_vec())));
    assert!(!folder.path().join(".config.toml.tmp").exists());
    // Root can set it.
    append(&Store::open(&file), "b").unwrap();
    assert_eq!((text(&file).as_str(), get(&file, c"security.origin")), ("ab", Some(b"root".to_vec())));
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_list_whose_file_would_lose_its_group_is_refused() {
    need_root("to give files to another user");
    let (folder, file) = folder();
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(0)).unwrap();
    set(&file, ACL, &acl(6));
    let run = in_child(&as_nobody(), "changes", &file);
    assert!(output(&run).contains("config-attributes: cannot keep the access control list"), "{run:?}");
    assert_eq!((text(&file).as_str(), get(&file, ACL)), ("a", Some(acl(6))));
}
