//! TURN's requests: making an allocation, opening it to a peer, and releasing it (RFC 8656, sections 6 to 12).

use std::fmt;
use std::net::SocketAddr;

use stun_types::attribute::{AttributeWrite, Nonce, Realm, Username};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials, Message, MessageClass, MessageType,
    MessageWrite, MessageWriteExt as _, MessageWriteVec, Method, TransactionId,
};
use turn_types::AddressFamily;
use turn_types::attribute::{
    ChannelNumber, Lifetime, RequestedAddressFamily, RequestedTransport, XorPeerAddress, XorRelayedAddress,
};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH};
use zeroize::Zeroizing;

use super::message;
use super::message::Challenge;
use super::transaction::Request;

/// The most bytes of a user name (RFC 8489, section 14.3).
pub const MOST_USERNAME: usize = 508;

/// A user name and its password.
#[derive(Clone)]
pub struct Login {
    /// The user name, of at most [`MOST_USERNAME`] bytes: a longer one fits into no request.
    pub username: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

/// What signs requests once the server has challenged (RFC 8489, section 9.2).
#[derive(Clone)]
pub struct Session {
    username: String,
    challenge: Challenge,
    key: IntegrityKey,
}

impl Session {
    /// Answers a challenge.
    #[must_use]
    pub fn new(login: &Login, challenge: Challenge) -> Self {
        let credentials = LongTermKeyCredentials::new(
            login.username.clone(),
            login.password.as_str().to_owned(),
            challenge.realm.clone(),
        );
        let key = credentials.make_key(IntegrityAlgorithm::Sha1);
        Session { username: login.username.clone(), challenge, key }
    }

    /// Goes on with a fresh nonce (438, RFC 8489 section 9.2.5).
    pub fn renew(&mut self, challenge: Challenge) {
        self.challenge.nonce = challenge.nonce;
    }
}

/// What an Allocate request gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// Where peers reach the client through the server.
    pub relayed_address: SocketAddr,
    /// The client's own address as the server saw it.
    pub mapped_address: Option<SocketAddr>,
    /// How long the allocation lasts without a refresh, in seconds.
    pub lifetime_s: u32,
}

/// The address family of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayFamily {
    /// What a server gives when it is not asked for a family, as browsers do: IPv4.
    Usual,
    /// IPv6 (RFC 8656, section 18.6).
    Ipv6,
}

impl RelayFamily {
    /// What to ask for to get a relay of this address's family.
    #[must_use]
    pub const fn like(relayed_address: SocketAddr) -> Self {
        if relayed_address.is_ipv6() { RelayFamily::Ipv6 } else { RelayFamily::Usual }
    }
}

/// Asks for a relay over UDP; without a session the server answers with its challenge.
#[must_use]
pub fn allocate(id: TransactionId, session: Option<&Session>, family: RelayFamily) -> Request {
    let transport = RequestedTransport::new(RequestedTransport::UDP);
    let ipv6 = RequestedAddressFamily::new(AddressFamily::IPV6);
    match family {
        RelayFamily::Usual => build(id, ALLOCATE, session, &[&transport]),
        RelayFamily::Ipv6 => build(id, ALLOCATE, session, &[&transport, &ipv6]),
    }
}

/// Sets how long the allocation still lasts; 0 seconds release it.
#[must_use]
pub fn refresh(id: TransactionId, session: Option<&Session>, lifetime_s: u32) -> Request {
    build(id, REFRESH, session, &[&Lifetime::new(lifetime_s)])
}

/// Lets a peer's IP address send to the relay.
#[must_use]
pub fn create_permission(id: TransactionId, session: Option<&Session>, peer: SocketAddr) -> Request {
    build(id, CREATE_PERMISSION, session, &[&XorPeerAddress::new(peer, id)])
}

/// Gives a peer a channel, which spares a header of 36 bytes with each datagram.
#[must_use]
pub fn channel_bind(id: TransactionId, session: Option<&Session>, channel: u16, peer: SocketAddr) -> Request {
    build(id, CHANNEL_BIND, session, &[&ChannelNumber::new(channel), &XorPeerAddress::new(peer, id)])
}

/// Reads the response to [`allocate`].
///
/// # Errors
/// Says what is missing.
pub fn allocated(message: &Message<'_>) -> Result<Allocated, &'static str> {
    let relayed = message.attribute::<XorRelayedAddress>().map_err(|_| "it has no relayed address")?;
    let lifetime = message.attribute::<Lifetime>().map_err(|_| "it has no lifetime")?;
    Ok(Allocated {
        relayed_address: relayed.addr(message.transaction_id()),
        mapped_address: message::mapped_address(message).ok(),
        lifetime_s: lifetime.seconds(),
    })
}

/// Reads a response that says no more than that it was done.
///
/// # Errors
/// Never.
pub fn done(_message: &Message<'_>) -> Result<(), &'static str> {
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
    // Writing fails only for an attribute that is there twice or too long, which none of these is.
    for attribute in attributes {
        let _ = message.add_attribute(*attribute);
    }
    let Some(Session { username, challenge, key }) = session else {
        return Request { id, method, bytes: message.finish(), key: None };
    };
    if let (Ok(username), Ok(realm), Ok(nonce)) =
        (Username::new(username), Realm::new(&challenge.realm), Nonce::new(&challenge.nonce))
    {
        let _ = message.add_attribute(&username);
        let _ = message.add_attribute(&realm);
        let _ = message.add_attribute(&nonce);
    }
    let _ = message.add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1);
    Request { id, method, bytes: message.finish(), key: Some(key.clone()) }
}
