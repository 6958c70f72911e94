//! More than a hundred thousand replies a second.

use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

use super::datagrams::good;
use super::run::{RunOutput, TIMEOUT, run_alone};
use super::{LOGIN, Reply, SUCCESS, code, response};
use crate::support::fake_server::FakeServer;

/// Runs a line in which `SERVER` is a server that, once queried, sends as fast as it can.
#[track_caller]
fn run_flooded(make: Reply, line: &str, input: &str) -> RunOutput {
    let stop = Stop::default();
    let stopped = Arc::clone(&stop.0);
    let server = FakeServer::serve("127.0.0.1", move |socket, request, client| {
        let datagram = make(request, client);
        let slices = [IoSlice::new(&datagram)];
        let (to, started, mut sent) = (SocketAddrAny::from(client), Instant::now(), 0);
        while !stopped.load(Ordering::Relaxed) {
            let mut controls: [SendAncillaryBuffer<'_, '_, '_>; 64] =
                std::array::from_fn(|_| Default::default());
            let mut messages: Vec<_> =
                controls.iter_mut().map(|control| MMsgHdr::new_with_addr(&to, &slices, control)).collect();
            // The client's buffer may be full.
            sent += sendmmsg(socket, &mut messages, SendFlags::empty()).unwrap_or(0);
        }
        println!("{:.0} datagrams a second", sent as f64 / started.elapsed().as_secs_f64());
    });
    let put = |text: &str| text.replace("SERVER", &server.address.to_string());
    // The server stops before it is dropped, even if this fails.
    let _stop = stop;
    run_alone(&format!("{} --timeout {TIMEOUT:?} --json", put(line)), &put(input))
}

/// Stops a flood when dropped.
#[derive(Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn floods_end_with_the_timeout() {
    let foreign: Reply = |request, client| {
        let mut reply = good(request, client);
        reply[8] ^= 1;
        reply
    };
    let others: String = (1..=70).map(|n| format!("stun:127.0.1.{n}:20009\n")).collect();
    for (make, expected) in [
        (foreign, "timeout"),
        (|_, _| b"junk".to_vec(), "not-stun"),
        (|request, _| response(request, SUCCESS, &[]), "bad-response"),
    ] {
        let rows = run_flooded(make, "probe stun:SERVER", "").rows();
        assert_eq!(code(&rows[0]), expected, "{rows:?}");
        let rows = run_flooded(make, &format!("probe turn:SERVER {LOGIN}"), "secret").rows();
        assert_eq!(code(&rows[0]), expected, "{rows:?}");
        let rows = run_flooded(make, &format!("probe turn:SERVER {LOGIN} --audit --yes"), "secret").rows();
        assert_eq!(code(&rows[0]), expected, "{rows:?}");
        run_flooded(make, "nat stun:SERVER", "");
        // More than 64 servers share a socket: the results of the others do not change.
        let rows = run_flooded(make, "probe --input -", &format!("stun:SERVER\n{others}")).rows();
        assert_eq!((code(&rows[0]), code(&rows[1])), (expected, "refused"), "{rows:?}");
    }
}
