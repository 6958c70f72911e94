//! A fake server on real sockets, over UDP and TCP, whose answers come step by step from a data file.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use stun_types::attribute::{
    AlternateServer, AttributeStaticType as _, ErrorCode, MessageIntegrity, Nonce, Realm, XorMappedAddress,
};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWrite,
    MessageWriteExt as _, MessageWriteVec, Method,
};
use turn_types::attribute::{Lifetime, XorRelayedAddress};
use turn_types::message::{CHANNEL_BIND, CREATE_PERMISSION, REFRESH};

use super::relay_sockets::{RelaySockets, Write};

const REALM: &str = "fake.test";
/// How long an endless answer lasts at most.
const LONGEST: Duration = Duration::from_secs(30);

/// The behaviour of a server.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The answers to each client's Allocate and Binding requests; the last one repeats forever.
    ///
    /// An answer consists of words: first how, `unsigned`, `missigned`, `misprinted` (a wrong FINGERPRINT), `after 300ms`,
    /// `in parts` (a byte at a time); then what: `silence`, `raw HEX`, `endless HEX`, `close`, `challenge [bare|empty]`
    /// (without realm and nonce, or with an empty realm), `error CODE`, `alternate self|other|ADDRESS`,
    /// `allocated [ADDRESS|SECONDS]` (the relayed address, or the lifetime), `granted` (the same without a mapped address), `done`, `mapped [ADDRESS]`, `good` (what a good
    /// server answers). Several answers to one request are separated by ` + `.
    pub(crate) answers: Vec<String>,
    /// The same for all clients after the first, where they differ.
    pub(crate) second: Option<Vec<String>>,
    /// The same for all clients after the second, where they differ.
    pub(crate) later: Option<Vec<String>>,
    /// The answers to each client's CreatePermission requests.
    pub(crate) permission: Vec<String>,
    /// The answers to each client's ChannelBind requests.
    pub(crate) channel: Vec<String>,
    /// The answers to each client's Refresh requests, the release included.
    pub(crate) refresh: Vec<String>,
    /// Whether channel data goes to the other client.
    pub(crate) relays: bool,
    /// Whether each client has a real relay instead, which any peer can reach.
    pub(crate) has_sockets: bool,
    /// Whether channel data goes back to its sender.
    pub(crate) echoes: bool,
    /// Whether it closes the connection when channel data arrives.
    pub(crate) hangs_up: bool,
    /// If set, every nth datagram is lost.
    pub(crate) loses: Option<usize>,
    /// The most bytes of channel data that are relayed; longer data is lost.
    pub(crate) most_bytes: Option<usize>,
    /// The target of `alternate other`.
    pub(crate) other: Option<SocketAddr>,
}

impl Default for Script {
    fn default() -> Self {
        let good = || vec!["good".to_owned()];
        Script {
            answers: good(),
            second: None,
            later: None,
            permission: good(),
            channel: good(),
            refresh: good(),
            relays: false,
            has_sockets: false,
            echoes: false,
            hangs_up: false,
            loses: None,
            most_bytes: None,
            other: None,
        }
    }
}

/// How a response is made.
struct How {
    /// The password that signs it; `None` leaves the signature out.
    signature: Option<&'static str>,
    has_wrong_fingerprint: bool,
}

/// A running server.
struct Player {
    script: Script,
    own: SocketAddr,
    state: Mutex<State>,
    sockets: RelaySockets,
}

#[derive(Default)]
struct State {
    relayed: usize,
    /// How to write to each client, and how many came before it.
    clients: HashMap<SocketAddr, (Write, usize)>,
    /// How many requests of a method each client has sent.
    requests: HashMap<(SocketAddr, Method), usize>,
}

/// Starts a server over UDP, on a free port of `ip`. It ends with the test.
pub(crate) fn over_udp(ip: &str, script: Script) -> SocketAddr {
    over_udp_at(SocketAddr::new(ip.parse().unwrap(), 0), script)
}

/// Starts a server over UDP.
pub(crate) fn over_udp_at(address: SocketAddr, script: Script) -> SocketAddr {
    let socket = Arc::new(UdpSocket::bind(address).unwrap());
    let own = socket.local_addr().unwrap();
    let is_late = script.answers.iter().any(|answer| answer.starts_with("after "));
    let player = Arc::new(Player { script, own, state: Mutex::default(), sockets: RelaySockets::default() });
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let socket = Arc::clone(&socket);
            // The client may have closed its socket.
            let write: Write = Arc::new(move |bytes| drop(socket.send_to(bytes, client)));
            let datagram = buffer[..length].to_owned();
            if is_late {
                // One late answer must not delay the next.
                let player = Arc::clone(&player);
                thread::spawn(move || player.handle(&datagram, client, &write));
            } else {
                player.handle(&datagram, client, &write);
            }
        }
    });
    own
}

