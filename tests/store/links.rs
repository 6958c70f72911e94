//! Links of other users: root, or another user, does not follow them to files that their owners cannot change.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cowork_calls::store::Store;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::TempDir;

use super::child::{as_nobody, in_child, output};
use super::permissions::{NOBODY, need_root};
use super::{code, folder, names, put, text, undo};

/// Another user without permissions.
const STRANGER: u32 = 12345;

/// A folder of the user nobody, the path of the settings in it, and a folder of root with a file.
fn service() -> (TempDir, PathBuf, TempDir, PathBuf) {
    need_root("to give files to another user");
    let (folder, file) = folder();
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let of_root = tempfile::tempdir().unwrap();
    let victim = of_root.path().join("victim");
    fs::write(&victim, "secret").unwrap();
    (folder, file, of_root, victim)
}

fn link(target: impl AsRef<Path>, link: &Path, owner: u32) {
    symlink(target, link).unwrap();
    lchown(link, Some(owner), Some(owner)).unwrap();
}

/// Asserts that nothing is read or written at this path.
#[track_caller]
fn assert_untrusted(path: &Path) {
    let store = Store::open(path);
    let now = Store::open("/nonexistent/settings").load().unwrap();
    for error in [
        store.load().unwrap_err(),
        put(&store, "planted").unwrap_err(),
        store.history().unwrap_err(),
        store.undo_target(&now, None).err().unwrap(),
        undo(&store, None).unwrap_err(),
    ] {
        assert!(error.hint().contains("name the file that it leads to"), "{error}: {}", error.hint());
        assert_eq!(code(error), "config-link-untrusted");
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn root_does_not_follow_a_link_of_the_service_user_to_a_file_of_root() {
    let (folder, file, of_root, victim) = service();
    link(&victim, &file, NOBODY);
    assert_untrusted(&file);
    assert_eq!((text(&victim).as_str(), names(of_root.path())), ("secret", vec!["victim".to_owned()]));
    assert_eq!(names(folder.path()), ["config.toml"]);
    let error = Store::open(&file).load().unwrap_err().to_string();
    let expected = format!("{} is a link of user {NOBODY} to what belongs to user 0", file.display());
    assert_eq!(error, expected);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn root_creates_no_file_through_a_link_of_the_service_user() {
    let (_folder, file, of_root, _) = service();
    link(of_root.path().join("new/config.toml"), &file, NOBODY);
    assert_untrusted(&file);
    assert_eq!(names(of_root.path()), ["victim"]);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn root_does_not_follow_a_link_of_the_service_user_to_a_folder_of_root() {
    let (folder, _, of_root, _) = service();
    let planted = folder.path().join("conf");
    link(of_root.path(), &planted, NOBODY);
    for name in ["victim", "new"] {
        assert_untrusted(&planted.join(name));
    }
    // Nor on a detour through a link of root, or the other way round.
    let of_root_too = of_root.path().join("link");
    symlink(&planted, &of_root_too).unwrap();
    assert_untrusted(&of_root_too.join("victim"));
    let last = folder.path().join("last");
    link(of_root.path().join("link/victim"), &last, NOBODY);
    assert_untrusted(&last);
    assert_eq!(names(of_root.path()), ["link", "victim"]);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn root_follows_links_of_root_and_those_of_the_owner_of_the_file() {
    let (folder, file, of_root, victim) = service();
    // Of root, in the folder of another user.
    symlink(&victim, &file).unwrap();
    put(&Store::open(&file), "a").unwrap();
    assert_eq!(text(&victim), "a");
    // Of the user that the file belongs to, and of the one that a new file will belong to.
    let (own, its_link) = (folder.path().join("own"), folder.path().join("link"));
    link("own", &its_link, NOBODY);
    for saved in ["b", "c"] {
        put(&Store::open(&its_link), saved).unwrap();
        assert_eq!((text(&own).as_str(), fs::metadata(&own).unwrap().uid()), (saved, NOBODY));
    }
    let of_stranger = of_root.path().join("link");
    link(&own, &of_stranger, STRANGER);
    assert_untrusted(&of_stranger);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_user_follows_links_of_root_but_not_those_of_another_user() {
    let (folder, file, of_root, _) = service();
    fs::set_permissions(of_root.path(), Permissions::from_mode(0o755)).unwrap();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    let (trusted, untrusted) = (of_root.path().join("trusted"), of_root.path().join("untrusted"));
    link(&file, &trusted, 0);
    link(&file, &untrusted, STRANGER);
    let run = in_child(&as_nobody(), "changes", &trusted);
    assert_eq!(text(&file), "ab", "{run:?}");
    let run = in_child(&as_nobody(), "changes", &untrusted);
    let expected = format!("is a link of user {STRANGER} to what belongs to user {NOBODY}");
    assert!(output(&run).contains(&expected), "{run:?}");
    assert_eq!(text(&file), "ab");
    drop(folder);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_folder_that_is_swapped_for_a_link_while_root_saves_leads_nowhere() {
    let (folder, _, of_root, victim) = service();
    let (conf, planted) = (folder.path().join("conf"), folder.path().join("planted"));
    fs::create_dir(&conf).unwrap();
    chown(&conf, Some(NOBODY), Some(NOBODY)).unwrap();
    link(of_root.path(), &planted, NOBODY);
    let ends = AtomicBool::new(false);
    let (mut saved, mut refused) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            // In different moments of a save, which takes about a millisecond.
            for pause in (0..2000).step_by(37).cycle() {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                renameat_with(CWD, &conf, CWD, &planted, RenameFlags::EXCHANGE).unwrap();
                thread::sleep(Duration::from_micros(pause));
            }
        });
        let start = Instant::now();
        while (saved < 100 || refused < 100) && start.elapsed() < Duration::from_secs(30) {
            match put(&Store::open(conf.join("config.toml")), &saved.to_string()) {
                Ok(()) => saved += 1,
                Err(_) => refused += 1,
            }
        }
        ends.store(true, Ordering::Relaxed);
    });
    assert!(saved >= 100 && refused >= 100, "{saved} saved, {refused} refused");
    assert_eq!((text(&victim).as_str(), names(of_root.path())), ("secret", vec!["victim".to_owned()]));
}
