//! A small blocking client of nats-servers, for what the program does not do itself: bad texts, and a second opinion.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::nats::Nats;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to one server.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    /// How many requests it has made, which makes each inbox a new one.
    requests: u32,
}

/// A message as it arrives.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) subject: String,
    /// The lines after `NATS/1.0`.
    pub(crate) headers: String,
    pub(crate) text: String,
}

impl Client {
    /// Connects to a server that wants no password.
    #[track_caller]
    pub(crate) fn connect(server: &Nats) -> Self {
        Self::connect_as(server, &json!({}))
    }

    /// Connects with more in CONNECT, such as `user` and `pass`.
    #[track_caller]
    pub(crate) fn connect_as(server: &Nats, who: &Value) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut client = Client { stream: BufReader::new(stream), requests: 0 };
        let info = client.line().unwrap();
        assert!(info.starts_with("INFO "), "{info}");
        let mut options =
            json!({"verbose": false, "pedantic": false, "headers": true, "no_responders": true});
        options.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        client.send(&format!("CONNECT {options}\r\nPING\r\nSUB inbox.> 1\r\n"));
        let answer = client.line().unwrap();
        assert_eq!(answer, "PONG", "{options}");
        client
    }

    /// Subscribes to more subjects.
    pub(crate) fn subscribe(&mut self, subject: &str) {
        self.send(&format!("SUB {subject} 2\r\nPING\r\n"));
        assert_eq!(self.line().unwrap(), "PONG");
    }

    /// Publishes a text, with headers such as `"a: b\r\n"`, to a subject.
    pub(crate) fn publish(&mut self, subject: &str, headers: &str, text: &str) {
        self.publish_for(subject, "", headers, text);
    }

    fn publish_for(&mut self, subject: &str, reply: &str, headers: &str, text: &str) {
        let head = format!("NATS/1.0\r\n{headers}\r\n");
        let (length, all) = (head.len(), head.len() + text.len());
        self.send(&format!("HPUB {subject} {reply} {length} {all}\r\n{head}{text}\r\n"));
    }

    /// Publishes a text and waits for the answer.
    #[track_caller]
    pub(crate) fn request(&mut self, subject: &str, headers: &str, text: &str) -> Message {
        self.requests += 1;
        let reply = format!("inbox.{}", self.requests);
        self.publish_for(subject, &reply, headers, text);
        loop {
            let message = self.next().unwrap_or_else(|| panic!("no answer to {subject}"));
            if message.subject == reply {
                return message;
            }
        }
    }

    /// Makes a request of JetStream, whose answers are JSON; the answer may be an error.
    #[track_caller]
    pub(crate) fn jetstream(&mut self, api: &str, request: &Value) -> Value {
        let text = if request.is_null() { String::new() } else { request.to_string() };
        let answer = self.request(&format!("$JS.API.{api}"), "", &text);
        serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{api}: {answer:?}"))
    }

    /// The next message; `None` if none arrives in time.
    pub(crate) fn next(&mut self) -> Option<Message> {
        loop {
            let line = self.line()?;
            let fields: Vec<_> = line.split(' ').collect();
            match fields[..] {
                ["PING"] => self.send("PONG\r\n"),
                ["PONG"] => {}
                ["MSG", subject, .., all] => return Some(self.message(subject, 0, all.parse().unwrap())),
                ["HMSG", subject, .., head, all] => {
                    return Some(self.message(subject, head.parse().unwrap(), all.parse().unwrap()));
                }
                _ => panic!("{line}"),
            }
        }
    }

    fn message(&mut self, subject: &str, head: usize, all: usize) -> Message {
        let mut bytes = vec![0; all + 2];
        self.stream.read_exact(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes[head..all]).into_owned();
        let headers = String::from_utf8_lossy(&bytes[..head]).into_owned();
        Message { subject: subject.to_owned(), headers, text }
    }

    /// The next line; `None` if the time is over or the connection ends.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(line.trim_end().to_owned()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionReset) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }
}
