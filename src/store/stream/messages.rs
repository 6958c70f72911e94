//! The requests to the stream: read, append, list, remove.

use std::time::Duration;

use async_nats::client::{Request, RequestErrorKind};
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::{Ordered, OrderedConfig};
use async_nats::jetstream::context::RequestErrorKind as ApiErrorKind;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, ConsumerErrorKind, RawMessage, StorageType};
use async_nats::jetstream::{self, Context, Error as ApiError, ErrorCode};
use async_nats::{HeaderName, HeaderValue};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::message::{Headers, Message, random, version};
use crate::engine::{Connection, Engine, EngineError};
use crate::store::error::MAX_BYTES;
use crate::store::version::Version;

/// The number of versions that are kept.
const KEPT: i64 = 100;

/// The copies that a cluster keeps of each version.
const REPLICAS: usize = 3;

/// How long the next message of a list may take.
const NEXT_TIMEOUT: Duration = Duration::from_secs(2);

/// The stream of some settings, through a connection.
#[derive(Clone, Debug)]
pub(super) struct Messages {
    connection: Connection,
    api: Context,
    stream: String,
    subject: String,
}

/// What became of a message that was sent to be stored.
pub(super) enum Appended {
    /// It is stored, with this sequence.
    Stored(u64),
    /// It is not: the last message is another one.
    Conflict,
    /// It is not: no stream receives it now.
    Nobody,
    /// It is not: the servers are busy with themselves.
    NotNow(String),
    /// The response was lost.
    Unknown(String),
}

/// Messages that arrive by themselves.
pub(super) struct Followed {
    pub(super) messages: Ordered,
    /// How many there are already.
    pending: u64,
    /// What the servers call the one who follows.
    name: String,
}

/// The response to a request for one message.
#[derive(Deserialize)]
struct Found {
    message: RawMessage,
}

impl Messages {
    /// Connects to the stream of these settings, which need not exist.
    pub(super) async fn connect(engine: &Engine) -> Result<Self, EngineError> {
        let connection = engine.connect().await?;
        let client = connection.client();
        let info = client.server_info();
        if info.cluster.is_some() && !client.is_server_compatible(2, 10, 0) {
            let why =
                format!("clusters older than version 2.10 lose changes, and this one is {}", info.version);
            return Err(EngineError::Unsuitable { address: connection.address().to_owned(), why });
        }
        let api = jetstream::new(client.clone());
        let name = engine.address.name();
        let (stream, subject) = (format!("COWORK_CALLS_{name}"), format!("cowork-calls.{name}.settings"));
        Ok(Messages { connection, api, stream, subject })
    }

    /// Whether a server is connected now.
    pub(super) fn is_open(&self) -> bool {
        self.connection.is_open()
    }

    /// Returns the last message; none if there is none, or no stream.
    pub(super) async fn last(&self) -> Result<Option<Message>, EngineError> {
        self.find(&json!({"last_by_subj": self.subject})).await
    }

    /// Returns the message with this sequence, if there is one.
    pub(super) async fn at(&self, sequence: u64) -> Result<Option<Message>, EngineError> {
        // The servers do not take 0 for a number.
        if sequence == 0 { Ok(None) } else { self.find(&json!({"seq": sequence})).await }
    }

    /// Returns the first message with this sequence or a higher one.
    pub(super) async fn from(&self, sequence: u64) -> Result<Option<Message>, EngineError> {
        self.find(&json!({"seq": sequence, "next_by_subj": self.subject})).await
    }

    async fn find(&self, which: &Value) -> Result<Option<Message>, EngineError> {
        match self.request::<Found>("STREAM.MSG.GET", which).await? {
            Ok(Found { message }) => {
                let message = message.try_into().map_err(|error| self.unsuitable(format!("{error}")))?;
                Ok(Some(Message::of(message)))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.refused(&error)),
        }
    }

