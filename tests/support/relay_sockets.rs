//! Real relays for a scripted server: each client gets a socket of its own, which any peer can reach.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use stun_types::message::{
    Message, MessageClass, MessageType, MessageWrite as _, MessageWriteExt as _, MessageWriteVec,
    TransactionId,
};
use turn_types::attribute::{ChannelNumber, Data, XorPeerAddress};
use turn_types::message::{CHANNEL_BIND, DATA, SEND};

/// How the server writes to one client.
pub(crate) type Write = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// The relays of one server. They end with the test.
#[derive(Default)]
pub(crate) struct RelaySockets {
    relays: Mutex<HashMap<SocketAddr, Arc<Relay>>>,
}

struct Relay {
    socket: UdpSocket,
    write: Write,
    channels: Mutex<HashMap<u16, SocketAddr>>,
}

impl RelaySockets {
    /// Opens a client's relay on `ip`, unless it is open, and returns its address.
    pub(crate) fn open(&self, ip: IpAddr, client: SocketAddr, write: &Write) -> SocketAddr {
        let mut relays = self.relays.lock().unwrap();
        let relay = relays.entry(client).or_insert_with(|| {
            let socket = UdpSocket::bind((ip, 0)).unwrap();
            let relay = Arc::new(Relay { socket, write: Arc::clone(write), channels: Mutex::default() });
            let receiver = Arc::clone(&relay);
            thread::spawn(move || receiver.receive());
            relay
        });
        relay.socket.local_addr().unwrap()
    }

    /// Handles what concerns relays: Send indications, which get no answer, and channels. Returns whether it was the former.
    pub(crate) fn handle(&self, message: &Message<'_>, client: SocketAddr) -> bool {
        let Some(relay) = self.of(client) else { return false };
        let peer = message.attribute::<XorPeerAddress>().map(|peer| peer.addr(message.transaction_id()));
        if message.method() == CHANNEL_BIND
            && let (Ok(peer), Ok(number)) = (&peer, message.attribute::<ChannelNumber>())
        {
            relay.channels.lock().unwrap().insert(number.channel(), *peer);
        }
        let is_send = message.method() == SEND;
        if is_send && let (Ok(peer), Ok(data)) = (peer, message.attribute::<Data<'_>>()) {
            let _ = relay.socket.send_to(data.data(), peer);
        }
        is_send
    }

    /// Relays channel data.
    pub(crate) fn relay(&self, bytes: &[u8], client: SocketAddr) {
        let (Some(relay), Some((head, data))) = (self.of(client), bytes.split_at_checked(4)) else { return };
        let number = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if let Some(peer) = relay.channels.lock().unwrap().get(&number) {
            let _ = relay.socket.send_to(&data[..length.min(data.len())], peer);
        }
    }

    fn of(&self, client: SocketAddr) -> Option<Arc<Relay>> {
        self.relays.lock().unwrap().get(&client).cloned()
    }
}

impl Relay {
    /// Passes on what peers send, as channel data if the client has bound a channel, as Data indications otherwise.
    fn receive(&self) {
        let mut buffer = [0; 2048];
        while let Ok((length, peer)) = self.socket.recv_from(&mut buffer) {
            let data = &buffer[..length];
            let bound =
                self.channels.lock().unwrap().iter().find(|(_, to)| **to == peer).map(|(number, _)| *number);
            match bound {
                Some(number) => {
                    let [length, number] = [u16::try_from(length).unwrap(), number].map(u16::to_be_bytes);
                    (self.write)(&[&number[..], &length, data].concat());
                }
                None => (self.write)(&indication(data, peer)),
            }
        }
    }
}

fn indication(data: &[u8], peer: SocketAddr) -> Vec<u8> {
    let id = TransactionId::generate();
    let kind = MessageType::from_class_method(MessageClass::Indication, DATA);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    message.add_attribute(&XorPeerAddress::new(peer, id)).unwrap();
    message.add_attribute(&Data::new(data)).unwrap();
    message.finish()
}
