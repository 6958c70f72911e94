//! The static release, as dist/build.sh makes it, in root folders with nothing else: no shell, no libraries, no /proc, /dev,
//! /tmp or /home, and no user database. `tests/run.sh` builds it and names it in `COWORK_CALLS_STATIC`.

mod empty_root;
mod image;
mod tarball;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};
use tempfile::TempDir;

use crate::support::dns;
use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Run;

/// Where the tools are, for users whose PATH lacks `sbin`.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The path of the static release.
fn static_program() -> PathBuf {
    let path = std::env::var_os("COWORK_CALLS_STATIC");
    path.expect("the static release is not built: run 'tests/run.sh portable'").into()
}

/// A folder that programs in it see as the whole file system.
struct Root {
    folder: TempDir,
    program: PathBuf,
    variables: BTreeMap<String, String>,
    /// The numeric IDs of user and group.
    user: String,
}

impl Root {
    /// A root folder with nothing but the program at this path.
    fn new(program: &str) -> Self {
        let root = Root {
            folder: tempfile::tempdir().unwrap(),
            program: program.into(),
            variables: BTreeMap::new(),
            user: "0:0".to_owned(),
        };
        fs::set_permissions(root.folder.path(), Permissions::from_mode(0o755)).unwrap();
        root
    }

    /// A root folder with nothing but the program, a hosts file and a file that names the DNS server of [`Network`].
    fn with_names() -> Self {
        let root = Root::new("/cowork-calls");
        fs::copy(static_program(), root.path("cowork-calls")).unwrap();
        root.add_names();
        root
    }

    fn add_names(&self) {
        self.write("etc/hosts", "127.0.0.1 localhost\n127.0.0.1 in-hosts.test\n");
        self.write("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    }

    /// The path outside of a path in the root folder.
    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// The program in the root folder, with the arguments of a line and without any other variables.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(format!("--userspec={}", self.user)).arg("--groups=").arg(self.folder.path());
        command.arg(&self.program).args(line.split_whitespace());
        // chroot itself is found in PATH.
        command.env_clear().env("PATH", PATH).envs(&self.variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[track_caller]
    fn run(&self, line: &str) -> Run {
        let output = self.command(line).output().expect("this test needs root and chroot");
        Run::of(line, output)
    }

    /// The names of the files and folders at the top.
    fn top(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A network of its own: a DNS server that knows `in-dns.test` only, and a STUN server at 127.0.0.1:3478.
struct Network {
    _servers: [FakeServer; 2],
}

impl Network {
    /// Moves this thread, and what it starts, into the network. Each test has a thread of its own.
    fn enter() -> Self {
        unshare(CloneFlags::CLONE_NEWNET).expect("this test makes a network of its own: it needs root");
        let up = Command::new("ip").args(["link", "set", "lo", "up"]).env("PATH", PATH).status();
        assert!(up.expect("the Debian package iproute2 is missing").success());
        let bind = |port| UdpSocket::bind(("127.0.0.1", port)).unwrap();
        let dns = FakeServer::serve_on(bind(53), |socket, query, client| {
            let known = |name: &str| (name == "in-dns.test").then(|| vec![client.ip()]);
            if let Some(answer) = dns::answer_with(query, known) {
                let _ = socket.send_to(&answer, client);
            }
        });
        let stun = FakeServer::serve_on(bind(3478), |socket, request, client| {
            let _ = socket.send_to(&success(request, client), client);
        });
        Network { _servers: [dns, stun] }
    }
}

/// Runs a script of `dist/` with arguments and variables, and returns its standard output.
#[track_caller]
fn dist<A: AsRef<OsStr>>(script: &str, args: &[A], variables: &[(&str, &Path)]) -> Vec<u8> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist").join(script);
    let output = Command::new(&script).args(args).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Unpacks a tar archive into a folder, with the owners in it.
fn unpack(archive: &Path, folder: &Path) {
    let status = Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(folder).status().unwrap();
    assert!(status.success(), "{}", archive.display());
}
