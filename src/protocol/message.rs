//! Which datagrams answer a request, and what their attributes say (RFC 8489, sections 5, 6.3 and 14).

use std::net::SocketAddr;

use stun_types::attribute::{
    AlternateServer, Attribute, AttributeStaticType, AttributeType, ErrorCode, MappedSocketAddr, Nonce,
    RawAttribute, Realm, Software, XorMappedAddress,
};
use stun_types::message::{
    BINDING, Message, MessageClass, MessageHeader, MessageType, MessageWrite, MessageWriteExt,
    MessageWriteVec, Method, TransactionId,
};

use crate::text::clean;

/// MAPPED-ADDRESS, which stun-types has no type for.
const MAPPED_ADDRESS: AttributeType = AttributeType::new(0x0001);
/// CHANGE-REQUEST (RFC 5780, section 7.2).
const CHANGE_REQUEST: AttributeType = AttributeType::new(0x0003);
/// RESPONSE-ORIGIN (RFC 5780, section 7.3).
const RESPONSE_ORIGIN: AttributeType = AttributeType::new(0x802B);
/// OTHER-ADDRESS (RFC 5780, section 7.4).
const OTHER_ADDRESS: AttributeType = AttributeType::new(0x802C);
/// The most bytes of text in SOFTWARE and in a reason phrase (RFC 8489, sections 14.8 and 14.14).
const MOST_TEXT: usize = 763;

/// The attributes that a client must understand (below 0x8000) and that a response may carry.
///
/// 0x0002 to 0x0005 and 0x000B come from servers that still write the attributes of RFC 3489 beside the new
/// ones; 0x0026 and 0x0027 are of RFC 5780, and those of TURN of RFC 8656. Any other one makes a success response void (RFC 8489, 6.3.3).
const UNDERSTOOD: [u16; 26] = [
    0x0001, // MAPPED-ADDRESS
    0x0002, // RESPONSE-ADDRESS
    0x0003, // CHANGE-REQUEST
    0x0004, // SOURCE-ADDRESS
    0x0005, // CHANGED-ADDRESS
    0x0006, // USERNAME
    0x0008, // MESSAGE-INTEGRITY
    0x0009, // ERROR-CODE
    0x000A, // UNKNOWN-ATTRIBUTES
    0x000B, // REFLECTED-FROM
    0x000C, // CHANNEL-NUMBER
    0x000D, // LIFETIME
    0x0012, // XOR-PEER-ADDRESS
    0x0013, // DATA
    0x0014, // REALM
    0x0015, // NONCE
    0x0016, // XOR-RELAYED-ADDRESS
    0x0017, // REQUESTED-ADDRESS-FAMILY
    0x0018, // EVEN-PORT
    0x0019, // REQUESTED-TRANSPORT
    0x001A, // DONT-FRAGMENT
    0x001C, // MESSAGE-INTEGRITY-SHA256
    0x0020, // XOR-MAPPED-ADDRESS
    0x0022, // RESERVATION-TOKEN
    0x0026, // PADDING
    0x0027, // RESPONSE-PORT
];

/// What a datagram is to the request that waits for its response.
#[derive(Debug)]
pub enum Datagram<'a> {
    /// No STUN at all: too short for a header, other first bits, or without the magic cookie.
    NotStun,
    /// STUN of another transaction.
    Foreign,
    /// It has our transaction id, but is no well-formed response; the text says why.
    Malformed(&'static str),
    /// A success response.
    Success(Message<'a>),
    /// An error response.
    Error(Message<'a>),
}

/// A Binding request without attributes: 20 bytes, the same that browsers send.
#[must_use]
pub fn binding_request(id: TransactionId) -> Vec<u8> {
    let kind = MessageType::from_class_method(MessageClass::Request, BINDING);
    Message::builder(kind, id, MessageWriteVec::new()).finish()
}

/// The transaction that a STUN message belongs to; `None` when it is no STUN.
#[must_use]
pub fn transaction_id(datagram: &[u8]) -> Option<TransactionId> {
    MessageHeader::from_bytes(datagram).ok().map(|header| header.transaction_id())
}

/// Where the server shall answer from, instead of the address that it was asked at (RFC 5780, section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// From its other port.
    Port,
    /// From its other IP address and its other port.
    AddressAndPort,
}

impl Change {
    /// The value of CHANGE-REQUEST: bit 0x4 is "change IP", bit 0x2 "change port".
    const fn flags(self) -> [u8; 4] {
        match self {
            Change::Port => [0, 0, 0, 0x2],
            Change::AddressAndPort => [0, 0, 0, 0x6],
        }
    }
}

/// A Binding request whose answer shall come from elsewhere.
#[must_use]
pub fn change_request(id: TransactionId, change: Change) -> Vec<u8> {
    let kind = MessageType::from_class_method(MessageClass::Request, BINDING);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    // Only a message with an integrity or a fingerprint already refuses attributes.
    let _ = message.add_attribute(&RawAttribute::new(CHANGE_REQUEST, &change.flags()));
    message.finish()
}

/// Sorts a datagram that came from the server while a request of `method` with `id` was waiting.
///
/// Stricter than `Message::from_bytes`, which reads attributes even past the length in the header.
#[must_use]
pub fn sort(datagram: &[u8], method: Method, id: TransactionId) -> Datagram<'_> {
    if datagram.len() < MessageHeader::LENGTH {
        return Datagram::NotStun;
    }
    let Ok(header) = MessageHeader::from_bytes(datagram) else { return Datagram::NotStun };
    if header.transaction_id() != id {
        return Datagram::Foreign;
    }
    let length = usize::from(header.data_length());
    if length % 4 != 0 || datagram.len() != MessageHeader::LENGTH + length {
        return Datagram::Malformed("its length is wrong");
    }
    let kind = header.get_type();
    if kind.method() != method || !kind.is_response() {
        return Datagram::Malformed("it is not the response to our request");
    }
    match Message::from_bytes(datagram) {
        Ok(message) if kind.has_class(MessageClass::Success) => Datagram::Success(message),
        Ok(message) => Datagram::Error(message),
        Err(_) => Datagram::Malformed("its attributes or its fingerprint are wrong"),
    }
}

