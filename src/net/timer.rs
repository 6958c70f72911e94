//! A timer of the system, which wakes the event loop within some 0.1 ms; that of tokio has steps of a millisecond.

use std::io;
use std::time::Instant;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::net::unix::pipe::Receiver;
use tokio::task::yield_now;

/// A timer that is set again and again.
#[derive(Debug)]
pub struct Timer {
    /// It is read like a pipe, and tokio has no other safe type for a file descriptor.
    timer: Receiver,
    /// What it is set to.
    set: Option<Instant>,
}

impl Timer {
    /// A timer that is not set yet.
    ///
    /// # Errors
    /// When no file descriptor is left.
    pub fn new() -> io::Result<Self> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        Ok(Timer { timer: Receiver::from_owned_fd_unchecked(timer)?, set: None })
    }

    /// Waits until `at`. Cancel-safe. If it has passed, the event loop looks once for what has arrived meanwhile.
    ///
    /// # Errors
    /// When the runtime has shut down.
    pub async fn wait_until(&mut self, at: Instant) -> io::Result<()> {
        if at <= Instant::now() {
            yield_now().await;
        }
        loop {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if self.set.replace(at) != Some(at) {
                let it_value = Timespec::try_from(left).map_err(io::Error::other)?;
                let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
                let spec = Itimerspec { it_interval, it_value };
                timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &spec)?;
            }
            self.timer.readable().await?;
            // Until it is read, it stays readable; it may have been before it was set.
            match self.timer.try_read(&mut [0; 8]) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn waits_as_long_as_wanted_and_can_be_set_again() {
        let mut timer = Timer::new().unwrap();
        let started = Instant::now();
        for ms in [3, 3, 5, 9] {
            let at = started + Duration::from_millis(ms);
            timer.wait_until(at).await.unwrap();
            assert!(Instant::now() >= at);
        }
        let late = started + Duration::from_secs(60);
        let cut_off = tokio::time::timeout(Duration::from_millis(2), timer.wait_until(late)).await;
        assert!(cut_off.is_err());
        timer.wait_until(Instant::now() + Duration::from_millis(1)).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    /// How late the timer usually is.
    async fn usual_lateness(timer: &mut Timer) -> Duration {
        let mut late = Vec::new();
        for _ in 0..21 {
            // Between the steps of a timer of milliseconds.
            let at = Instant::now() + Duration::from_micros(1300);
            timer.wait_until(at).await.unwrap();
            late.push(at.elapsed());
        }
        late.sort_unstable();
        late[10]
    }

    #[tokio::test]
    async fn is_more_precise_than_a_timer_of_milliseconds() {
        let mut timer = Timer::new().unwrap();
        let mut best = Duration::MAX;
        // The machine may be busy.
        for _ in 0..20 {
            best = best.min(usual_lateness(&mut timer).await);
            if best < Duration::from_micros(300) {
                return;
            }
        }
        panic!("{best:?} late");
    }
}
