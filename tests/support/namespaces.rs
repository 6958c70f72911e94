//! A client, a router and a server, each in a network namespace of its own. Everything is removed on drop.
//!
//! ```text
//! client 198.51.100.2 ── .1 router 203.0.113.1 ── .10 to .250 server
//! 2001:db8:1::2 ── ::1 router 2001:db8:2::1 ── ::10 to ::250 server
//! ```

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use nix::sched::{CloneFlags, setns};
use tappers::{DeviceState, Interface, Tun};

/// The prefix of the names of namespaces; the test's process id and a number follow.
const PREFIX: &str = "cowork-calls-test";
/// Where the tools are, for users whose PATH lacks `sbin`.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
const NEEDS: &str =
    "this test builds networks: it needs the Debian packages iproute2, nftables and coturn, and root";
/// The last bytes of the server's addresses.
pub(crate) const SERVERS: std::ops::RangeInclusive<u8> = 10..=250;

/// Three namespaces.
pub(crate) struct Namespaces {
    name: String,
}

impl Namespaces {
    /// Namespaces whose router and server have a cable between them.
    pub(crate) fn with_cable() -> Self {
        let namespaces = Self::new();
        let [router, server] = ["router", "server"].map(|role| namespaces.of(role));
        ip(&format!("link add wan netns {router} type veth peer name wan netns {server}"));
        namespaces.configure();
        namespaces
    }

    /// Namespaces whose router and server have a TUN device each; somebody has to carry the packets between them.
    pub(crate) fn with_devices() -> (Self, [Tun; 2]) {
        let namespaces = Self::new();
        let devices = ["router", "server"].map(|role| namespaces.enter(role, open_device));
        namespaces.configure();
        (namespaces, devices)
    }

    fn new() -> Self {
        let namespaces = Namespaces { name: new_name() };
        let [client, router, server] = ["client", "router", "server"].map(|role| namespaces.of(role));
        ip(&format!(
            "netns add {client}
             netns add {router}
             netns add {server}
             link add lan netns {client} type veth peer name lan netns {router}"
        ));
        namespaces
    }

    /// The name of a namespace.
    fn of(&self, role: &str) -> String {
        format!("{}-{role}", self.name)
    }

    /// A command in a namespace, without a terminal and without the settings of the user who runs the test.
    pub(crate) fn command(&self, role: &str, program: &str, args: &[&str]) -> Command {
        let mut command = base_command("ip");
        command.args(["netns", "exec", &self.of(role), program]).args(args);
        command
    }

    /// Adds nft rules to a namespace.
    pub(crate) fn filter(&self, role: &str, rules: &str) {
        run_with_input(&mut self.command(role, "nft", &["-f", "-"]), rules);
    }

    /// Runs a function in a namespace: the sockets that it opens stay there.
    pub(crate) fn enter<T: Send>(&self, role: &str, run: impl FnOnce() -> T + Send) -> T {
        enter(&self.of(role), run)
    }

    /// Sets the name server of the commands on the client.
    pub(crate) fn set_name_server(&self, server: &str) {
        let folder = self.names();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("resolv.conf"), format!("nameserver {server}\n")).unwrap();
    }

    /// Where `ip` looks for the files of the client.
    fn names(&self) -> PathBuf {
        Path::new("/etc/netns").join(self.of("client"))
    }

    fn configure(&self) {
        // Otherwise IPv6 addresses take a second until they can be used.
        let no_detection = "for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >$file; done";
        for role in ["client", "router", "server"] {
            run_with_input(&mut self.command(role, "sh", &["-ec", no_detection]), "");
        }
        let within = |role: &str, commands: &str| ip_in(&self.of(role), commands);
        within(
            "client",
            "link set lo up
             addr add 198.51.100.2/24 dev lan
             addr add 2001:db8:1::2/64 dev lan nodad
             link set lan up
             route add default via 198.51.100.1
             route add default via 2001:db8:1::1",
        );
        within(
            "router",
            "link set lo up
             addr add 198.51.100.1/24 dev lan
             addr add 203.0.113.1/24 dev wan
             addr add 2001:db8:1::1/64 dev lan nodad
             addr add 2001:db8:2::1/64 dev wan nodad
             link set lan up
             link set wan up",
        );
        let addresses: String = SERVERS
            .map(|n| {
                format!("addr add 203.0.113.{n}/24 dev wan\naddr add 2001:db8:2::{n}/64 dev wan nodad\n")
            })
            .collect();
        within("server", &format!("link set lo up\n{addresses}link set wan up"));
        within(
            "server",
            "route add 198.51.100.0/24 via 203.0.113.1
             route add 2001:db8:1::/64 via 2001:db8:2::1",
        );
        let forward = "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding";
        run_with_input(&mut self.command("router", "sh", &["-ec", forward]), "");
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.names());
        // Succeeds unless there are others in it.
        let _ = fs::remove_dir("/etc/netns");
        for role in ["client", "router", "server"] {
            remove(&self.of(role));
        }
    }
}

/// A new name, with which those of the namespaces of a test begin.
pub(crate) fn new_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    remove_stale();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}-{}-{number}", std::process::id())
}

/// Runs a function in a namespace: the sockets that it opens stay there.
pub(crate) fn enter<T: Send>(namespace: &str, run: impl FnOnce() -> T + Send) -> T {
    let file = File::open(Path::new("/run/netns").join(namespace)).unwrap();
    thread::scope(|scope| {
        let entered = scope.spawn(|| {
            setns(file, CloneFlags::CLONE_NEWNET).unwrap();
            run()
        });
        entered.join().unwrap()
    })
}

/// Opens a TUN device in the namespace of this thread.
fn open_device() -> Tun {
    let mut device = Tun::new_named(Interface::new("wan").unwrap()).unwrap();
    device.set_nonblocking(true).unwrap();
    device.set_state(DeviceState::Down).unwrap();
    device
}

/// Removes what killed tests have left behind.
fn remove_stale() {
    let Ok(namespaces) = fs::read_dir("/run/netns") else { return };
    for namespace in namespaces.flatten() {
        let name = namespace.file_name().into_string().unwrap_or_default();
        let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').nth(1));
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(Path::new("/etc/netns").join(&name));
            remove(&name);
        }
    }
}

pub(crate) fn remove(namespace: &str) {
    let _ = base_command("ip").args(["netns", "delete", namespace]).stderr(Stdio::null()).status();
}

fn base_command(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", PATH).stdin(Stdio::null());
    command
}

/// Runs `ip` commands, one a line.
pub(crate) fn ip(commands: &str) {
    run_with_input(base_command("ip").args(["-batch", "-"]), &trim(commands));
}

/// The same in a namespace.
pub(crate) fn ip_in(namespace: &str, commands: &str) {
    run_with_input(base_command("ip").args(["-n", namespace, "-batch", "-"]), &trim(commands));
}

fn trim(lines: &str) -> String {
    lines.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// Runs a command with this input; it must succeed.
fn run_with_input(command: &mut Command, input: &str) {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect(NEEDS);
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} fails: {error}({NEEDS})");
}
