//! TURN requests and indications: create an allocation, open it to a peer, send, release it (RFC 8656, sections 6 to 12).

use std::net::SocketAddr;

use stun_types::attribute::{AttributeWrite, Nonce, Realm, Username};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials, Message, MessageClass, MessageType,
    MessageWrite, MessageWriteExt as _, MessageWriteVec, Method, TransactionId,
};
use turn_types::AddressFamily;
use turn_types::attribute::{
    ChannelNumber, Data, Lifetime, RequestedAddressFamily, RequestedTransport, XorPeerAddress,
    XorRelayedAddress,
};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, DATA, REFRESH, SEND};

use super::message::{self, Challenge, Invalid};
use super::transaction::Request;

/// The most bytes of a user name: a longer one fits into no request (RFC 8489, section 14.3).
pub const MOST_USERNAME: usize = 508;

/// The long-term credentials that sign requests after the server's challenge (RFC 8489, section 9.2).
#[derive(Clone)]
pub struct Session {
    username: String,
    challenge: Challenge,
    key: IntegrityKey,
}

impl Session {
    /// Answers a challenge.
    pub fn new(username: &str, password: &str, challenge: Challenge) -> Self {
        let (name, password) = (username.to_owned(), password.to_owned());
        let credentials = LongTermKeyCredentials::new(name, password, challenge.realm.clone());
        let key = credentials.make_key(IntegrityAlgorithm::Sha1);
        Session { username: username.to_owned(), challenge, key }
    }

    /// Continues with a new nonce (438, RFC 8489 section 9.2.5).
    pub fn renew(&mut self, challenge: Challenge) {
        self.challenge.nonce = challenge.nonce;
    }
}

/// An allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// The relayed transport address, where peers reach the client through the server.
    pub relayed_address: SocketAddr,
    /// The client's server-reflexive address.
    pub mapped_address: SocketAddr,
    /// How long the allocation lasts without a refresh, in seconds.
    pub lifetime_s: u32,
}

/// An Allocate request for a relay over UDP; without a session the server responds with its challenge. It names no address
/// family, as browsers' requests do: the server chooses one, usually IPv4.
pub fn allocate(id: TransactionId, session: Option<&Session>) -> Request {
    build(id, ALLOCATE, session, &[&RequestedTransport::new(RequestedTransport::UDP)])
}

/// What an Allocate request asks for, beside what browsers' requests do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A relay over UDP with an IPv4 address.
    Ipv4,
    /// A relay over UDP with an IPv6 address.
    Ipv6,
    /// A relay over TCP (RFC 6062, section 5.1).
    Tcp,
}

/// An Allocate request for a relay of another kind than [`allocate`] asks for.
pub fn allocate_other(id: TransactionId, session: Option<&Session>, wanted: Wanted) -> Request {
    let family = match wanted {
        Wanted::Tcp => {
            return build(id, ALLOCATE, session, &[&RequestedTransport::new(RequestedTransport::TCP)]);
        }
        Wanted::Ipv4 => AddressFamily::IPV4,
        Wanted::Ipv6 => AddressFamily::IPV6,
    };
    let transport = RequestedTransport::new(RequestedTransport::UDP);
    build(id, ALLOCATE, session, &[&transport, &RequestedAddressFamily::new(family)])
}

/// A signed Binding request, for servers that respond to no other.
pub fn signed_binding(id: TransactionId, session: &Session) -> Request {
    build(id, BINDING, Some(session), &[])
}

/// A Refresh request for the server's default lifetime, as browsers send it.
pub fn refresh(id: TransactionId, session: Option<&Session>) -> Request {
    build(id, REFRESH, session, &[])
}

/// A Refresh request with a lifetime of 0 seconds, which releases the allocation.
pub fn release(id: TransactionId, session: Option<&Session>) -> Request {
    build(id, REFRESH, session, &[&Lifetime::new(0)])
}

/// A CreatePermission request, which lets a peer's IP address send to the relay.
pub fn create_permission(id: TransactionId, session: Option<&Session>, peer: SocketAddr) -> Request {
    build(id, CREATE_PERMISSION, session, &[&XorPeerAddress::new(peer, id)])
}

/// A ChannelBind request, which binds a channel to a peer and saves a header of 36 bytes for each datagram.
pub fn channel_bind(id: TransactionId, session: Option<&Session>, channel: u16, peer: SocketAddr) -> Request {
    build(id, CHANNEL_BIND, session, &[&ChannelNumber::new(channel), &XorPeerAddress::new(peer, id)])
}

/// Reads the response to [`allocate`].
///
/// # Errors
/// What is missing in the response.
pub fn allocated(message: &Message<'_>) -> Result<Allocated, Invalid> {
    let relayed =
        message.attribute::<XorRelayedAddress>().map_err(|_| Invalid::hangs("it has no relayed address"))?;
    let lifetime = message.attribute::<Lifetime>().map_err(|_| Invalid::hangs("it has no lifetime"))?;
    Ok(Allocated {
        relayed_address: relayed.addr(message.transaction_id()),
        mapped_address: message::any_mapped_address(message)?,
        lifetime_s: lifetime.seconds(),
    })
}

/// A Send indication, which sends data to a peer without a channel (RFC 8656, section 11.1).
pub fn send_indication(id: TransactionId, peer: SocketAddr, data: &[u8]) -> Vec<u8> {
    let kind = MessageType::from_class_method(MessageClass::Indication, SEND);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    // Adding fails only for data longer than a datagram.
    let _ = message.add_attribute(&XorPeerAddress::new(peer, id));
    let _ = message.add_attribute(&Data::new(data));
    message.finish()
}

/// The peer and the data of a Data indication (RFC 8656, section 11.4); `None` for any other message.
pub fn data_indication(message: &[u8]) -> Option<(SocketAddr, Vec<u8>)> {
    let message = Message::from_bytes(message).ok()?;
    if !message.has_class(MessageClass::Indication) || message.method() != DATA {
        return None;
    }
    let peer = message.attribute::<XorPeerAddress>().ok()?.addr(message.transaction_id());
    Some((peer, message.attribute::<Data<'_>>().ok()?.data().to_vec()))
}

/// Reads a success response without content; never fails.
pub fn no_content(_message: &Message<'_>) -> Result<(), Invalid> {
    Ok(())
}

fn build(
    id: TransactionId,
    method: Method,
    session: Option<&Session>,
    attributes: &[&dyn AttributeWrite],
) -> Request {
    let kind = MessageType::from_class_method(MessageClass::Request, method);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    // Adding fails only for an attribute that is repeated or too long, which none of these is.
    for attribute in attributes {
        let _ = message.add_attribute(*attribute);
    }
    let Some(Session { username, challenge, key }) = session else {
        let expects_challenge = method == ALLOCATE;
        return Request { id, method, bytes: message.finish(), key: None, expects_challenge };
    };
    if let (Ok(username), Ok(realm), Ok(nonce)) =
        (Username::new(username), Realm::new(&challenge.realm), Nonce::new(&challenge.nonce))
    {
        let _ = message.add_attribute(&username);
        let _ = message.add_attribute(&realm);
        let _ = message.add_attribute(&nonce);
    }
    let _ = message.add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1);
    Request { id, method, bytes: message.finish(), key: Some(key.clone()), expects_challenge: false }
}