    /// Creates the stream, unless it exists: then it stays as it is. Returns whether it exists with another configuration.
    pub(super) async fn create(&self) -> Result<bool, EngineError> {
        let is_cluster = self.connection.client().server_info().cluster.is_some();
        let config = Config {
            name: self.stream.clone(),
            description: Some("Settings of CoWork Calls; each message is a version".to_owned()),
            subjects: vec![self.subject.clone()],
            max_messages_per_subject: KEPT,
            storage: StorageType::File,
            num_replicas: if is_cluster { REPLICAS } else { 1 },
            ..Config::default()
        };
        match self.request::<Value>("STREAM.CREATE", &config).await? {
            Ok(_) => Ok(false),
            Err(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST => Ok(true),
            Err(error) => Err(self.refused(&error)),
        }
    }

    /// Fails if the servers, or this program, would not take settings of this size.
    pub(super) fn ensure_fits(&self, after: u64, headers: &Headers, bytes: &[u8]) -> Result<(), EngineError> {
        let headers = headers.map(&self.stream, after);
        let lines = headers.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        let length = |(name, value): (&HeaderName, &HeaderValue)| {
            let name: &str = name.as_ref();
            name.len() as u64 + value.as_str().len() as u64 + ": \r\n".len() as u64
        };
        let head = "NATS/1.0\r\n\r\n".len() as u64 + lines.map(length).sum::<u64>();
        let most = (self.connection.client().max_payload() as u64).saturating_sub(head).min(MAX_BYTES);
        let size = bytes.len() as u64;
        let address = || self.connection.address().to_owned();
        if size > most { Err(EngineError::TooLarge { address: address(), size, most }) } else { Ok(()) }
    }

    /// Stores a version, if the last message is the one numbered `after`.
    pub(super) async fn append(
        &self,
        after: u64,
        headers: &Headers,
        bytes: &[u8],
    ) -> Result<Appended, EngineError> {
        let message = Request::new().headers(headers.map(&self.stream, after)).payload(bytes.to_vec().into());
        let sending = self.connection.client().send_request(self.subject.clone(), message);
        let response = match self.connection.unless_denied(&self.subject, sending).await? {
            Ok(response) => response,
            Err(error) => return self.not_confirmed(error.kind(), error.to_string(), bytes),
        };
        match serde_json::from_slice::<Response<PublishAck>>(&response.payload) {
            Ok(Response::Ok(ack)) => Ok(Appended::Stored(ack.sequence)),
            Ok(Response::Err { error }) if is_conflict(&error) => Ok(Appended::Conflict),
            Ok(Response::Err { error }) if is_temporary(&error) => Ok(Appended::NotNow(in_words(&error))),
            Ok(Response::Err { error })
                if error.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM =>
            {
                Err(self.too_large(bytes))
            }
            Ok(Response::Err { error }) => Err(self.refused(&error)),
            Err(_) => Ok(Appended::Unknown("its response is not understood".to_owned())),
        }
    }

    fn not_confirmed(
        &self,
        kind: RequestErrorKind,
        text: String,
        bytes: &[u8],
    ) -> Result<Appended, EngineError> {
        match kind {
            RequestErrorKind::NoResponders => Ok(Appended::Nobody),
            RequestErrorKind::MaxPayloadExceeded => Err(self.too_large(bytes)),
            RequestErrorKind::TimedOut => Ok(Appended::Unknown("no response in time".to_owned())),
            _ => Ok(Appended::Unknown(text)),
        }
    }

    /// Returns all versions, oldest first, without their settings.
    pub(super) async fn versions(&self) -> Result<Vec<Version>, EngineError> {
        let Some(Followed { mut messages, mut pending, name }) =
            self.follow(DeliverPolicy::All, true).await?
        else {
            return Ok(Vec::new());
        };
        let mut versions = Vec::new();
        while pending > 0 {
            let next = timeout(NEXT_TIMEOUT, messages.next()).await;
            let Ok(Some(Ok(message))) = next else {
                return Err(self.unreachable("the list of versions is incomplete"));
            };
            let info = message.info().map_err(|error| self.unsuitable(error.to_string()))?;
            pending = info.pending;
            versions.push(version(info.stream_sequence, info.published, message.headers.as_ref()));
        }
        self.unfollow(&name).await;
        Ok(versions)
    }

    /// Delivers messages in order from now on, also after the connection was lost. None if there is no stream.
    pub(super) async fn follow(
        &self,
        deliver_policy: DeliverPolicy,
        headers_only: bool,
    ) -> Result<Option<Followed>, EngineError> {
        let name = format!("settings-{:016x}", random());
        let config = OrderedConfig {
            // With a name, permissions need not be given for another subject than after a loss of the connection.
            name: Some(name.clone()),
            deliver_subject: self.connection.client().new_inbox(),
            filter_subject: self.subject.clone(),
            deliver_policy,
            headers_only,
            ..OrderedConfig::default()
        };
        let stream = self.api.get_stream_no_info(&self.stream).await;
        let stream = stream.map_err(|error| self.unsuitable(error.to_string()))?;
        let creating = stream.create_consumer(config);
        let consumer = match self.connection.unless_denied("$JS.API.CONSUMER.", creating).await? {
            Ok(consumer) => consumer,
            Err(error) => match error.kind() {
                ConsumerErrorKind::JetStream(error) if is_missing(&error) => return Ok(None),
                ConsumerErrorKind::JetStream(error) => return Err(self.refused(&error)),
                _ => return Err(self.unreachable("no response in time")),
            },
        };
        let pending = consumer.cached_info().num_pending;
        let messages = consumer.messages().await.map_err(|error| self.unreachable(&error.to_string()))?;
        Ok(Some(Followed { messages, pending, name }))
    }

    /// Lets the servers forget who followed. At best effort: they do so by themselves, half a minute later.
    async fn unfollow(&self, name: &str) {
        let subject = format!("$JS.API.CONSUMER.DELETE.{}.{name}", self.stream);
        let client = self.connection.client();
        let _ = client.publish(subject, Vec::new().into()).await;
        let _ = timeout(NEXT_TIMEOUT, client.flush()).await;
    }

    /// Removes the message with this sequence from the disk. It may be gone already: a reply was lost, or another process
    /// has removed it.
    pub(super) async fn remove(&self, sequence: u64) -> Result<(), EngineError> {
        match self.request::<Value>("STREAM.MSG.DELETE", &json!({"seq": sequence})).await? {
            Ok(_) => Ok(()),
            Err(_) if self.at(sequence).await?.is_none() => Ok(()),
            Err(error) => Err(self.refused(&error)),
        }
    }

    async fn request<T: DeserializeOwned>(
        &self,
        what: &str,
        payload: &impl serde::Serialize,
    ) -> Result<Result<T, ApiError>, EngineError> {
        if !self.is_open() {
            return Err(self.unreachable("the connection was lost"));
        }
        let subject = format!("{what}.{}", self.stream);
        let request = self.api.request(subject.clone(), payload);
        match self.connection.unless_denied(&format!("$JS.API.{subject}"), request).await? {
            Ok(Response::Ok(response)) => Ok(Ok(response)),
            Ok(Response::Err { error }) => Ok(Err(error)),
            Err(error) => Err(match error.kind() {
                ApiErrorKind::NoResponders if !self.connection.client().server_info().jetstream => {
                    self.unsuitable("JetStream is not enabled".to_owned())
                }
                ApiErrorKind::NoResponders => self.unreachable("JetStream does not respond"),
                ApiErrorKind::TimedOut => self.unreachable("no response in time"),
                _ => self.unreachable(&error.to_string()),
            }),
        }
    }

    pub(super) fn unreachable(&self, why: &str) -> EngineError {
        EngineError::Unreachable { address: self.connection.address().to_owned(), why: why.to_owned() }
    }

    pub(super) fn unsettled(&self, why: String) -> EngineError {
        EngineError::Unsettled { address: self.connection.address().to_owned(), why }
    }

    /// The stream receives other messages.
    pub(super) fn foreign(&self) -> EngineError {
        self.unsuitable(format!("its stream {} is not for {}", self.stream, self.subject))
    }

    fn unsuitable(&self, why: String) -> EngineError {
        EngineError::Unsuitable { address: self.connection.address().to_owned(), why }
    }

    fn too_large(&self, bytes: &[u8]) -> EngineError {
        let most = self.connection.client().max_payload();
        let (size, most) = (bytes.len() as u64, most as u64);
        EngineError::TooLarge { address: self.connection.address().to_owned(), size, most }
    }

    /// What an error of JetStream means.
    fn refused(&self, error: &ApiError) -> EngineError {
        let address = self.connection.address().to_owned();
        let why = in_words(error);
        match error.error_code() {
            ErrorCode::CLUSTER_NO_PEERS => EngineError::Unsuitable {
                address,
                why: format!("a cluster needs {REPLICAS} servers with JetStream ({why})"),
            },
            ErrorCode::STORAGE_RESOURCES_EXCEEDED
            | ErrorCode::INSUFFICIENT_RESOURCES
            | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
            | ErrorCode::STREAM_STORE_FAILED => EngineError::Full { address, why },
            _ if is_temporary(error) => EngineError::Unreachable { address, why },
            _ => EngineError::Unsuitable { address, why },
        }
    }
}

/// Whether there is no such message, or no stream.
fn is_missing(error: &ApiError) -> bool {
    let missing = [ErrorCode::STREAM_NOT_FOUND, ErrorCode::NO_MESSAGE_FOUND, ErrorCode::SEQUENCE_NOT_FOUND];
    missing.contains(&error.error_code())
}

/// Whether another message was stored before.
fn is_conflict(error: &ApiError) -> bool {
    let conflicts = [ErrorCode::STREAM_WRONG_LAST_SEQUENCE, ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT];
    conflicts.contains(&error.error_code())
}

/// Whether the servers will be able to do it soon, after they have elected a leader.
fn is_temporary(error: &ApiError) -> bool {
    const UNAVAILABLE: usize = 503;
    let is_final = [
        ErrorCode::JETSTREAM_NOT_ENABLED,
        ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
        ErrorCode::STREAM_STORE_FAILED,
        ErrorCode::INSUFFICIENT_RESOURCES,
    ];
    let waits = error.error_code() == ErrorCode::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY;
    waits || (error.code() == UNAVAILABLE && !is_final.contains(&error.error_code()))
}

/// The text of an error of JetStream, without its numbers.
fn in_words(error: &ApiError) -> String {
    let text = error.to_string();
    text.rsplit_once(" (code ").map_or(&*text, |(text, _)| text).to_owned()
}