/// Starts a server over TCP, on a free port of `ip`. It ends with the test.
pub(crate) fn over_tcp(ip: &str, script: Script) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let own = listener.local_addr().unwrap();
    let player = Arc::new(Player { script, own, state: Mutex::default(), sockets: RelaySockets::default() });
    thread::spawn(move || {
        while let Ok((stream, client)) = listener.accept() {
            let player = Arc::clone(&player);
            thread::spawn(move || player.serve(stream, client));
        }
    });
    own
}

impl Player {
    fn serve(&self, mut stream: TcpStream, client: SocketAddr) {
        stream.set_nodelay(true).unwrap();
        let writer = stream.try_clone().unwrap();
        let write: Write = Arc::new(move |bytes| drop((&writer).write_all(bytes)));
        while let Some(frame) = read_frame(&mut stream) {
            if !self.handle(&frame, client, &write) {
                let _ = stream.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    }

    /// Answers a request, or relays data. Returns `false` if the connection must be closed.
    fn handle(&self, bytes: &[u8], client: SocketAddr, write: &Write) -> bool {
        let Ok(request) = Message::from_bytes(bytes) else {
            self.relay(bytes, client);
            self.sockets.relay(bytes, client);
            if self.script.echoes {
                write(bytes);
            }
            return !self.script.hangs_up;
        };
        if self.sockets.handle(&request, client) {
            return true;
        }
        let answers = self.next_answer(&request, client, write);
        answers.split(" + ").all(|answer| self.give(answer, &request, client, write))
    }

    /// The next answer to a request.
    fn next_answer(&self, request: &Message<'_>, client: SocketAddr, write: &Write) -> String {
        let mut state = self.state.lock().unwrap();
        let before = state.clients.len();
        let (_, before) = *state.clients.entry(client).or_insert((Arc::clone(write), before));
        let answers = match request.method() {
            CREATE_PERMISSION => &self.script.permission,
            CHANNEL_BIND => &self.script.channel,
            REFRESH => &self.script.refresh,
            _ => {
                let Script { answers, second, later, .. } = &self.script;
                let of_second = second.as_ref().unwrap_or(answers);
                match before {
                    0 => answers,
                    1 => of_second,
                    _ => later.as_ref().unwrap_or(of_second),
                }
            }
        };
        let number = state.requests.entry((client, request.method())).or_default();
        *number += 1;
        answers.get(*number - 1).or(answers.last()).unwrap().clone()
    }

    /// Gives one answer. Returns `false` if the connection must be closed.
    fn give(&self, answer: &str, request: &Message<'_>, client: SocketAddr, write: &Write) -> bool {
        let mut words = answer.split(' ').peekable();
        let mut how = How { signature: Some("secret"), has_wrong_fingerprint: false };
        let mut in_parts = false;
        loop {
            match *words.peek().unwrap() {
                "unsigned" => how.signature = None,
                "missigned" => how.signature = Some("wrong"),
                "misprinted" => how.has_wrong_fingerprint = true,
                "after" => {
                    words.next();
                    let ms = words.peek().unwrap().strip_suffix("ms").unwrap();
                    thread::sleep(Duration::from_millis(ms.parse().unwrap()));
                }
                "in" => {
                    assert_eq!((words.next(), words.peek()), (Some("in"), Some(&"parts")));
                    in_parts = true;
                }
                _ => break,
            }
            words.next();
        }
        let (what, detail) = (words.next().unwrap(), words.next());
        let bytes = match what {
            "silence" => return true,
            "close" => return false,
            "raw" => hex(detail.unwrap()),
            "endless" => {
                let bytes = hex(detail.unwrap()).repeat(64);
                let started = std::time::Instant::now();
                while started.elapsed() < LONGEST {
                    write(&bytes);
                }
                return false;
            }
            _ => self.response(request, what, detail, client, &how),
        };
        if in_parts {
            for byte in bytes {
                write(&[byte]);
                thread::sleep(Duration::from_micros(100));
            }
        } else {
            write(&bytes);
        }
        true
    }

    /// Sends data to all clients but its sender: there is only one other.
    fn relay(&self, bytes: &[u8], client: SocketAddr) {
        let mut state = self.state.lock().unwrap();
        state.relayed += 1;
        let lost = self.script.loses.is_some_and(|each| state.relayed.is_multiple_of(each));
        let is_too_long = self.script.most_bytes.is_some_and(|most| bytes.len() > most);
        if self.script.relays && !lost && !is_too_long {
            state
                .clients
                .iter()
                .filter(|(other, _)| **other != client)
                .for_each(|(_, (write, _))| write(bytes));
        }
    }

    /// The relayed address of a client where the answer names none.
    fn usual_relay(&self, client: SocketAddr) -> SocketAddr {
        if !self.script.has_sockets {
            return "127.0.0.1:9".parse().unwrap();
        }
        let write = Arc::clone(&self.state.lock().unwrap().clients[&client].0);
        self.sockets.open(self.own.ip(), client, &write)
    }

    fn response(
        &self,
        request: &Message<'_>,
        what: &str,
        detail: Option<&str>,
        client: SocketAddr,
        how: &How,
    ) -> Vec<u8> {
        let id = request.transaction_id();
        let is_signed = request.has_attribute(MessageIntegrity::TYPE);
        let what = match what {
            "good" if request.method() == BINDING => "mapped",
            "good" if !is_signed => "challenge",
            "good" if request.method() == turn_types::message::ALLOCATE => "allocated",
            "good" => "done",
            what => what,
        };
        let code = match what {
            "challenge" => Some(401),
            "alternate" => Some(300),
            "error" => Some(detail.unwrap().parse::<u16>().unwrap()),
            "allocated" | "granted" | "done" | "mapped" => None,
            what => panic!("'{what}' is no answer"),
        };
        let class = if code.is_some() { MessageClass::Error } else { MessageClass::Success };
        let kind = MessageType::from_class_method(class, request.method());
        let mut message = Message::builder(kind, id, MessageWriteVec::new());
        if let Some(code) = code {
            let error = ErrorCode::builder(code).reason("as the file says").build().unwrap();
            message.add_attribute(&error).unwrap();
        }
        match (what, code) {
            ("alternate", _) => {
                let to = match detail.unwrap() {
                    "self" => self.own,
                    "other" => self.script.other.unwrap(),
                    address => address.parse().unwrap(),
                };
                message.add_attribute(&AlternateServer::new(to)).unwrap();
            }
            ("challenge" | "error", Some(401 | 438)) if detail != Some("bare") => {
                let realm = if detail == Some("empty") { "" } else { REALM };
                message.add_attribute(&Realm::new(realm).unwrap()).unwrap();
                message.add_attribute(&Nonce::new(&format!("nonce-{:x}", u128::from(id))).unwrap()).unwrap();
            }
            ("allocated" | "granted", _) => {
                let lifetime = detail.and_then(|detail| detail.parse().ok());
                let relayed = detail.and_then(|detail| detail.parse().ok());
                let relayed = relayed.unwrap_or_else(|| self.usual_relay(client));
                message.add_attribute(&XorRelayedAddress::new(relayed, id)).unwrap();
                if what == "allocated" {
                    message.add_attribute(&XorMappedAddress::new(client, id)).unwrap();
                }
                message.add_attribute(&Lifetime::new(lifetime.unwrap_or(600))).unwrap();
            }
            ("mapped", _) => {
                let mapped = detail.map_or(client, |address| address.parse().unwrap());
                message.add_attribute(&XorMappedAddress::new(mapped, id)).unwrap();
            }
            _ => {}
        }
        // As real servers do: they sign what they accept, and most errors.
        if let Some(password) = how.signature
            && is_signed
            && !matches!(code, Some(400 | 401 | 438))
        {
            let key = LongTermKeyCredentials::new("alice".into(), password.into(), REALM.into())
                .make_key(IntegrityAlgorithm::Sha1);
            message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
        }
        if !how.has_wrong_fingerprint {
            return message.finish();
        }
        message.add_fingerprint().unwrap();
        let mut bytes = message.finish();
        *bytes.last_mut().unwrap() ^= 1;
        bytes
    }
}

/// A request, or channel data with its padding; none at the end.
fn read_frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut frame = vec![0; 4];
    stream.read_exact(&mut frame).ok()?;
    let length = usize::from(u16::from_be_bytes([frame[2], frame[3]]));
    let rest = if frame[0] & 0xc0 == 0x40 { length.next_multiple_of(4) } else { 16 + length };
    frame.resize(4 + rest, 0);
    stream.read_exact(&mut frame[4..]).ok()?;
    Some(frame)
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}
