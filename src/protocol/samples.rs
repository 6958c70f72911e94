//! Binding requests that are sent once each: how many of them are answered, and how fast.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use stun_types::message::{BINDING, Message, TransactionId};

use super::message::binding_request;

/// Binding requests to one server.
#[derive(Debug, Default)]
pub struct Samples {
    /// When those without a response were sent.
    pending: HashMap<TransactionId, Instant>,
    sent: u32,
    rtts_us: Vec<u32>,
}

impl Samples {
    /// Records a request that is sent `now`, and returns it.
    pub fn send(&mut self, id: TransactionId, now: Instant) -> Vec<u8> {
        self.pending.insert(id, now);
        self.sent += 1;
        binding_request(id, None)
    }

    /// Handles a message that arrived `at` this time. The first response to a request counts, also an error: it came back.
    pub fn handle(&mut self, message: &[u8], at: Instant) {
        let Ok(message) = Message::from_bytes(message) else { return };
        if message.method() != BINDING || !message.is_response() {
            return;
        }
        if let Some(sent) = self.pending.remove(&message.transaction_id()) {
            let rtt = at.saturating_duration_since(sent).as_micros();
            self.rtts_us.push(u32::try_from(rtt).unwrap_or(u32::MAX));
        }
    }

    /// How many requests were sent.
    pub fn sent(&self) -> u32 {
        self.sent
    }

    /// How many were answered.
    pub fn received(&self) -> u32 {
        u32::try_from(self.rtts_us.len()).unwrap_or(u32::MAX)
    }

    /// Whether all were answered.
    pub fn is_complete(&self) -> bool {
        self.pending.is_empty()
    }

    /// The round-trip times in microseconds.
    pub fn rtts_us(&self) -> &[u32] {
        &self.rtts_us
    }

    /// The longest round-trip time.
    pub fn longest(&self) -> Duration {
        Duration::from_micros(self.rtts_us.iter().max().copied().unwrap_or_default().into())
    }
}
