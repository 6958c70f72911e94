//! Sorts datagrams that may be responses, and reads their attributes (RFC 8489, sections 5, 6.3 and 14).

use std::net::SocketAddr;

use stun_types::attribute::{
    AlternateServer, Attribute, AttributeStaticType, AttributeType, ErrorCode, MappedSocketAddr, Nonce,
    RawAttribute, Realm, Software, XorMappedAddress,
};
use stun_types::message::{
    BINDING, Message, MessageClass, MessageHeader, MessageType, MessageWrite, MessageWriteExt,
    MessageWriteVec, Method, StunParseError, TransactionId,
};

use crate::text::clean;

/// MAPPED-ADDRESS, for which stun-types has no type.
const MAPPED_ADDRESS: AttributeType = AttributeType::new(0x0001);
/// CHANGE-REQUEST (RFC 5780, section 7.2).
const CHANGE_REQUEST: AttributeType = AttributeType::new(0x0003);
/// RESPONSE-ORIGIN (RFC 5780, section 7.3).
pub(super) const RESPONSE_ORIGIN: AttributeType = AttributeType::new(0x802B);
/// OTHER-ADDRESS (RFC 5780, section 7.4); a server that has one supports NAT tests.
pub(super) const OTHER_ADDRESS: AttributeType = AttributeType::new(0x802C);
/// The most bytes of text in SOFTWARE and in a reason phrase (RFC 8489, sections 14.8 and 14.14).
const MOST_TEXT: usize = 763;

/// The attributes that a client must understand (below 0x8000) and that a response may carry.
///
/// 0x0002 to 0x0005 and 0x000B come from servers that still send the attributes of RFC 3489 beside the new
/// ones; 0x0026 and 0x0027 are from RFC 5780, and those of TURN from RFC 8656. Any other one makes a success response
/// invalid (RFC 8489, section 6.3.3).
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

/// What a datagram is to a pending request.
#[derive(Debug)]
pub enum Datagram<'a> {
    /// Not STUN: too short for a header, other first bits, or without the magic cookie.
    NotStun,
    /// STUN of another transaction.
    Foreign,
    /// Not a well-formed response, though it has our transaction id.
    Malformed(Invalid),
    /// A success response.
    Success(Message<'a>),
    /// An error response.
    Error(Message<'a>),
}

/// What is wrong with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, as the end of a sentence.
    pub why: &'static str,
    /// What browsers do with it.
    pub effect: Effect,
}

/// What browsers do with an invalid response, as measured (docs/browsers.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They ignore it, and accept a valid one that follows.
    Ignored,
    /// They take it for the end of the transaction.
    Ends,
    /// They take it for the end of the transaction, and never finish gathering.
    Hangs,
}

impl Invalid {
    pub(crate) const fn ignored(why: &'static str) -> Self {
        Invalid { why, effect: Effect::Ignored }
    }

    pub(crate) const fn ends(why: &'static str) -> Self {
        Invalid { why, effect: Effect::Ends }
    }

    pub(crate) const fn hangs(why: &'static str) -> Self {
        Invalid { why, effect: Effect::Hangs }
    }
}

/// A copy without its FINGERPRINT (RFC 8489, section 14.7), the last attribute, if that is wrong: browsers ignore it.
pub fn without_wrong_fingerprint(datagram: &[u8]) -> Option<Vec<u8>> {
    const LENGTH: u16 = 8;
    if !matches!(Message::from_bytes(datagram), Err(StunParseError::FingerprintMismatch)) {
        return None;
    }
    let length = MessageHeader::from_bytes(datagram).ok()?.data_length();
    let mut repaired = datagram.get(..datagram.len().checked_sub(usize::from(LENGTH))?)?.to_vec();
    repaired.get_mut(2..4)?.copy_from_slice(&length.checked_sub(LENGTH)?.to_be_bytes());
    Some(repaired)
}

/// The transaction id of a STUN message; `None` when the datagram is not STUN.
pub fn transaction_id(datagram: &[u8]) -> Option<TransactionId> {
    MessageHeader::from_bytes(datagram).ok().map(|header| header.transaction_id())
}

/// The address that the server shall respond from, instead of the one that received the request (RFC 5780, section 7.2).
///
/// In CHANGE-REQUEST bit 0x4 is "change IP", bit 0x2 "change port".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// From its other port.
    Port = 0x2,
    /// From its other IP address and its other port.
    AddressAndPort = 0x6,
}

/// A Binding request: 20 bytes without attributes, as browsers send it, or with CHANGE-REQUEST.
pub fn binding_request(id: TransactionId, change: Option<Change>) -> Vec<u8> {
    let kind = MessageType::from_class_method(MessageClass::Request, BINDING);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    if let Some(change) = change {
        // Adding fails only after an integrity or a fingerprint.
        let _ = message.add_attribute(&RawAttribute::new(CHANGE_REQUEST, &[0, 0, 0, change as u8]));
    }
    message.finish()
}

