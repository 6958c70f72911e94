//! Hundreds of UDP servers in one thread, each with its own answers.

use std::net::SocketAddr;
use std::thread;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// The datagrams that answer a request.
pub(crate) type Answer = Box<dyn Fn(&[u8], SocketAddr) -> Vec<Vec<u8>> + Send>;

/// Starts a server for each answer, on free ports of 127.0.0.1. They stop with the test.
pub(crate) fn start_servers(answers: Vec<Answer>) -> Vec<SocketAddr> {
    let sockets: Vec<_> = answers.iter().map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let addresses = sockets.iter().map(|socket| socket.local_addr().unwrap()).collect();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async {
            let mut servers = JoinSet::new();
            for (socket, answer) in sockets.into_iter().zip(answers) {
                socket.set_nonblocking(true).unwrap();
                servers.spawn(serve(UdpSocket::from_std(socket).unwrap(), answer));
            }
            servers.join_all().await;
        });
    });
    addresses
}

async fn serve(socket: UdpSocket, answer: Answer) {
    let mut buffer = [0; 2048];
    while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
        for datagram in answer(&buffer[..length], client) {
            // The client may have closed its socket.
            let _ = socket.send_to(&datagram, client).await;
        }
    }
}