/// Whether a success response has an attribute that has to be understood and is not; it is void then.
#[must_use]
pub fn has_unknown_attribute(message: &Message<'_>) -> bool {
    message
        .iter_attributes()
        .map(|(_, attribute)| attribute.get_type())
        .any(|kind| kind.comprehension_required() && !UNDERSTOOD.contains(&kind.value()))
}

/// The client's address as the server saw it: XOR-MAPPED-ADDRESS, or without one MAPPED-ADDRESS.
///
/// # Errors
/// Says what is wrong when there is none, or the one that counts is malformed.
pub fn mapped_address(message: &Message<'_>) -> Result<SocketAddr, &'static str> {
    if message.has_attribute(XorMappedAddress::TYPE) {
        let address = message.attribute::<XorMappedAddress>().map_err(|_| "its address is malformed")?;
        return Ok(address.addr(message.transaction_id()));
    }
    let raw = message.raw_attribute(MAPPED_ADDRESS).ok_or("it has no address")?;
    MappedSocketAddr::from_raw(&raw).map(|mapped| mapped.addr()).map_err(|_| "its address is malformed")
}

/// The server's other address (OTHER-ADDRESS); a server that has it can test NATs.
#[must_use]
pub fn other_address(message: &Message<'_>) -> Option<SocketAddr> {
    plain_address(message, OTHER_ADDRESS)
}

/// The address that the server believes to answer from (RESPONSE-ORIGIN).
#[must_use]
pub fn response_origin(message: &Message<'_>) -> Option<SocketAddr> {
    plain_address(message, RESPONSE_ORIGIN)
}

/// An address that is not obfuscated; `None` when it is missing or malformed.
fn plain_address(message: &Message<'_>, kind: AttributeType) -> Option<SocketAddr> {
    MappedSocketAddr::from_raw(&message.raw_attribute(kind)?).ok().map(|address| address.addr())
}

/// What the server calls itself, readable and bounded; `None` when it says nothing.
#[must_use]
pub fn software(message: &Message<'_>) -> Option<String> {
    let raw = message.raw_attribute(Software::TYPE)?;
    Some(text(&raw.value)).filter(|software| !software.is_empty())
}

/// Code (300 to 699) and reason phrase of an error response; `None` when ERROR-CODE is missing or malformed.
///
/// Read from the raw value, since a reason phrase that is no UTF-8 is no reason to lose the code.
#[must_use]
pub fn error_code(message: &Message<'_>) -> Option<(u16, String)> {
    let raw = message.raw_attribute(ErrorCode::TYPE)?;
    let [_, _, class, number, reason @ ..] = &*raw.value else { return None };
    let (class, number) = (u16::from(class & 0x7), u16::from(*number));
    ((3..=6).contains(&class) && number <= 99).then(|| (class * 100 + number, text(reason)))
}

/// The server that a 300 error points to.
#[must_use]
pub fn alternate_server(message: &Message<'_>) -> Option<SocketAddr> {
    message.attribute::<AlternateServer>().ok().map(|alternate| alternate.server())
}

/// Realm and nonce of a challenge (RFC 8489, section 9.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Which passwords are meant.
    pub realm: String,
    /// What makes a signature good for a while only.
    pub nonce: String,
}

/// The challenge in an error response, if it is whole.
#[must_use]
pub fn challenge(message: &Message<'_>) -> Option<Challenge> {
    let realm = message.attribute::<Realm>().ok()?.realm().to_owned();
    let nonce = message.attribute::<Nonce>().ok()?.nonce().to_owned();
    Some(Challenge { realm, nonce })
}

/// Text of a server: at most 763 bytes, nothing that a terminal acts on, U+FFFD for what is no UTF-8.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.get(..MOST_TEXT).unwrap_or(bytes);
    let mut text = clean(&String::from_utf8_lossy(bytes)).into_owned();
    // U+FFFD is longer than the byte that it stands for.
    while text.len() > MOST_TEXT {
        text.pop();
    }
    text
}
