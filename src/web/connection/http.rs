//! Serves the requests of a connection: each goes to the routes, and between them the connection needs little memory.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::mem::take;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::Response;
use axum::routing::future::RouteFuture;
use hyper::Request;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tower_service::Service as _;

use super::addresses::{Addresses, Counted};
use super::client::{Connection, Peer, Proxies};
use super::head::{self, Head};
use super::not_http::{self, Refusal};
use super::places::{Place, State, Waiting};
use super::stream::Watched;
use crate::web::response::ApiError;

/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum size of a request's head and of the data that waits to be written, in bytes.
const BUFFER: usize = 16 * 1024;
/// How long an idle connection keeps its buffers.
const REST: Duration = Duration::from_secs(1);
/// Beyond this many connections with buffers, an idle one gives them up at once.
const MAX_BUFFERS: isize = 256;
/// At most this many long heads may be incomplete.
const MAX_LONG_HEADS: usize = 256;
/// At most this many responses may wait for their clients to read: each takes about 16 KiB, with the requests behind it.
const MAX_UNREAD: usize = 512;
/// How often a request lets connections that have to close do so first.
const MAX_YIELDS: u32 = 100;
/// How long the last data may take to arrive at the client before the connection is closed.
const LINGER: Duration = Duration::from_secs(1);
/// At most this much of what is not HTTP is read and discarded, so that the client gets to read the response.
const MAX_DISCARDED: u64 = 1024 * 1024;

/// Serves HTTP on connections.
pub(super) struct Http {
    router: Router,
    builder: http1::Builder,
    proxies: Proxies,
    addresses: Arc<Addresses>,
    /// How many connections have buffers, without those that listen to events.
    buffers: Arc<AtomicIsize>,
    long_heads: Waiting,
    unread: Waiting,
}

/// How the requests of a connection ended.
enum Left<S> {
    /// It is idle; this was read after the last request.
    Idle(S, Vec<u8>),
    /// It is complete.
    Done(S),
    /// What came is not a request.
    Refused(S, ApiError),
    /// It has to close at once, or is closed.
    Closed,
}

impl Http {
    pub(super) fn new(router: Router, proxies: Proxies, addresses: Arc<Addresses>) -> Self {
        let mut builder = http1::Builder::new();
        // Timeouts are those of this file: hyper's take memory for each request.
        builder.header_read_timeout(None).max_buf_size(BUFFER);
        Http {
            router,
            builder,
            proxies,
            addresses,
            buffers: Arc::default(),
            long_heads: Waiting::new(MAX_LONG_HEADS),
            unread: Waiting::new(MAX_UNREAD),
        }
    }

    /// Serves a connection to its end.
    pub(super) async fn run(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        connection: &Connection,
        mut stop: watch::Receiver<bool>,
    ) {
        let (mut read, begun) = (Vec::new(), Instant::now());
        loop {
            let until = Instant::from_std(connection.place.since()).max(begun) + HEADER_TIMEOUT;
            let head = tokio::select! {
                biased;
                () = connection.place.closed() => return,
                _ = stop.wait_for(|stop| *stop) => None,
                head = timeout_at(until, head::wait(&mut stream, &mut read)) => head.ok(),
            };
            match head {
                Some(Ok(Some(Head::Whole))) => {}
                Some(Ok(Some(Head::Long))) => self.long_heads.add(&connection.place),
                Some(Err(_)) => return,
                None | Some(Ok(None)) => return end(&mut stream).await,
            }
            for _ in 0..MAX_YIELDS {
                if !self.unread.is_behind() {
                    break;
                }
                yield_now().await;
            }
            // Its memory is needed only while there is a request.
            let serving = Box::pin(self.serve(stream, take(&mut read), None, connection, &mut stop));
            match serving.await {
                Left::Idle(idle, rest) => (stream, read) = (idle, rest),
                Left::Done(mut stream) => return end(&mut stream).await,
                Left::Refused(stream, error) => return self.refuse(stream, error, connection, stop).await,
                Left::Closed => return,
            }
        }
    }

