//! A small blocking HTTP client over any stream, and the events of an endless response.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error with this status.
    #[track_caller]
    pub(crate) fn error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let error = &self.json()["error"];
        assert!(error["message"].is_string() && error["hint"].is_string(), "{self:?}");
        error["code"].as_str().unwrap().to_owned()
    }
}

/// A request as it goes over the wire. `token` may be empty, and so may `body`, which is JSON.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    if !token.is_empty() {
        text += &format!("Authorization: Bearer {token}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    text + "\r\n" + body
}

/// Reads an answer whole; `None` when the connection ends before one begins.
pub(crate) fn answer(stream: &mut impl BufRead, is_head: bool) -> Option<Answer> {
    let (status, headers) = head(stream)?;
    let mut answer = Answer { status, headers, body: String::new() };
    let mut body = Vec::new();
    if is_head {
    } else if answer.header("transfer-encoding") == "chunked" {
        while let Some(chunk) = chunk(stream) {
            body.extend(chunk);
        }
    } else {
        body.resize(answer.header("content-length").parse().unwrap(), 0);
        stream.read_exact(&mut body).unwrap();
    }
    answer.body = String::from_utf8(body).unwrap();
    Some(answer)
}

fn head(stream: &mut impl BufRead) -> Option<(u16, Vec<(String, String)>)> {
    let mut line = String::new();
    // A reset is an end, too.
    if stream.read_line(&mut line).unwrap_or(0) == 0 {
        return None;
    }
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => return Some((status, headers)),
        }
    }
}

/// The next chunk; `None` at the regular end.
fn chunk(stream: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut size = String::new();
    stream.read_line(&mut size).unwrap();
    let size = usize::from_str_radix(size.trim_end(), 16).unwrap_or_else(|_| panic!("the stream broke off"));
    let mut data = vec![0; size + 2];
    stream.read_exact(&mut data).unwrap();
    data.truncate(size);
    (size > 0).then_some(data)
}

impl Events<TcpStream> {
    /// The data of the next event; `None` if none comes within this time.
    pub(crate) fn next_within(&mut self, time: Duration) -> Option<String> {
        let stream = self.stream.get_ref().try_clone().unwrap();
        stream.set_read_timeout(Some(time)).unwrap();
        let is_there = !self.waiting.is_empty() || self.stream.fill_buf().is_ok();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        if is_there { self.next() } else { None }
    }
}

/// Server-sent events as they arrive.
pub(crate) struct Events<S: Read> {
    stream: BufReader<S>,
    waiting: String,
    /// The last id that it received.
    pub(crate) id: String,
}

impl<S: Read + Write> Events<S> {
    /// Requests events, and waits until the stream has begun.
    #[track_caller]
    pub(crate) fn open(stream: S, path: &str, token: &str) -> Self {
        Self::request(stream, &request("GET", path, token, ""))
    }

    /// Requests events after the one with this id.
    #[track_caller]
    pub(crate) fn open_after(id: &str, stream: S, path: &str, token: &str) -> Self {
        let request = request("GET", path, token, "");
        Self::request(stream, &request.replace("\r\n\r\n", &format!("\r\nLast-Event-ID: {id}\r\n\r\n")))
    }

    #[track_caller]
    fn request(mut stream: S, request: &str) -> Self {
        stream.write_all(request.as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let (status, headers) = head(&mut stream).unwrap();
        let answer = Answer { status, headers, body: String::new() };
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"), "{answer:?}");
        let mut events = Events { stream, waiting: String::new(), id: String::new() };
        let first = events.block().unwrap();
        assert!(first.starts_with(": "), "a comment comes first: {first}");
        events
    }

    /// The data of the next event; `None` at the regular end of the stream. Comments are skipped.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let block = self.block()?;
            if !block.starts_with(':') {
                let (id, rest) = block.split_once('\n').unwrap();
                assert!(id.starts_with("id: "), "{block}");
                let data = rest.strip_prefix("event: reaction\ndata: ");
                return Some(data.unwrap_or_else(|| panic!("{block}")).to_owned());
            }
        }
    }

    /// The text up to the next empty line.
    pub(crate) fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.waiting.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.waiting = rest;
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    id.clone_into(&mut self.id);
                }
                return Some(block);
            }
            self.waiting += &String::from_utf8(chunk(&mut self.stream)?).unwrap();
        }
    }
}
