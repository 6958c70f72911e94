//! The only owner of SIGINT, SIGTERM, SIGHUP and SIGQUIT: they end the program at once, unless a command holds them to tidy
//! up first.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use signal_hook::consts::SIGXFSZ;
use signal_hook::flag::register_conditional_shutdown;
use signal_hook::iterator::{Handle, Signals as Arrivals};
use tokio::sync::Notify;

use crate::error::Exit;

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGQUIT, which Ctrl-\\ sends.
    Quit,
    /// Ctrl-C (SIGINT).
    CtrlC,
}

impl Interrupt {
    /// All of them. A prompt raises SIGINT by itself whenever a signal wakes it, so the others take precedence.
    const ALL: [Interrupt; 4] = [Interrupt::Terminate, Interrupt::HangUp, Interrupt::Quit, Interrupt::CtrlC];

    /// How the program ends after this signal.
    pub const fn exit(self) -> Exit {
        match self {
            Interrupt::Terminate => Exit::Terminated,
            Interrupt::HangUp => Exit::HungUp,
            Interrupt::Quit => Exit::Quit,
            Interrupt::CtrlC => Exit::Interrupted,
        }
    }

    const fn signal(self) -> Signal {
        match self {
            Interrupt::Terminate => Signal::SIGTERM,
            Interrupt::HangUp => Signal::SIGHUP,
            Interrupt::Quit => Signal::SIGQUIT,
            Interrupt::CtrlC => Signal::SIGINT,
        }
    }
}

/// What becomes of these signals in this process.
#[derive(Clone, Debug)]
pub struct Signals {
    exit_at_once: Arc<AtomicBool>,
    /// Those that were not ignored when the program started, as nohup and some shells ignore them.
    watched: Vec<Interrupt>,
}

impl Signals {
    /// From now on these signals end the program with its own exit codes. That leaves whole files at any instant, since
    /// saving is atomic. Signals that are ignored stay so.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn install() -> Result<Self> {
        let exit_at_once = Arc::new(AtomicBool::new(true));
        let ignored = ignored();
        let watched: Vec<Interrupt> =
            Interrupt::ALL.into_iter().filter(|interrupt| !is_in(ignored, interrupt.signal())).collect();
        let install = || {
            // A file that exceeds the size limit is then an error of the save, and does not kill the program.
            signal_hook::flag::register(SIGXFSZ, Arc::default())?;
            // signal-hook would lose a signal that arrives while it takes over from the system: block them until then.
            let all: SigSet = watched.iter().map(|interrupt| interrupt.signal()).collect();
            let mask = all.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
            for interrupt in &watched {
                let (signal, exit) = (interrupt.signal() as i32, interrupt.exit() as i32);
                register_conditional_shutdown(signal, exit, Arc::clone(&exit_at_once))?;
            }
            mask.thread_set_mask()?;
            Ok::<(), std::io::Error>(())
        };
        install().context("cannot install the signal handlers")?;
        Ok(Signals { exit_at_once, watched })
    }

    /// Delivers signals to the returned value instead of ending the program, until it is dropped.
    ///
    /// # Errors
    /// When the system refuses a thread or a handler.
    pub fn hold(&self) -> Result<Held> {
        let (sender, arrivals) = channel();
        let sender = InterruptSender { sender, wake: Arc::default() };
        let arrived = sender.clone();
        let guard = self.listen(move |interrupt| arrived.send(interrupt))?;
        Ok(Held { _guard: guard, arrivals, sender })
    }

    /// Runs `tidy_up` before a signal ends the program, until the returned guard is dropped.
    ///
    /// # Errors
    /// When the system refuses a thread or a handler.
    #[allow(clippy::exit)]
    pub fn exit_after(&self, tidy_up: impl Fn(Interrupt) + Send + 'static) -> Result<Guard> {
        self.listen(move |interrupt| {
            tidy_up(interrupt);
            // The one place that ends the program below `main`: the thread that waits at a prompt cannot be woken.
            std::process::exit(interrupt.exit() as i32);
        })
    }

    fn listen(&self, on_interrupt: impl Fn(Interrupt) + Send + 'static) -> Result<Guard> {
        // Install the handlers before disabling the default exit, so that no signal is lost.
        let watched = self.watched.clone();
        let signals = watched.iter().map(|interrupt| interrupt.signal() as i32);
        let mut arrivals = Arrivals::new(signals).context("cannot watch for signals")?;
        let handle = arrivals.handle();
        self.exit_at_once.store(false, Ordering::SeqCst);
        let guard = Guard { signals: self.clone(), handle };
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            loop {
                let came: Vec<_> = arrivals.wait().collect();
                if arrivals.is_closed() {
                    return;
                }
                // The wait may end without a signal when two arrive in the same instant.
                let came = watched.iter().filter(|interrupt| came.contains(&(interrupt.signal() as i32)));
                came.copied().for_each(&on_interrupt);
            }
        })?;
        Ok(guard)
    }
}

/// While it lives, signals do not end the program at once.
pub struct Guard {
    signals: Signals,
    handle: Handle,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // In the order of `listen` reversed, so that no signal is lost.
        self.signals.exit_at_once.store(true, Ordering::SeqCst);
        self.handle.close();
    }
}

/// While it lives, it receives the signals.
pub struct Held {
    _guard: Guard,
    arrivals: Receiver<Interrupt>,
    sender: InterruptSender,
}

/// Delivers signals, and what ends a command as they do.
#[derive(Clone)]
pub struct InterruptSender {
    sender: Sender<Interrupt>,
    wake: Arc<Notify>,
}

impl InterruptSender {
    /// Delivers a signal, or as if it had arrived.
    pub fn send(&self, interrupt: Interrupt) {
        // Without a receiver, the command has just ended.
        let _ = self.sender.send(interrupt);
        self.wake.notify_one();
    }
}

impl Held {
    /// Waits for the next signal.
    pub async fn next(&self) -> Interrupt {
        loop {
            match self.arrivals.try_recv() {
                Ok(interrupt) => return interrupt,
                Err(_) => self.sender.wake.notified().await,
            }
        }
    }

    /// Returns what delivers other reasons to end.
    pub fn sender(&self) -> InterruptSender {
        self.sender.clone()
    }

    /// Waits for the next signal, at most for `timeout`.
    pub fn wait(&self, timeout: Duration) -> Option<Interrupt> {
        self.arrivals.recv_timeout(timeout).ok()
    }
}

/// The signals that are ignored, a bit for each; none where the system does not say.
///
/// The 33rd number of the line is in decimal, and those after the name of the program count from the third.
fn ignored() -> u64 {
    // Read by one call: the line is shorter than this.
    let mut line = [0; 1024];
    let length = File::open("/proc/self/stat").and_then(|mut file| file.read(&mut line)).unwrap_or_default();
    let line = String::from_utf8_lossy(line.get(..length).unwrap_or_default());
    let numbers = line.rsplit_once(')').map(|(_, numbers)| numbers.split_whitespace());
    numbers.and_then(|mut numbers| numbers.nth(30)?.parse().ok()).unwrap_or_default()
}

const fn is_in(signals: u64, signal: Signal) -> bool {
    signals >> (signal as i32 - 1) & 1 == 1
}