    /// Responds with an error to what is not a request, and closes the connection.
    pub(super) async fn refuse(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        error: ApiError,
        connection: &Connection,
        mut stop: watch::Receiver<bool>,
    ) {
        let request = not_http::REQUEST.to_vec();
        let serving = Box::pin(self.serve(stream, request, Some(error), connection, &mut stop));
        if let Left::Done(mut stream) = serving.await {
            end(&mut stream).await;
            // Closing with unread data would reset the connection, and the response could be lost.
            let mut rest = stream.take(MAX_DISCARDED);
            let _ = timeout(LINGER, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
        }
    }

    /// Serves requests until the connection is idle or ends. With `refusal`, the only request gets this error.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        read: Vec<u8>,
        refusal: Option<ApiError>,
        connection: &Connection,
        stop: &mut watch::Receiver<bool>,
    ) -> Left<S> {
        let place = &connection.place;
        let start = place.state();
        let _buffers = Change::new(&self.buffers, 1);
        let stream = Watched::new(stream, read, refusal.is_some(), Arc::clone(place), &self.unread);
        let refuses = refusal.is_none();
        let service = Service { http: self, connection, refusal: refusal.map(Refusal) };
        let mut serving = self.builder.serve_connection(TokioIo::new(stream), service);
        let mut check = pin!(sleep(REST));
        let (mut stopping, mut seen) = (false, start);
        loop {
            let is_in_need = || stopping || self.buffers.load(Ordering::Relaxed) > MAX_BUFFERS;
            tokio::select! {
                biased;
                result = poll_fn(|context| serving.poll_without_shutdown(context)) => {
                    let stream = serving.into_parts().io.into_inner();
                    let is_bad = refuses && !place.state().is_serving() && result.is_err_and(|e| e.is_parse());
                    return match stream.refused {
                        Some(status) if is_bad => Left::Refused(stream.into_inner(), not_http::error(status)),
                        None if is_bad => Left::Refused(stream.into_inner(), not_http::error(400)),
                        _ => Left::Done(stream.into_inner()),
                    };
                }
                () = idle_twice(place, start, &mut seen, is_in_need) => break,
                () = place.closed() => return Left::Closed,
                _ = stop.wait_for(|stop| *stop), if !stopping => {
                    stopping = true;
                    Pin::new(&mut serving).graceful_shutdown();
                }
                () = check.as_mut() => {
                    let (state, waited) = (place.state(), place.since().elapsed());
                    if state.is_waiting() && waited >= HEADER_TIMEOUT {
                        return Left::Closed;
                    }
                    if state.is_idle() && state != start && waited >= REST {
                        break;
                    }
                    // A stream of events need not be looked at often.
                    check.as_mut().reset(Instant::now() + if state.is_waiting() { REST } else { HEADER_TIMEOUT });
                }
            }
        }
        let parts = serving.into_parts();
        Left::Idle(parts.io.into_inner().into_inner(), parts.read_buf.to_vec())
    }
}

/// Waits until a connection that has served a request is idle at two polls in a row while `is_in_need`: HTTP may still
/// read the rest of a request's body at the first one.
async fn idle_twice(place: &Place, start: State, seen: &mut State, is_in_need: impl Fn() -> bool) {
    poll_fn(|context| {
        let state = place.state();
        if state.is_idle() && state != start && is_in_need() {
            if *seen == state {
                return Poll::Ready(());
            }
            *seen = state;
            context.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

/// Tells the client that nothing follows.
async fn end(stream: &mut (impl AsyncWrite + Unpin)) {
    let _: Result<io::Result<()>, _> = timeout(LINGER, stream.shutdown()).await;
}

/// Gives requests of one connection to the routes.
struct Service<'a> {
    http: &'a Http,
    connection: &'a Connection,
    refusal: Option<Refusal>,
}

impl Service<'_> {
    /// Returns the address of the client if a trusted proxy names it.
    fn forwarded(&self, request: &Request<Incoming>) -> Option<IpAddr> {
        match self.connection.peer {
            Peer::Direct(proxy) if self.http.proxies.contain(proxy.ip()) => {
                self.http.proxies.client(request.headers())
            }
            _ => None,
        }
    }
}

impl hyper::service::Service<Request<Incoming>> for Service<'_> {
    type Response = Response<Tracked>;
    type Error = Infallible;
    type Future = Responding;

    fn call(&self, mut request: Request<Incoming>) -> Responding {
        let Http { router, addresses, buffers, .. } = self.http;
        let place = Arc::clone(&self.connection.place);
        let mut counted = None;
        let mut refusal = self.refusal.clone();
        let mut connection = self.connection.clone();
        if let Some(client) = self.forwarded(&request) {
            connection.peer = Peer::Forwarded(client);
            counted = addresses.count(client);
            if counted.is_none() {
                refusal = refusal.or_else(|| Some(Refusal(not_http::too_many_connections())));
            }
        }
        request.extensions_mut().insert(connection);
        if let Some(refusal) = refusal {
            request.extensions_mut().insert(refusal);
        }
        let future = place.begin().then(|| router.clone().call(request));
        Responding { future, place, counted, buffers: Arc::clone(buffers) }
    }
}

/// The response to come. It never does if the connection has to close.
struct Responding {
    future: Option<RouteFuture<Infallible>>,
    place: Arc<Place>,
    counted: Option<Counted>,
    buffers: Arc<AtomicIsize>,
}

impl Future for Responding {
    type Output = Result<Response<Tracked>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let response = ready!(Pin::new(future).poll(context))?;
        let (place, counted) = (Arc::clone(&self.place), self.counted.take());
        Poll::Ready(Ok(response.map(|body| {
            // A stream of events has no size.
            let is_stream = body.size_hint().exact().is_none();
            let stream = is_stream.then(|| Change::new(&self.buffers, -1));
            if is_stream {
                place.stream();
            }
            Tracked { body, place, _counted: counted, _stream: stream }
        })))
    }
}

/// The body of a response. The response is complete when it is dropped.
struct Tracked {
    body: Body,
    place: Arc<Place>,
    _counted: Option<Counted>,
    _stream: Option<Change>,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.place.finish();
    }
}

/// Changes a count until it is dropped.
struct Change {
    count: Arc<AtomicIsize>,
    by: isize,
}

impl Change {
    fn new(count: &Arc<AtomicIsize>, by: isize) -> Self {
        count.fetch_add(by, Ordering::Relaxed);
        Change { count: Arc::clone(count), by }
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        self.count.fetch_sub(self.by, Ordering::Relaxed);
    }
}