/// Sorts a datagram from the server while a request of `method` with `id` is pending.
///
/// Stricter than `Message::from_bytes`, which reads attributes even past the length in the header.
pub fn sort(datagram: &[u8], method: Method, id: TransactionId) -> Datagram<'_> {
    let Ok(header) = MessageHeader::from_bytes(datagram) else { return Datagram::NotStun };
    if header.transaction_id() != id {
        return Datagram::Foreign;
    }
    let length = usize::from(header.data_length());
    if length % 4 != 0 || datagram.len() != MessageHeader::LENGTH + length {
        return Datagram::Malformed(Invalid::ignored("its length is wrong"));
    }
    let kind = header.get_type();
    if kind.method() != method || !kind.is_response() {
        return Datagram::Malformed(Invalid::ignored("it is not a response to our request"));
    }
    match Message::from_bytes(datagram) {
        Ok(message) if kind.has_class(MessageClass::Success) => Datagram::Success(message),
        Ok(message) => Datagram::Error(message),
        Err(_) => Datagram::Malformed(Invalid::ignored("its attributes are wrong")),
    }
}

/// Whether a success response has an unknown comprehension-required attribute, which makes it invalid.
pub fn has_unknown_attribute(message: &Message<'_>) -> bool {
    message
        .iter_attributes()
        .map(|(_, attribute)| attribute.get_type())
        .any(|kind| kind.comprehension_required() && !UNDERSTOOD.contains(&kind.value()))
}

/// The client's server-reflexive address: XOR-MAPPED-ADDRESS, or without one MAPPED-ADDRESS.
///
/// # Errors
/// When there is none, or it is malformed or unspecified (0.0.0.0), which is not a candidate.
pub fn mapped_address(message: &Message<'_>) -> Result<SocketAddr, Invalid> {
    let mapped = any_mapped_address(message)?;
    if mapped.ip().is_unspecified() { Err(Invalid::ends("its address is unspecified")) } else { Ok(mapped) }
}

/// The same, whatever the address is.
pub(super) fn any_mapped_address(message: &Message<'_>) -> Result<SocketAddr, Invalid> {
    let malformed = |_| Invalid::ignored("its address is malformed");
    if message.has_attribute(XorMappedAddress::TYPE) {
        let address = message.attribute::<XorMappedAddress>().map_err(malformed)?;
        return Ok(address.addr(message.transaction_id()));
    }
    let raw = message.raw_attribute(MAPPED_ADDRESS).ok_or(Invalid::hangs("it has no address"))?;
    MappedSocketAddr::from_raw(&raw).map(|mapped| mapped.addr()).map_err(malformed)
}

/// An address that is not obfuscated; `None` when it is missing or malformed.
pub(super) fn plain_address(message: &Message<'_>, kind: AttributeType) -> Option<SocketAddr> {
    MappedSocketAddr::from_raw(&message.raw_attribute(kind)?).ok().map(|address| address.addr())
}

/// The server's software (SOFTWARE), cleaned and at most 763 bytes; `None` when it names none.
pub fn software(message: &Message<'_>) -> Option<String> {
    let raw = message.raw_attribute(Software::TYPE)?;
    Some(text(&raw.value)).filter(|software| !software.is_empty())
}

/// The code (300 to 699) and reason phrase of an error response; `None` when ERROR-CODE is missing or malformed.
///
/// Reads the raw value, so that a reason phrase that is not UTF-8 does not lose the code.
pub fn error_code(message: &Message<'_>) -> Option<(u16, String)> {
    let raw = message.raw_attribute(ErrorCode::TYPE)?;
    let [_, _, class, number, reason @ ..] = &*raw.value else { return None };
    let (class, number) = (u16::from(class & 0x7), u16::from(*number));
    ((3..=6).contains(&class) && number <= 99).then(|| (class * 100 + number, text(reason)))
}

/// The server that a 300 (Try Alternate) names (ALTERNATE-SERVER).
pub fn alternate_server(message: &Message<'_>) -> Option<SocketAddr> {
    message.attribute::<AlternateServer>().ok().map(|alternate| alternate.server())
}

/// Realm and nonce of a challenge (RFC 8489, section 9.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The realm that the credentials belong to.
    pub realm: String,
    /// The nonce, which limits how long a signature is valid.
    pub nonce: String,
}

/// The challenge in an error response, if it is complete; browsers do not answer one with an empty realm.
pub fn challenge(message: &Message<'_>) -> Option<Challenge> {
    let realm = message.attribute::<Realm>().ok()?.realm().to_owned();
    if realm.is_empty() {
        return None;
    }
    let nonce = message.attribute::<Nonce>().ok()?.nonce().to_owned();
    Some(Challenge { realm, nonce })
}

/// Untrusted text, cleaned: at most 763 bytes, without control characters, U+FFFD for what is not UTF-8.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.get(..MOST_TEXT).unwrap_or(bytes);
    let mut text = clean(&String::from_utf8_lossy(bytes)).into_owned();
    // U+FFFD is longer than the byte that it replaces.
    while text.len() > MOST_TEXT {
        text.pop();
    }
    text
}
