//! Machines on a switch, each in a network namespace with an address, a name and a cable that can be pulled. Everything is
//! removed on drop.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::namespaces::{enter, ip, ip_in, new_name, remove};

/// The machines.
pub(crate) struct Switch {
    name: String,
    machines: Vec<String>,
}

impl Switch {
    /// Connects machines with these host names, below `example.de`.
    pub(crate) fn with(machines: &[&str]) -> Self {
        let machines = machines.iter().map(|&name| name.to_owned()).collect();
        let switch = Switch { name: new_name(), machines };
        let center = switch.namespace("switch");
        ip(&format!("netns add {center}"));
        ip_in(&center, "link add switch type bridge\nlink set switch up");
        for machine in &switch.machines {
            switch.connect(machine, &center);
        }
        switch
    }

    fn connect(&self, machine: &str, center: &str) {
        let own = self.namespace(machine);
        ip(&format!(
            "netns add {own}\nlink add lan netns {own} type veth peer name {machine} netns {center}"
        ));
        ip_in(center, &format!("link set {machine} master switch\nlink set {machine} up"));
        let address = self.address(machine);
        ip_in(&own, &format!("link set lo up\naddr add {address}/24 dev lan\nlink set lan up"));
        fs::create_dir_all(self.files(machine)).unwrap();
        let line = |machine: &String| format!("{} {machine}.example.de\n", self.address(machine));
        let hosts: String = self.machines.iter().map(line).collect();
        fs::write(self.files(machine).join("hosts"), format!("127.0.0.1 localhost\n{hosts}")).unwrap();
    }

    /// The address of a machine.
    pub(crate) fn address(&self, machine: &str) -> String {
        let place = self.machines.iter().position(|name| name == machine);
        format!("192.0.2.{}", place.unwrap_or_else(|| panic!("there is no {machine}")) + 1)
    }

    /// What makes a command run on a machine when it comes before it.
    pub(crate) fn on(&self, machine: &str) -> [String; 4] {
        ["ip", "netns", "exec", &self.namespace(machine)].map(str::to_owned)
    }

    /// A command on a machine.
    pub(crate) fn command(&self, machine: &str, program: &str) -> Command {
        let [ip, rest @ ..] = self.on(machine);
        let mut command = Command::new(ip);
        command.args(rest).arg(program);
        command
    }

    /// Runs a function on a machine: the sockets that it opens stay there.
    pub(crate) fn enter<T: Send>(&self, machine: &str, run: impl FnOnce() -> T + Send) -> T {
        enter(&self.namespace(machine), run)
    }

    /// Pulls the cable of a machine: nothing reaches it any more, and nobody notices at once.
    pub(crate) fn pull(&self, machine: &str) {
        ip_in(&self.namespace("switch"), &format!("link set {machine} down"));
    }

    /// Plugs the cable of a machine in again.
    pub(crate) fn plug(&self, machine: &str) {
        ip_in(&self.namespace("switch"), &format!("link set {machine} up"));
    }

    fn namespace(&self, machine: &str) -> String {
        format!("{}-{machine}", self.name)
    }

    /// Where `ip` looks for the files that a machine has instead of those in /etc.
    fn files(&self, machine: &str) -> PathBuf {
        PathBuf::from("/etc/netns").join(self.namespace(machine))
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        for machine in &self.machines {
            let _ = fs::remove_dir_all(self.files(machine));
            remove(&self.namespace(machine));
        }
        remove(&self.namespace("switch"));
        // Succeeds unless there are others in it.
        let _ = fs::remove_dir("/etc/netns");
    }
}
