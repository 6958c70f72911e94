//! The container image: its file system is what dist/Dockerfile says, and the program runs in it as its user.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Network, Root, dist, static_program, unpack};
use crate::support::certificates::Authority;
use crate::support::http::{answer, request};

/// What `docker build` gets, with the certificate of an authority.
fn context() -> TempDir {
    let context = tempfile::tempdir().unwrap();
    let authority = Authority::new(context.path()).file();
    let archive = dist("image.sh", &[static_program()], &[("CA_CERTIFICATES", Path::new(&authority))]);
    let folder = tempfile::tempdir().unwrap();
    let path = context.path().join("context.tar");
    fs::write(&path, archive).unwrap();
    unpack(&path, folder.path());
    folder
}

/// Builds the file system and the environment of the image, as `docker run` has them without a volume.
fn image() -> Root {
    let context = context();
    let dockerfile = fs::read_to_string(context.path().join("Dockerfile")).unwrap();
    let lines: Vec<_> = dockerfile.lines().filter(|line| !line.starts_with('#')).collect();
    let mut root = Root::new("");
    for instruction in lines.join("\n").replace("\\\n", " ").lines() {
        let (name, rest) = instruction.split_once(' ').unwrap_or_else(|| panic!("{instruction}"));
        match name {
            "FROM" => assert_eq!(rest, "scratch"),
            "COPY" => copy(context.path(), &root, rest),
            "ENV" => {
                let (variable, value) = rest.split_once('=').unwrap();
                root.variables.insert(variable.to_owned(), value.to_owned());
            }
            "USER" => root.user = rest.to_owned(),
            "ENTRYPOINT" => {
                let words: Vec<String> = serde_json::from_str(rest).unwrap();
                let [program] = words.try_into().unwrap();
                root.program = program.into();
            }
            // They change neither the files nor the process.
            "LABEL" | "EXPOSE" | "VOLUME" => {}
            other => panic!("{other}: what does it do?"),
        }
    }
    // What a container gets from its engine; with a user that no file knows, the home folder is the root.
    root.add_names();
    root.variables.insert("HOME".to_owned(), "/".to_owned());
    root
}

/// `COPY [--chown=USER:GROUP] FROM TO`: a file, or what is in a folder.
fn copy(context: &Path, root: &Root, words: &str) {
    let words: Vec<_> = words.split(' ').collect();
    let (owner, [from, to]) = match words[..] {
        [from, to] => (0, [from, to]),
        [option, from, to] => {
            let owner = option.strip_prefix("--chown=").and_then(|owner| owner.split_once(':'));
            let (user, group) = owner.unwrap_or_else(|| panic!("{option}"));
            assert_eq!(user, group);
            (user.parse().unwrap(), [from, to])
        }
        _ => panic!("COPY {words:?}"),
    };
    let (from, to) = (context.join(from), root.path(to));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if from.is_dir() {
        assert!(fs::read_dir(&from).unwrap().next().is_none(), "{} is not empty", from.display());
        fs::create_dir(&to).unwrap();
        fs::set_permissions(&to, fs::metadata(&from).unwrap().permissions()).unwrap();
    } else {
        fs::copy(&from, &to).unwrap();
    }
    chown(&to, Some(owner), Some(owner)).unwrap();
}

#[test]
#[ignore = "needs root, iproute2 and the static release (tests/run.sh)"]
fn the_image_shows_edits_and_probes() {
    let _network = Network::enter();
    let image = image();
    assert_ne!(image.user, "0:0", "it does not run as root");
    image.run("config path").prints("/etc/cowork-calls/config.toml\n");
    assert_eq!(image.run("show").status, Some(0));
    image.run("stun add in-dns.test").prints("added stun:in-dns.test:3478\n");
    image.run("stun set in-dns.test in-hosts.test --yes --quiet").prints("");
    let report = image.run("probe --json").json();
    assert_eq!((&report["summary"]["ok"], &report["summary"]["failed"]), (&2.into(), &0.into()), "{report}");
    assert_eq!(image.top(), ["etc", "usr"], "nothing was created beside the settings");
}

#[test]
#[ignore = "needs root, iproute2 and the static release (tests/run.sh)"]
fn the_image_serves() {
    let _network = Network::enter();
    let image = image();
    image.write("run/tokens", "alice:0123456789abcdef\n");
    fs::set_permissions(image.path("run/tokens"), fs::Permissions::from_mode(0o444)).unwrap();
    let mut child = image.command("serve --token-file /run/tokens --listen 127.0.0.1:8443").spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("://127.0.0.1:8443") {
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "{line}");
    }
    let mut stream = TcpStream::connect("127.0.0.1:8443").unwrap();
    stream.write_all(request("GET", "/healthz", "", "").as_bytes()).unwrap();
    let health = answer(&mut BufReader::new(stream), false).unwrap();
    let signalled = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    assert_eq!((health.status, &health.json()["status"]), (200, &"ok".into()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_files_of_an_image_are_named_from_the_folder_where_the_script_is_run() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["program", "authorities.pem"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/image.sh");
    let mut command = Command::new(script);
    command.arg("program").env("CA_CERTIFICATES", "./authorities.pem").current_dir(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let archive = folder.path().join("context.tar");
    fs::write(&archive, output.stdout).unwrap();
    unpack(&archive, folder.path());
    for (copy, content) in [("cowork-calls", "program"), ("ca-certificates.crt", "authorities.pem")] {
        assert_eq!(fs::read_to_string(folder.path().join(copy)).unwrap(), content);
    }
}

#[test]
#[ignore = "needs root and the static release (tests/run.sh)"]
fn an_image_without_certificates_is_not_built() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/image.sh");
    let mut command = Command::new(script);
    let output = command.arg(static_program()).env("CA_CERTIFICATES", "/nowhere.crt").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("/nowhere.crt is missing; install the package ca-certificates"), "{message}");
}
