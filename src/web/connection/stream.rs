//! The streams under TLS and HTTP: they know what was read before, and notice what HTTP writes by itself.

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::places::{Place, State, Waiting};

/// The position of the status in the first line of a response.
const STATUS: std::ops::Range<usize> = 9..12;

/// A stream of which some was read before.
pub(super) struct Prefixed<S> {
    inner: S,
    /// What is read first.
    before: Vec<u8>,
}

impl<S> Prefixed<S> {
    pub(super) fn new(inner: S, before: Vec<u8>) -> Self {
        Prefixed { inner, before }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.before.is_empty() {
            return Pin::new(&mut self.inner).poll_read(context, buffer);
        }
        let size = self.before.len().min(buffer.remaining());
        buffer.put_slice(&self.before[..size]);
        self.before = self.before.split_off(size);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// A stream that belongs to a place.
pub(super) struct Watched<'a, S> {
    inner: Prefixed<S>,
    /// Whether nothing else is read.
    is_deaf: bool,
    place: Arc<Place>,
    /// Where responses count that the client does not read.
    unread: &'a Waiting,
    /// When the last one began to count.
    counted: Option<State>,
    /// The status of a response to what is not a request. It is not written, because it says nothing else.
    pub(super) refused: Option<u16>,
}

impl<'a, S> Watched<'a, S> {
    pub(super) fn new(
        inner: S,
        before: Vec<u8>,
        is_deaf: bool,
        place: Arc<Place>,
        unread: &'a Waiting,
    ) -> Self {
        let inner = Prefixed::new(inner, before);
        Watched { inner, is_deaf, place, unread, counted: None, refused: None }
    }

    pub(super) fn into_inner(self) -> S {
        self.inner.inner
    }

    /// Whether these bytes are something other than the response to a request; if so, keeps their status.
    fn refuses(&mut self, bytes: &[u8]) -> bool {
        let refuses = !self.place.state().is_serving();
        if refuses && self.refused.is_none() {
            let status = bytes.get(STATUS).and_then(|status| str::from_utf8(status).ok()?.parse().ok());
            self.refused = status;
        }
        refuses
    }

    /// Counts a response that cannot be written now, once. Listeners that do not read are noticed elsewhere.
    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            let state = self.place.state();
            if !state.is_streaming() && self.counted != Some(state) {
                self.counted = Some(state);
                self.unread.add(&self.place);
            }
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_deaf && self.inner.before.is_empty() {
            return Poll::Pending;
        }
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.refuses(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        if self.refuses(first) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        self.place.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
