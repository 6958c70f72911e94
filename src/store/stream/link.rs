//! A connection for code that waits: made on first use, and kept for all requests of the program.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout_at};

use super::messages::Messages;
use crate::engine::{Engine, EngineError};

/// The pause before a request that could not be answered is made again.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection that is made on first use.
pub(super) struct Link {
    engine: Engine,
    /// Keeps the connection alive while nobody waits for it. Only settings in an engine start it.
    runtime: OnceLock<Runtime>,
    messages: Mutex<Option<Messages>>,
}

impl Link {
    pub(super) fn new(engine: Engine) -> Self {
        Link { engine, runtime: OnceLock::new(), messages: Mutex::default() }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the event loop, which is started on first use.
    pub(super) fn runtime(&self) -> Result<&Runtime, EngineError> {
        if self.runtime.get().is_none() {
            let mut builder = Builder::new_multi_thread();
            let started = builder.worker_threads(1).thread_name("engine").enable_all().build();
            // Another thread may be faster.
            let _ = self.runtime.set(started.map_err(|error| self.unreachable(&error.to_string()))?);
        }
        self.runtime.get().ok_or_else(|| self.unreachable("there is no event loop"))
    }

    /// Does some work, until a time after which it does not start again.
    pub(super) fn run<T>(
        &self,
        until: Instant,
        work: impl AsyncFnOnce(&Messages, Instant) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.runtime()?.block_on(async {
            let messages = timeout_at(until, self.messages()).await;
            let messages = messages.unwrap_or_else(|_| Err(self.unreachable("no response in time")))?;
            work(&messages, until).await
        })
    }

    /// Makes a request that changes nothing, again and again while no server is in charge.
    pub(super) fn read<T>(
        &self,
        until: Instant,
        request: &impl AsyncFn(&Messages) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.run(until, async |messages, until| {
            let mut last = None;
            let requests = async {
                loop {
                    match request(messages).await {
                        Err(error @ EngineError::Unreachable { .. }) if Instant::now() < until => {
                            last = Some(error);
                            sleep(PAUSE).await;
                        }
                        response => return response,
                    }
                }
            };
            let response = timeout_at(until, requests).await;
            response
                .unwrap_or_else(|_| Err(last.unwrap_or_else(|| messages.unreachable("no response in time"))))
        })
    }

    /// Returns the connection; if there is none yet, each server is tried once.
    pub(super) async fn messages(&self) -> Result<Messages, EngineError> {
        let mut messages = self.messages.lock().await;
        if let Some(messages) = &*messages {
            return Ok(messages.clone());
        }
        let connected = Messages::connect(&self.engine).await?;
        Ok(messages.insert(connected).clone())
    }

    fn unreachable(&self, why: &str) -> EngineError {
        EngineError::Unreachable { address: self.engine.address.to_string(), why: why.to_owned() }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Nothing is left to be done, and this may be a thread of another event loop, which must not wait.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("engine", &self.engine).finish_non_exhaustive()
    }
}
